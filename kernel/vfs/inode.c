/*
 * vfs/inode.c - life and times of inodes.
 *
 * A child keeps its parent alive, and where names are stored a name keeps
 * the child alive.  The circle is broken when the name is removed, so what
 * remains of a removed tree goes with its last user, from the leaf up.
 */

#include "vfs/inode.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/rcu.h"
#include "vfs/fifo.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"

void inode_init(struct inode *inode, struct filesystem *fs,
		const struct inode_ops *ops, const struct inode_spec *spec,
		uint64_t ino)
{
	assert(fs->marks.next != NULL); /* filesystem_init() */
	*inode = (struct inode){
		.refs = REFCOUNT_INIT(1),
		.fs = fs,
		.ops = ops,
		.ino = ino,
		.mode = spec->mode,
		.uid = spec->uid,
		.gid = spec->gid,
		.nlink = (spec->mode & S_IFMT) == S_IFDIR ? 2 : 1,
		.major = spec->major,
		.minor = spec->minor,
	};
	inode->atime = inode->mtime = inode->ctime = clock_realtime_ns();
	mutex_init(&inode->lock, RANK_INODE);
	rwsem_init(&inode->entries, RANK_ENTRIES);
	spin_init(&inode->attr_lock, RANK_ATTR);
	list_init(&inode->watches);
	filesystem_count_inode(fs);
}

void inode_get(struct inode *inode)
{
	refcount_get(&inode->refs);
}

/* inode_put() has taken down what the others here are for. */
void inode_revive(struct inode *inode)
{
	is_private(inode);
	is_private(names);
	inode->refs = REFCOUNT_INIT(1);
	inode->parent = NULL;
	inode->name = NULL;
	inode->pipe = NULL;
}

/* ---- names ---- */

struct kept_name {
	struct rcu_head rcu; /* by which it is freed, if others may read it */
	char text[];
};

static struct kept_name *kept_name(char *text)
{
	return (void *)(text - offsetof(struct kept_name, text));
}

char *name_copy(const struct name *name)
{
	struct kept_name *kept = kmalloc(sizeof(*kept) + name->len + 1);

	if (kept == NULL)
		return NULL;
	memcpy(kept->text, name->text, name->len);
	kept->text[name->len] = '\0';
	return kept->text;
}

void name_free(char *text)
{
	if (text != NULL)
		kfree(kept_name(text));
}

static void free_kept_name(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct kept_name, rcu));
}

void name_free_late(char *text)
{
	if (text != NULL)
		call_rcu(&kept_name(text)->rcu, free_kept_name);
}

/* @name was that of @inode.  Who peeks goes up by directories. */
static void drop_name(const struct inode *inode, char *name)
{
	if (inode->ops->peek != NULL)
		name_free_late(name);
	else
		name_free(name);
}

/* ---- life ---- */

void inode_put(struct inode *inode)
{
	is_private(inode);
	is_private(names);
	while (inode != NULL && refcount_put(&inode->refs)) {
		struct inode *parent = inode->parent;
		struct filesystem *fs = inode->fs;

		notify_inode_gone(inode, inode->nlink == 0);
		if (inode->pipe != NULL)
			fifo_put(inode->pipe);
		drop_name(inode, inode->name);
		inode->ops->release(inode);
		filesystem_uncount_inode(fs);
		inode = parent;
	}
}

bool inode_set_parent(struct inode *inode, struct inode *parent,
		      const struct name *name)
{
	is_private(names);
	inode->name = name_copy(name);
	if (inode->name == NULL)
		return false;
	inode_get(parent);
	inode->parent = parent;
	return true;
}

/* Names are locked alone; or shared, and with them the entries of the directory
 * that a file is no longer said to be in. */
void NO_THREAD_SAFETY inode_move(struct inode *inode, struct inode *parent,
				 char *name)
{
	struct inode *old_parent = inode->parent;
	char *old_name = inode->name;

	if (parent != NULL)
		inode_get(parent);
	spin_lock(&notify_lock);
	WRITE_ONCE(inode->parent, parent);
	rcu_assign_pointer(inode->name, name);
	spin_unlock(&notify_lock);
	inode_put(old_parent);
	drop_name(inode, old_name);
}

/* Of two who have come by different names the first one gives it. */
static bool NO_THREAD_SAFETY take_place(struct inode *inode, struct inode *dir,
					char *name)
{
	spin_lock(&notify_lock);
	bool lacks = inode->parent == NULL;

	if (lacks) {
		inode_get(dir);
		WRITE_ONCE(inode->parent, dir);
		WRITE_ONCE(inode->name, name);
	}
	spin_unlock(&notify_lock);
	return lacks;
}

void inode_give_place(struct inode *inode, struct inode *dir,
		      const struct name *name)
{
	char *copy = name_copy(name);

	if (copy != NULL && !take_place(inode, dir, copy))
		name_free(copy);
}

struct inode *inode_get_place(const struct inode *inode, char **name)
{
	struct inode *parent;

	spin_lock(&notify_lock);
	parent = READ_ONCE(inode->parent);
	if (parent != NULL && name != NULL) {
		const char *text = READ_ONCE(inode->name);

		*name = name_copy(&(struct name){ text, strlen(text) });
		if (*name == NULL)
			parent = NULL;
	}
	if (parent != NULL)
		inode_get(parent);
	spin_unlock(&notify_lock);
	return parent;
}

/* ---- times ---- */

void inode_touch_atime(struct inode *inode)
{
	WRITE_ONCE(inode->atime, clock_realtime_ns());
}

void inode_touch_mtime(struct inode *inode)
{
	uint64_t now = clock_realtime_ns();

	WRITE_ONCE(inode->mtime, now);
	WRITE_ONCE(inode->ctime, now);
}

void inode_touch_ctime(struct inode *inode)
{
	WRITE_ONCE(inode->ctime, clock_realtime_ns());
}
