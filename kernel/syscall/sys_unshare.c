/*
 * syscall/sys_unshare.c - unshare(): what was shared at clone(), and is not to be.
 *
 * Descriptors and the place among the names are a process's: one that has a single
 * thread gets its own of what it shares with other processes.  What threads share
 * they share until they end.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/task/clone_flags.h"
#include "proc/task/proc.h"
#include "vfs/fdtable.h"
#include "vfs/fs_context.h"

/* Of one thread with others. */
#define THREADS (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)
#define NAMESPACES (CLONE_NAMESPACES | CLONE_NEWTIME)
#define KNOWN (THREADS | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | NAMESPACES)

/* NULL: it is not shared.  Nobody joins who shares it already, but by us. */
static int own_place(struct fs_context **copy)
{
	struct fs_context *fs = current_proc()->vfs.fs;

	*copy = NULL;
	if (!fs_context_is_shared(fs))
		return 0;
	*copy = fs_context_copy(fs);
	return *copy != NULL ? 0 : -ENOMEM;
}

static int leave(unsigned long flags)
{
	struct fdtable *files = NULL;
	struct fs_context *fs = NULL;
	int err = 0;

	if (flags & CLONE_FS)
		err = own_place(&fs);
	if (err == 0 && (flags & CLONE_FILES))
		err = fdtable_of_own(&files);
	if (err != 0) {
		if (fs != NULL)
			fs_context_put(fs);
		return err;
	}
	proc_replace_files(files);
	proc_replace_fs(fs);
	if (flags & CLONE_SYSVSEM)
		sem_undo_exit(current_thread());
	return 0;
}

/*
 * LACKS unshare: there are no namespaces (`EINVAL`, or `EPERM` without
 * `CAP_SYS_ADMIN`); where threads share the process `CLONE_FS` and `CLONE_FILES` are
 * `EINVAL`; memory that is shared with another process, until an exec, is not looked
 * for (`CLONE_VM`).
 */
SYSCALL_1(unshare, flags)
{
	bool alone = READ_ONCE(current_proc()->nr_threads) == 1;
	int err;

	if ((flags & ~KNOWN) || (!alone && (flags & ~(CLONE_SYSVSEM | NAMESPACES))))
		return -EINVAL;
	err = check_namespaces(flags & NAMESPACES);
	return err != 0 ? err : leave(flags);
}
