/*
 * syscall/poll_args.c - see poll_args.h.
 */
#include "syscall/poll_args.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "syscall/user_time.h"

int poll_deadline(vaddr_t user, uint64_t *deadline)
{
	uint64_t now = clock_ticks(), ns, ticks;
	int err;

	*deadline = TIMER_NEVER;
	if (user == 0)
		return 0;
	err = get_user_timespec(&ns, user);
	if (err != 0)
		return err;
	ticks = ns_to_ticks(ns);
	if (ticks == 0)
		*deadline = POLL_NOW;
	else if (ticks < TIMER_NEVER - now)
		*deadline = now + ticks;
	return 0;
}

#define STICKY_TIMEOUTS 0x4000000U /* of personality() */

void poll_store_time_left(vaddr_t user, uint64_t deadline)
{
	uint64_t now = clock_ticks(), left = 0;
	int err;

	if (user == 0 || deadline == TIMER_NEVER ||
	    (current_thread()->personality & STICKY_TIMEOUTS))
		return;
	if (deadline > now)
		left = ticks_to_ns(deadline - now);
	err = put_user_timespec(user, left);
	(void)err;
}

int poll_block_signals(vaddr_t user, size_t size)
{
	sigset_t mask;

	if (user == 0)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, user, sizeof(mask)) != 0)
		return -EFAULT;
	signal_mask_for_call(mask);
	return 0;
}

void poll_restore_signals(vaddr_t user, bool interrupted)
{
	if (user != 0)
		signal_mask_call_over(interrupted);
}
