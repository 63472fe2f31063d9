/*
 * syscall/sys_pipe.c - pipe2() and eventfd2().
 */
#include "syscall/syscall.h"

#include "ipc/eventfd.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/file.h"

/* The numbers of two files, whose references are taken; 0 or -EMFILE. */
static int install_both(struct file *first, struct file *second, int fds[2],
			bool cloexec)
{
	fds[0] = fd_install(first, cloexec);
	if (fds[0] < 0) {
		file_put(second);
		return fds[0];
	}
	fds[1] = fd_install(second, cloexec);
	if (fds[1] < 0) {
		fd_close(fds[0]);
		return fds[1];
	}
	return 0;
}

SYSCALL_2(pipe2, user_fds, flags)
{
	struct file *read_end, *write_end;
	int fds[2], err;

	if (flags & ~(unsigned long)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = pipe_create(&read_end, &write_end, flags & O_NONBLOCK);
	if (err != 0)
		return err;
	err = install_both(read_end, write_end, fds, flags & O_CLOEXEC);
	if (err != 0)
		return err;
	if (copy_to_user(user_fds, fds, sizeof(fds)) != 0) {
		fd_close(fds[0]);
		fd_close(fds[1]);
		return -EFAULT;
	}
	return 0;
}

SYSCALL_2(eventfd2, initial, flags)
{
	struct file *f;
	int err;

	if (flags & ~(unsigned long)(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = eventfd_create(&f, (unsigned)initial, (unsigned)flags);
	if (err != 0)
		return err;
	return fd_install(f, flags & O_CLOEXEC);
}
