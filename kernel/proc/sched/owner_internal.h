#pragma once

/*
 * proc/sched/owner_internal.h - a thread has one hart at most: from
 * owner_take(), before its registers are loaded, until owner_leave(), when
 * the hart is on another stack; and it alone owns the locks that it takes.
 * Lab build only.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/bug.h"
#include "proc/sched/thread.h"

#if LAB
/* No ORDER: a check; ORDER thread-on-hart is what hands a thread over. */
static inline void owner_change(struct thread *t, uint32_t from, uint32_t to)
{
	if (unlikely(!atomic_replace(&t->owner, from, to)))
		panic("thread %d (%s) runs on harts %u and %u", t->tid, t->name,
		      READ_ONCE(t->owner) - 1, hart_id());
}

static inline void owner_take(struct thread *t)
{
	owner_change(t, 0, hart_id() + 1);
}

static inline void owner_leave(struct thread *t)
{
	owner_change(t, hart_id() + 1, 0);
}

/* Where the locks that @t will take are noted. */
static inline void owner_init(struct thread *t)
{
	t->arch.held = &t->held;
}
#else
static inline void owner_take(struct thread *t UNUSED)
{
}

static inline void owner_leave(struct thread *t UNUSED)
{
}

static inline void owner_init(struct thread *t UNUSED)
{
}
#endif
