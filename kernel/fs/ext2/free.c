/*
 * fs/ext2/free.c - blocks of a file are given back: truncation, and its end.
 *
 * From each of the fifteen pointers in the inode hangs a tree, of height 0 to 3,
 * for so many blocks of the file.  Whole trees go with their blocks of pointers;
 * the one in which the file is cut is entered.  A pointer is taken out before
 * its block is free: nobody is led to what belongs to another by then.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "sync/block.h"

/* Blocks of a file below one pointer. */
static uint64_t span(const struct ext2 *ext2, unsigned height)
{
	return 1UL << (height * ext2->pointer_shift);
}

static void give(struct ext2_node *node, uint32_t nr)
{
	unsigned sectors = node->ext2->block_size / 512;

	ext2_free_block(node->ext2, nr);
	node->sectors -= min(node->sectors, sectors);
	cond_resched();
}

static void cut(struct ext2_node *node, uint32_t *pointer, unsigned height,
		uint64_t from);

/* What is below the pointers of block @nr, from the file's block @from on. */
static void cut_below(struct ext2_node *node, uint32_t nr, unsigned height,
		      uint64_t from)
{
	unsigned n = 1U << node->ext2->pointer_shift;
	uint64_t each = span(node->ext2, height - 1);
	struct ext2_block b;
	int err = ext2_block_is_sound(node->ext2, nr) ?
			  ext2_block_get(node->ext2, nr, &b) : -EUCLEAN;

	if (err != 0) {
		(void)ext2_wrong(node->ext2, "inode %lu: pointers in %u are not freed: error %d",
				 node->inode.ino, nr, -err);
		return;
	}
	for (unsigned i = (unsigned)(from / each); i < n; i++) {
		uint32_t *pointer = (uint32_t *)b.data + i;

		if (*pointer == 0)
			continue;
		cut(node, pointer, height - 1,
		    from > i * each ? from - i * each : 0);
		ext2_block_dirty(&b, pointer, sizeof(*pointer));
	}
	ext2_block_put(&b);
}

/* The tree at *@pointer loses its blocks from number @from on. */
static void cut(struct ext2_node *node, uint32_t *pointer, unsigned height,
		uint64_t from)
{
	uint32_t nr = *pointer;

	if (height > 0)
		cut_below(node, nr, height, from);
	if (from == 0) {
		*pointer = 0;
		give(node, nr);
	}
}

void ext2_free_from(struct ext2_node *node, uint64_t first)
{
	uint64_t start = 0;

	rwsem_lock(&node->map);
	for (unsigned i = 0; i < EXT2_POINTERS; i++) {
		unsigned height = i < EXT2_DIRECT ? 0 : i - EXT2_DIRECT + 1;
		uint64_t n = span(node->ext2, height);

		if (node->block[i] != 0 && first < start + n)
			cut(node, &node->block[i], height,
			    first > start ? first - start : 0);
		start += n;
	}
	rwsem_unlock(&node->map);
}
