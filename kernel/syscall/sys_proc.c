/*
 * syscall/sys_proc.c - life of processes: clone, exec, exit, wait, groups.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/growing.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "proc/task/clone_flags.h"
#include "proc/task/pidfd.h"
#include "proc/task/proc.h"
#include "proc/task/session.h"
#include "proc/task/wait.h"
#include "syscall/file_args.h"
#include "syscall/rusage.h"
#include "vfs/file.h"

/* ---- clone ---- */

/*
 * LACKS clone, clone3: namespaces, `CLONE_INTO_CGROUP` and `set_tid` are
 * `EINVAL`, as are `CLONE_THREAD` without `CLONE_FS` and `CLONE_FILES`, and
 * `CLONE_SIGHAND` without `CLONE_THREAD`.
 */

/* riscv64 passes the thread pointer before the child's tid. */
SYSCALL_5(clone, flags, stack, parent_tid, tls, child_tid)
{
	struct clone_args args = {
		.flags = (unsigned)flags & ~CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = stack,
		.parent_tid = parent_tid,
		.pidfd = parent_tid,
		.child_tid = child_tid,
		.tls = tls,
	};

	/* One place for two numbers. */
	if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return proc_clone(&args);
}

#define CLONE_ARGS_SIZE_VER0 64

SYSCALL_2(clone3, from, size)
{
	struct clone_args args;
	int err;

	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	err = growing_from_user(&args, sizeof(args), from, size);
	if (err != 0)
		return err;
	if ((args.flags & (CSIGNAL | CLONE_DETACHED)) ||
	    ((args.flags & (CLONE_THREAD | CLONE_PARENT)) && args.exit_signal != 0) ||
	    args.set_tid != 0 || args.set_tid_size != 0 ||
	    (args.stack == 0) != (args.stack_size == 0) ||
	    !is_user_range(args.stack, args.stack_size))
		return -EINVAL;
	return proc_clone(&args);
}

/* ---- exec ---- */

static long exec(int dirfd, vaddr_t user_path, vaddr_t argv, vaddr_t envp,
		 int flags)
{
	char *path;
	long err = path_from_user(user_path, &path);

	if (err != 0)
		return err;
	err = proc_exec(dirfd, path, argv, envp, flags);
	kfree(path);
	return err;
}

/*
 * LACKS execve, execveat: programs are ELF files and scripts: there is no
 * `binfmt_misc`.
 */
SYSCALL_3(execve, path, argv, envp)
{
	return exec(AT_FDCWD, path, argv, envp, 0);
}

SYSCALL_5(execveat, dirfd, path, argv, envp, flags)
{
	if (flags & ~(unsigned long)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec((int)dirfd, path, argv, envp, (int)flags);
}

/* ---- exit ---- */

SYSCALL_1(exit, code)
{
	thread_exit(WAIT_STATUS_EXIT((int)code));
}

SYSCALL_1(exit_group, code)
{
	proc_exit_group(WAIT_STATUS_EXIT((int)code));
}

SYSCALL_1(set_tid_address, addr)
{
	struct thread *self = current_thread();

	self->clear_child_tid = addr;
	return self->tid;
}

/* ---- wait ---- */

static int put_wait_usage(vaddr_t to, const struct wait_result *result)
{
	return to == 0 ? 0 : put_user_rusage(to, &result->usage);
}

/*
 * LACKS wait4, waitid: `__WNOTHREAD` is obeyed of tracees alone; children are
 * those of the whole process.
 */
SYSCALL_4(wait4, pid, status, options, usage)
{
	enum wait_for which = WAIT_PID;
	struct wait_result result;
	int id = (int)pid;
	long err;

	if ((unsigned)options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD |
				  WALL | WCLONE))
		return -EINVAL;
	if (id == INT32_MIN)
		return -ESRCH;
	if (id == -1) {
		which = WAIT_ANY;
	} else if (id <= 0) {
		which = WAIT_GROUP;
		id = id == 0 ? proc_get_group(0) : -id;
	}
	err = proc_wait(which, id, (int)options | WEXITED, &result);
	if (err != 0 || result.pid == 0)
		return err;
	if (status != 0 &&
	    put_user_u32(status, (uint32_t)result.wait_status) != 0)
		return -EFAULT;
	if (put_wait_usage(usage, &result) != 0)
		return -EFAULT;
	return result.pid;
}

static int decode_waitid(unsigned long type, int *id, enum wait_for *which)
{
	switch (type) {
	case 0: /* P_ALL */
		*which = WAIT_ANY;
		return 0;
	case 1: /* P_PID */
		*which = WAIT_PID;
		return *id > 0 ? 0 : -EINVAL;
	case 2: /* P_PGID */
		*which = WAIT_GROUP;
		if (*id == 0)
			*id = proc_get_group(0);
		return *id > 0 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

#define P_PIDFD 3

/* Who asks by a descriptor that does not block is told so. */
static long wait_by_descriptor(int fd, int options, struct wait_result *result)
{
	struct file *f;
	long err = -EBADF;

	if (fd < 0)
		return -EINVAL;
	f = file_of_fd((unsigned long)fd);
	if (f == NULL)
		return -EBADF;
	if (pidfd_proc(f) != NULL) {
		bool nonblock = READ_ONCE(f->flags) & O_NONBLOCK;

		err = proc_wait_for(pidfd_proc(f),
				    options | (nonblock ? WNOHANG : 0), result);
		if (err == 0 && result->pid == 0 && nonblock &&
		    !(options & WNOHANG))
			err = -EAGAIN;
	}
	file_put(f);
	return err;
}

static long wait_by(unsigned long type, int id, int options,
		    struct wait_result *result)
{
	enum wait_for which;
	long err;

	if (type == P_PIDFD)
		return wait_by_descriptor(id, options, result);
	err = decode_waitid(type, &id, &which);
	return err != 0 ? err : proc_wait(which, id, options, result);
}

static int put_wait_info(vaddr_t to, const struct wait_result *result)
{
	struct siginfo info = { 0 };

	if (to == 0)
		return 0;
	if (result->pid != 0) {
		info.si_signo = SIGCHLD;
		info.si_code = result->code;
		info.pid = result->pid;
		info.uid = result->uid;
		info.status = result->status;
	}
	return signal_put_info(to, &info);
}

SYSCALL_5(waitid, type, user_id, info, options, usage)
{
	struct wait_result result = { 0 };
	long err;

	if ((unsigned)options & ~(WNOHANG | WNOWAIT | WEXITED | WUNTRACED |
				  WCONTINUED | WNOTHREAD | WALL | WCLONE))
		return -EINVAL;
	if (!(options & (WEXITED | WUNTRACED | WCONTINUED)))
		return -EINVAL;
	err = wait_by(type, (int)user_id, (int)options, &result);
	if (err == 0 && result.pid != 0)
		err = put_wait_usage(usage, &result);
	/* Also when there is none, as Linux does: nothing is to be told. */
	if (err != -EFAULT && put_wait_info(info, &result) != 0)
		err = -EFAULT;
	return err;
}

/* ---- who we are among processes ---- */

SYSCALL_0(getpid)
{
	return current_proc()->pid;
}

SYSCALL_0(gettid)
{
	return current_thread()->tid;
}

SYSCALL_0(getppid)
{
	return READ_ONCE(current_proc()->parent_pid);
}

SYSCALL_2(setpgid, pid, pgid)
{
	return proc_set_group((int)pid, (int)pgid);
}

SYSCALL_1(getpgid, pid)
{
	return proc_get_group((int)pid);
}

SYSCALL_0(setsid)
{
	return proc_new_session();
}

SYSCALL_1(getsid, pid)
{
	return proc_get_session((int)pid);
}
