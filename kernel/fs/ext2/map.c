/*
 * fs/ext2/map.c - which block of the disk a block of a file is.
 *
 * Twelve pointers stand in the inode; a thirteenth leads to a block of pointers,
 * the next two to blocks of pointers to such, twice and three times.  0 is a
 * hole, at any level.  There are never more than three blocks on the way, so
 * whatever is in them, it ends.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/bug.h"
#include "lib/errno.h"

unsigned ext2_path_of(const struct ext2 *ext2, uint64_t index,
		      unsigned path[4])
{
	unsigned shift = ext2->pointer_shift, mask = (1U << shift) - 1;

	if (index < EXT2_DIRECT) {
		path[0] = (unsigned)index;
		return 1;
	}
	index -= EXT2_DIRECT;
	for (unsigned depth = 1; depth <= 3; depth++) {
		if (index >> (depth * shift) == 0) {
			path[0] = EXT2_DIRECT + depth - 1;
			for (unsigned i = 1; i <= depth; i++)
				path[i] = (unsigned)(index >>
						     ((depth - i) * shift)) & mask;
			return depth + 1;
		}
		index -= 1UL << (depth * shift);
	}
	return 0;
}

static int check(struct ext2_node *node, uint32_t nr)
{
	if (nr == 0 || ext2_block_is_sound(node->ext2, nr))
		return 0;
	return ext2_wrong(node->ext2, "inode %lu has a block %u",
			  node->inode.ino, nr);
}

/* The pointer at @at in block @nr, into *@out. */
static int read_pointer(struct ext2_node *node, uint32_t nr, unsigned at,
			uint32_t *out)
{
	struct ext2_block b;
	int err = ext2_block_get(node->ext2, nr, &b);

	if (err != 0)
		return err;
	*out = ((uint32_t *)b.data)[at];
	ext2_block_put(&b);
	return check(node, *out);
}

int ext2_map(struct ext2_node *node, uint64_t index, uint32_t *nr)
{
	unsigned path[4];
	unsigned depth = ext2_path_of(node->ext2, index, path);
	int err;

	*nr = 0;
	if (depth == 0)
		return 0;
	rwsem_lock_shared(&node->map);
	*nr = node->block[path[0]];
	err = check(node, *nr);
	for (unsigned i = 1; err == 0 && *nr != 0 && i < depth; i++)
		err = read_pointer(node, *nr, path[i], nr);
	rwsem_unlock_shared(&node->map);
	return err;
}

/* ---- a hole gets a block ---- */

/* A block near where the others are; one of pointers is cleared first. */
static int add_block(struct ext2_node *node, uint32_t goal, bool of_pointers,
		     uint32_t *nr)
{
	struct ext2_block b;
	int err = ext2_alloc_block(node->ext2, goal, nr);

	if (err != 0)
		return err;
	if (of_pointers) {
		err = ext2_block_get_new(node->ext2, *nr, &b);
		if (err != 0) {
			ext2_free_block(node->ext2, *nr);
			return err;
		}
		ext2_block_put(&b);
	}
	node->sectors += node->ext2->block_size / 512;
	return 0;
}

/* The block at @at of block @nr, made if it is a hole. */
static int step(struct ext2_node *node, uint32_t nr, unsigned at, bool last,
		uint32_t *out, bool *made)
{
	struct ext2_block b;
	int err = ext2_block_get(node->ext2, nr, &b);
	uint32_t *pointer;

	if (err != 0)
		return err;
	pointer = (uint32_t *)b.data + at;
	*out = *pointer;
	if (*out == 0) {
		uint32_t goal = at > 0 && pointer[-1] != 0 ? pointer[-1] : nr;

		err = add_block(node, goal + 1, !last, out);
		if (err == 0) {
			*pointer = *out;
			ext2_block_dirty(&b, pointer, sizeof(*pointer));
			*made = last;
		}
	} else {
		err = check(node, *out);
	}
	ext2_block_put(&b);
	return err;
}

/* Where files of this directory's group are, as far as the inode says. */
static uint32_t first_goal(const struct ext2_node *node, unsigned at)
{
	const struct ext2 *ext2 = node->ext2;
	unsigned group = (unsigned)(node->inode.ino - 1) / ext2->inodes_per_group;

	while (at-- > 0)
		if (node->block[at] != 0)
			return node->block[at] + 1;
	return ext2->first_data_block + group * ext2->blocks_per_group;
}

static int make(struct ext2_node *node, const unsigned path[4], unsigned depth,
		uint32_t *nr, bool *made)
{
	uint32_t *first = &node->block[path[0]];
	int err = check(node, *first);

	if (*first == 0) {
		err = add_block(node, first_goal(node, path[0]), depth > 1, nr);
		if (err == 0)
			*first = *nr;
		*made = err == 0 && depth == 1;
	}
	*nr = *first;
	for (unsigned i = 1; err == 0 && i < depth; i++)
		err = step(node, *nr, path[i], i + 1 == depth, nr, made);
	return err;
}

static int try_new(struct ext2_node *node, uint64_t index,
		   const struct ext2_taker *taker, uint32_t *nr, bool *made)
{
	unsigned path[4];
	unsigned depth = ext2_path_of(node->ext2, index, path);
	int err;

	*made = false;
	if (depth == 0)
		return -EFBIG;
	rwsem_lock(&node->map);
	if (taker == NULL || ext2_page_takes_block(node, index, taker))
		err = make(node, path, depth, nr, made);
	else
		err = -EAGAIN;
	rwsem_unlock(&node->map);
	return err;
}

int ext2_map_new(struct ext2_node *node, uint64_t index,
		 const struct ext2_taker *taker, uint32_t *nr, bool *made)
{
	int err = try_new(node, index, taker, nr, made);

	if (err == -ENOSPC && ext2_can_let_go(node->ext2))
		err = try_new(node, index, taker, nr, made);
	return err;
}
