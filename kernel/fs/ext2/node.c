/*
 * fs/ext2/node.c - inodes in memory: revived, given up.
 *
 * One inode of the disk is one node.  When nobody has a reference to a node any
 * more it is not gone: the last one may be given up where nothing may sleep, and
 * what it has not written yet is to be written.  So it is queued for the reaper,
 * who frees on the disk what has no name, writes the rest, and keeps the node in
 * case it is wanted again; and from the queue, and from among those that are
 * kept, it is revived by who finds its name.  One that somebody watches is kept
 * until he no longer does: another node of the same inode would not know of him.
 *
 * From before its first word is on the disk until after its last one is erased it
 * is in the table: who comes by the number alone (handle.c) would read there what
 * is half made, or goes.
 *
 *	used --last put--> queued --reaper: no name--> freed
 *	  ^                  | \-----reaper: has one--> used by it
 *	  +---found----------+                            | last put: idle
 *	  +---found------------------------ idle <--------+
 *	                                     |
 *	                                     +--too many, or the end--> freed
 *
 * and where it becomes idle it is watched instead, from where it becomes idle.
 */
#include "fs/ext2/node_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/sched/thread.h"
#include "sync/waitq.h"
#include "vfs/notify/notify.h"

#define BUCKETS 256U
#define MAX_IDLE 2048U

struct spinlock ext2_nodes_lock = SPINLOCK_INIT(RANK_NODES);
static struct list table[BUCKETS] GUARDED_BY(ext2_nodes_lock);
static struct list queue GUARDED_BY(ext2_nodes_lock) = LIST_INIT(queue);
static struct list idle GUARDED_BY(ext2_nodes_lock) = LIST_INIT(idle);
static unsigned nr_idle GUARDED_BY(ext2_nodes_lock);
uint64_t ext2_nodes_freed;
static uint64_t last_turn GUARDED_BY(ext2_nodes_lock); /* given in the queue */
static uint64_t reaping GUARDED_BY(ext2_nodes_lock); /* whose turn it is; 0: nobody's */
static bool some_end GUARDED_BY(ext2_nodes_lock); /* idle ones of a file system are to go */
static struct waitq work = WAITQ_INIT(work);
static struct waitq reaped = WAITQ_INIT(reaped);

static struct list *bucket_of(uint64_t ino) REQUIRES(ext2_nodes_lock)
{
	return &table[ino % BUCKETS];
}

/* ---- life ---- */

static void init_contents(struct ext2_node *node)
{
	if (!inode_is(&node->inode, S_IFREG))
		return;
	store_init(&node->store, &ext2_store_ops, &node->ext2->stores);
	pagecache_init_stored(&node->pagecache, &ext2_pagecache_ops, &node->store);
	is_private(mappers);
	node->pagecache.seals = F_SEAL_SEAL;
	node->inode.pagecache = &node->pagecache;
}

struct ext2_node *ext2_node_new(struct ext2 *ext2, uint32_t ino,
				const struct inode_spec *spec)
{
	struct ext2_node *node = kzalloc(sizeof(*node));

	if (node == NULL)
		return NULL;
	inode_init(&node->inode, &ext2->fs, ext2_ops_of(spec->mode), spec, ino);
	node->ext2 = ext2;
	rwsem_init(&node->map, RANK_FS_MAP);
	init_contents(node);
	return node;
}

void ext2_node_free(struct ext2_node *node)
{
	struct filesystem *fs = node->inode.fs;

	if (node->inode.pagecache != NULL)
		pagecache_destroy(node->inode.pagecache);
	kfree(node);
	filesystem_uncount_inode(fs);
}

void ext2_node_enter_locked(struct ext2_node *node, enum ext2_state state)
{
	node->state = state;
	list_push_back(bucket_of(node->inode.ino), &node->hashed);
	list_push_back(&node->ext2->nodes, &node->of_fs);
	node->ext2->nr_nodes++;
}

void ext2_node_begin(struct ext2_node *node)
{
	spin_lock(&ext2_nodes_lock);
	ext2_node_enter_locked(node, NODE_NEW);
	spin_unlock(&ext2_nodes_lock);
}

void ext2_node_show(struct ext2_node *node)
{
	spin_lock(&ext2_nodes_lock);
	node->state = NODE_USED;
	spin_unlock(&ext2_nodes_lock);
}

/* Out of the table: the next one who wants it reads it anew. */
static void hide_locked(struct ext2_node *node) REQUIRES(ext2_nodes_lock)
{
	node->state = NODE_FREED;
	list_remove(&node->hashed);
	list_remove(&node->of_fs);
	node->ext2->nr_nodes--;
	ext2_nodes_freed++;
}

void ext2_node_hide(struct ext2_node *node)
{
	spin_lock(&ext2_nodes_lock);
	hide_locked(node);
	spin_unlock(&ext2_nodes_lock);
}

/* ---- looking one up ---- */

struct ext2_node *ext2_node_find_locked(const struct ext2 *ext2, uint32_t ino)
{
	struct ext2_node *node;

	list_for_each_entry(node, bucket_of(ino), hashed)
		if (node->inode.ino == ino && node->ext2 == ext2)
			return node;
	return NULL;
}

/* It waits for nothing any more, nor is it waited for: the reaper, who has nothing
 * to do perhaps, will not say so. */
static void take_out_locked(struct ext2_node *node) REQUIRES(ext2_nodes_lock)
{
	if (node->state != NODE_WATCHED)
		list_remove(&node->waiting);
	if (node->state == NODE_IDLE)
		nr_idle--;
	else if (node->state == NODE_QUEUED)
		waitq_wake_all(&reaped);
	node->state = NODE_USED;
}

/* Used again; what counted it for the queue counts it as an inode. */
static void revive_locked(struct ext2_node *node) REQUIRES(ext2_nodes_lock)
{
	take_out_locked(node);
	inode_revive(&node->inode);
}

enum ext2_found ext2_node_take_locked(struct ext2_node *node)
{
	if (node == NULL)
		return MISSING;
	if (node->state == NODE_NEW || node->state == NODE_FREED)
		return GONE;
	if (refcount_try_get(&node->inode.refs))
		return FOUND;
	if (READ_ONCE(node->inode.nlink) == 0)
		return GONE;
	if (!ext2_node_is_unused_locked(node))
		return GOING;
	revive_locked(node);
	return FOUND;
}

bool ext2_node_try_get(struct ext2_node *node)
{
	spin_lock(&ext2_nodes_lock);
	bool found = node->inode.nlink != 0 && node->state != NODE_FREED &&
		     ext2_node_take_locked(node) == FOUND;

	spin_unlock(&ext2_nodes_lock);
	return found;
}

/*
 * What nobody uses is on the disk as it is.  And what has no name is left to those
 * who have it now: who waits for them (ext2_nodes_settle()) has not waited for who
 * gets it from one of them.  That it has none is on the disk: ext2_unnamed().
 */
static bool is_to_be_written(const struct ext2_node *node) REQUIRES(ext2_nodes_lock)
{
	return READ_ONCE(node->inode.nlink) != 0 &&
	       (node->state == NODE_USED || node->state == NODE_QUEUED);
}

struct ext2_node *ext2_node_next(struct ext2 *ext2, struct ext2_node *node)
{
	struct list *at = node != NULL ? &node->of_fs : &ext2->nodes;
	struct ext2_node *next = NULL;

	spin_lock(&ext2_nodes_lock);
	while (next == NULL && (at = at->next) != &ext2->nodes) {
		struct ext2_node *other = list_entry(at, struct ext2_node, of_fs);

		if (is_to_be_written(other) && ext2_node_take_locked(other) == FOUND)
			next = other;
	}
	spin_unlock(&ext2_nodes_lock);
	if (node != NULL)
		inode_put(&node->inode);
	return next;
}

/* ---- giving one up ---- */

void ext2_node_release(struct inode *inode)
{
	struct ext2_node *node = ext2_node(inode);

	filesystem_count_inode(inode->fs); /* for the queue */
	spin_lock(&ext2_nodes_lock);
	node->state = NODE_QUEUED;
	node->turn = ++last_turn;
	list_push_back(&queue, &node->waiting);
	spin_unlock(&ext2_nodes_lock);
	waitq_wake_all(&work);
}

void ext2_node_drop_new(struct ext2_node *node)
{
	WRITE_ONCE(node->inode.nlink, 0);
	ext2_node_show(node);
	inode_put(&node->inode);
}

/* ---- the reaper ---- */

/* Nobody but the reaper has @node, and nobody has had it since he has: he did
 * not give it a place.  Who finds it does so under the lock. */
static bool is_alone_locked(const struct ext2_node *node)
{
	/*
	 * ORDER refcount, side of who has the last one; the other is in
	 * refcount_put().  Acquire: whoever let go has given it its place before.
	 */
	return load_acquire(&node->inode.refs.count) == 1 &&
	       READ_ONCE(node->inode.parent) == NULL &&
	       READ_ONCE(node->inode.pipe) == NULL && node->inode.nlink != 0;
}

static void become_idle_locked(struct ext2_node *node) REQUIRES(ext2_nodes_lock)
{
	node->state = NODE_IDLE;
	list_push_back(&idle, &node->waiting);
	WRITE_ONCE(nr_idle, nr_idle + 1);
}

/* Who watches it no longer has the lock of watches: either he has come before, and
 * here there is none, or he finds it watched: ext2_node_unwatched(). */
static void keep_locked(struct ext2_node *node) REQUIRES(ext2_nodes_lock)
{
	if (notify_has_watches(&node->inode))
		node->state = NODE_WATCHED;
	else
		become_idle_locked(node);
}

void ext2_node_unwatched(struct inode *inode)
{
	struct ext2_node *node = ext2_node(inode);

	spin_lock(&ext2_nodes_lock);
	if (node->state == NODE_WATCHED)
		become_idle_locked(node);
	spin_unlock(&ext2_nodes_lock);
	waitq_wake_all(&work); /* there may be too many */
}

/* What is done with a node that nobody else has: it stays, or goes. */
static void settle(struct ext2_node *node)
{
	bool alone, goes = false;

	spin_lock(&ext2_nodes_lock);
	alone = is_alone_locked(node);
	if (alone)
		goes = refcount_put(&node->inode.refs) && node->ext2->ends;
	if (goes)
		hide_locked(node);
	else if (alone)
		keep_locked(node);
	spin_unlock(&ext2_nodes_lock);
	if (goes)
		ext2_node_free(node);
	else if (!alone)
		inode_put(&node->inode); /* if it is the last: once more */
}

/* One from the queue, which is ours alone; NULL: it is empty. */
static struct ext2_node *next_queued(void)
{
	struct ext2_node *node = NULL;

	spin_lock(&ext2_nodes_lock);
	if (!list_is_empty(&queue)) {
		node = list_entry(list_first(&queue), struct ext2_node, waiting);
		list_remove(&node->waiting);
		reaping = node->turn;
		node->state = NODE_USED;
		if (node->inode.nlink != 0)
			inode_revive(&node->inode);
		else
			node->state = NODE_FREED; /* nothing leads to it */
	}
	spin_unlock(&ext2_nodes_lock);
	return node;
}

/* The oldest of the idle ones, if there are too many or its file system ends. Of
 * those that end none becomes idle: settle(). */
static struct ext2_node *idle_to_go_locked(void) REQUIRES(ext2_nodes_lock)
{
	struct ext2_node *node;

	list_for_each_entry(node, &idle, waiting) {
		if (nr_idle > MAX_IDLE || node->ext2->ends)
			return node;
		if (!some_end)
			break;
	}
	WRITE_ONCE(some_end, false);
	return NULL;
}

static struct ext2_node *next_idle(void)
{
	struct ext2_node *goes;

	spin_lock(&ext2_nodes_lock);
	goes = idle_to_go_locked();
	if (goes != NULL) {
		list_remove(&goes->waiting);
		nr_idle--;
		hide_locked(goes);
	}
	spin_unlock(&ext2_nodes_lock);
	return goes;
}

static void reap(struct ext2_node *node)
{
	ext2_reap(node);
	if (node->state == NODE_FREED)
		ext2_node_free(node);
	else
		settle(node);
	spin_lock(&ext2_nodes_lock);
	reaping = 0;
	spin_unlock(&ext2_nodes_lock);
}

static bool has_work(void)
{
	return READ_ONCE(queue.next) != &queue || READ_ONCE(some_end) ||
	       READ_ONCE(nr_idle) > MAX_IDLE;
}

/* One of each: others may fill the queue as fast as it is emptied, and who waits,
 * with the lock of a directory perhaps, waits for what came before them. */
static void reaper(void *unused UNUSED)
{
	struct ext2_node *queued, *idle_one;

	for (;;) {
		waitq_wait(&work, has_work());
		queued = next_queued();
		if (queued != NULL)
			reap(queued);
		idle_one = next_idle();
		if (idle_one != NULL)
			ext2_node_free(idle_one);
		waitq_wake_all(&reaped);
		cond_resched();
	}
}

/* ---- for who mounts, syncs, unmounts ---- */

/* Turns are taken in order; who was revived has given his up. */
static bool are_over(uint64_t turns)
{
	uint64_t next = UINT64_MAX;

	spin_lock(&ext2_nodes_lock);
	if (reaping != 0)
		next = reaping;
	else if (!list_is_empty(&queue))
		next = list_entry(list_first(&queue), struct ext2_node, waiting)->turn;
	spin_unlock(&ext2_nodes_lock);
	return next > turns;
}

/* All that were queued so far; who was revived is in somebody's hands again. */
static void wait_for_turns(void)
{
	spin_lock(&ext2_nodes_lock);
	uint64_t all = last_turn;

	spin_unlock(&ext2_nodes_lock);
	waitq_wait(&reaped, are_over(all));
}

/* Who loses his name while the reaper writes him back is queued once more. */
void ext2_nodes_settle(struct ext2 *ext2)
{
	race_point(files_settle, 0);
	store_list_passed(&ext2->stores);
	wait_for_turns();
	wait_for_turns();
	race_point(files_settled, 0);
}

/* Who has one in his hands yet gives it up at the end of his call. */
void ext2_nodes_end(struct ext2 *ext2)
{
	spin_lock(&ext2_nodes_lock);
	ext2->ends = true;
	WRITE_ONCE(some_end, true);
	spin_unlock(&ext2_nodes_lock);
	waitq_wake_all(&work);
	waitq_wait(&reaped, READ_ONCE(ext2->nr_nodes) == 0);
	ext2_nodes_settle(ext2); /* the last has left the table, and is freed still */
}

void ext2_nodes_init(void)
{
	spin_lock(&ext2_nodes_lock);
	for (unsigned i = 0; i < BUCKETS; i++)
		list_init(&table[i]);
	spin_unlock(&ext2_nodes_lock);
	if (kthread_start("ext2", reaper, NULL) == NULL)
		panic("no memory for a thread");
}

bool ext2_has_unlinked(struct ext2 *ext2)
{
	const struct ext2_node *node;
	bool has = false;

	ext2_nodes_settle(ext2);
	spin_lock(&ext2_nodes_lock);
	list_for_each_entry(node, &ext2->nodes, of_fs)
		has |= READ_ONCE(node->inode.nlink) == 0 &&
		       node->state != NODE_FREED;
	spin_unlock(&ext2_nodes_lock);
	return has;
}
