/*
 * syscall/sys_acct.c - acct(): where it is recorded that processes have ended.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/task/acct.h"
#include "syscall/file_args.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"

/* To what takes no bytes, or only when somebody reads them, a process that ends
 * could not write. */
static int may_have_records(const struct inode *inode)
{
	if (inode_type(inode) != S_IFREG)
		return -EACCES;
	return inode->pagecache != NULL ? 0 : -EIO;
}

static int open_records(const char *name, struct file **f)
{
	int err = vfs_open(AT_FDCWD, name, O_WRONLY | O_APPEND, 0, f);

	if (err != 0)
		return err;
	err = may_have_records((*f)->inode);
	if (err != 0)
		file_put(*f);
	return err;
}

/*
 * LACKS acct: a file system with the file cannot be unmounted until another is
 * set or none; who used a privilege is not marked (`ASU`); how much room there
 * has to be (`kernel.acct`) cannot be changed.
 */
SYSCALL_1(acct, user_name)
{
	struct file *f = NULL;
	char *name;
	int err;

	if (!cred_can(current_cred(), CAP_SYS_PACCT))
		return -EPERM;
	if (user_name != 0) {
		err = path_from_user(user_name, &name);
		if (err != 0)
			return err;
		err = open_records(name, &f);
		kfree(name);
		if (err != 0)
			return err;
	}
	acct_set(f);
	return 0;
}
