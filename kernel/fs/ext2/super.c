/*
 * fs/ext2/super.c - the superblock: what it says, and what is written to it.
 *
 * Nothing that the superblock says is relied on before it is checked here: that
 * groups, bitmaps and tables lie on the disk is what all other files take for
 * granted.  While it is mounted to be written the disk says that it is not
 * clean; so whoever finds it after a crash knows that it is to be looked through.
 */
#include "fs/ext2/super_internal.h"

#include "arch/clock.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/time.h"

#define MAX_LOG_BLOCK_SIZE 2U /* blocks are no larger than pages */

/* ---- the superblock ---- */

/* In its place, held by @b; NULL: @err says why. */
static struct ext2_super *super_get(struct ext2 *ext2, struct ext2_block *b, int *err)
{
	*b = (struct ext2_block){ .ext2 = ext2 };
	b->page = pagecache_page_create(&ext2->disk->pagecache, 0, true, err);
	if (b->page == NULL) {
		if (*err == -ENXIO)
			*err = -EINVAL;
		return NULL;
	}
	b->data = page_address(b->page);
	return (struct ext2_super *)(b->data + EXT2_SUPER_OFFSET);
}

static uint32_t now_seconds(void)
{
	return (uint32_t)(clock_realtime_ns() / NS_PER_SECOND);
}

int ext2_super_put(struct ext2 *ext2, bool clean)
{
	int err = 0;
	struct ext2_block b;
	struct ext2_super *super = super_get(ext2, &b, &err);

	if (super == NULL)
		return err;
	mutex_lock(&ext2->lock);
	super->free_blocks = ext2->free_blocks;
	super->free_inodes = ext2->free_inodes;
	super->write_time = now_seconds();
	super->state = (uint16_t)(clean ? super->state | ext2->was_valid :
					  super->state & ~EXT2_VALID);
	if (READ_ONCE(ext2->has_errors))
		super->state = (uint16_t)((super->state & ~EXT2_VALID) | EXT2_ERROR);
	if (READ_ONCE(ext2->large_files))
		super->ro_compat |= EXT2_RO_LARGE_FILE;
	mutex_unlock(&ext2->lock);
	ext2_block_dirty(&b, super, sizeof(*super));
	ext2_block_put(&b);
	return 0;
}

void ext2_has_large_file(struct ext2 *ext2)
{
	WRITE_ONCE(ext2->large_files, true);
}

/* ---- what it says ---- */

static int refuse(const struct ext2 *ext2, const char *why)
{
	printk("ext2: %s: %s\n", ext2->disk->name, why);
	return -EINVAL;
}

static int check_features(struct ext2 *ext2, const struct ext2_super *s, bool readonly)
{
	if (s->rev < EXT2_REV_DYNAMIC)
		return 0;
	if (s->incompat & ~EXT2_INCOMPAT_KNOWN)
		return refuse(ext2, "it has features that are not known");
	ext2->only_to_read = s->ro_compat & ~EXT2_RO_KNOWN;
	if (ext2->only_to_read && !readonly)
		return refuse(ext2, "it has features with which it can only be read");
	ext2->has_types = s->incompat & EXT2_INCOMPAT_FILETYPE;
	ext2->large_files = s->ro_compat & EXT2_RO_LARGE_FILE;
	return 0;
}

static bool is_power_of_two(unsigned n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static void take_geometry(struct ext2 *ext2, const struct ext2_super *s)
{
	bool old = s->rev < EXT2_REV_DYNAMIC;

	ext2->rev = s->rev;
	ext2->block_shift = 10 + s->log_block_size;
	ext2->block_size = 1U << ext2->block_shift;
	ext2->pointer_shift = ext2->block_shift - 2;
	ext2->inode_size = old ? EXT2_OLD_INODE_SIZE : s->inode_size;
	ext2->first_ino = old ? EXT2_OLD_FIRST_INO : s->first_ino;
	ext2->blocks_per_group = s->blocks_per_group;
	ext2->inodes_per_group = s->inodes_per_group;
	ext2->blocks = s->blocks_count;
	ext2->inodes = s->inodes_count;
	ext2->first_data_block = s->first_data_block;
	ext2->reserved = s->reserved_blocks;
	ext2->reserved_uid = s->reserved_uid;
	ext2->reserved_gid = s->reserved_gid;
	ext2->descriptors = s->first_data_block + 1;
	ext2->has_sparse_supers = !old && (s->ro_compat & EXT2_RO_SPARSE_SUPER);
}

/* The numbers belong together, and to a disk of that size. */
static bool is_sound(const struct ext2 *ext2, const struct ext2_super *s)
{
	unsigned bits = ext2->block_size * 8;

	return s->log_fragment_size == s->log_block_size &&
	       is_power_of_two(ext2->inode_size) &&
	       ext2->inode_size >= EXT2_OLD_INODE_SIZE &&
	       ext2->inode_size <= ext2->block_size &&
	       ext2->first_ino >= EXT2_OLD_FIRST_INO &&
	       ext2->blocks_per_group != 0 && ext2->blocks_per_group <= bits &&
	       ext2->inodes_per_group <= bits &&
	       ext2->inodes_per_group >= ext2->block_size / ext2->inode_size &&
	       ext2->first_ino <= ext2->inodes_per_group &&
	       ext2->first_data_block == (ext2->block_size == 1024 ? 1 : 0) &&
	       ext2->blocks > ext2->first_data_block + 1 &&
	       (uint64_t)ext2->blocks << ext2->block_shift <= ext2->disk->size &&
	       ext2->reserved <= ext2->blocks;
}

static unsigned descriptor_blocks(const struct ext2 *ext2)
{
	unsigned each = ext2->block_size / sizeof(struct ext2_group);

	return (ext2->nr_groups + each - 1) / each;
}

static bool count_groups(struct ext2 *ext2)
{
	unsigned n = ext2->blocks - ext2->first_data_block;

	ext2->nr_groups = (n + ext2->blocks_per_group - 1) / ext2->blocks_per_group;
	return (uint64_t)ext2->nr_groups * ext2->inodes_per_group == ext2->inodes &&
	       descriptor_blocks(ext2) < ext2->blocks - ext2->descriptors;
}

/* As many as three levels of pointers lead to, and as the count of sectors in an
 * inode can count, of which pointers take less than a hundredth. */
static uint64_t max_size(const struct ext2 *ext2)
{
	uint64_t n = 1UL << ext2->pointer_shift;
	uint64_t pointed = (EXT2_DIRECT + n + n * n + n * n * n) << ext2->block_shift;
	uint64_t counted = UINT32_MAX / 100UL * 99 * 512;

	return ext2->rev < EXT2_REV_DYNAMIC ? INT32_MAX : min(pointed, counted);
}

static int take_super(struct ext2 *ext2, const struct ext2_super *s, bool readonly)
{
	int err;

	if (s->magic != EXT2_MAGIC || s->log_block_size > MAX_LOG_BLOCK_SIZE)
		return refuse(ext2, "it is no ext2 with blocks of 1, 2 or 4 KiB");
	err = check_features(ext2, s, readonly);
	if (err != 0)
		return err;
	take_geometry(ext2, s);
	if (!is_sound(ext2, s) || !count_groups(ext2))
		return refuse(ext2, "its superblock cannot be right");
	ext2->max_size = max_size(ext2);
	ext2->was_valid = s->state & EXT2_VALID;
	if (!(s->state & EXT2_VALID) || (s->state & EXT2_ERROR))
		printk("ext2: %s: it was not unmounted, or has errors: run e2fsck\n",
		       ext2->disk->name);
	return 0;
}

int ext2_super_read(struct ext2 *ext2, bool readonly)
{
	int err = 0;
	struct ext2_block b;
	struct ext2_super *super = super_get(ext2, &b, &err);

	if (super == NULL)
		return err;
	err = take_super(ext2, super, readonly);
	ext2_block_put(&b);
	if (err == 0)
		err = ext2_groups_check(ext2);
	return err != 0 ? err : ext2_deferred_init(ext2);
}

/* ---- to be written, and no more ---- */

int ext2_begin_writing(struct ext2 *ext2)
{
	int err = 0;
	struct ext2_block b;
	struct ext2_super *super = super_get(ext2, &b, &err);

	if (super == NULL)
		return err;
	super->mount_time = now_seconds();
	super->mount_count++;
	ext2_block_put(&b);
	err = ext2_super_put(ext2, false);
	return err != 0 ? err : ext2_commit(ext2);
}

/* It is clean when all else is on the disk, and not on the way there. */
int ext2_end_writing(struct ext2 *ext2)
{
	int err = ext2_commit(ext2), put = ext2_super_put(ext2, err == 0);
	int synced = ext2_commit(ext2);

	err = err != 0 ? err : put;
	return err != 0 ? err : synced;
}

/* ---- space ---- */

static bool is_power_of(unsigned n, unsigned base)
{
	while (n % base == 0)
		n /= base;
	return n == 1;
}

/* Each group has copies of superblock and descriptors, or some have. */
static bool has_copies(const struct ext2 *ext2, unsigned group)
{
	return group <= 1 || !ext2->has_sparse_supers || is_power_of(group, 3) ||
	       is_power_of(group, 5) || is_power_of(group, 7);
}

unsigned ext2_overhead(const struct ext2 *ext2)
{
	unsigned table = (ext2->inodes_per_group * ext2->inode_size +
			  ext2->block_size - 1) >> ext2->block_shift;
	unsigned n = ext2->first_data_block + ext2->nr_groups * (2 + table);

	for (unsigned i = 0; i < ext2->nr_groups; i++)
		if (has_copies(ext2, i))
			n += 1 + descriptor_blocks(ext2);
	return n;
}
