/*
 * syscall/sys_memfd.c - memfd_create(): a file without a name.
 *
 * An ordinary tmpfs file that is in no directory, so it goes with its last
 * descriptor and mapping.  Its name is only for /proc.
 */

#include "fs/tmp/tmpfs.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/regular.h"

#define MFD_CLOEXEC 1UL
#define MFD_ALLOW_SEALING 2UL
#define MFD_NOEXEC_SEAL 8UL /* no program, and sealed so */
#define MFD_EXEC 16UL       /* as by default */
#define MFD_FLAGS \
	(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)

#define MEMFD_NAME_MAX 250 /* with the NUL */
#define PATH_FORMAT "/memfd:%s (deleted)"

/* A file of @inode, whose reference is taken, opened to read and write. */
static int open_memfd(struct file **f, struct inode *inode, const char *name)
{
	size_t size = strlen(name) + sizeof(PATH_FORMAT);
	int err = file_create(f, &regular_file_ops,
			      FMODE_READ | FMODE_WRITE | FMODE_POS, O_RDWR,
			      NULL);

	if (err != 0) {
		inode_put(inode);
		return err;
	}
	(*f)->inode = inode;
	(*f)->path = kmalloc(size);
	if ((*f)->path != NULL)
		ksnprintf((*f)->path, size, PATH_FORMAT, name);
	return 0;
}

static int create_memfd(unsigned long flags, struct inode **inode)
{
	int err = tmpfs_create_nameless(flags & MFD_NOEXEC_SEAL ? 0666 : 0777,
					inode);

	is_private(mappers);
	if (err == 0 && (flags & MFD_NOEXEC_SEAL))
		(*inode)->pagecache->seals = F_SEAL_EXEC;
	else if (err == 0 && (flags & MFD_ALLOW_SEALING))
		(*inode)->pagecache->seals = 0;
	return err;
}

/* LACKS memfd_create: `MFD_HUGETLB` is `EINVAL`. */
SYSCALL_2(memfd_create, user_name, flags)
{
	char name[MEMFD_NAME_MAX];
	long len = strncpy_from_user(name, user_name, sizeof(name));
	struct inode *inode;
	struct file *f;
	int err;

	if ((flags & ~MFD_FLAGS) ||
	    ((flags & MFD_NOEXEC_SEAL) && (flags & MFD_EXEC)))
		return -EINVAL;
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	err = create_memfd(flags, &inode);
	if (err != 0)
		return err;
	err = open_memfd(&f, inode, name);
	if (err != 0)
		return err;
	return fd_install(f, flags & MFD_CLOEXEC);
}
