/*
 * vfs/remove.c - taking names away.
 *
 * An inode that has lost its last name lives on while it is used; it is put
 * after the lock is dropped, by walk_end().
 */

#include "lib/errno.h"
#include "lib/string.h"
#include "vfs/attr.h"
#include "vfs/change_internal.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"

/* In a sticky directory only the owner of either may. */
static bool sticks(struct inode *inode, struct inode *dir)
{
	struct inode_owner owner = inode_owner(inode);
	struct inode_owner above = inode_owner(dir);

	return (above.mode & S_ISVTX) && !is_own(&owner) && !is_own(&above);
}

int may_remove(const struct walk *w)
{
	int err = inode_permission(w->at.dir, MAY_WRITE | MAY_EXEC);

	if (err < 0)
		return err;
	if (w->at.dir->ops->unlink == NULL ||
	    sticks(w->at.inode, w->at.dir))
		return -EPERM;
	return 0;
}

static bool is_at(const struct inode *inode, const struct dentry *dentry)
	REQUIRES(C_names)
{
	return inode->parent == dentry->dir &&
	       strlen(inode->name) == dentry->name.len &&
	       memcmp(inode->name, dentry->name.text, dentry->name.len) == 0;
}

/* One that has lost its last name stays where it was, for who has it open;
 * with names elsewhere it must not keep the directory. */
static void forget_place(const struct dentry *dentry) REQUIRES(C_names)
{
	if (dentry->inode->nlink > 0 && is_at(dentry->inode, dentry))
		inode_move(dentry->inode, NULL, NULL);
}

void count_removed(const struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	if (inode_is(inode, S_IFDIR)) {
		WRITE_ONCE(inode->nlink, 0);
		count_subdir(dentry->dir, -1);
	} else {
		WRITE_ONCE(inode->nlink, inode->nlink - 1);
		forget_place(dentry);
	}
	inode_touch_ctime(inode);
	inode_touch_mtime(dentry->dir);
}

static int remove_name(struct walk *w) REQUIRES(C_names)
{
	int err;

	if (is_mount_point(w))
		return -EBUSY;
	err = w->at.dir->ops->unlink(&w->at);
	if (err != 0)
		return err;
	count_removed(&w->at);
	if (!inode_is(w->at.inode, S_IFDIR))
		notify_self(w->at.inode, IN_ATTRIB);
	notify_name(&w->at, IN_DELETE);
	return 0;
}

static int unlink_locked(struct walk *w) REQUIRES(C_names)
{
	if (w->kind != LAST_NAME)
		return -EISDIR;

	int err = may_remove(w);

	if (err < 0)
		return err;
	if (inode_is(w->at.inode, S_IFDIR))
		return -EISDIR;
	return remove_name(w);
}

static int rmdir_locked(struct walk *w) REQUIRES(C_names)
{
	if (w->kind == LAST_DOT)
		return w->at.inode == own_root().inode ? -EBUSY : -EINVAL;
	if (w->kind != LAST_NAME)
		return -ENOTEMPTY;

	int err = may_remove(w);

	if (err < 0)
		return err;
	if (!inode_is(w->at.inode, S_IFDIR))
		return -ENOTDIR;
	return remove_name(w);
}

/* Whether there is such a name is not even asked where nothing may change. */
static int judge_place(const struct walk *w)
{
	if (w->kind == LAST_NAME && mount_is_readonly(w->dir_mount))
		return -EROFS;
	return w->at.inode == NULL ? -ENOENT : 0;
}

static int remove_at(int dirfd, const char *path,
		     int (*remove)(struct walk *w))
{
	struct path start;
	struct walk w;
	int err = walk_start(dirfd, path, 0, &start);

	if (err < 0)
		return err;
	names_lock();
	err = walk(&w, &start, path, LOOKUP_PARENT);
	if (err == 0)
		err = judge_place(&w);
	if (err == 0)
		err = remove(&w);
	names_unlock();
	walk_end(&w);
	path_put(&start);
	return err;
}

int vfs_unlink(int dirfd, const char *path)
{
	return remove_at(dirfd, path, unlink_locked);
}

int vfs_rmdir(int dirfd, const char *path)
{
	return remove_at(dirfd, path, rmdir_locked);
}
