/*
 * vfs/flags.c - see flags.h.
 */
#include "vfs/flags.h"

#include "lib/errno.h"
#include "vfs/attr.h"
#include "vfs/notify/notify.h"

static int may_set(struct inode *inode, unsigned flags)
{
	const struct inode_owner owner = inode_owner(inode);

	if (!is_own(&owner))
		return -EPERM;
	if (((flags ^ inode->flags) & INODE_FIXED) &&
	    !cred_can(current_cred(), CAP_LINUX_IMMUTABLE))
		return -EPERM;
	return flags & ~inode->ops->flags ? -EOPNOTSUPP : 0;
}

int inode_set_flags(struct inode *inode, unsigned flags)
{
	int err;

	if (inode->ops->flags == 0)
		return -ENOTTY;
	mutex_lock(&inode->lock);
	err = may_set(inode, flags);
	if (err == 0) {
		WRITE_ONCE(inode->flags, flags);
		inode_touch_ctime(inode);
	}
	mutex_unlock(&inode->lock);
	if (err == 0)
		notify_inode(inode, IN_ATTRIB);
	return err;
}
