/*
 * fs/ext2/group.c - the groups, as their descriptors have them.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "sync/block.h"

static unsigned group_start(const struct ext2 *ext2, unsigned nr)
{
	return ext2->first_data_block + nr * ext2->blocks_per_group;
}

unsigned ext2_group_blocks(const struct ext2 *ext2, unsigned nr)
{
	return min(ext2->blocks_per_group, ext2->blocks - group_start(ext2, nr));
}

int ext2_group_get(struct ext2 *ext2, unsigned nr, struct ext2_block *b,
		   struct ext2_group **g)
{
	unsigned each = ext2->block_size / sizeof(struct ext2_group);
	int err = ext2_block_get(ext2, ext2->descriptors + nr / each, b);

	if (err == 0)
		*g = (struct ext2_group *)b->data + nr % each;
	return err;
}

static bool is_sound(const struct ext2 *ext2, const struct ext2_group *g)
{
	unsigned table = (ext2->inodes_per_group * ext2->inode_size +
			  ext2->block_size - 1) >> ext2->block_shift;

	return ext2_block_is_sound(ext2, g->block_bitmap) &&
	       ext2_block_is_sound(ext2, g->inode_bitmap) &&
	       ext2_block_is_sound(ext2, g->inode_table) &&
	       table <= ext2->blocks - g->inode_table;
}

/* One, and what it says is free into the counts. */
static int check_one(struct ext2 *ext2, unsigned nr)
{
	struct ext2_group *g;
	struct ext2_block b;
	int err = ext2_group_get(ext2, nr, &b, &g);

	if (err != 0)
		return err;
	if (!is_sound(ext2, g) ||
	    g->free_blocks > ext2_group_blocks(ext2, nr) ||
	    g->free_inodes > ext2->inodes_per_group) {
		err = ext2_wrong(ext2, "group %u is said to be where it cannot be",
				 nr);
	} else {
		ext2->free_blocks += g->free_blocks;
		ext2->free_inodes += g->free_inodes;
	}
	ext2_block_put(&b);
	return err;
}

int ext2_groups_check(struct ext2 *ext2)
{
	int err = 0;

	for (unsigned nr = 0; err == 0 && nr < ext2->nr_groups; nr++) {
		err = check_one(ext2, nr);
		cond_resched();
	}
	return err;
}
