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
	char *path = kstrdup("/");
	int err = path == NULL ? -ENOMEM :
		file_create(out, &path_ops, FMODE_PATH, O_PATH, NULL);

	if (err != 0) {
		kfree(path);
		mount_put(m);
		return err;
	}
	is_private(names);
	m->is_new = true;
	inode_get(m->root);
	(*out)->inode = m->root;
	(*out)->mount = m;
	(*out)->path = path;
	return 0;
}

/* ---- another sight, nowhere yet ---- */

struct mount_cloning {
	bool recursive;
	struct mount *m; /* what it has become */
};

static int clone_found(const struct walk *w, void *arg) REQUIRES(C_names)
{
	const struct path top = { w->mount, w->at.inode };
	struct mount_cloning *c = arg;

	if (top.mount == NULL || top.inode == NULL)
		return -EINVAL;
	if (c->recursive && mount_has_some_inside(&top))
		return -EINVAL;
	c->m = mount_copy(w);
	return c->m != NULL ? 0 : -ENOMEM;
}

int vfs_mount_clone(const struct mount_place *at, bool recursive,
		    struct file **out)
{
	struct mount_cloning c = { .recursive = recursive };
	int err = mount_with(at, clone_found, &c);

	return err == 0 ? mount_file(c.m, out) : err;
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

struct mount_setting {
	unsigned set, clear; /* MOUNT_* */
	bool recursive;
};

static void set_flags(struct mount *m, const struct mount_setting *s)
	REQUIRES(C_names)
{
	WRITE_ONCE(m->flags, (m->flags & ~s->clear) | s->set);
	mounts_change();
}

/* All or none.  Nobody begins to write while names are locked (vfs/open.c). */
static int set_all(struct mount *top, const struct mount_setting *s)
	REQUIRES(C_names)
{
	struct mount *m;

	if ((s->set & MOUNT_RDONLY) && READ_ONCE(top->writers) != 0)
		return -EBUSY;
	list_for_each_entry(m, &mounts, link)
		if ((s->set & MOUNT_RDONLY) && is_meant(m, top, s->recursive) &&
		    READ_ONCE(m->writers) != 0)
			return -EBUSY;
	set_flags(top, s); /* what is new is in no list */
	list_for_each_entry(m, &mounts, link)
		if (m != top && is_meant(m, top, s->recursive))
			set_flags(m, s);
	return 0;
}

static int set_found(const struct walk *w, void *arg) REQUIRES(C_names)
{
	struct mount *m = w->mount;

	if (m == NULL || w->at.inode != m->root)
		return -EINVAL;
	if (!m->is_new && mount_is_at(w) != 0)
		return -EINVAL;
	return set_all(m, arg);
}

int vfs_mount_set(const struct mount_place *at, unsigned set, unsigned clear,
		  bool recursive)
{
	return mount_with(at, set_found,
			  &(struct mount_setting){ set, clear, recursive });
}
