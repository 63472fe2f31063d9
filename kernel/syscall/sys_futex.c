/*
 * syscall/sys_futex.c - futex() and the robust list.
 */
#include "ipc/futex.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/clock.h"
#include "proc/proc.h"
#include "syscall/syscall.h"
#include "syscall/user_time.h"

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
};

#define FUTEX_PRIVATE_FLAG 128UL
#define FUTEX_CLOCK_REALTIME 256UL

/* WAIT counts from now; WAIT_BITSET names a time of one of two clocks. */
static int read_deadline(unsigned long op, vaddr_t from, uint64_t *deadline)
{
	uint64_t ns;
	int err;

	*deadline = TIMER_NEVER;
	if (from == 0)
		return 0;
	err = get_user_timespec(&ns, from);
	if (err != 0)
		return err;
	if ((op & 127) == FUTEX_WAIT)
		*deadline = clock_deadline_after(ns);
	else if (op & FUTEX_CLOCK_REALTIME)
		*deadline = clock_realtime_deadline(ns);
	else
		*deadline = clock_monotonic_deadline(ns);
	return 0;
}

static long wait(struct futex_address at, unsigned long op, uint32_t value,
		 vaddr_t timeout, uint32_t bitset)
{
	uint64_t deadline;
	long err = read_deadline(op, timeout, &deadline);

	if (err != 0)
		return err;
	err = futex_wait(at, value, bitset, deadline);
	if (err == -ERESTARTSYS && timeout != 0 && (op & 127) == FUTEX_WAIT)
		return clock_restart_until(deadline);
	return err;
}

SYSCALL_6(futex, addr, op, value, timeout, addr2, value3)
{
	bool shared = !(op & FUTEX_PRIVATE_FLAG);
	struct futex_address at = { addr, shared }, to = { addr2, shared };
	uint32_t expected = (uint32_t)value3;

	switch (op & 127) {
	case FUTEX_WAIT:
		return wait(at, op, (uint32_t)value, timeout, FUTEX_ANY);
	case FUTEX_WAIT_BITSET:
		return wait(at, op, (uint32_t)value, timeout, expected);
	case FUTEX_WAKE:
		return futex_wake(at, (int)value, FUTEX_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(at, (int)value, expected);
	case FUTEX_REQUEUE:
		return futex_requeue(at, to, (int)value, (int)timeout, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(at, to, (int)value, (int)timeout,
				     &expected);
	case FUTEX_WAKE_OP:
		return futex_wake_op(at, to, (int)value, (int)timeout,
				     expected);
	default:
		return -ENOSYS;
	}
}

SYSCALL_2(set_robust_list, head, size)
{
	if (size != 24)
		return -EINVAL;
	current_thread()->robust_list = head;
	current_thread()->robust_list_size = size;
	return 0;
}

SYSCALL_3(get_robust_list, tid, head, size)
{
	struct thread *t = tid == 0 ? NULL : thread_find((int)tid);
	vaddr_t list = current_thread()->robust_list;
	int err;

	if (tid != 0) {
		if (t == NULL)
			return -ESRCH;
		bool mine = t->proc == current_proc();

		list = t->robust_list;
		thread_put(t);
		if (!mine)
			return -EPERM;
	}
	err = put_user_u64(head, list);
	return err != 0 ? err : put_user_u64(size, 24);
}
