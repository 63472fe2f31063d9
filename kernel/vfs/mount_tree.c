/*
 * vfs/mount_tree.c - mounts by descriptor: open_tree(), move_mount(),
 * mount_setattr().
 *
 * A mount that was made so is nowhere at first: it has the reference of the file
 * that stands for it, and is gone with that.  Once it is moved to a place it has
 * the table's, too, and is like all others; it is new once, so of two who move it
 * at the same time one is too late.
 */
#include "arch/barrier.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/mount_internal.h"

int mount_file(struct mount *m, struct file **out)
{
	static const struct file_ops path_ops;
	int err = file_create(out, &path_ops, FMODE_PATH, O_PATH, NULL);

	if (err != 0) {
		mount_put(m);
		return err;
	}
	is_private(names);
	m->is_new = true;
	inode_get(m->root);
	(*out)->inode = m->root;
	(*out)->mount = m;
	return 0;
}

/* ---- another sight, nowhere yet ---- */

static int clone_found(const struct walk *w, bool recursive, struct mount **m)
	REQUIRES_SHARED(C_names)
{
	const struct path top = { w->mount, w->at.inode };

	if (top.mount == NULL || top.inode == NULL)
		return -EINVAL;
	if (recursive && mount_has_some_inside(&top))
		return -EINVAL;
	*m = mount_copy(w);
	return *m != NULL ? 0 : -ENOMEM;
}

int vfs_mount_clone(const struct mount_place *at, bool recursive,
		    struct file **out)
{
	struct mount *m = NULL;
	struct path start;
	struct walk w;
	int err = walk_start(at->dirfd, at->path, at->how, &start);

	if (err < 0)
		return err;
	names_lock_shared();
	err = walk(&w, &start, at->path, at->how);
	if (err == 0)
		err = clone_found(&w, recursive, &m);
	names_unlock_shared();
	walk_end(&w);
	path_put(&start);
	return err == 0 ? mount_file(m, out) : err;
}

/* ---- to a place ---- */

static int move_new(struct mount *m, const struct walk *to, bool beneath)
	REQUIRES(C_names)
{
	int err = beneath ? mount_attach_beneath(m, to) : mount_attach(m, to);

	if (err == 0) {
		m->is_new = false;
		mount_get(m);
	}
	return err;
}

static int move_found(const struct walk *from, const struct walk *to, bool beneath)
	REQUIRES(C_names)
{
	struct mount *m = from->mount;

	if (m == NULL || from->at.inode != m->root)
		return -EINVAL;
	if (!m->is_new)
		return beneath ? -EINVAL : mount_move_locked(from, to);
	if (to->at.inode == NULL || to->mount == NULL ||
	    inode_is(m->root, S_IFDIR) != inode_is(to->at.inode, S_IFDIR))
		return -EINVAL;
	return move_new(m, to, beneath);
}

int vfs_mount_move_tree(const struct mount_place *from,
			const struct mount_place *to, bool beneath)
{
	return mount_with_two(from, to, beneath, move_found);
}

/* ---- other flags ---- */

/* @m is what is to be changed, or below it. */
static bool is_meant(const struct mount *m, const struct mount *top, bool recursive)
	REQUIRES_SHARED(C_names)
{
	return m == top || (recursive && mount_is_below(m, top));
}

/* All or none.  Nobody begins to write while names are locked (vfs/open.c). */
static int set_flags(struct mount *top, unsigned set, unsigned clear,
		     bool recursive) REQUIRES(C_names)
{
	struct mount *m;

	if ((set & MOUNT_RDONLY) && READ_ONCE(top->writers) != 0)
		return -EBUSY;
	list_for_each_entry(m, &mounts, link)
		if ((set & MOUNT_RDONLY) && is_meant(m, top, recursive) &&
		    READ_ONCE(m->writers) != 0)
			return -EBUSY;
	/* What is new is in no list. */
	WRITE_ONCE(top->flags, (top->flags & ~clear) | set);
	list_for_each_entry(m, &mounts, link)
		if (m != top && is_meant(m, top, recursive))
			WRITE_ONCE(m->flags, (m->flags & ~clear) | set);
	return 0;
}

static int set_found(const struct walk *w, unsigned set, unsigned clear,
		     bool recursive) REQUIRES(C_names)
{
	struct mount *m = w->mount;

	if (m == NULL || w->at.inode != m->root)
		return -EINVAL;
	if (!m->is_new && mount_is_at(w) != 0)
		return -EINVAL;
	return set_flags(m, set, clear, recursive);
}

int vfs_mount_set(const struct mount_place *at, unsigned set, unsigned clear,
		  bool recursive)
{
	struct path start;
	struct walk w;
	int err = walk_start(at->dirfd, at->path, at->how, &start);

	if (err < 0)
		return err;
	names_lock();
	err = walk(&w, &start, at->path, at->how);
	if (err == 0)
		err = set_found(&w, set, clear, recursive);
	names_unlock();
	walk_end(&w);
	path_put(&start);
	return err;
}
