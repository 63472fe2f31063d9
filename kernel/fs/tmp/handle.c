/*
 * fs/tmp/handle.c - inodes by their number, for name_to_handle_at().
 *
 * A number is never another inode's, so there is one generation.  Few inodes are
 * ever asked for by it: the table has those that somebody has a handle of, from
 * then on until they are freed.
 */
#include "fs/tmp/tmpfs_internal.h"

#include "lib/errno.h"
#include "sync/spinlock.h"

#define BUCKETS 64U

static struct spinlock table_lock = SPINLOCK_INIT(RANK_NODES);
static struct list table[BUCKETS] GUARDED_BY(table_lock);

/* Zeroed, it is an empty one that nobody has used. */
static struct list *bucket_locked(uint64_t ino) REQUIRES(table_lock)
{
	struct list *bucket = &table[ino % BUCKETS];

	if (bucket->next == NULL)
		list_init(bucket);
	return bucket;
}

static bool is_shown(const struct tmpfs_node *node)
{
	return node->shown.next != NULL;
}

uint32_t tmpfs_show(struct inode *inode)
{
	struct tmpfs_node *node = tmpfs_node(inode);

	spin_lock(&table_lock);
	if (!is_shown(node))
		list_push_back(bucket_locked(inode->ino), &node->shown);
	spin_unlock(&table_lock);
	return 0;
}

/* Nobody has a reference, so nobody shows it. */
void tmpfs_hide(struct tmpfs_node *node)
{
	if (!is_shown(node))
		return;
	spin_lock(&table_lock);
	list_remove(&node->shown);
	spin_unlock(&table_lock);
}

/* Who has lost its last reference waits for the lock to leave the table. */
static struct inode *find_locked(const struct filesystem *fs, uint64_t ino)
	REQUIRES(table_lock)
{
	struct tmpfs_node *node;

	list_for_each_entry(node, bucket_locked(ino), shown)
		if (node->inode.ino == ino && node->inode.fs == fs)
			return refcount_try_get(&node->inode.refs) ?
				       &node->inode : NULL;
	return NULL;
}

int tmpfs_find(struct filesystem *fs, uint64_t ino, uint32_t generation,
	       struct inode **inode)
{
	spin_lock(&table_lock);
	*inode = generation == 0 ? find_locked(fs, ino) : NULL;
	spin_unlock(&table_lock);
	return *inode != NULL ? 0 : -ESTALE;
}
