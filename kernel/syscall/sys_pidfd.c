/*
 * syscall/sys_pidfd.c - pidfd_open() and pidfd_getfd(); pidfd_send_signal() is
 * beside its kin in sys_kill.c, and waitid() in sys_proc.c.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/task/pid.h"
#include "proc/task/pidfd.h"
#include "proc/task/rights.h"
#include "syscall/file_args.h"
#include "vfs/fdtable.h"

/* A process by its own number: a thread's is not good enough. */
static int find_process(int pid, struct proc **out)
{
	struct proc *p;

	*out = pid_get_proc(pid);
	if (*out != NULL)
		return 0;
	p = pid_get_proc_of(pid);
	if (p == NULL)
		return -ESRCH;
	proc_put(p);
	return -EINVAL;
}

/* LACKS pidfd_open: `PIDFD_THREAD` is `EINVAL`. */
SYSCALL_2(pidfd_open, pid, flags)
{
	struct proc *p;
	struct file *f;
	int err;

	if ((flags & ~(unsigned long)O_NONBLOCK) || (int)pid <= 0)
		return -EINVAL;
	err = find_process((int)pid, &p);
	if (err != 0)
		return err;
	err = pidfd_create(&f, p, (unsigned)flags);
	proc_put(p);
	return err != 0 ? err : fd_install(f, true);
}

/* ---- a descriptor of another process ---- */

/*
 * The right is asked for before, and again with the file in hand: had the
 * process become somebody else's by exec meanwhile, it might be what that one
 * has opened.
 */
static int get_from(struct proc *p, int fd, struct file **out)
{
	struct fdtable *files;

	*out = NULL;
	if (!proc_may_inspect(p))
		return -EPERM;
	files = proc_files_visit(p);
	if (files == NULL)
		return -ESRCH;
	*out = fd_get_from(files, fd);
	fdtable_leave(files);
	if (*out == NULL)
		return -EBADF;
	return proc_may_inspect(p) ? 0 : -EPERM;
}

static long take_descriptor(const struct file *pidfd, int fd)
{
	struct proc *p = pidfd_proc(pidfd);
	struct file *f;
	int err;

	if (p == NULL)
		return -EBADF;
	err = get_from(p, fd, &f);
	if (err == 0)
		return fd_install(f, true);
	if (f != NULL)
		file_put(f);
	return err;
}

SYSCALL_3(pidfd_getfd, pidfd, fd, flags)
{
	struct file *f;
	long result;

	if (flags != 0)
		return -EINVAL;
	f = file_of_fd(pidfd);
	if (f == NULL)
		return -EBADF;
	result = take_descriptor(f, (int)fd);
	file_put(f);
	return result;
}
