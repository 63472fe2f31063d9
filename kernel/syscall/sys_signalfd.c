/*
 * syscall/sys_signalfd.c - signalfd4().
 */
#include "syscall/syscall.h"

#include "ipc/signalfd.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "syscall/file_args.h"
#include "vfs/fdtable.h"

static long change(unsigned long fd, sigset_t mask)
{
	struct file *f = file_of_fd(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	err = signalfd_set(f, mask);
	file_put(f);
	return err != 0 ? err : (int)fd;
}

SYSCALL_4(signalfd4, fd, user_mask, size, flags)
{
	struct file *f;
	sigset_t mask;
	int err;

	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, user_mask, sizeof(mask)) != 0)
		return -EFAULT;
	if (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	if ((int)fd != -1)
		return change(fd, mask);
	err = signalfd_create(&f, mask, (unsigned)flags);
	return err != 0 ? err : fd_install(f, flags & O_CLOEXEC);
}
