/*
 * vfs/epoll/wait.c - epoll_wait().
 *
 * Of those who sleep one is woken for each event.  He takes what he finds, and
 * wakes the next if he leaves something (epoll_collect()); who is woken and
 * does not come, for a signal or the time, wakes the next too
 * (waitq_wait_common()).  So while the list is not empty, nobody
 * sleeps, or somebody is on his way.
 *
 * With epolls in it one sleeps as poll() does, in the queues of all of them.
 */
#include "vfs/epoll/epoll_internal.h"

#include "debug/watchdog.h"
#include "lib/errno.h"

static int wait_for_items(struct epoll *ep, uint64_t deadline)
{
	return waitq_wait_common(&ep->sleepers,
				 READ_ONCE(ep->nr_ready) > 0 ||
				 READ_ONCE(ep->nr_nested) > 0,
				 "something happened", true, true, deadline);
}

static NOINLINE int wait_for_nested(struct file *f, uint64_t deadline)
{
	struct poller p;
	int err = 0;

	poll_begin(&p);
	if (!(poll_file(&p, f) & POLLIN))
		err = poll_wait(&p, deadline);
	poll_end(&p);
	return err;
}

static int wait_once(struct file *f, uint64_t deadline)
{
	struct epoll *ep = epoll_of(f);

	if (clock_ticks() >= deadline)
		return -ETIMEDOUT;
	if (READ_ONCE(ep->nr_nested) > 0)
		return wait_for_nested(f, deadline);
	return wait_for_items(ep, deadline);
}

/* A signal always ends it: it is not begun anew after a handler, nor after a
 * stop. */
long epoll_wait(struct file *f, vaddr_t events, unsigned max, uint64_t deadline)
{
	for (;;) {
		long n = epoll_collect(epoll_of(f), events, max);
		int err;

		if (n > 0)
			watchdog_found_true(__func__, "a file is ready");
		if (n != 0)
			return n;
		err = wait_once(f, deadline);
		if (err == -ETIMEDOUT)
			return 0;
		if (err != 0)
			return err == -ENOMEM ? err : -EINTR;
	}
}
