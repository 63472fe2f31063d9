/*
 * vfs/mount_ops.c - mount(): a new file system, another sight of one, another
 * place, other flags.
 *
 * What is to be shown is made first, without the lock of names; then the
 * place is looked up and covered under it, in one.  Whatever fails, the new
 * mount is put after the lock is dropped.
 */
#include "arch/barrier.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/mount_internal.h"

/* The same file system where it is already on top is refused: as on Linux,
 * who does so has done it twice by mistake. */
static bool is_there_already(const struct mount *m, const struct walk *w)
	REQUIRES_SHARED(C_names)
{
	return w->mount != NULL && w->mount->fs == m->fs &&
	       w->at.inode == w->mount->root && w->at.inode == m->root;
}

int mount_with(const struct mount_place *at,
	       int (*what)(const struct walk *w, void *arg), void *arg)
{
	struct path start;
	struct walk w;
	int err = walk_start(at->dirfd, at->path, at->how, &start);

	if (err < 0)
		return err;
	names_lock();
	err = walk(&w, &start, at->path, at->how);
	if (err == 0)
		err = what(&w, arg);
	names_unlock();
	walk_end(&w);
	path_put(&start);
	return err;
}

static struct mount_place place_of(const char *path)
{
	return (struct mount_place){ AT_FDCWD, path, LOOKUP_FOLLOW };
}

static int attach_found(const struct walk *w, void *arg) REQUIRES(C_names)
{
	struct mount *m = arg;

	return is_there_already(m, w) ? -EBUSY : mount_attach(m, w);
}

/* Cover @path by @m, whose reference is taken over. */
static int attach_at(struct mount *m, const char *path)
{
	const struct mount_place at = place_of(path);
	int err = mount_with(&at, attach_found, m);

	if (err < 0)
		mount_put(m);
	return err;
}

int vfs_mount_new(const char *source, const char *path, const char *type,
		  const char *options, unsigned flags)
{
	struct filesystem *fs;
	struct mount *m;
	int err = filesystem_make(type, source, flags & MOUNT_RDONLY, options, &fs);

	if (err < 0)
		return err;
	m = mount_create(fs, fs->root, source != NULL ? source : "none", NULL, flags);
	return m == NULL ? -ENOMEM : attach_at(m, path);
}

/* ---- another sight ---- */

/* Where what @w found is in its file system; NULL: it is the whole, or there
 * is no memory. */
static char *root_path_of(const struct walk *w) REQUIRES_SHARED(C_names)
{
	char *buf, *copy = NULL;

	if (w->at.inode == w->mount->fs->root)
		return NULL;
	buf = kmalloc(PATH_MAX);
	if (buf != NULL && path_in_filesystem(w, buf) >= 0)
		copy = kstrdup(buf);
	kfree(buf);
	return copy;
}

static struct mount *copy_of(const struct mount *m, struct inode *root,
			     const char *root_path)
{
	filesystem_get(m->fs);
	return mount_create(m->fs, root, m->source, root_path,
			    READ_ONCE(m->flags));
}

static bool is_inside(const struct inode *dir, const struct inode *top)
	REQUIRES_SHARED(C_names)
{
	while (dir != NULL && dir != top)
		dir = dir->parent;
	return dir != NULL;
}

/* @m stands on something whose parent was copied, and was not copied itself. */
static bool is_next(const struct mount *m, const struct path *top)
	REQUIRES_SHARED(C_names)
{
	if (m->copy != NULL || m->is_copy || m->parent == NULL ||
	    m->parent->copy == NULL)
		return false;
	return m->parent != top->mount ||
	       is_inside(m->dir != NULL ? m->dir : m->covered, top->inode);
}

/* Copy @m on top of the copy of its parent; false: no memory. */
static bool copy_on_top(struct mount *m) REQUIRES(C_names)
{
	const struct path on = { m->parent->copy, m->covered };
	struct name name = { m->name, m->name != NULL ? strlen(m->name) : 0 };
	struct mount *copy = copy_of(m, m->root, m->root_path);

	if (copy == NULL)
		return false;
	copy->is_copy = true;
	if (mount_attach_to(copy, on, m->dir, m->dir != NULL ? &name : NULL) < 0) {
		mount_put(copy);
		return false;
	}
	m->copy = copy;
	return true;
}

/* Who is a copy and who has one is known for the time of one call. */
static void forget_copies(void) REQUIRES(C_names)
{
	struct mount *m;

	list_for_each_entry(m, &mounts, link) {
		m->copy = NULL;
		m->is_copy = false;
	}
}

/* What stands below @top stands below its copy, too; false: no memory for all of
 * it.  A mount may be older than what it stands on, so the list is gone through
 * until nothing is new. */
static bool copy_below(const struct path *top, struct mount *copy)
	REQUIRES(C_names)
{
	struct mount *m;
	bool more = true, memory = true;

	top->mount->copy = copy;
	copy->is_copy = true;
	while (more && memory) {
		more = false;
		list_for_each_entry(m, &mounts, link) {
			if (memory && is_next(m, top)) {
				memory = copy_on_top(m);
				more = true;
			}
		}
	}
	top->mount->copy = NULL;
	forget_copies();
	return memory;
}

/* All or nothing: @m, and the copies that stand on it, are out of sight again.  The
 * originals have what they showed, so nothing else goes. */
static void take_back(struct mount *m) REQUIRES(C_names)
{
	struct list gone = LIST_INIT(gone);

	mount_detach_all(m, &gone);
	mount_put_all(&gone);
}

struct mount *mount_copy(const struct walk *w)
{
	char *root_path = root_path_of(w);
	struct mount *m = copy_of(w->mount, w->at.inode, root_path);

	kfree(root_path);
	return m;
}

bool mount_has_some_inside(const struct path *top)
{
	const struct mount *m;

	list_for_each_entry(m, &mounts, link)
		if (m->parent == top->mount &&
		    is_inside(m->dir != NULL ? m->dir : m->covered, top->inode))
			return true;
	return false;
}

static int bind_locked(const struct walk *from, const struct walk *to,
		       bool recursive) REQUIRES(C_names)
{
	const struct path top = { from->mount, from->at.inode };
	struct mount *m;
	int err;

	if (top.mount == NULL || top.inode == NULL)
		return -EINVAL;
	m = mount_copy(from);
	if (m == NULL)
		return -ENOMEM;
	err = mount_attach(m, to);
	if (err < 0) {
		mount_put(m);
		return err;
	}
	if (recursive && !copy_below(&top, m)) {
		take_back(m);
		return -ENOMEM;
	}
	return 0;
}

/* ---- another place ---- */

int mount_move_locked(const struct walk *from, const struct walk *to)
{
	struct mount *m = from->mount;
	int err = mount_is_at(from);

	if (err < 0)
		return err;
	if (m->parent == NULL || to->at.inode == NULL || to->mount == NULL)
		return -EINVAL;
	if (inode_is(m->root, S_IFDIR) != inode_is(to->at.inode, S_IFDIR))
		return -EINVAL;
	if (mount_is_below(to->mount, m))
		return -ELOOP;
	return mount_reattach(m, to);
}

static int move_locked(const struct walk *from, const struct walk *to,
		       bool unused UNUSED) REQUIRES(C_names)
{
	return mount_move_locked(from, to);
}

int mount_with_two(const struct mount_place *from, const struct mount_place *to,
		   bool arg, int (*what)(const struct walk *from,
					 const struct walk *to, bool arg))
{
	struct walk w, to_walk = { .kind = LAST_DOT };
	struct path start, place;
	int err = walk_start(from->dirfd, from->path, from->how, &start);

	if (err < 0)
		return err;
	err = walk_start(to->dirfd, to->path, to->how, &place);
	if (err < 0) {
		path_put(&start);
		return err;
	}
	names_lock();
	err = walk(&w, &start, from->path, from->how);
	if (err == 0)
		err = walk(&to_walk, &place, to->path, to->how);
	if (err == 0)
		err = what(&w, &to_walk, arg);
	names_unlock();
	walk_end(&w);
	walk_end(&to_walk);
	path_put(&place);
	path_put(&start);
	return err;
}

static int with_two_paths(const char *from, const char *path, bool arg,
			  int (*what)(const struct walk *from,
				      const struct walk *to, bool arg))
{
	const struct mount_place there = place_of(from), here = place_of(path);

	return mount_with_two(&there, &here, arg, what);
}

int vfs_mount_bind(const char *from, const char *path, bool recursive)
{
	return with_two_paths(from, path, recursive, bind_locked);
}

int vfs_mount_move(const char *from, const char *path)
{
	return with_two_paths(from, path, false, move_locked);
}

/* ---- other flags ---- */

static int change_readonly(struct filesystem *fs, bool readonly)
{
	int err = 0;

	if (readonly != READ_ONCE(fs->readonly) && fs->ops->set_readonly != NULL)
		err = fs->ops->set_readonly(fs, readonly);
	if (err == 0)
		WRITE_ONCE(fs->readonly, readonly);
	return err;
}

int filesystem_change(struct filesystem *fs, const char *options,
		      bool says_readonly, bool readonly)
{
	int err = 0;

	names_lock();
	if (says_readonly && readonly && READ_ONCE(fs->writers) != 0)
		err = -EBUSY;
	if (err == 0 && options != NULL)
		err = fs->ops->configure != NULL ? fs->ops->configure(fs, options) :
						   -EINVAL;
	if (err == 0 && says_readonly)
		err = change_readonly(fs, readonly);
	names_unlock();
	return err;
}

struct mount_change {
	const char *options;
	unsigned flags; /* MOUNT_* */
	bool place;     /* only of this place */
};

/* Nobody begins to write while names are locked (vfs/open.c). */
static int change_found(const struct walk *w, void *arg) REQUIRES(C_names)
{
	const struct mount_change *c = arg;
	struct filesystem *fs;
	uint32_t writers;
	int err = mount_is_at(w);

	if (err < 0)
		return err;
	fs = w->mount->fs;
	writers = c->place ? READ_ONCE(w->mount->writers) : READ_ONCE(fs->writers);
	if ((c->flags & MOUNT_RDONLY) && writers != 0)
		return -EBUSY;
	if (!c->place && fs->ops->configure != NULL)
		err = fs->ops->configure(fs, c->options);
	if (err == 0 && !c->place)
		err = change_readonly(fs, c->flags & MOUNT_RDONLY);
	if (err < 0)
		return err;
	WRITE_ONCE(w->mount->flags, c->flags);
	mounts_change();
	return 0;
}

int vfs_mount_change(const char *path, const char *options, unsigned flags,
		     bool place)
{
	const struct mount_place at = place_of(path);

	return mount_with(&at, change_found,
			  &(struct mount_change){ options, flags, place });
}

static int find_found(const struct walk *w, void *unused UNUSED) REQUIRES(C_names)
{
	return mount_is_at(w);
}

int vfs_mount_find(const char *path)
{
	const struct mount_place at = place_of(path);

	return mount_with(&at, find_found, NULL);
}
