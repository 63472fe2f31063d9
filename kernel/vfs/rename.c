/*
 * vfs/rename.c - a name becomes another, in one.
 *
 * All that can fail comes before the file system changes anything; what comes
 * after, the counts and the directory's own idea of its place, cannot.
 */

#include "lib/errno.h"
#include "vfs/attr.h"
#include "vfs/change_internal.h"
#include "vfs/landlock/landlock.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"

static bool is_inside(const struct inode *dir, const struct inode *outer)
	REQUIRES_SHARED(C_names)
{
	while (dir != NULL && dir != outer)
		dir = dir->parent;
	return dir == outer;
}

/* May @to, which exists, make way for @from? */
static int may_replace(const struct walk *from, const struct walk *to)
	REQUIRES(C_names)
{
	bool is_dir = inode_is(from->at.inode, S_IFDIR);
	int err = may_remove(to);

	if (err < 0)
		return err;
	if (is_dir && !inode_is(to->at.inode, S_IFDIR))
		return -ENOTDIR;
	if (!is_dir && inode_is(to->at.inode, S_IFDIR))
		return -EISDIR;
	return is_mount_point(to) ? -EBUSY : 0;
}

/* @from, a directory, is to have another ".."; or just another name. */
static int may_move_dir(const struct walk *from, const struct walk *to)
{
	return from->at.dir == to->at.dir ?
		       0 : inode_permission(from->at.inode, MAY_WRITE);
}

/* Is it a name that can be given up, for one elsewhere? */
static int check_places(const struct walk *from, const struct walk *to,
			unsigned flags)
	REQUIRES_SHARED(C_names)
{
	bool is_dir;

	if (from->kind != LAST_NAME || to->kind != LAST_NAME)
		return -EBUSY;
	if (from->dir_mount != to->dir_mount)
		return -EXDEV;
	if (mount_is_readonly(from->dir_mount))
		return -EROFS;
	if (from->at.inode == NULL)
		return -ENOENT;
	is_dir = inode_is(from->at.inode, S_IFDIR);
	if (is_dir && is_inside(to->at.dir, from->at.inode))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE) /* it is there already */
		return 0;
	return to->slash && !is_dir ? -ENOTDIR : 0;
}

/* Of the name @to, which exists, before anybody's rights are asked for. */
static int check_target(const struct walk *from, const struct walk *to,
			unsigned flags) REQUIRES_SHARED(C_names)
{
	if (flags & RENAME_NOREPLACE)
		return -EEXIST;
	return is_inside(from->at.dir, to->at.inode) ? -ENOTEMPTY : 0;
}

static int may_rename(const struct walk *from, const struct walk *to,
		      unsigned flags) REQUIRES(C_names)
{
	const struct landlock_move move = { .mount = from->dir_mount,
					    .from = &from->at, .to = &to->at,
					    .removes = true };
	int err = check_places(from, to, flags);

	if (err == 0 && to->at.inode != NULL)
		err = check_target(from, to, flags);
	if (err == 0)
		err = landlock_may_move(&move);
	if (err == 0)
		err = may_remove(from);
	if (err == 0 && is_mount_point(from))
		err = -EBUSY;
	if (err == 0 && inode_is(from->at.inode, S_IFDIR))
		err = may_move_dir(from, to);
	if (err < 0)
		return err;
	if (to->at.inode == NULL)
		return may_create(to);
	if (from->at.inode == to->at.inode)
		return 0;
	return may_replace(from, to);
}

/* ---- the change ---- */

/* @from->inode has become @to, which is called @name (taken over). */
static void moved(const struct dentry *from, const struct dentry *to,
		  char *name) REQUIRES(C_names)
{
	if (inode_is(from->inode, S_IFDIR)) {
		count_subdir(from->dir, -1);
		count_subdir(to->dir, 1);
	}
	inode_move(from->inode, to->dir, name);
}

static int rename_locked(struct walk *from, struct walk *to, unsigned flags)
	REQUIRES(C_names)
{
	struct inode *inode = from->at.inode;
	char *name;
	int err = may_rename(from, to, flags);

	if (err < 0 || inode == to->at.inode)
		return err;
	name = name_copy(&to->at.name);
	if (name == NULL)
		return -ENOMEM;
	err = from->at.dir->ops->rename(&from->at, &to->at);
	if (err < 0) {
		name_free(name);
		return err;
	}
	if (to->at.inode != NULL)
		count_removed(&to->at);
	moved(&from->at, &to->at, name);
	inode_touch_mtime(from->at.dir);
	inode_touch_mtime(to->at.dir);
	inode_touch_ctime(inode);
	notify_moved(&from->at, &to->at);
	return 0;
}

/* ---- two names change places ---- */

/* Each makes way for the other, whatever the two are. */
static int may_exchange(const struct walk *a, const struct walk *b)
	REQUIRES(C_names)
{
	const struct landlock_move move = { .mount = a->dir_mount, .from = &a->at,
					    .to = &b->at, .removes = true,
					    .exchanges = true };
	const struct inode *inode = b->at.inode;
	int err;

	if (inode == NULL)
		return -ENOENT;
	if (b->slash && !inode_is(inode, S_IFDIR))
		return -ENOTDIR;
	if (inode_is(inode, S_IFDIR) && is_inside(a->at.dir, inode))
		return -EINVAL;
	err = landlock_may_move(&move);
	if (err < 0)
		return err;
	if (a->at.inode == inode)
		return 0;
	err = may_remove(a);
	if (err == 0)
		err = may_remove(b);
	if (err == 0 && (is_mount_point(a) || is_mount_point(b)))
		err = -EBUSY;
	if (err == 0 && inode_is(a->at.inode, S_IFDIR))
		err = may_move_dir(a, b);
	if (err == 0 && inode_is(inode, S_IFDIR))
		err = may_move_dir(b, a);
	return err;
}

/* @from->inode is now what @to names. */
static void took_place(const struct dentry *from, const struct dentry *to,
		       char *name) REQUIRES(C_names)
{
	const struct dentry now = { to->dir, to->name, NULL };

	moved(from, to, name);
	inode_touch_mtime(to->dir);
	inode_touch_ctime(from->inode);
	notify_moved(from, &now);
}

static int exchange_locked(struct walk *a, struct walk *b) REQUIRES(C_names)
{
	int err = check_places(a, b, RENAME_EXCHANGE);
	char *name_a, *name_b;

	if (err == 0)
		err = may_exchange(a, b);
	if (err < 0 || a->at.inode == b->at.inode)
		return err;
	if (a->at.dir->ops->exchange == NULL)
		return -EINVAL;
	name_a = name_copy(&a->at.name);
	name_b = name_copy(&b->at.name);
	if (name_a == NULL || name_b == NULL) {
		name_free(name_a);
		name_free(name_b);
		return -ENOMEM;
	}
	a->at.dir->ops->exchange(&a->at, &b->at);
	took_place(&a->at, &b->at, name_b);
	took_place(&b->at, &a->at, name_a);
	return 0;
}

static int rename_from(const struct path *old_start, const char *old,
		       const struct path *new_start, const char *new,
		       unsigned flags)
{
	struct walk from, to;
	int err;

	names_lock();
	err = walk(&from, old_start, old, LOOKUP_PARENT);
	if (err == 0) {
		err = walk(&to, new_start, new, LOOKUP_PARENT);
		if (err == 0)
			err = flags & RENAME_EXCHANGE ?
				      exchange_locked(&from, &to) :
				      rename_locked(&from, &to, flags);
	} else {
		to = (struct walk){ .kind = LAST_DOT };
	}
	names_unlock();
	walk_end(&from);
	walk_end(&to);
	return err;
}

int vfs_rename(int old_dirfd, const char *old, int new_dirfd, const char *new,
	       unsigned flags)
{
	struct path old_start, new_start;
	int err = walk_start(old_dirfd, old, 0, &old_start);

	if (err < 0)
		return err;
	err = walk_start(new_dirfd, new, 0, &new_start);
	if (err == 0)
		err = rename_from(&old_start, old, &new_start, new, flags);
	path_put(&new_start);
	path_put(&old_start);
	return err;
}
