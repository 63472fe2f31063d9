/*
 * syscall/sys_file_owner.c - who is told by signals what happens to an open
 * file, is about to happen, or happens in the directory that it is.
 */

#include "syscall/sys_file_owner.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/async.h"
#include "proc/signal/types.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/lease.h"
#include "vfs/notify/dnotify.h"

#define F_SETOWN 8
#define F_GETOWN 9
#define F_SETSIG 10
#define F_GETSIG 11
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
#define F_GETOWNER_UIDS 17
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#define F_NOTIFY 1026

/* Linux's struct f_owner_ex. */
struct user_owner {
	int type, pid;
};

static long set_owner_ex(struct file *f, vaddr_t from)
{
	struct user_owner owner;

	if (copy_from_user(&owner, from, sizeof(owner)) < 0)
		return -EFAULT;
	if (owner.type < OWNER_THREAD || owner.type > OWNER_GROUP)
		return -EINVAL;
	return async_set_owner(f, (enum owner_type)owner.type, owner.pid);
}

static long get_owner_ex(struct file *f, vaddr_t to)
{
	const struct file_owner owner = async_owner(f);
	const struct user_owner out = { (int)owner.type, owner.number };

	return copy_to_user(to, &out, sizeof(out));
}

/* A group is what is below 0. */
static long set_owner(struct file *f, int number)
{
	if (number == INT32_MIN)
		return -EINVAL;
	return number < 0 ? async_set_owner(f, OWNER_GROUP, -number) :
			    async_set_owner(f, OWNER_PROCESS, number);
}

static long get_owner(struct file *f)
{
	const struct file_owner owner = async_owner(f);

	return owner.type == OWNER_GROUP ? -owner.number : owner.number;
}

static long get_uids(struct file *f, vaddr_t to)
{
	const struct file_owner owner = async_owner(f);
	const uint32_t uids[2] = { owner.uid, owner.euid };

	return copy_to_user(to, uids, sizeof(uids));
}

static long set_lease(struct file *f, int fd, unsigned long type)
{
	int err = 0;

	if (type > LEASE_NONE)
		return -EINVAL;
	if (type != LEASE_NONE)
		err = async_begin_lease(f, fd);
	return err < 0 ? err : lease_set(f, (enum lease_type)type);
}

static long watch_dir(struct file *f, int fd, uint32_t asked)
{
	int err;

	if (READ_ONCE(dir_notify_enable) == 0)
		return -EINVAL;
	if ((asked & ~DN_MULTISHOT) == 0) {
		fd_unwatch_dir(f);
		return 0;
	}
	if (f->inode == NULL || !inode_is(f->inode, S_IFDIR))
		return -ENOTDIR;
	err = async_need_owner(f);
	return err < 0 ? err : fd_watch_dir(fd, f, asked);
}

static long owner_call(struct file *f, int fd, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETOWN:
		return set_owner(f, (int)arg);
	case F_GETOWN:
		return get_owner(f);
	case F_SETSIG:
		return arg <= NSIG ? async_set_signal(f, (int)arg) : -EINVAL;
	case F_GETSIG:
		return async_signal(f);
	case F_SETOWN_EX:
		return set_owner_ex(f, arg);
	case F_GETOWN_EX:
		return get_owner_ex(f, arg);
	case F_GETOWNER_UIDS:
		return get_uids(f, arg);
	case F_SETLEASE:
		return set_lease(f, fd, arg);
	case F_GETLEASE:
		return (long)lease_of(f);
	case F_NOTIFY:
		return watch_dir(f, fd, (uint32_t)arg);
	}
	return -EINVAL;
}

/* What is good for nothing but its name has no owner. */
long fcntl_owner(struct file *f, int fd, unsigned cmd, unsigned long arg)
{
	return f->mode & FMODE_PATH ? -EBADF : owner_call(f, fd, cmd, arg);
}

long ioctl_async(struct file *f, int fd, vaddr_t arg)
{
	uint32_t on;

	if (get_user_u32(&on, arg) < 0)
		return -EFAULT;
	if ((on != 0) == !!(READ_ONCE(f->flags) & O_ASYNC))
		return 0;
	return f->ops->tells_owner ? async_enable(f, fd, on != 0) : -ENOTTY;
}
