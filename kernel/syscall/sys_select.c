/*
 * syscall/sys_select.c - pselect6(): poll() in another notation.
 *
 * Three sets of descriptors come in, as bits of words, and three go out.
 */
#include "syscall/syscall.h"

#include "debug/watchdog.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/poll_args.h"
#include "vfs/fdtable.h"
#include "vfs/poll.h"

#define SELECT_MAX 1024U /* FD_SETSIZE */
#define SET_WORDS (SELECT_MAX / 64)

enum { SET_READ, SET_WRITE, SET_EXCEPT, NR_SETS };

/* What makes a descriptor of each set ready. */
static const unsigned set_events[NR_SETS] = {
	POLLIN | POLLHUP | POLLERR,
	POLLOUT | POLLERR,
	POLLPRI,
};

struct select {
	unsigned n;
	uint64_t in[NR_SETS][SET_WORDS];
	uint64_t out[NR_SETS][SET_WORDS];
};

static size_t set_bytes(const struct select *s)
{
	return (s->n + 63) / 64 * sizeof(uint64_t);
}

static bool has_bit(const uint64_t *set, unsigned fd)
{
	return set[fd / 64] & BIT(fd % 64);
}

/* Sets among which @fd is, as bits. */
static unsigned sets_of(const struct select *s, unsigned fd)
{
	unsigned sets = 0;

	for (unsigned i = 0; i < NR_SETS; i++)
		sets |= has_bit(s->in[i], fd) ? 1U << i : 0;
	return sets;
}

static long note_ready(struct select *s, unsigned fd, unsigned sets,
		       unsigned events)
{
	long ready = 0;

	for (unsigned i = 0; i < NR_SETS; i++) {
		if (!(sets & 1U << i) || !(events & set_events[i]))
			continue;
		s->out[i][fd / 64] |= BIT(fd % 64);
		ready++;
	}
	return ready;
}

/* Bits set in the out sets, or -EBADF. */
static long select_round(struct poller *p, struct select *s)
{
	long total = 0;

	for (unsigned fd = 0; fd < s->n; fd++) {
		unsigned sets = sets_of(s, fd);
		struct file *f;
		long ready;

		if (sets == 0)
			continue;
		f = fd_get((int)fd);
		if (f == NULL)
			return -EBADF;
		ready = note_ready(s, fd, sets, poll_file(p, f));
		file_put(f);
		if (ready > 0)
			poll_found(p);
		total += ready;
		cond_resched();
	}
	return total;
}

static long do_select(struct select *s, uint64_t deadline)
{
	struct poller p;
	long ready;
	int err = 0;

	poll_begin(&p);
	if (deadline == POLL_NOW)
		poll_found(&p);
	for (;;) {
		ready = select_round(&p, s);
		if (ready != 0 || err != 0)
			break;
		err = poll_wait(&p, deadline);
		if (err != 0 && err != -ETIMEDOUT)
			break;
	}
	if (ready > 0)
		watchdog_found_true(__func__, "a file is ready");
	poll_end(&p);
	if (ready != 0 || err == -ETIMEDOUT)
		return ready;
	return err;
}

static int load_sets(struct select *s, const vaddr_t user[NR_SETS])
{
	for (unsigned i = 0; i < NR_SETS; i++) {
		if (user[i] != 0 &&
		    copy_from_user(s->in[i], user[i], set_bytes(s)) != 0)
			return -EFAULT;
	}
	return 0;
}

static int store_sets(const struct select *s, const vaddr_t user[NR_SETS])
{
	for (unsigned i = 0; i < NR_SETS; i++) {
		if (user[i] != 0 &&
		    copy_to_user(user[i], s->out[i], set_bytes(s)) != 0)
			return -EFAULT;
	}
	return 0;
}

static long select_with(struct select *s, const vaddr_t user[NR_SETS],
			uint64_t deadline)
{
	long result = load_sets(s, user);

	if (result == 0)
		result = do_select(s, deadline);
	if (result >= 0 && store_sets(s, user) != 0)
		result = -EFAULT;
	return result;
}

static long select_user(unsigned n, const vaddr_t user[NR_SETS],
			uint64_t deadline)
{
	struct select *s = kzalloc(sizeof(*s));
	long result;

	if (s == NULL)
		return -ENOMEM;
	s->n = min(n, SELECT_MAX);
	result = select_with(s, user, deadline);
	kfree(s);
	return result;
}

/* The last argument points to a mask's address and size. */
static int load_mask(vaddr_t user, vaddr_t *mask, uint64_t *size)
{
	*mask = *size = 0;
	if (user == 0)
		return 0;
	if (get_user_u64(mask, user) != 0 || get_user_u64(size, user + 8) != 0)
		return -EFAULT;
	return 0;
}

/* LACKS pselect6: descriptors from 1,024 on are passed over. */
SYSCALL_6(pselect6, n, readable, writable, exceptional, timeout, mask_arg)
{
	const vaddr_t user[NR_SETS] = { readable, writable, exceptional };
	uint64_t deadline, mask_size;
	vaddr_t mask;
	long result;
	int err = poll_deadline(timeout, &deadline);

	if (err != 0)
		return err;
	if ((int)n < 0)
		return -EINVAL;
	err = load_mask(mask_arg, &mask, &mask_size);
	if (err == 0)
		err = poll_block_signals(mask, mask_size);
	if (err != 0)
		return err;
	result = select_user((unsigned)n, user, deadline);
	poll_restore_signals(mask, result == -ERESTARTNOHAND);
	poll_store_time_left(timeout, deadline);
	return result;
}
