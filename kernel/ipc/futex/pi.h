#pragma once

/*
 * ipc/futex/pi.h - mutexes whose owner has the priority of who waits for him.
 *
 * The word holds the owner's tid, and the kernel is asked only where somebody
 * waits.  It then knows who owns and who waits: the owner runs by the highest
 * priority of those, and so does whom he waits for himself; the next owner is
 * the highest of them, and the kernel writes him into the word.
 *
 * Source: Linux Documentation/locking/pi-futex.rst; L. Sha, R. Rajkumar,
 * J. Lehoczky, "Priority Inheritance Protocols", 1990.
 */

#include "ipc/futex/futex.h"

struct thread;

/*
 * 0: the running thread owns it.  -EDEADLK: it does already, or would wait for
 * itself in the end; -ESRCH: the owner is gone; -ETIMEDOUT, -ERESTARTNOINTR,
 * -EINVAL, -EFAULT, -ENOMEM.  @tries: -EAGAIN instead of waiting.  Sleeps.
 */
long futex_lock_pi(struct futex_address at, bool tries, uint64_t deadline);
/* -EPERM: it does not own it. */
long futex_unlock_pi(struct futex_address at);

/*
 * Wait for the word at @from, with the mutex at @to given up, and come back as
 * its owner: 0.  -EAGAIN: the word is not @expected, or a signal came when it
 * waited for the mutex already; -EINVAL: both are one word; else as above.
 * Sleeps.
 */
long futex_wait_requeue_pi(struct futex_address from, uint32_t expected,
			   struct futex_address to, uint64_t deadline);
/*
 * Make up to @max_wake, which is 1, and @max_move of those wait for the mutex,
 * or own it if it is nobody's: how many it was.  -EAGAIN: the word is not
 * @expected; -EINVAL: they wait for another mutex, or for none; -EDEADLK, ...
 */
long futex_requeue_pi(struct futex_address from, struct futex_address to,
		      int max_wake, int max_move, uint32_t expected);

/* The priority of @t is another: so may be its place, and others' priorities. */
void futex_pi_priority_changed(struct thread *t);
/* The running thread ends, or its memory goes, and the words of its robust list say
 * so: the next owners are told.  From then on it owns none, until exec says that it
 * goes on.  Without a lock if nobody waits for it. */
void futex_pi_exit(void);

void futex_pi_init(void); /* boot */
