#pragma once

/*
 * syscall/poll_args.h - what the calls that wait for files have in common:
 * a timeout in user memory, and a signal mask for as long as they wait.
 */

#include "lib/types.h"
#include "proc/signal/types.h"

/* The deadline of who does not wait at all, and so need not be told of what
 * happens to a file: it has passed since the machine was switched on. */
#define POLL_NOW 0UL

/*
 * The deadline, in ticks, of the struct timespec at @user (0: TIMER_NEVER).
 * -EFAULT or -EINVAL.
 */
int poll_deadline(vaddr_t user, uint64_t *deadline);
/* Store the time left until @deadline there; failure does not matter. */
void poll_store_time_left(vaddr_t user, uint64_t deadline);

/* Block the signals of the mask at @user (0: leave them), for a while. */
int poll_block_signals(vaddr_t user, size_t size);
/*
 * Afterwards; @user as before.  If a signal has @interrupted the wait, it is
 * delivered first, with the mask that let it through.
 */
void poll_restore_signals(vaddr_t user, bool interrupted);
