#pragma once

/*
 * fs/ext2/node_internal.h - the table of nodes, for who looks one up
 * (node_find.c) and who gives it up (node.c).
 */

#include "fs/ext2/ext2_internal.h"
#include "sync/spinlock.h"

extern struct spinlock ext2_nodes_lock; /* RANK_NODES */
extern uint64_t ext2_nodes_freed GUARDED_BY(ext2_nodes_lock); /* of all time */

/* NULL: it is not in memory. */
struct ext2_node *ext2_node_find_locked(const struct ext2 *ext2, uint32_t ino)
	REQUIRES(ext2_nodes_lock);
/* It is in the table from now on. */
void ext2_node_enter_locked(struct ext2_node *node, enum ext2_state state)
	REQUIRES(ext2_nodes_lock);

/* Nobody has it; it is waited for by the reaper, or kept. */
static inline bool ext2_node_is_unused_locked(const struct ext2_node *node)
	REQUIRES(ext2_nodes_lock)
{
	return node->state == NODE_QUEUED || node->state == NODE_IDLE ||
	       node->state == NODE_WATCHED;
}

/* GOING: somebody gives up the last reference just now, a moment later it is one
 * of the others; GONE: nothing leads to it, any more or yet. */
enum ext2_found { FOUND, MISSING, GOING, GONE };

/* One more reference to it, if there can be one. */
enum ext2_found ext2_node_take_locked(struct ext2_node *node)
	REQUIRES(ext2_nodes_lock);

/* Nobody finds it, and its place in its file system is not counted any more. */
void ext2_node_free(struct ext2_node *node);
