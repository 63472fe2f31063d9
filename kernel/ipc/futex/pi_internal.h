#pragma once

/*
 * ipc/futex/pi_internal.h - who waits for a mutex that lends priority, for those
 * that make him wait.
 */

#include "ipc/futex/futex_internal.h"
#include "ipc/futex/pi.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"

struct pi_mutex;

#define FUTEX_WAITERS 0x80000000U
#define FUTEX_OWNER_DIED 0x40000000U
#define FUTEX_TID_MASK 0x3fffffffU

/* Who waits for which mutex, and who owns them: all of it. */
extern struct spinlock pi_lock; /* RANK_FUTEX */

/* On the stack of who waits. */
struct pi_waiter {
	struct list link;        /* (pi_lock) of the mutex's waiters */
	struct thread *thread;   /* (c) */
	struct pi_mutex *mutex;  /* (pi_lock) NULL: it waits for none */
	unsigned priority;       /* (pi_lock) by which it stands there */
	bool owns;               /* (pi_lock) it has got it; slept for without */
	struct pi_mutex *inherited; /* (pi_lock) got from a dead one; or NULL */
	struct waitq queue;      /* it sleeps here, alone */
};

/*
 * Lock the mutex at @addr for who sleeps in @w: it owns it, and is woken, or
 * begins to wait for it.  @value is what the word was when @owner, whom it
 * names, was looked for.  -EAGAIN: it is not any more; -EFAULT: it is not there
 * now; else as of futex_lock_pi().
 */
int pi_lock_for_locked(struct pi_waiter *w, vaddr_t addr,
		       const struct word_name *key, uint32_t value,
		       struct thread *owner) REQUIRES(pi_lock);
/* Sleep until it is given to @w, if it is: 0, -ETIMEDOUT, -ERESTARTSYS. */
long pi_sleep(struct pi_waiter *w, uint64_t deadline);
/* The running thread, which waited in @w for the mutex at @at, does so no longer:
 * 0, it owns it; else @why. */
long pi_end_wait(struct futex_address at, struct pi_waiter *w, long why);

void futex_requeue_pi_init(void); /* boot */
