/*
 * vfs/inode.c - life, owner and rights of inodes.
 *
 * A directory keeps its parent alive and a name in a tmpfs directory keeps
 * the child alive.  The circle is broken when the name is removed, so what
 * remains of a removed tree goes with its last user, from the leaf up.
 */

#include "vfs/inode.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task/proc.h"

static uint64_t last_ino; /* (a) */

static struct inode *inode_of_mapping(struct mapping *m)
{
	return container_of(m, struct inode, mapping);
}

static void inode_mapping_get(struct mapping *m)
{
	inode_get(inode_of_mapping(m));
}

static void inode_mapping_put(struct mapping *m)
{
	inode_put(inode_of_mapping(m));
}

static const struct mapping_ops inode_mapping_ops = {
	.get = inode_mapping_get,
	.put = inode_mapping_put,
};

static uint64_t now(void)
{
	return clock_realtime_ns();
}

struct inode *inode_create(const struct inode_ops *ops, unsigned mode,
			   unsigned dev, uint64_t ino)
{
	struct inode *inode = kzalloc(sizeof(*inode));

	if (inode == NULL)
		return NULL;
	inode->refs = REFCOUNT_INIT(1);
	mutex_init(&inode->lock, RANK_INODE);
	inode->ops = ops;
	inode->ino = ino;
	if (ino == 0)
		inode->ino = atomic_fetch_add_relaxed(&last_ino, 1) + 1;
	inode->dev = dev;
	inode->mode = mode;
	inode->nlink = inode_is(inode, S_IFDIR) ? 2 : 1;
	inode->atime = inode->mtime = inode->ctime = now();
	if (inode_is(inode, S_IFREG))
		mapping_init(&inode->mapping, &inode_mapping_ops);
	if (inode_is(inode, S_IFDIR)) {
		list_init(&inode->dir.order);
		inode->dir.next_cookie = DIR_COOKIE_FIRST;
	}
	return inode;
}

void inode_get(struct inode *inode)
{
	refcount_get(&inode->refs);
}

static void destroy(struct inode *inode)
{
	if (inode->ops->release != NULL)
		inode->ops->release(inode);
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		mapping_destroy(&inode->mapping);
		break;
	case S_IFLNK:
		kfree(inode->target);
		break;
	case S_IFDIR:
		assert(inode->dir.entries.node == NULL);
		kfree(inode->name);
		break;
	}
	kfree(inode);
}

void inode_put(struct inode *inode)
{
	while (inode != NULL && refcount_put(&inode->refs)) {
		struct inode *parent = inode->parent;

		destroy(inode);
		inode = parent;
	}
}

bool inode_set_parent(struct inode *dir, struct inode *parent,
		      const char *name, size_t len)
{
	char *copy = kmalloc(len + 1);

	if (copy == NULL)
		return false;
	memcpy(copy, name, len);
	copy[len] = '\0';

	struct inode *old = dir->parent;

	inode_get(parent);
	kfree(dir->name);
	dir->name = copy;
	dir->parent = parent;
	inode_put(old);
	return true;
}

/* ---- times ---- */

void inode_touch_atime(struct inode *inode)
{
	WRITE_ONCE(inode->atime, now());
}

void inode_touch_mtime(struct inode *inode)
{
	uint64_t t = now();

	WRITE_ONCE(inode->mtime, t);
	WRITE_ONCE(inode->ctime, t);
}

void inode_touch_ctime(struct inode *inode)
{
	WRITE_ONCE(inode->ctime, now());
}

/* ---- rights ---- */

/* Root may do anything, but run what nobody may run. */
static int root_permission(unsigned mode, unsigned may)
{
	if ((may & MAY_EXEC) && (mode & S_IFMT) != S_IFDIR &&
	    (mode & 0111) == 0)
		return -EACCES;
	return 0;
}

int inode_permission_of(const struct inode *inode, unsigned may, unsigned uid,
			unsigned gid)
{
	unsigned mode = READ_ONCE(inode->mode);
	unsigned rights = mode;

	if (uid == 0)
		return root_permission(mode, may);
	if (uid == READ_ONCE(inode->uid))
		rights = mode >> 6;
	else if (gid == READ_ONCE(inode->gid) ||
		 cred_has_group(current_cred(), READ_ONCE(inode->gid)))
		rights = mode >> 3;
	return (may & ~rights) == 0 ? 0 : -EACCES;
}

int inode_permission(const struct inode *inode, unsigned may)
{
	const struct cred *cred = current_cred();

	return inode_permission_of(inode, may, cred->fsuid, cred->fsgid);
}

bool inode_is_owner(const struct inode *inode)
{
	const struct cred *cred = current_cred();

	return cred->fsuid == 0 || cred->fsuid == READ_ONCE(inode->uid);
}
