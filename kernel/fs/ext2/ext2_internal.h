#pragma once

/*
 * fs/ext2/ext2_internal.h - a mounted ext2, its inodes, and who does what.
 *
 *	format.h	what is on the disk
 *	super.c		mounting, features, counts, syncing, the end
 *	block.c		blocks of the disk, in its page cache; what is wrong
 *	group.c		groups: their descriptors and bitmaps
 *	alloc.c		which block, which inode is given out next
 *	deferred.c	what was freed, and is not given out yet
 *	map.c		which block of the disk a block of a file is
 *	free.c		the same, backwards: truncation
 *	data.c		pages of files
 *	node.c		inodes in memory: found, revived, given up
 *	reaper.c	the thread that writes back or frees what nobody uses
 *	raw.c		an inode on the disk, into memory and back
 *	handle.c	an inode by its number, and where it is
 *	dir.c		entries of a directory
 *	names.c		the operations on names
 *	link.c		symbolic links
 *
 * What belongs to the file system itself, bitmaps, tables, pointers and
 * directories, is in the page cache of the disk; the bytes of a regular file are
 * in one of its own.  A block of the disk is in use in one of the two at a time.
 *
 * Locks, outermost first:
 *
 *	inode->entries	the entries of a directory (vfs)
 *	ext2->commit	writing all that is in the cache of the disk
 *	node->map	its pointers, and what they point to
 *	ext2->lock	descriptors, bitmaps and counts
 *	nodes_lock	which nodes there are (node.c); spins
 */

#include "disk/disk.h"
#include "fs/ext2/format.h"
#include "lib/list.h"
#include "mm/pagecache.h"
#include "mm/store.h"
#include "sync/mutex.h"
#include "sync/rwsem.h"
#include "vfs/inode.h"
#include "vfs/mount.h"

/*
 *	(c)	constant
 *	(l)	lock
 *	(n)	nodes_lock
 *	(a)	atomic, or one word
 */
struct ext2 {
	struct filesystem fs;              /* (c) what is in it says more */
	struct disk *disk;                 /* (c) */
	unsigned block_shift, block_size;  /* (c) */
	unsigned pointer_shift;            /* (c) of the pointers in a block */
	unsigned blocks_per_group, inodes_per_group, nr_groups; /* (c) */
	unsigned inode_size, first_ino;    /* (c) */
	unsigned blocks, inodes, first_data_block; /* (c) */
	unsigned reserved, reserved_uid, reserved_gid; /* (c) */
	unsigned descriptors;              /* (c) their first block */
	unsigned rev;                      /* (c) */
	bool has_types;                    /* (c) INCOMPAT_FILETYPE */
	bool has_sparse_supers;            /* (c) */
	bool only_to_read;                 /* (c) RO_COMPAT that is not known */
	unsigned was_valid;                /* (c) EXT2_VALID, when it was mounted */
	struct mutex lock;                 /* RANK_FS */
	struct mutex commit;               /* RANK_FS_SYNC: deferred.c */
	struct ext2_deferred *deferred;    /* (l) of each group */
	bool has_deferred;                 /* (l) some of the fresh ones */
	unsigned free_blocks, free_inodes; /* (l) */
	unsigned next_group;               /* (l) where the next directory goes */
	uint32_t last_generation;          /* (a) of a new inode; from anywhere */
	uint32_t nr_told;                  /* (a) lines on the console */
	bool has_errors;                   /* (a) */
	bool large_files;                  /* (a) one is, so the feature is set */
	uint64_t max_size;                 /* (c) of a file */
	struct store_list stores;          /* (c) caches of files */
	struct list nodes;                 /* (n) ext2_node.of_fs */
	unsigned nr_nodes;                 /* (n) */
	bool ends;                         /* (n) nobody sees it any more */
	struct list mounted;               /* (mounts_lock) super.c */
	bool is_ready;                     /* (mounts_lock) */
};

static inline struct ext2 *ext2_of(struct filesystem *fs)
{
	return container_of(fs, struct ext2, fs);
}

enum ext2_state {
	NODE_NEW,    /* it is being made */
	NODE_USED,   /* somebody has a reference, or gives up the last one */
	NODE_QUEUED, /* nobody has; it waits for the reaper */
	NODE_IDLE,   /* as on the disk; kept in case it is wanted again */
	NODE_WATCHED, /* the same, and somebody wants to know what happens to it */
	NODE_FREED,  /* the reaper takes it down; in the table until the disk says so */
};

/*
 *	(c)	constant once others can see it
 *	(m)	map
 *	(n)	nodes_lock
 *	(e)	inode.entries
 *	(a)	one word
 */
struct ext2_node {
	struct inode inode;
	struct ext2 *ext2;             /* (c) */
	struct rwsem map;              /* RANK_FS_MAP */
	uint32_t block[EXT2_POINTERS]; /* (m) pointers; or a short link's target */
	uint32_t sectors;              /* (m) */
	uint32_t flags;                /* (m) */
	uint32_t file_acl; /* (c) */
	uint64_t size;                 /* (e) of a directory; (c) of a link */
	uint64_t name_near;            /* (a) of a directory: the block where a name */
	uint64_t room_near;            /* (e) was found last, or room: dir.c */
	enum ext2_state state;         /* (n) */
	struct list hashed;            /* (n) nodes by number */
	struct list of_fs;             /* (n) ext2.nodes */
	struct list waiting;           /* (n) to be reaped; idle ones */
	uint64_t turn;                 /* (n) of the former, in order */
	struct pagecache pagecache;    /* of a regular file */
	struct store store;
};

static inline struct ext2_node *ext2_node(struct inode *inode)
{
	return container_of(inode, struct ext2_node, inode);
}

/* ---- block.c: blocks of the disk ---- */

/* A block, held in its place in the page cache. */
struct ext2_block {
	struct ext2 *ext2;
	struct page *page; /* a reference; NULL: none is held */
	char *data;
	uint32_t nr;
};

/* 0, or -EIO, -ENOMEM, -EUCLEAN (there is no such block). */
int ext2_block_get(struct ext2 *ext2, uint32_t nr, struct ext2_block *b);
/* The same of one that was just given out: all zeros, and dirty. */
int ext2_block_get_new(struct ext2 *ext2, uint32_t nr, struct ext2_block *b);
void ext2_block_put(struct ext2_block *b);
/* @n bytes at @at, in the block, were written to. */
void ext2_block_dirty(const struct ext2_block *b, const void *at, size_t n);
/* It is free: nobody needs what it holds. */
void ext2_block_forget(struct ext2 *ext2, uint32_t nr);
/* It may hold data, or pointers to such. */
bool ext2_block_is_sound(const struct ext2 *ext2, uint32_t nr);

/* The file system is not as it should be: a line on the console, a mark for
 * fsck; and -EUCLEAN. */
int ext2_wrong(struct ext2 *ext2, const char *fmt, ...) __printf(2, 3);

/* ---- super.c ---- */

/* A file of more than 2 GiB comes to be. */
void ext2_has_large_file(struct ext2 *ext2);

/* ---- group.c; ext2->lock is held ---- */

/* The descriptor of group @nr, in *@b, which is to be put. */
int ext2_group_get(struct ext2 *ext2, unsigned nr, struct ext2_block *b,
		   struct ext2_group **g);
unsigned ext2_group_blocks(const struct ext2 *ext2, unsigned nr);
/* All that mount relies on is where it can be: 0 or -EUCLEAN. */
int ext2_groups_check(struct ext2 *ext2);

/* ---- alloc.c ---- */

/* A block near @goal (0: anywhere), marked as used: its number into *@nr, or
 * -ENOSPC, -EIO, -EUCLEAN. */
int ext2_alloc_block(struct ext2 *ext2, uint32_t goal, uint32_t *nr);
void ext2_free_block(struct ext2 *ext2, uint32_t nr);
/* An inode for what is made in @dir. */
int ext2_alloc_inode(struct ext2 *ext2, const struct ext2_node *dir, bool is_dir,
		     uint32_t *ino);
void ext2_free_inode(struct ext2 *ext2, uint32_t ino, bool is_dir);

/* ---- deferred.c ---- */

int ext2_deferred_init(struct ext2 *ext2); /* 0 or -ENOMEM; groups are known */
void ext2_deferred_destroy(struct ext2 *ext2);
/* Block @bit of @group is free, for later.  False: no memory.  lock is held. */
bool ext2_defer(struct ext2 *ext2, unsigned group, uint32_t bit);
/* Bits of the bitmap's byte @at that are deferred.  lock is held. */
uint8_t ext2_deferred_byte(const struct ext2 *ext2, unsigned group, uint32_t at);
/* All that is in the disk's cache is on the disk: 0 or -EIO.  Takes commit. */
int ext2_commit(struct ext2 *ext2);
/* -ENOSPC: what was removed is free now, and what was deferred is let go, so that a
 * second try is worth it.  False: the disk fails.  Takes commit, and waits for who
 * writes files back: none of their locks is held. */
bool ext2_can_let_go(struct ext2 *ext2);

/* ---- map.c, free.c ---- */

/* Where block @index of the file is: into *@nr, 0 for a hole.  Takes map. */
int ext2_map(struct ext2_node *node, uint64_t index, uint32_t *nr);
/* Whose page a block is for: that is asked first, with map, which who frees blocks
 * takes after the page has left the cache. */
struct ext2_taker {
	struct page *page;
	enum store_writer writer;
};
/* The same, and a hole gets a block.  *@made: it was one.  @taker NULL: it is no
 * regular file's.  -EAGAIN: the page must not have it. */
int ext2_map_new(struct ext2_node *node, uint64_t index,
		 const struct ext2_taker *taker, uint32_t *nr, bool *made);
/* store_page_takes_room() for block @index of the file; map is held. */
bool ext2_page_takes_block(struct ext2_node *node, uint64_t index,
			   const struct ext2_taker *taker);
/* How many levels of pointers lead to block @index, and which of each:
 * 1 to 4; 0: no file is so large. */
unsigned ext2_path_of(const struct ext2 *ext2, uint64_t index,
		      unsigned path[4]);
/* Blocks from @first on are given back.  Takes map. */
void ext2_free_from(struct ext2_node *node, uint64_t first);

/* ---- data.c ---- */

extern const struct store_ops ext2_store_ops;
extern const struct pagecache_ops ext2_pagecache_ops;
extern const struct inode_ops ext2_file_ops;
/* inode_ops.sync, unnamed and getattr of all. */
int ext2_sync_inode(struct inode *inode);
void ext2_unnamed(struct inode *inode);
void ext2_getattr(struct inode *inode, struct inode_attr *attr);

/* ---- node.c ---- */

void ext2_nodes_init(void); /* boot */

/* Inode @ino, with a reference, found by @name in @dir (both NULL: the root). */
int ext2_node_get(struct ext2 *ext2, uint32_t ino, struct inode *dir,
		  const struct name *name, struct inode **out);
/* The same, found by nothing but its number, if it is of @generation (NULL: of
 * any); a directory has no place perhaps.  -ESTALE. */
int ext2_node_by_number(struct ext2 *ext2, uint32_t ino,
			const uint32_t *generation, struct inode **out);
/* A directory: it is known where it is, or is the root. */
bool ext2_node_has_place(struct inode *dir);
/* A new one as @spec says, whose inode @ino is allocated; nobody sees it. */
struct ext2_node *ext2_node_new(struct ext2 *ext2, uint32_t ino,
				const struct inode_spec *spec);
/* Its inode is made on the disk now, who comes by its number finds nothing; and
 * others may find it. */
void ext2_node_begin(struct ext2_node *node);
void ext2_node_show(struct ext2_node *node);
/* It was made for nothing: it goes, with its inode. */
void ext2_node_drop_new(struct ext2_node *node);
/* inode_ops.release and unwatched of all. */
void ext2_node_release(struct inode *inode);
void ext2_node_unwatched(struct inode *inode);
/* False: it is about to go. */
bool ext2_node_try_get(struct ext2_node *node);
/* The node behind @node that is in use, with a reference, and @node's reference
 * is given up.  NULL: the first, the last. */
struct ext2_node *ext2_node_next(struct ext2 *ext2, struct ext2_node *node);
/* @node, without a name, is not on the disk any more, and its number is about
 * to be free. */
void ext2_node_hide(struct ext2_node *node);
/* What was released before is done; nobody sees @ext2 any more: all of it. */
void ext2_nodes_settle(struct ext2 *ext2);
void ext2_nodes_end(struct ext2 *ext2);
/* A file has lost its last name, and is in use. */
bool ext2_has_unlinked(struct ext2 *ext2);

/* ---- handle.c: show and find of vfs/mount.h ---- */

uint32_t ext2_show(struct inode *inode);
int ext2_find(struct filesystem *fs, uint64_t ino, uint32_t generation,
	      struct inode **out);

/* ---- reaper.c ---- */

void ext2_reap(struct ext2_node *node);

/* ---- raw.c ---- */

/* What is on the disk, into a node that nobody sees: 0, -EIO or -EUCLEAN.  Where
 * @generation is not NULL it may be free, or another: -ESTALE. */
int ext2_raw_read(struct ext2 *ext2, uint32_t ino, const uint32_t *generation,
		  struct ext2_node **out);
/* As @node is now, to the disk's cache.  Takes map. */
int ext2_raw_write(struct ext2_node *node);
/* It is free. */
int ext2_raw_erase(struct ext2_node *node);
/* It was just allocated. */
int ext2_raw_clear(struct ext2 *ext2, uint32_t ino);

/* ---- dir.c; entries are locked ---- */

int ext2_dir_find(struct ext2_node *dir, const struct name *name, uint32_t *ino);
/* A name of @ino in @dir, into @buf of NAME_MAX + 1. */
int ext2_dir_name_of(struct ext2_node *dir, uint32_t ino, struct name *name,
		     char *buf);
long ext2_dir_read(struct inode *dir, uint64_t cookie, struct dir_sink *sink);
int ext2_dir_add(struct ext2_node *dir, const struct name *name, uint32_t ino,
		 unsigned mode);
int ext2_dir_remove(struct ext2_node *dir, const struct name *name);
/* Entry @name is for another inode now: 0 or -errno. */
int ext2_dir_set(struct ext2_node *dir, const struct name *name, uint32_t ino,
		 unsigned mode);
/* 0, -ENOTEMPTY or what is wrong. */
int ext2_dir_is_empty(struct ext2_node *dir);
/* "." and "..", of a new one. */
int ext2_dir_make(struct ext2_node *dir, uint32_t parent);

/* ---- names.c, link.c ---- */

extern const struct inode_ops ext2_dir_ops, ext2_link_ops, ext2_special_ops;

int ext2_link_set(struct ext2_node *node, const char *target);
const struct inode_ops *ext2_ops_of(unsigned mode);
