/*
 * vfs/remove.c - taking names away.
 *
 * An inode that has lost its last name lives on while it is used; it is put
 * after the lock is dropped, by walk_end().  The name of a file goes under the
 * lock of its directory's entries, when it is still what the walk found; that
 * of a directory under the lock of all names, so that nobody makes anything in
 * there meanwhile.
 */

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sync/retry.h"
#include "vfs/attr.h"
#include "vfs/change_internal.h"
#include "vfs/flags.h"
#include "vfs/landlock/landlock.h"
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
	    inode_has(w->at.dir, INODE_APPEND) ||
	    inode_has(w->at.inode, INODE_FIXED) ||
	    sticks(w->at.inode, w->at.dir))
		return -EPERM;
	return 0;
}

/* The entries of @dentry->dir are locked, so that if this is the place it stays. */
static bool is_at(const struct inode *inode, const struct dentry *dentry)
	REQUIRES_SHARED(C_names)
{
	return READ_ONCE(inode->parent) == dentry->dir &&
	       strlen(inode->name) == dentry->name.len &&
	       memcmp(inode->name, dentry->name.text, dentry->name.len) == 0;
}

/* One that has lost its last name stays where it was, for who has it open;
 * with names elsewhere it must not keep the directory. */
static void forget_place(const struct dentry *dentry) REQUIRES_SHARED(C_names)
{
	if (READ_ONCE(dentry->inode->nlink) > 0 && is_at(dentry->inode, dentry))
		inode_move(dentry->inode, NULL, NULL);
}

void count_removed(const struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	if (inode_is(inode, S_IFDIR)) {
		WRITE_ONCE(inode->nlink, 0);
		count_subdir(dentry->dir, -1);
	} else {
		atomic_fetch_add_relaxed(&inode->nlink, -1U);
		forget_place(dentry);
	}
	inode_touch_ctime(inode);
	inode_touch_mtime(dentry->dir);
	if (inode->ops->unnamed != NULL && READ_ONCE(inode->nlink) == 0)
		inode->ops->unnamed(inode);
}

static int remove_name(const struct dentry *dentry) REQUIRES_SHARED(C_names)
{
	int err = dentry->dir->ops->unlink(dentry);

	if (err != 0)
		return err;
	count_removed(dentry);
	if (!inode_is(dentry->inode, S_IFDIR))
		notify_self(dentry->inode, IN_ATTRIB);
	notify_name(dentry, IN_DELETE);
	return 0;
}

static int may_unlink(const struct walk *w) REQUIRES_SHARED(C_names)
{
	if (w->kind != LAST_NAME)
		return -EISDIR;

	int err = landlock_may_remove(w->dir_mount, w->at.dir, LANDLOCK_FS_REMOVE_FILE);

	if (err == 0)
		err = may_remove(w);
	if (err < 0)
		return err;
	if (inode_is(w->at.inode, S_IFDIR))
		return -EISDIR;
	return is_mount_point(w) ? -EBUSY : 0;
}

static int unlink_found(struct walk *w) REQUIRES_SHARED(C_names)
{
	struct inode *dir = w->at.dir;
	int err = may_unlink(w);

	if (err < 0)
		return err;
	race_point(name_found, dir);
	rwsem_lock(&dir->entries);
	err = walk_is_still_so(w) ? remove_name(&w->at) : -ESTALE;
	rwsem_unlock(&dir->entries);
	return err;
}

static int rmdir_locked(struct walk *w) REQUIRES(C_names)
{
	if (w->kind == LAST_DOT)
		return w->at.inode == own_root().inode ? -EBUSY : -EINVAL;
	if (w->kind != LAST_NAME)
		return -ENOTEMPTY;

	int err = landlock_may_remove(w->dir_mount, w->at.dir, LANDLOCK_FS_REMOVE_DIR);

	if (err == 0)
		err = may_remove(w);
	if (err < 0)
		return err;
	if (!inode_is(w->at.inode, S_IFDIR))
		return -ENOTDIR;
	return is_mount_point(w) ? -EBUSY : remove_name(&w->at);
}

/* Whether there is such a name is not even asked where nothing may change. */
static int judge_place(const struct walk *w)
{
	if (w->kind == LAST_NAME && mount_is_readonly(w->dir_mount))
		return -EROFS;
	return w->at.inode == NULL ? -ENOENT : 0;
}

static int find_name(struct walk *w, const struct path *start,
		     const char *path) REQUIRES_SHARED(C_names)
{
	int err = walk(w, start, path, LOOKUP_PARENT);

	return err == 0 ? judge_place(w) : err;
}

/* The lock of the directory's entries is enough for a file; a directory goes
 * while nobody else walks. */
static int unlink_from(const struct path *start, const char *path)
{
	struct walk w;

	names_lock_shared();
	int err = find_name(&w, start, path);

	if (err == 0)
		err = unlink_found(&w);
	names_unlock_shared();
	walk_end(&w);
	return err;
}

static int rmdir_from(const struct path *start, const char *path)
{
	struct walk w;

	names_lock();
	int err = find_name(&w, start, path);

	if (err == 0)
		err = rmdir_locked(&w);
	names_unlock();
	walk_end(&w);
	return err;
}

static int remove_at(int dirfd, const char *path,
		     int (*remove_from)(const struct path *start,
					const char *path))
{
	struct retry r = { 0 };
	struct path start;
	int err = walk_start(dirfd, path, 0, &start);

	if (err < 0)
		return err;
	do
		err = remove_from(&start, path);
	while (walk_again(&err, &r));
	path_put(&start);
	return err;
}

int vfs_unlink(int dirfd, const char *path)
{
	return remove_at(dirfd, path, unlink_from);
}

int vfs_rmdir(int dirfd, const char *path)
{
	return remove_at(dirfd, path, rmdir_from);
}
