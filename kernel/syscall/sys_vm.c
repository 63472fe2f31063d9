/*
 * syscall/sys_vm.c - process_vm_readv() and process_vm_writev(): copying
 * between one's own memory and another process's.
 *
 * Two lists of pieces, ours and theirs, are walked side by side; what a step
 * can do at once goes through a buffer of the kernel.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "syscall/uapi.h"

#define IOV_MAX 1024UL
#define COPY_CHUNK 512UL

/* A place in a list of pieces. */
struct cursor {
	struct user_iovec *iov;
	unsigned long left; /* pieces, the current one too */
	uint64_t done;      /* bytes of the current piece */
};

static int cursor_open(struct cursor *c, vaddr_t from, unsigned long n)
{
	*c = (struct cursor){ .left = n };
	if (n == 0)
		return 0;
	if (n > IOV_MAX)
		return -EINVAL;
	c->iov = kmalloc(n * sizeof(*c->iov));
	if (c->iov == NULL)
		return -ENOMEM;
	if (copy_from_user(c->iov, from, n * sizeof(*c->iov)) != 0)
		return -EFAULT;
	for (unsigned long i = 0; i < n; i++)
		if ((int64_t)c->iov[i].length < 0)
			return -EINVAL;
	return 0;
}

/* Bytes left in the current piece, after stepping over empty ones. */
static uint64_t cursor_rest(struct cursor *c, const struct user_iovec **at)
{
	const struct user_iovec *iov = *at;

	while (c->left > 0 && c->done == iov->length) {
		iov++;
		c->left--;
		c->done = 0;
	}
	*at = iov;
	return c->left > 0 ? iov->length - c->done : 0;
}

/* Copy @n bytes, at most COPY_CHUNK; how many were. */
static size_t copy_chunk(struct mm *mm, vaddr_t local, vaddr_t remote,
			 size_t n, bool write)
{
	char buf[COPY_CHUNK];
	ssize_t done;

	if (write) {
		n = copy_from_user_partial(buf, local, n);
		done = n == 0 ? 0 : mm_access(mm, remote, buf, n, true, false);
		return done < 0 ? 0 : (size_t)done;
	}
	done = mm_access(mm, remote, buf, n, false, false);
	return done <= 0 ? 0 : copy_to_user_partial(local, buf, (size_t)done);
}

static long copy_all(struct mm *mm, struct cursor *local,
		     struct cursor *remote, bool write)
{
	const struct user_iovec *ours = local->iov, *theirs = remote->iov;
	long total = 0;

	for (;;) {
		uint64_t a = cursor_rest(local, &ours);
		uint64_t b = cursor_rest(remote, &theirs);
		uint64_t n = min(min(a, b), COPY_CHUNK);

		if (n == 0 || block_killed())
			return total;

		size_t done = copy_chunk(mm, ours->base + local->done,
					 theirs->base + remote->done, n, write);

		total += (long)done;
		local->done += done;
		remote->done += done;
		if (done < n)
			return total > 0 ? total : -EFAULT;
		cond_resched();
	}
}

/* The address space of @pid if we may look into it, with a reference. */
static int open_memory(int pid, struct mm **mm)
{
	struct proc *p = proc_find(pid);
	int err;

	if (p == NULL)
		return -ESRCH;
	err = proc_inspect_memory(p, mm);
	proc_put(p);
	if (err != 0)
		return -EPERM;
	return *mm == NULL ? -ESRCH : 0;
}

static long copy_memory(int pid, struct cursor *local, struct cursor *remote,
			bool write)
{
	struct mm *mm;
	long result = open_memory(pid, &mm);

	if (result != 0)
		return result;
	result = copy_all(mm, local, remote, write);
	mm_put(mm);
	return result;
}

static long process_vm(const unsigned long arg[6], bool write)
{
	struct cursor local, remote = { 0 };
	long result;

	if (arg[5] != 0)
		return -EINVAL;
	result = cursor_open(&local, arg[1], (unsigned)arg[2]);
	if (result == 0)
		result = cursor_open(&remote, arg[3], arg[4]);
	if (result == 0)
		result = copy_memory((int)arg[0], &local, &remote, write);
	kfree(local.iov);
	kfree(remote.iov);
	return result;
}

SYSCALL_6(process_vm_readv, pid, local, nr_local, remote, nr_remote, flags)
{
	return process_vm((unsigned long[]){ pid, local, nr_local, remote,
					     nr_remote, flags }, false);
}

SYSCALL_6(process_vm_writev, pid, local, nr_local, remote, nr_remote, flags)
{
	return process_vm((unsigned long[]){ pid, local, nr_local, remote,
					     nr_remote, flags }, true);
}
