#pragma once

/*
 * sync/late.h - what is done when the running thread's call is over.
 *
 * Giving something back may be in the midst of giving back something else, or
 * where nothing may sleep.  A thread of the kernel could do the rest; but then
 * the call returns before it is done, and a program can tell.  So who is on his
 * way to a program does it himself, at the end of that way, with no lock held
 * and nothing of the call left on the stack: what is given back meanwhile has
 * its turn after that, so there is no recursion either.
 */

#include "arch/barrier.h"
#include "arch/context.h"
#include "arch/hart.h"
#include "lib/types.h"
#include "sync/work.h"

/*
 *	(c)	constant until it has run
 */
struct late {
	struct late *next; /* (c) of the same thread */
	void (*fn)(struct late *late); /* (c) */
};

/*
 * @fn(@late) is called when the running thread's call, or its process, is over;
 * until then @late belongs to the list.  False: it is a thread of the kernel,
 * whose calls are never over.  Not for interrupts.
 */
static inline bool MUST_CHECK late_call(struct late *late,
					void (*fn)(struct late *late))
{
	struct arch_thread *self = hart_self()->current;

	if (self->vfs == NULL)
		return false;
	*late = (struct late){ .next = self->late, .fn = fn };
	self->late = late;
	atomic_fetch_or_relaxed(&self->work, WORK_LATE);
	return true;
}

/* The owners of directories are told what has happened there (vfs/notify/dnotify.c):
 * all that has until now, when it returns. */
void owners_tell(void); /* upcall */
/* The same, soon: by the running thread when its call is over. */
void owners_tell_soon(void); /* upcall */

static inline void late_run_calls(void)
{
	struct arch_thread *self = hart_self()->current;
	struct late *late;

	if (!is_asked_to(WORK_LATE))
		return;
	atomic_fetch_and_relaxed(&self->work, ~(uint32_t)WORK_LATE);
	while ((late = self->late) != NULL) {
		self->late = late->next;
		late->fn(late);
		cond_resched();
	}
}

/* Do all of it.  May sleep; no lock is held. */
static inline void late_run(void)
{
	late_run_calls();
	if (is_asked_to(WORK_OWNERS))
		owners_tell();
}
