/*
 * fs/ext2/alloc.c - which block and which inode is given out next.
 *
 * A block is looked for behind the one that came before in its file, then in the
 * same group, then in all others; an inode in the group of its directory, that
 * of a directory where most is free.  All under ext2->lock, which covers
 * bitmaps, descriptors and counts: they change together.
 */
#include "fs/ext2/ext2_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "sync/block.h"
#include "vfs/cred.h"

#define NONE UINT32_MAX

/* The first 0 in @map at or behind @from, before @end; NONE.  Of blocks those of
 * @group whose use is deferred (NULL: of inodes) do not count. */
static uint32_t find_zero(const uint8_t *map, uint32_t from, uint32_t end,
			  const struct ext2 *deferring, unsigned group)
{
	for (uint32_t i = from; i < end; i++) {
		uint8_t byte = map[i / 8];

		if (byte != 0xff && deferring != NULL)
			byte = (uint8_t)(byte | ext2_deferred_byte(deferring, group, i / 8));
		if (i % 8 == 0 && byte == 0xff)
			i += 7;
		else if (!(byte & (1U << (i % 8))))
			return i;
	}
	return NONE;
}

/* ---- one group ---- */

/* What one of its two bitmaps, and the count that belongs to it, are. */
struct bitmap {
	struct ext2_block descriptor, bits;
	struct ext2_group *group;
};

static void bitmap_put(struct bitmap *m)
{
	ext2_block_put(&m->bits);
	ext2_block_put(&m->descriptor);
}

static int bitmap_get(struct ext2 *ext2, unsigned group, bool of_inodes,
		      struct bitmap *m)
{
	int err = ext2_group_get(ext2, group, &m->descriptor, &m->group);

	m->bits.page = NULL;
	if (err != 0)
		return err;
	err = ext2_block_get(ext2, of_inodes ? m->group->inode_bitmap :
					       m->group->block_bitmap, &m->bits);
	if (err != 0)
		bitmap_put(m);
	return err;
}

static void set_bit(struct bitmap *m, uint32_t bit, bool used)
{
	uint8_t *byte = (uint8_t *)m->bits.data + bit / 8;
	uint8_t mask = (uint8_t)(1U << (bit % 8));

	*byte = (uint8_t)(used ? *byte | mask : *byte & ~mask);
	ext2_block_dirty(&m->bits, byte, 1);
	ext2_block_dirty(&m->descriptor, m->group, sizeof(*m->group));
}

static bool test_bit(const struct bitmap *m, uint32_t bit)
{
	return (uint8_t)m->bits.data[bit / 8] & (1U << (bit % 8));
}

/* ---- blocks ---- */

/* No block of a group that holds the group's own bookkeeping is for data, even
 * if a bitmap says it is free. */
static bool is_bookkeeping(const struct ext2 *ext2, const struct ext2_group *g,
			   uint32_t nr)
{
	unsigned table = (ext2->inodes_per_group * ext2->inode_size +
			  ext2->block_size - 1) >> ext2->block_shift;

	return nr == g->block_bitmap || nr == g->inode_bitmap ||
	       (nr >= g->inode_table && nr - g->inode_table < table);
}

/* A free one in @group, from @bit on: into *@nr, or 0. */
static int take_block(struct ext2 *ext2, unsigned group, uint32_t bit,
		      uint32_t *nr)
{
	uint32_t base = ext2->first_data_block + group * ext2->blocks_per_group;
	uint32_t end = ext2_group_blocks(ext2, group);
	struct bitmap m;
	int err = bitmap_get(ext2, group, false, &m);

	*nr = 0;
	if (err != 0)
		return err;
	if (m.group->free_blocks != 0) {
		uint32_t found = find_zero((uint8_t *)m.bits.data, bit, end,
					   ext2, group);

		if (found != NONE && is_bookkeeping(ext2, m.group, base + found))
			err = ext2_wrong(ext2, "group %u says block %u is free",
					 group, base + found);
		else if (found != NONE) {
			m.group->free_blocks--;
			set_bit(&m, found, true);
			ext2->free_blocks--;
			*nr = base + found;
		}
	}
	bitmap_put(&m);
	return err;
}

/* The last ones are kept. */
static bool may_take(const struct ext2 *ext2)
{
	const struct cred *cred = current_cred();

	if (ext2->free_blocks == 0)
		return false;
	return ext2->free_blocks > ext2->reserved || cred_can(cred, CAP_SYS_RESOURCE) ||
	       cred->fsuid == ext2->reserved_uid ||
	       (ext2->reserved_gid != 0 && cred->fsgid == ext2->reserved_gid);
}

static int find_block(struct ext2 *ext2, uint32_t goal, uint32_t *nr)
{
	unsigned first = (goal - ext2->first_data_block) / ext2->blocks_per_group;
	uint32_t bit = (goal - ext2->first_data_block) % ext2->blocks_per_group;
	int err = take_block(ext2, first, bit, nr);

	for (unsigned i = 0; *nr == 0 && err == 0 && i < ext2->nr_groups; i++)
		err = take_block(ext2, (first + i) % ext2->nr_groups, 0, nr);
	return err != 0 ? err : *nr == 0 ? -ENOSPC : 0;
}

int ext2_alloc_block(struct ext2 *ext2, uint32_t goal, uint32_t *nr)
{
	int err = -ENOSPC;

	if (goal < ext2->first_data_block || goal >= ext2->blocks)
		goal = ext2->first_data_block;
	mutex_lock(&ext2->lock);
	if (may_take(ext2))
		err = find_block(ext2, goal, nr);
	mutex_unlock(&ext2->lock);
	return err;
}

static void give_block(struct ext2 *ext2, unsigned group, uint32_t bit,
		       uint32_t nr)
{
	struct bitmap m;
	int err = bitmap_get(ext2, group, false, &m);

	if (err != 0) {
		(void)ext2_wrong(ext2, "block %u is not freed: error %d", nr, -err);
		return;
	}
	if (is_bookkeeping(ext2, m.group, nr) || !test_bit(&m, bit)) {
		(void)ext2_wrong(ext2, "block %u is freed, and is not in use", nr);
	} else if (!ext2_defer(ext2, group, bit)) {
		(void)ext2_wrong(ext2, "no memory to free block %u", nr);
	} else {
		m.group->free_blocks++;
		set_bit(&m, bit, false);
		ext2->free_blocks++;
	}
	bitmap_put(&m);
}

void ext2_free_block(struct ext2 *ext2, uint32_t nr)
{
	if (!ext2_block_is_sound(ext2, nr)) {
		(void)ext2_wrong(ext2, "block %u is freed, and there is none", nr);
		return;
	}
	ext2_block_forget(ext2, nr);
	nr -= ext2->first_data_block;
	mutex_lock(&ext2->lock);
	give_block(ext2, nr / ext2->blocks_per_group, nr % ext2->blocks_per_group,
		   nr + ext2->first_data_block);
	mutex_unlock(&ext2->lock);
}

/* ---- inodes ---- */

static int take_inode(struct ext2 *ext2, unsigned group, bool is_dir,
		      uint32_t *ino)
{
	uint32_t first = group == 0 ? ext2->first_ino - 1 : 0;
	struct bitmap m;
	int err = bitmap_get(ext2, group, true, &m);

	*ino = 0;
	if (err != 0)
		return err;
	if (m.group->free_inodes != 0) {
		uint32_t found = find_zero((uint8_t *)m.bits.data, first,
					   ext2->inodes_per_group, NULL, 0);

		if (found != NONE) {
			m.group->free_inodes--;
			if (is_dir)
				m.group->used_dirs++;
			set_bit(&m, found, true);
			ext2->free_inodes--;
			*ino = group * ext2->inodes_per_group + found + 1;
		}
	}
	bitmap_put(&m);
	return err;
}

int ext2_alloc_inode(struct ext2 *ext2, const struct ext2_node *dir, bool is_dir,
		     uint32_t *ino)
{
	unsigned group = (unsigned)(dir->inode.ino - 1) / ext2->inodes_per_group;
	int err = 0;

	*ino = 0;
	mutex_lock(&ext2->lock);
	if (is_dir)
		group = ext2->next_group++;
	for (unsigned i = 0; *ino == 0 && err == 0 && i < ext2->nr_groups; i++)
		err = take_inode(ext2, (group + i) % ext2->nr_groups, is_dir, ino);
	mutex_unlock(&ext2->lock);
	return err != 0 ? err : *ino == 0 ? -ENOSPC : 0;
}

static void give_inode(struct ext2 *ext2, uint32_t ino, bool is_dir)
{
	unsigned group = (ino - 1) / ext2->inodes_per_group;
	uint32_t bit = (ino - 1) % ext2->inodes_per_group;
	struct bitmap m;
	int err = bitmap_get(ext2, group, true, &m);

	if (err != 0) {
		(void)ext2_wrong(ext2, "inode %u is not freed: error %d", ino, -err);
		return;
	}
	if (!test_bit(&m, bit)) {
		(void)ext2_wrong(ext2, "inode %u is freed, and is not in use", ino);
	} else {
		m.group->free_inodes++;
		if (is_dir && m.group->used_dirs != 0)
			m.group->used_dirs--;
		set_bit(&m, bit, false);
		ext2->free_inodes++;
	}
	bitmap_put(&m);
}

void ext2_free_inode(struct ext2 *ext2, uint32_t ino, bool is_dir)
{
	mutex_lock(&ext2->lock);
	give_inode(ext2, ino, is_dir);
	mutex_unlock(&ext2->lock);
}
