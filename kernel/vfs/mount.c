/*
 * vfs/mount.c - the lock of names, and the table of what covers what.
 *
 * A covered inode has a count of the mounts on top of it, in any place where
 * its file system is seen; only if that is not 0 a walk looks into the table
 * for the one on top of it in this place.
 */
#include "arch/barrier.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/rwsem.h"
#include "vfs/mount_internal.h"

static struct LOCK_OF(rwsem, names) names_sem; /* RANK_NAMES */
static struct mount *root_mount; /* (c) */
static unsigned last_id;         /* (a) */

struct list mounts = LIST_INIT(mounts);

uint32_t mount_changes;
struct waitq mounts_changed = WAITQ_INIT(mounts_changed);

/* Others know the class alone. */
void names_lock_shared(void) ACQUIRES_SHARED(names_sem);
void names_unlock_shared(void) RELEASES_SHARED(names_sem);
void names_lock(void) ACQUIRES(names_sem);
void names_unlock(void) RELEASES(names_sem);

void names_lock_shared(void)
{
	rwsem_lock_shared(&names_sem);
}

void names_unlock_shared(void)
{
	rwsem_unlock_shared(&names_sem);
}

void names_lock(void)
{
	rwsem_lock(&names_sem);
}

void names_unlock(void)
{
	rwsem_unlock(&names_sem);
}

void mounts_change(void)
{
	WRITE_ONCE(mount_changes, mount_changes + 1);
	waitq_wake_all(&mounts_changed);
}

struct path vfs_root(void)
{
	return (struct path){ root_mount, root_mount->root };
}

/* ---- life ---- */

struct mount *mount_create(struct filesystem *fs, struct inode *root,
			   const char *source, const char *root_path,
			   unsigned flags)
{
	struct mount *m = kzalloc(sizeof(*m));
	char *copy = kstrdup(source), *root_copy = NULL;

	if (root_path != NULL)
		root_copy = kstrdup(root_path);
	if (m == NULL || copy == NULL || (root_path != NULL && root_copy == NULL)) {
		kfree(root_copy);
		kfree(copy);
		kfree(m);
		filesystem_put(fs);
		return NULL;
	}
	inode_get(root);
	m->refs = REFCOUNT_INIT(1);
	m->fs = fs;
	m->root = root;
	m->id = (unsigned)atomic_fetch_add_relaxed(&last_id, 1) + 1;
	m->flags = flags;
	m->source = copy;
	m->root_path = root_copy;
	return m;
}

void mount_get(struct mount *m)
{
	WRITE_ONCE(m->expiring, false);
	refcount_get(&m->refs);
}

void mount_put(struct mount *m)
{
	if (m == NULL || !refcount_put(&m->refs))
		return;
	inode_put(m->root);
	filesystem_put(m->fs);
	kfree(m->root_path);
	kfree(m->source);
	kfree(m);
}

/* ---- what covers what ---- */

static struct mount *mount_on(struct path at) REQUIRES_SHARED(C_names)
{
	struct mount *m;

	list_for_each_entry(m, &mounts, link)
		if (m->parent == at.mount && m->covered == at.inode)
			return m;
	return NULL;
}

struct path mount_top(struct path at)
{
	struct mount *m;

	while (at.inode->covers != 0 && (m = mount_on(at)) != NULL)
		at = (struct path){ m, m->root };
	return at;
}

int mount_attach_to(struct mount *m, struct path on, struct inode *dir,
		    const struct name *name)
{
	if (name != NULL) {
		m->name = name_copy(name);
		if (m->name == NULL)
			return -ENOMEM;
		inode_get(dir);
		m->dir = dir;
	}
	inode_get(on.inode);
	on.inode->covers++;
	m->covered = on.inode;
	m->parent = on.mount;
	list_push_back(&mounts, &m->link);
	mounts_change();
	return 0;
}

static int may_cover(const struct walk *w, const struct mount *m)
	REQUIRES_SHARED(C_names)
{
	const struct inode *inode = w->at.inode;

	if (inode == NULL || w->mount == NULL)
		return -EINVAL;
	if (inode->ops->is_fleeting)
		return -ENOENT;
	if (inode_is(inode, S_IFLNK))
		return -EINVAL;
	if (inode_is(inode, S_IFDIR) != inode_is(m->root, S_IFDIR))
		return -ENOTDIR;
	if (w->mount->parent == NULL && w->mount != root_mount)
		return -EINVAL; /* that place is out of sight itself */
	return READ_ONCE(inode->nlink) == 0 ? -ENOENT : 0;
}

int mount_attach(struct mount *m, const struct walk *w)
{
	const struct path on = { w->mount, w->at.inode };
	struct name name;
	int err = may_cover(w, m);

	if (err < 0)
		return err;
	if (on.inode == on.mount->root)
		return mount_attach_to(m, on, NULL, NULL);
	if (w->kind == LAST_NAME)
		return mount_attach_to(m, on, w->at.dir, &w->at.name);
	if (on.inode->parent == NULL)
		return -EINVAL;
	name = (struct name){ on.inode->name, strlen(on.inode->name) };
	return mount_attach_to(m, on, on.inode->parent, &name);
}

int mount_attach_beneath(struct mount *m, const struct walk *w)
{
	struct mount *top = w->mount;

	if (w->at.inode != top->root || top->parent == NULL ||
	    top->parent == root_mount)
		return -EINVAL;
	m->parent = top->parent;
	m->covered = top->covered;
	m->dir = top->dir;
	m->name = top->name;
	list_push_back(&mounts, &m->link);
	inode_get(m->root);
	m->root->covers++;
	top->parent = m;
	top->covered = m->root;
	top->dir = NULL;
	top->name = NULL;
	mounts_change();
	return 0;
}

/* Where a mount was: what it covered, and how that is called. */
struct place {
	struct inode *covered, *dir;
	char *name;
};

static struct place take_out(struct mount *m) REQUIRES(C_names)
{
	const struct place place = { m->covered, m->dir, m->name };

	m->covered->covers--;
	m->covered = NULL;
	m->dir = NULL;
	m->name = NULL;
	m->parent = NULL;
	list_remove(&m->link);
	mounts_change();
	return place;
}

static void place_put(const struct place *place)
{
	inode_put(place->covered);
	inode_put(place->dir);
	kfree(place->name);
}

void mount_detach(struct mount *m)
{
	const struct place place = take_out(m);

	place_put(&place);
}

/* It goes back if the new place is none. */
int mount_reattach(struct mount *m, const struct walk *w)
{
	struct mount *old_parent = m->parent;
	const struct place old = take_out(m);
	int err = mount_attach(m, w);

	if (err == 0) {
		place_put(&old);
		return 0;
	}
	old.covered->covers++;
	m->covered = old.covered;
	m->dir = old.dir;
	m->name = old.name;
	m->parent = old_parent;
	list_push_back(&mounts, &m->link);
	return err;
}

bool mount_has_children(const struct mount *m)
{
	const struct mount *other;

	list_for_each_entry(other, &mounts, link)
		if (other->parent == m)
			return true;
	return false;
}

bool mount_is_below(const struct mount *m, const struct mount *top)
{
	while (m != NULL && m != top)
		m = m->parent;
	return m != NULL;
}

int mount_is_at(const struct walk *w)
{
	return w->mount != NULL && w->at.inode == w->mount->root &&
	       (w->mount == root_mount || w->mount->parent != NULL) ? 0 : -EINVAL;
}

bool is_mount_point(const struct walk *w)
{
	return w->at.inode == w->mount->root || w->at.inode->covers != 0;
}

/* ---- boot ---- */

void vfs_mount_root(struct filesystem *fs)
{
	is_private(names);
	rwsem_init(&names_sem, RANK_NAMES);
	root_mount = mount_create(fs, fs->root, "rootfs", NULL, 0);
	if (root_mount == NULL)
		panic("no memory for the first mount");
	list_push_back(&mounts, &root_mount->link);
}

void vfs_mount_at_boot(const char *path, struct filesystem *fs, unsigned flags)
{
	struct mount *m = mount_create(fs, fs->root, fs->type, NULL, flags);
	struct walk w;
	int err;

	(void)vfs_unlink(AT_FDCWD, path);
	(void)vfs_mkdir(AT_FDCWD, path, 0755);
	names_lock();
	err = walk(&w, NULL, path, LOOKUP_FOLLOW);
	if (err == 0)
		err = m == NULL ? -ENOMEM : mount_attach(m, &w);
	names_unlock();
	walk_end(&w);
	if (err < 0)
		panic("cannot mount %s: error %d", path, -err);
}
