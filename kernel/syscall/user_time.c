/*
 * syscall/user_time.c - see user_time.h.
 */
#include "syscall/user_time.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/time/clock.h"
#include "proc/time/timer.h"

int get_user_timespec(uint64_t *ns, vaddr_t from)
{
	struct timespec ts;

	if (copy_from_user(&ts, from, sizeof(ts)) != 0)
		return -EFAULT;
	if (!timespec_is_valid(&ts))
		return -EINVAL;
	*ns = timespec_to_ns(&ts);
	return 0;
}

int get_user_deadline(uint64_t *deadline, vaddr_t from)
{
	uint64_t ns;
	int err;

	*deadline = TIMER_NEVER;
	if (from == 0)
		return 0;
	err = get_user_timespec(&ns, from);
	if (err == 0)
		*deadline = clock_deadline_after(ns);
	return err;
}

int get_user_timeval(uint64_t *ns, vaddr_t from)
{
	struct timeval tv;

	if (copy_from_user(&tv, from, sizeof(tv)) != 0)
		return -EFAULT;

	struct timespec ts = { tv.sec,
			       tv.usec * (int64_t)NS_PER_MICROSECOND };

	if ((uint64_t)tv.usec >= NS_PER_SECOND / NS_PER_MICROSECOND ||
	    !timespec_is_valid(&ts))
		return -EINVAL;
	*ns = timespec_to_ns(&ts);
	return 0;
}

/* Clocks are read often: two words, in place if they lie in one page. */
static int put_two(vaddr_t to, int64_t first, int64_t second)
{
	const int64_t pair[2] = { first, second };
	unsigned long irq;
	int64_t *in_place = NULL;

	if (is_aligned(to, sizeof(int64_t)))
		in_place = user_window_open(to, sizeof(pair), true, &irq);
	if (in_place == NULL)
		return copy_to_user(to, pair, sizeof(pair));
	in_place[0] = first;
	in_place[1] = second;
	user_window_close(irq);
	return 0;
}

int put_user_timespec(vaddr_t to, uint64_t ns)
{
	struct timespec ts = timespec_of_ns(ns);

	return put_two(to, ts.sec, ts.nsec);
}

int put_user_timeval(vaddr_t to, uint64_t ns)
{
	struct timeval tv = timeval_of_ns(ns);

	return put_two(to, tv.sec, tv.usec);
}
