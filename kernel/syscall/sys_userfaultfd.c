/*
 * syscall/sys_userfaultfd.c - userfaultfd().
 */
#include "syscall/syscall.h"

#include "arch/barrier.h"
#include "ipc/userfaultfd.h"
#include "lib/errno.h"
#include "mm/userfault.h"
#include "vfs/caps.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

/* Who keeps the kernel waiting in the middle of a call holds up others. */
static bool may_have(unsigned long flags)
{
	return (flags & UFFD_USER_MODE_ONLY) ||
	       READ_ONCE(unprivileged_userfaultfd) != 0 ||
	       cred_can(current_cred(), CAP_SYS_PTRACE);
}

/*
 * LACKS userfaultfd: pages that are missing, of private memory; no pages of shared
 * memory, none that are written to (`UFFDIO_WRITEPROTECT`), moved (`UFFDIO_MOVE`) or
 * poisoned, no events of `fork()`, `mremap()` and `munmap()`, no numbers of threads:
 * what asks for these is `EINVAL`. A page that is touched by the kernel holds up what
 * it does there, as on Linux.
 */
SYSCALL_1(userfaultfd, flags)
{
	struct file *f;
	int err;

	if (!may_have(flags))
		return -EPERM;
	if (flags & ~(unsigned long)(UFFD_USER_MODE_ONLY | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = userfaultfd_create(&f, (unsigned)flags);
	return err != 0 ? err : fd_install(f, flags & O_CLOEXEC);
}
