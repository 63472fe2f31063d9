/*
 * syscall/sys_module.c - delete_module(): parts of the kernel that came later.
 *
 * None ever does, for the kernel is one program: so whichever is named is not there,
 * which a tool that unloads what may be loaded takes for success.  To load one is
 * no call here (absent.def).
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"

#define NAME_MAX_BYTES 56 /* Linux's, with the NUL */

SYSCALL_2(delete_module, user_name, flags)
{
	char name[NAME_MAX_BYTES];
	long len;

	(void)flags;
	if (!cred_can(current_cred(), CAP_SYS_MODULE))
		return -EPERM;
	len = strncpy_from_user(name, user_name, sizeof(name));
	return len == -EFAULT ? -EFAULT : -ENOENT;
}
