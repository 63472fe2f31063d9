/*
 * vfs/change.c - make, link, remove and rename.
 *
 * All of it walks to the directory and changes it under one exclusive lock,
 * so that what was checked is still so.  Inodes that lose their last name
 * are put after the lock is dropped, by walk_end().
 */

#include "fs/tmp/tmpfs.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task/proc.h"
#include "vfs/dir.h"
#include "vfs/path_internal.h"

static bool is_made_up(const struct inode *dir)
{
	return dir->ops->lookup != NULL;
}

/* ---- new names ---- */

/* Where @w found no name, may the running process make one? */
static int may_create(const struct walk *w)
{
	if (w->kind != LAST_NAME || w->inode != NULL)
		return -EEXIST;
	if (w->dir->nlink == 0 || is_made_up(w->dir))
		return -ENOENT;
	return inode_permission(w->dir, MAY_WRITE | MAY_EXEC);
}

static void set_owner(struct inode *inode, const struct inode *dir)
{
	inode->uid = current_cred()->fsuid;
	inode->gid = current_cred()->fsgid;
	if (!(dir->mode & S_ISGID))
		return;
	inode->gid = dir->gid;
	if (inode_is(inode, S_IFDIR))
		inode->mode |= S_ISGID;
}

static int add_new(struct walk *w, struct inode *inode)
{
	bool is_dir = inode_is(inode, S_IFDIR);

	set_owner(inode, w->dir);
	if (is_dir && !inode_set_parent(inode, w->dir, w->name, w->len))
		return -ENOMEM;

	int err = dir_add(w->dir, w->name, w->len, inode);

	if (err == 0 && is_dir)
		WRITE_ONCE(w->dir->nlink, w->dir->nlink + 1);
	return err;
}

int walk_create(struct walk *w, struct inode *inode)
{
	int err = may_create(w);

	if (err == 0)
		err = add_new(w, inode);
	if (err == 0)
		w->inode = inode;
	else
		inode_put(inode);
	return err;
}

/* Make @inode (NULL: no memory) the name @path.  Takes over the reference. */
static int create_at(int dirfd, const char *path, struct inode *inode)
{
	struct inode *start;
	struct walk w;
	int err;

	if (inode == NULL)
		return -ENOMEM;
	err = walk_start(dirfd, path, 0, &start);
	if (err < 0) {
		inode_put(inode);
		return err;
	}
	names_lock();
	err = walk(&w, start, path, LOOKUP_PARENT);
	if (err == 0 && w.slash && w.inode == NULL &&
	    !inode_is(inode, S_IFDIR))
		err = -ENOENT;
	if (err == 0)
		err = walk_create(&w, inode);
	else
		inode_put(inode);
	names_unlock();
	walk_end(&w);
	inode_put(start);
	return err;
}

int vfs_mkdir(int dirfd, const char *path, unsigned mode)
{
	mode = S_IFDIR | (mode & ~own_umask() & 01777);
	return create_at(dirfd, path,
			 inode_create(&tmpfs_inode_ops, mode, DEV_TMPFS, 0));
}

int vfs_mknod(int dirfd, const char *path, unsigned mode, unsigned major,
	      unsigned minor)
{
	struct inode *inode;

	mode = (mode & S_IFMT) | (mode & ~own_umask() & 07777);
	inode = inode_create(&tmpfs_inode_ops, mode, DEV_TMPFS, 0);
	if (inode != NULL) {
		inode->major = major;
		inode->minor = minor;
	}
	return create_at(dirfd, path, inode);
}

int vfs_symlink(const char *target, int dirfd, const char *path)
{
	struct inode *inode = inode_create(&tmpfs_inode_ops, S_IFLNK | 0777,
					   DEV_TMPFS, 0);

	if (*target == '\0') {
		inode_put(inode);
		return -ENOENT;
	}
	if (inode != NULL) {
		inode->target = kstrdup(target);
		if (inode->target == NULL) {
			inode_put(inode);
			inode = NULL;
		}
	}
	return create_at(dirfd, path, inode);
}

/* A second name for @inode.  Exclusive lock. */
static int link_to(struct walk *w, struct inode *inode)
{
	int err = may_create(w);

	if (err < 0)
		return err;
	if (inode_is(inode, S_IFDIR))
		return -EPERM;
	if (inode->dev != w->dir->dev)
		return -EXDEV;
	if (w->slash || inode->nlink == 0) /* its last name is gone */
		return -ENOENT;
	err = dir_add(w->dir, w->name, w->len, inode);
	if (err < 0)
		return err;
	WRITE_ONCE(inode->nlink, inode->nlink + 1);
	inode_touch_ctime(inode);
	return 0;
}

int vfs_link(int old_dirfd, const char *old, int new_dirfd,
	     const char *new, unsigned how)
{
	struct inode *inode, *start;
	struct walk w;
	int err = vfs_lookup(old_dirfd, old, how, &inode);

	if (err < 0)
		return err;
	err = walk_start(new_dirfd, new, 0, &start);
	if (err == 0) {
		names_lock();
		err = walk(&w, start, new, LOOKUP_PARENT);
		if (err == 0)
			err = link_to(&w, inode);
		names_unlock();
		walk_end(&w);
		inode_put(start);
	}
	inode_put(inode);
	return err;
}

/* ---- removing ---- */

/* May the name that @w found be taken out of its directory? */
static int may_remove(const struct walk *w)
{
	int err = inode_permission(w->dir, MAY_WRITE | MAY_EXEC);

	if (err < 0)
		return err;
	if (is_made_up(w->dir))
		return -EPERM;
	if ((w->dir->mode & S_ISVTX) && !inode_is_owner(w->inode) &&
	    !inode_is_owner(w->dir))
		return -EPERM;
	return 0;
}

/* Take out the name; w->inode stays held.  A directory is empty. */
static void remove_name(struct walk *w)
{
	struct inode *inode = w->inode;

	inode_put(dir_remove(w->dir, dir_find(w->dir, w->name, w->len)));
	if (inode_is(inode, S_IFDIR)) {
		WRITE_ONCE(inode->nlink, 0);
		WRITE_ONCE(w->dir->nlink, w->dir->nlink - 1);
	} else {
		WRITE_ONCE(inode->nlink, inode->nlink - 1);
	}
	inode_touch_ctime(inode);
}

static int unlink_locked(struct walk *w)
{
	if (w->kind != LAST_NAME)
		return -EISDIR;

	int err = may_remove(w);

	if (err < 0)
		return err;
	if (inode_is(w->inode, S_IFDIR))
		return -EISDIR;
	remove_name(w);
	return 0;
}

/* A file system is attached here, or this is the root of all. */
static bool is_mounted(const struct inode *dir)
{
	return dir->parent == NULL || dir->dev != dir->parent->dev;
}

static int rmdir_locked(struct walk *w)
{
	if (w->kind == LAST_DOT)
		return w->inode == own_root() ? -EBUSY : -EINVAL;
	if (w->kind != LAST_NAME)
		return -ENOTEMPTY;

	int err = may_remove(w);

	if (err < 0)
		return err;
	if (!inode_is(w->inode, S_IFDIR))
		return -ENOTDIR;
	if (is_mounted(w->inode))
		return -EBUSY;
	if (!dir_is_empty(w->inode))
		return -ENOTEMPTY;
	remove_name(w);
	return 0;
}

static int remove_at(int dirfd, const char *path,
		     int (*remove)(struct walk *w))
{
	struct inode *start;
	struct walk w;
	int err = walk_start(dirfd, path, 0, &start);

	if (err < 0)
		return err;
	names_lock();
	err = walk(&w, start, path, LOOKUP_PARENT);
	if (err == 0 && w.inode == NULL)
		err = -ENOENT;
	if (err == 0)
		err = remove(&w);
	names_unlock();
	walk_end(&w);
	inode_put(start);
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

/* ---- renaming ---- */

static bool is_inside(const struct inode *dir, const struct inode *outer)
{
	while (dir != NULL && dir != outer)
		dir = dir->parent;
	return dir == outer;
}

/* May @to, which exists, make way for @from? */
static int may_replace(const struct walk *from, const struct walk *to)
{
	bool is_dir = inode_is(from->inode, S_IFDIR);
	int err = may_remove(to);

	if (err < 0)
		return err;
	if (is_dir && !inode_is(to->inode, S_IFDIR))
		return -ENOTDIR;
	if (!is_dir && inode_is(to->inode, S_IFDIR))
		return -EISDIR;
	if (!is_dir)
		return 0;
	if (is_mounted(to->inode))
		return -EBUSY;
	return dir_is_empty(to->inode) ? 0 : -ENOTEMPTY;
}

static int may_rename(const struct walk *from, const struct walk *to,
		      unsigned flags)
{
	bool is_dir;
	int err;

	if (from->kind != LAST_NAME || to->kind != LAST_NAME)
		return -EBUSY;
	if (from->inode == NULL)
		return -ENOENT;
	if (from->dir->dev != to->dir->dev)
		return -EXDEV;
	is_dir = inode_is(from->inode, S_IFDIR);
	if (is_dir && is_inside(to->dir, from->inode))
		return -EINVAL;
	if (to->slash && !is_dir)
		return -ENOTDIR;
	err = may_remove(from);
	if (err < 0)
		return err;
	if (is_dir && is_mounted(from->inode))
		return -EBUSY;
	if (is_dir && from->dir != to->dir) /* its ".." changes */
		err = inode_permission(from->inode, MAY_WRITE);
	if (err < 0)
		return err;
	if (to->inode == NULL)
		return may_create(to);
	if (flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (from->inode == to->inode)
		return 0;
	if (is_inside(from->dir, to->inode))
		return -ENOTEMPTY;
	return may_replace(from, to);
}

/* A directory moves: its own name and "..". */
static int move_dir(struct walk *from, struct walk *to)
{
	if (!inode_set_parent(from->inode, to->dir, to->name, to->len))
		return -ENOMEM;
	WRITE_ONCE(from->dir->nlink, from->dir->nlink - 1);
	WRITE_ONCE(to->dir->nlink, to->dir->nlink + 1);
	return 0;
}

/* The entry of the new name now stands for the inode of the old one. */
static void redirect(struct walk *from, struct walk *to)
{
	struct dirent_node *e = dir_find(to->dir, to->name, to->len);
	struct inode *old = e->inode;

	inode_get(from->inode);
	e->inode = from->inode;
	if (inode_is(old, S_IFDIR)) {
		WRITE_ONCE(old->nlink, 0);
		WRITE_ONCE(to->dir->nlink, to->dir->nlink - 1);
	} else {
		WRITE_ONCE(old->nlink, old->nlink - 1);
	}
	inode_touch_ctime(old);
	inode_touch_mtime(to->dir);
	inode_put(old);
}

static int rename_locked(struct walk *from, struct walk *to, unsigned flags)
{
	int err = may_rename(from, to, flags);

	if (err < 0)
		return err;
	if (from->inode == to->inode)
		return 0;
	if (to->inode == NULL)
		err = dir_add(to->dir, to->name, to->len, from->inode);
	if (err < 0)
		return err;
	if (inode_is(from->inode, S_IFDIR))
		err = move_dir(from, to);
	if (err < 0 && to->inode == NULL)
		inode_put(dir_remove(to->dir, dir_find(to->dir, to->name,
						       to->len)));
	if (err < 0)
		return err;
	if (to->inode != NULL)
		redirect(from, to);
	inode_put(dir_remove(from->dir,
			     dir_find(from->dir, from->name, from->len)));
	inode_touch_ctime(from->inode);
	return 0;
}

static int rename_from(struct inode *old_start, const char *old,
		       struct inode *new_start, const char *new,
		       unsigned flags)
{
	struct walk from, to;
	int err;

	names_lock();
	err = walk(&from, old_start, old, LOOKUP_PARENT);
	if (err == 0) {
		err = walk(&to, new_start, new, LOOKUP_PARENT);
		if (err == 0)
			err = rename_locked(&from, &to, flags);
	} else {
		to = (struct walk){ .kind = LAST_DOT };
	}
	names_unlock();
	walk_end(&from);
	walk_end(&to);
	return err;
}

int vfs_rename(int old_dirfd, const char *old, int new_dirfd,
	       const char *new, unsigned flags)
{
	struct inode *old_start, *new_start;
	int err = walk_start(old_dirfd, old, 0, &old_start);

	if (err < 0)
		return err;
	err = walk_start(new_dirfd, new, 0, &new_start);
	if (err == 0)
		err = rename_from(old_start, old, new_start, new, flags);
	inode_put(new_start);
	inode_put(old_start);
	return err;
}
