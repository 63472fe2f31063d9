/*
 * syscall/sys_poll.c - ppoll().
 */
#include "syscall/syscall.h"

#include "debug/watchdog.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "syscall/poll_args.h"
#include "vfs/fdtable.h"
#include "vfs/poll.h"

struct pollfd {
	int fd;
	short events, revents;
};

static unsigned poll_one(struct poller *p, const struct pollfd *entry)
{
	unsigned wanted = (unsigned short)entry->events, events;
	struct file *f;

	if (entry->fd < 0)
		return 0;
	f = fd_get(entry->fd);
	if (f == NULL)
		return POLLNVAL;
	events = poll_file(p, f);
	file_put(f);
	return events & (wanted | POLLERR | POLLHUP);
}

/* How many are ready; revents say for what. */
static long poll_round(struct poller *p, struct pollfd *fds, size_t n)
{
	long ready = 0;

	for (size_t i = 0; i < n; i++) {
		fds[i].revents = (short)poll_one(p, &fds[i]);
		if (fds[i].revents != 0) {
			ready++;
			poll_found(p);
		}
		cond_resched();
	}
	return ready;
}

static long do_poll(struct pollfd *fds, size_t n, uint64_t deadline)
{
	struct poller p;
	long ready;
	int err = 0;

	poll_begin(&p);
	if (deadline == POLL_NOW)
		poll_found(&p);
	for (;;) {
		ready = poll_round(&p, fds, n);
		if (ready > 0 || err != 0)
			break;
		err = poll_wait(&p, deadline);
		if (err != 0 && err != -ETIMEDOUT)
			break;
	}
	if (ready > 0)
		watchdog_found_true(__func__, "a file is ready");
	poll_end(&p);
	if (ready > 0 || err == -ETIMEDOUT)
		return ready;
	return err;
}

static int store_results(vaddr_t user, const struct pollfd *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		vaddr_t to = user + i * sizeof(*fds) +
			     offsetof(struct pollfd, revents);

		if (copy_to_user(to, &fds[i].revents, sizeof(short)) != 0)
			return -EFAULT;
	}
	return 0;
}

static long poll_user(vaddr_t user, size_t n, uint64_t deadline)
{
	struct pollfd *fds = kmalloc(n * sizeof(*fds) + 1);
	long result = -EFAULT;

	if (fds == NULL)
		return -ENOMEM;
	if (copy_from_user(fds, user, n * sizeof(*fds)) == 0)
		result = do_poll(fds, n, deadline);
	if (result >= 0 && store_results(user, fds, n) != 0)
		result = -EFAULT;
	kfree(fds);
	return result;
}

SYSCALL_5(ppoll, fds, n, timeout, mask, mask_size)
{
	uint64_t deadline;
	long result;
	int err = poll_deadline(timeout, &deadline);

	if (err != 0)
		return err;
	if (n > READ_ONCE(current_proc()->rlimits[RLIMIT_NOFILE][0]) ||
	    n * sizeof(struct pollfd) >= KMALLOC_MAX)
		return -EINVAL;
	err = poll_block_signals(mask, mask_size);
	if (err != 0)
		return err;
	result = poll_user(fds, n, deadline);
	poll_restore_signals(mask, result == -ERESTARTNOHAND);
	poll_store_time_left(timeout, deadline);
	return result;
}
