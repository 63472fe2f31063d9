/*
 * syscall/sys_file_vector.c - read and write of several pieces of memory.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/syscall.h"
#include "syscall/transfer.h"

#define MAX_SEGMENTS 1024UL
#define FAST_SEGMENTS 8

static bool lengths_are_sound(const struct user_iovec *iov, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		if ((int64_t)iov[i].length < 0)
			return false;
	return true;
}

long transfer_vector(unsigned long fd, vaddr_t addr, unsigned nr,
		     const int64_t *offset, unsigned rwf, bool write)
{
	struct user_iovec fast[FAST_SEGMENTS], *iov = fast;
	size_t bytes = nr * sizeof(*iov);
	long result;

	if (nr > MAX_SEGMENTS)
		return -EINVAL;
	if (nr > FAST_SEGMENTS)
		iov = kmalloc(bytes);
	if (iov == NULL)
		return -ENOMEM;
	if (copy_from_user(iov, addr, bytes) < 0)
		result = -EFAULT;
	else if (!lengths_are_sound(iov, nr))
		result = -EINVAL;
	else
		result = transfer(fd, iov, nr, offset, rwf, write);
	if (iov != fast)
		kfree(iov);
	return result;
}

SYSCALL_3(readv, fd, iov, nr)
{
	return transfer_vector(fd, iov, (unsigned)nr, NULL, 0, false);
}

/*
 * LACKS writev, pwritev2: to a pipe or a terminal it is one write for each
 * buffer: another writer's bytes may come between.
 * LACKS readv, preadv2: of a pipe with packets it gets one for each buffer.
 */
SYSCALL_3(writev, fd, iov, nr)
{
	return transfer_vector(fd, iov, (unsigned)nr, NULL, 0, true);
}

SYSCALL_4(preadv, fd, iov, nr, offset)
{
	int64_t at = (int64_t)offset;

	return transfer_vector(fd, iov, (unsigned)nr, &at, 0, false);
}

SYSCALL_4(pwritev, fd, iov, nr, offset)
{
	int64_t at = (int64_t)offset;

	return transfer_vector(fd, iov, (unsigned)nr, &at, 0, true);
}

/* The offset -1 is the file's own; its upper half would be in @high, had a
 * register not room for all of it. */
static long transfer_like(unsigned long fd, vaddr_t iov, unsigned long nr,
			  unsigned long offset, unsigned long rwf, bool write)
{
	int64_t at = (int64_t)offset;

	return transfer_vector(fd, iov, (unsigned)nr, at == -1 ? NULL : &at,
			       (unsigned)rwf, write);
}

SYSCALL_6(preadv2, fd, iov, nr, offset, high UNUSED, rwf)
{
	return transfer_like(fd, iov, nr, offset, rwf, false);
}

SYSCALL_6(pwritev2, fd, iov, nr, offset, high UNUSED, rwf)
{
	return transfer_like(fd, iov, nr, offset, rwf, true);
}
