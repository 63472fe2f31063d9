/*
 * syscall/sys_futex.c - futex(), futex_waitv() and the robust lists.
 */
#include "syscall/syscall.h"

#include "ipc/futex/futex.h"
#include "ipc/futex/pi.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "proc/time/clock.h"
#include "proc/time/timer.h"
#include "syscall/uapi.h"
#include "syscall/user_time.h"

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_REQUEUE 3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP 5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7
#define FUTEX_TRYLOCK_PI 8
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI 12
#define FUTEX_LOCK_PI2 13
#define FUTEX_PRIVATE 128
#define FUTEX_REALTIME 256

#define ROBUST_LIST_HEAD_SIZE 24

/* FUTEX_WAIT: the timeout is how long. */
static long wait_for(struct futex_address at, uint32_t expected,
		     vaddr_t timeout)
{
	uint64_t ns, deadline;
	long err;

	if (timeout == 0)
		return futex_wait(at, expected, FUTEX_ANY, TIMER_NEVER);
	err = get_user_timespec(&ns, timeout);
	if (err != 0)
		return err;
	deadline = clock_deadline_after(ns);
	err = futex_wait(at, expected, FUTEX_ANY, deadline);
	return err == -ERESTARTSYS ? clock_restart_until(deadline) : err;
}

/* A timeout that is a point in time, of one clock or the other. */
static long point_in_time(vaddr_t timeout, bool realtime, uint64_t *deadline)
{
	uint64_t ns;
	long err;

	*deadline = TIMER_NEVER;
	if (timeout == 0)
		return 0;
	err = get_user_timespec(&ns, timeout);
	if (err == 0)
		*deadline = realtime ? clock_realtime_deadline(ns) :
				       clock_monotonic_deadline(ns);
	return err;
}

static long wait_until(struct futex_address at, uint32_t expected,
		       uint32_t bitset, vaddr_t timeout, bool realtime)
{
	uint64_t deadline;
	long err = point_in_time(timeout, realtime, &deadline);

	if (err != 0)
		return err;
	err = futex_wait(at, expected, bitset, deadline);
	return err == -ERESTARTSYS && timeout != 0 ? -ERESTARTNOHAND : err;
}

static long wait_requeue_pi(struct futex_address from, uint32_t expected,
			    struct futex_address to, vaddr_t timeout,
			    bool realtime)
{
	uint64_t deadline;
	long err = point_in_time(timeout, realtime, &deadline);

	return err != 0 ? err : futex_wait_requeue_pi(from, expected, to, deadline);
}

static long lock_pi(struct futex_address at, vaddr_t timeout, bool realtime)
{
	uint64_t deadline;
	long err = point_in_time(timeout, realtime, &deadline);

	return err != 0 ? err : futex_lock_pi(at, false, deadline);
}

static bool may_be_realtime(int command)
{
	return command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI2 ||
	       command == FUTEX_WAIT_REQUEUE_PI;
}

/*
 * LACKS futex: `FUTEX_WAKE` and those that move by `FUTEX_WAIT` do not see who
 * waits by `FUTEX_WAIT_REQUEUE_PI` or `FUTEX_LOCK_PI`: 0, where Linux says
 * `EINVAL`.
 */
SYSCALL_6(futex, addr, op, value, arg, addr2, value3)
{
	bool shared = !(op & FUTEX_PRIVATE), realtime = op & FUTEX_REALTIME;
	struct futex_address at = { addr, shared }, at2 = { addr2, shared };
	uint32_t expected = (uint32_t)value3;
	int command = (int)op & ~(FUTEX_PRIVATE | FUTEX_REALTIME);

	if (realtime && !may_be_realtime(command))
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return wait_for(at, (uint32_t)value, arg);
	case FUTEX_WAIT_BITSET:
		return wait_until(at, (uint32_t)value, (uint32_t)value3, arg,
				  realtime);
	case FUTEX_WAKE:
		return futex_wake(at, (int)value, FUTEX_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(at, (int)value, (uint32_t)value3);
	case FUTEX_REQUEUE:
		return futex_requeue(at, at2, (int)value, (int)arg, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(at, at2, (int)value, (int)arg, &expected);
	case FUTEX_WAKE_OP:
		return futex_wake_op(at, at2, (int)value, (int)arg,
				     (uint32_t)value3);
	case FUTEX_WAIT_REQUEUE_PI:
		return wait_requeue_pi(at, (uint32_t)value, at2, arg, realtime);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_requeue_pi(at, at2, (int)value, (int)arg, expected);
	case FUTEX_LOCK_PI:
		return lock_pi(at, arg, true);
	case FUTEX_LOCK_PI2:
		return lock_pi(at, arg, realtime);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(at, true, TIMER_NEVER);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(at);
	default:
		return -ENOSYS;
	}
}

/* ---- futex_waitv() ---- */

#define FUTEX2_SIZE_U32 2U
#define FUTEX2_PRIVATE 128U

struct user_futex_waitv {
	uint64_t value, addr;
	uint32_t flags, reserved;
};

static long read_word(struct futex_word *word, vaddr_t from)
{
	struct user_futex_waitv w;

	if (copy_from_user(&w, from, sizeof(w)) != 0)
		return -EFAULT;
	if (w.reserved != 0 || (w.flags & ~FUTEX2_PRIVATE) != FUTEX2_SIZE_U32 ||
	    w.value > UINT32_MAX)
		return -EINVAL;
	*word = (struct futex_word){
		.at = { w.addr, !(w.flags & FUTEX2_PRIVATE) },
		.expected = (uint32_t)w.value,
	};
	return 0;
}

static long read_words(struct futex_word *words, unsigned n, vaddr_t from)
{
	long err = 0;

	for (unsigned i = 0; i < n && err == 0; i++)
		err = read_word(&words[i],
				from + i * sizeof(struct user_futex_waitv));
	return err;
}

/* When the wait is to end, of a clock that it may be measured by. */
static long read_deadline(uint64_t *deadline, vaddr_t timeout,
			  unsigned long clock)
{
	uint64_t ns;
	long err;

	*deadline = TIMER_NEVER;
	if (timeout == 0)
		return 0;
	if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
		return -EINVAL;
	err = get_user_timespec(&ns, timeout);
	if (err == 0)
		*deadline = clock == CLOCK_REALTIME ?
				    clock_realtime_deadline(ns) :
				    clock_monotonic_deadline(ns);
	return err;
}

static long wait_for_words(struct futex_word *words, unsigned n, vaddr_t from,
			   uint64_t deadline)
{
	long err = read_words(words, n, from);

	return err != 0 ? err : futex_wait_any(words, n, deadline);
}

SYSCALL_5(futex_waitv, from, n, flags, timeout, clock)
{
	struct futex_word *words;
	uint64_t deadline;
	long err;

	if (flags != 0 || n == 0 || n > FUTEX_WORDS_MAX || from == 0)
		return -EINVAL;
	err = read_deadline(&deadline, timeout, clock);
	if (err != 0)
		return err;
	words = kzalloc(n * sizeof(*words));
	if (words == NULL)
		return -ENOMEM;
	err = wait_for_words(words, (unsigned)n, from, deadline);
	kfree(words);
	return err;
}

/* ---- robust lists ---- */

SYSCALL_2(set_robust_list, head, size)
{
	struct thread *self = current_thread();

	if (size != ROBUST_LIST_HEAD_SIZE)
		return -EINVAL;
	WRITE_ONCE(self->robust_list, head);
	return 0;
}

/* That of thread @tid, if we may look into its process. */
static int robust_list_of(int tid, vaddr_t *list)
{
	struct thread *t = thread_find(tid);
	int err = -EPERM;

	if (t == NULL)
		return -ESRCH;
	if (proc_may_inspect(t->proc)) {
		*list = READ_ONCE(t->robust_list);
		err = 0;
	}
	thread_put(t);
	return err;
}

SYSCALL_3(get_robust_list, tid, head, size)
{
	vaddr_t list = current_thread()->robust_list;
	int err = tid == 0 ? 0 : robust_list_of((int)tid, &list);

	if (err != 0)
		return err;
	if (put_user_u64(size, ROBUST_LIST_HEAD_SIZE) != 0 ||
	    put_user_u64(head, list) != 0)
		return -EFAULT;
	return 0;
}
