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

/* The priority of @t is another: so may be its place, and others' priorities. */
void futex_pi_priority_changed(struct thread *t);
/* The running thread ends, or its memory goes: the next owners are told.  From
 * then on it owns none, until exec says that it goes on. */
void futex_pi_exit(void);

void futex_pi_init(void); /* boot */
