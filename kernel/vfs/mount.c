/*
 * vfs/mount.c - the lock of names, and the table of what covers what.
 *
 * A covered inode knows the mounts on top of it, in any place where its file
 * system is seen: a walk looks among them for the one in this place.
 *
 * Who peeks (vfs/peek.c) does so without the lock, and learns from the count of
 * names whether anybody had it alone meanwhile.
 */
#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sync/rwsem.h"
#include "vfs/mount_internal.h"
#include "vfs/notify/notify.h"

static struct LOCK_OF(rwsem, names) names_sem; /* RANK_NAMES */
/* How often it was had alone. */
static struct seqcount names_seq GUARDED_BY(names_sem);
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
	seq_change(&names_seq);
	/*
	 * ORDER names-alone, counting side; the other is in peek_end().
	 * Store buffering: the count of names against who holds a mount, or may
	 * write there, as those look at it who have names alone.
	 */
	smp_mb();
}

void names_unlock(void)
{
	seq_changed(&names_seq);
	rwsem_unlock(&names_sem);
	race_point(names_moved, 0);
}

uint32_t names_seen(void)
{
	return seq_begin(&names_seq);
}

bool names_have_moved(uint32_t seen)
{
	return seq_was_disturbed(&names_seq, seen);
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
	m->fs_number = fs->number;
	m->root = root;
	m->is_peekable = root->ops->peek != NULL;
	m->id = (unsigned)atomic_fetch_add_relaxed(&last_id, 1) + 1;
	m->flags = flags;
	list_init(&m->marks);
	m->source = copy;
	m->root_path = root_copy;
	return m;
}

void mount_get(struct mount *m)
{
	WRITE_ONCE(m->expiring, false);
	refcount_get(&m->refs);
}

bool mount_try_get(struct mount *m)
{
	if (!refcount_try_get(&m->refs))
		return false;
	if (READ_ONCE(m->expiring))
		WRITE_ONCE(m->expiring, false);
	return true;
}

static void mount_free(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct mount, rcu));
}

void mount_put(struct mount *m)
{
	if (m == NULL || !refcount_put(&m->refs))
		return;
	notify_mount_gone(m);
	inode_put(m->root);
	filesystem_put(m->fs);
	kfree(m->root_path);
	kfree(m->source);
	call_rcu(&m->rcu, mount_free);
}

/* ---- what covers what ---- */

/* The table is in order of age, whatever a mount has been moved to since. */
static void enlist(struct mount *m) REQUIRES(C_names)
{
	struct list *where = &mounts;

	while (list_last(where) != &mounts &&
	       list_entry(list_last(where), struct mount, link)->id > m->id)
		where = list_last(where);
	list_insert_before(where, &m->link);
}

/* @m, which is on top of nothing, is on top of @on; a reference is taken over. */
static void cover(struct path on, struct mount *m) REQUIRES(C_names)
{
	WRITE_ONCE(m->covered, on.inode);
	WRITE_ONCE(m->parent, on.mount);
	WRITE_ONCE(m->next_mounted, on.inode->mounted);
	rcu_assign_pointer(on.inode->mounted, m);
}

/* What @m covers is called @name in @dir; NULL both: it is a mount's root. */
static void be_called(struct mount *m, struct inode *dir, char *name)
	REQUIRES(C_names)
{
	WRITE_ONCE(m->dir, dir);
	rcu_assign_pointer(m->name, name);
}

/* The reference to what it covered is the caller's.  Who has just found it goes on
 * from it to the next as before. */
static struct inode *uncover(struct mount *m) REQUIRES(C_names)
{
	struct inode *covered = m->covered;
	struct mount **link = &covered->mounted;

	while (*link != m)
		link = &(*link)->next_mounted;
	WRITE_ONCE(*link, m->next_mounted);
	WRITE_ONCE(m->covered, NULL);
	WRITE_ONCE(m->parent, NULL);
	return covered;
}

struct mount *mount_on(struct path at)
{
	struct mount *m = rcu_dereference(at.inode->mounted);

	while (m != NULL && READ_ONCE(m->parent) != at.mount)
		m = rcu_dereference(m->next_mounted);
	return m;
}

struct path mount_top(struct path at)
{
	struct mount *m;

	while ((m = mount_on(at)) != NULL)
		at = (struct path){ m, m->root };
	return at;
}

int mount_attach_to(struct mount *m, struct path on, struct inode *dir,
		    const struct name *name)
{
	if (name != NULL) {
		char *copy = name_copy(name);

		if (copy == NULL)
			return -ENOMEM;
		inode_get(dir);
		be_called(m, dir, copy);
	}
	inode_get(on.inode);
	cover(on, m);
	enlist(m);
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
	struct mount *below = top->parent;

	cover((struct path){ below, uncover(top) }, m);
	be_called(m, top->dir, top->name);
	enlist(m);
	inode_get(m->root);
	cover((struct path){ m, m->root }, top);
	be_called(top, NULL, NULL);
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
	const struct place place = { uncover(m), m->dir, m->name };

	be_called(m, NULL, NULL);
	list_remove(&m->link);
	mounts_change();
	return place;
}

static void place_put(const struct place *place)
{
	inode_put(place->covered);
	inode_put(place->dir);
	name_free_late(place->name);
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
	cover((struct path){ old_parent, old.covered }, m);
	be_called(m, old.dir, old.name);
	enlist(m);
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
	return w->at.inode == w->mount->root || w->at.inode->mounted != NULL;
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
