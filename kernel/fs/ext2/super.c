/*
 * fs/ext2/super.c - an ext2 as a whole: mounting, syncing, its end.
 *
 * Nothing that the superblock says is relied on before it is checked here: that
 * groups, bitmaps and tables lie on the disk is what all other files take for
 * granted.  While it is mounted to be written the disk says that it is not
 * clean; so whoever finds it after a crash knows that it is to be looked through.
 */
#include "fs/ext2/ext2.h"
#include "fs/ext2/ext2_internal.h"

#include "arch/clock.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/slab.h"

#define MAX_LOG_BLOCK_SIZE 2U /* blocks are no larger than pages */

static struct mutex mounts_lock;                        /* RANK_FS */
static struct list mounted GUARDED_BY(mounts_lock) = LIST_INIT(mounted);

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

/* What has changed in memory since. */
static int put_super(struct ext2 *ext2, bool clean)
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

static int read_super(struct ext2 *ext2, bool readonly)
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
	return err != 0 ? err : ext2_held_init(ext2);
}

/* ---- to be written, and no more ---- */

static int begin_writing(struct ext2 *ext2)
{
	int err = 0;
	struct ext2_block b;
	struct ext2_super *super = super_get(ext2, &b, &err);

	if (super == NULL)
		return err;
	super->mount_time = now_seconds();
	super->mount_count++;
	ext2_block_put(&b);
	err = put_super(ext2, false);
	return err != 0 ? err : ext2_commit(ext2);
}

static int end_writing(struct ext2 *ext2)
{
	int err = put_super(ext2, true);
	int synced = ext2_commit(ext2);

	return err != 0 ? err : synced;
}

/* Files, then what leads to them, then all that is the disk's. */
static int sync(struct filesystem *fs)
{
	struct ext2 *ext2 = ext2_of(fs);
	struct ext2_node *node = NULL;
	int err, result;

	if (READ_ONCE(fs->readonly))
		return 0;
	err = store_list_write_back(&ext2->stores);
	while ((node = ext2_node_next(ext2, node)) != NULL) {
		result = ext2_raw_write(node);
		err = err != 0 ? err : result;
		cond_resched();
	}
	ext2_nodes_settle();
	result = put_super(ext2, false);
	err = err != 0 ? err : result;
	result = ext2_commit(ext2);
	return err != 0 ? err : result;
}

/* Names are locked, and no file is open to be written. */
static int set_readonly(struct filesystem *fs, bool readonly)
{
	struct ext2 *ext2 = ext2_of(fs);
	int err;

	if (!readonly) {
		if (ext2->disk->is_readonly)
			return -EACCES;
		return ext2->only_to_read ? -EINVAL : begin_writing(ext2);
	}
	if (ext2_has_unlinked(ext2))
		return -EBUSY;
	err = sync(fs);
	return err != 0 ? err : end_writing(ext2);
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

static unsigned overhead(const struct ext2 *ext2)
{
	unsigned table = (ext2->inodes_per_group * ext2->inode_size +
			  ext2->block_size - 1) >> ext2->block_shift;
	unsigned n = ext2->first_data_block + ext2->nr_groups * (2 + table);

	for (unsigned i = 0; i < ext2->nr_groups; i++)
		if (has_copies(ext2, i))
			n += 1 + descriptor_blocks(ext2);
	return n;
}

static void statfs(struct filesystem *fs, struct fs_stats *stats)
{
	const struct ext2 *ext2 = ext2_of(fs);
	unsigned used = min(ext2->blocks, overhead(ext2));

	ext2_nodes_settle(); /* who has removed a file looks for its space */
	*stats = (struct fs_stats){
		.magic = EXT2_MAGIC,
		.block_size = ext2->block_size,
		.blocks = ext2->blocks - used,
		.free = READ_ONCE(ext2->free_blocks),
		.kept = ext2->reserved,
		.files = ext2->inodes,
		.files_free = READ_ONCE(ext2->free_inodes),
	};
}

/* ---- life ---- */

static void shut(struct filesystem *fs)
{
	struct ext2 *ext2 = ext2_of(fs);

	inode_put(fs->root);
	ext2_nodes_end(ext2);
	if (!READ_ONCE(fs->readonly) && end_writing(ext2) != 0)
		(void)ext2_wrong(ext2, "it could not be written at its end");
	store_drop_clean(&ext2->disk->pagecache);
}

static void destroy(struct ext2 *ext2)
{
	mutex_lock(&mounts_lock);
	list_remove(&ext2->mounted);
	mutex_unlock(&mounts_lock);
	store_list_destroy(&ext2->stores);
	ext2_held_destroy(ext2);
	disk_unuse(ext2->disk);
	kfree(ext2);
}

static void release(struct filesystem *fs)
{
	destroy(ext2_of(fs));
}

static const struct filesystem_ops filesystem_ops = {
	.statfs = statfs,
	.sync = sync,
	.set_readonly = set_readonly,
	.shut = shut,
	.release = release,
};

static int get_root(struct ext2 *ext2)
{
	int err = ext2_node_get(ext2, EXT2_ROOT_INO, NULL, NULL, &ext2->fs.root);

	if (err == 0 && !inode_is(ext2->fs.root, S_IFDIR)) {
		inode_put(ext2->fs.root);
		err = ext2_wrong(ext2, "its root is no directory");
	}
	return err;
}

static int fill(struct ext2 *ext2, bool readonly)
{
	int err = read_super(ext2, readonly);

	if (err == 0)
		err = get_root(ext2);
	if (err != 0)
		return err;
	if (!readonly)
		err = begin_writing(ext2);
	if (err != 0)
		inode_put(ext2->fs.root);
	return err;
}

/* One for @disk that is mounted, with a sight, into *@out; -EBUSY: somebody is
 * about to mount or unmount it; -ENOENT: there is none, and @new is in its
 * place now. */
static int find_or_add(struct ext2 *new, struct filesystem **out)
{
	struct ext2 *ext2;
	int err = -ENOENT;

	mutex_lock(&mounts_lock);
	list_for_each_entry(ext2, &mounted, mounted) {
		if (ext2->disk != new->disk)
			continue;
		*out = &ext2->fs;
		err = ext2->is_ready && refcount_try_get(&ext2->fs.sights) ?
			      0 : -EBUSY;
		break;
	}
	if (err == -ENOENT)
		list_push_back(&mounted, &new->mounted);
	mutex_unlock(&mounts_lock);
	return err;
}

static void set_ready(struct ext2 *ext2)
{
	mutex_lock(&mounts_lock);
	ext2->is_ready = true;
	mutex_unlock(&mounts_lock);
}

static int mount_new(struct ext2 *ext2, bool readonly, struct filesystem **fs)
{
	int err;

	store_list_init(&ext2->stores);
	list_init(&ext2->nodes);
	mutex_init(&ext2->lock, RANK_FS);
	ext2->fs.ops = &filesystem_ops;
	ext2->fs.type = "ext2";
	ext2->fs.readonly = readonly;
	filesystem_init(&ext2->fs);
	ext2->fs.dev = dev_of(ext2->disk->major, ext2->disk->minor);
	err = fill(ext2, readonly);
	if (err != 0) {
		ext2_nodes_end(ext2);
		destroy(ext2);
		return err;
	}
	set_ready(ext2);
	*fs = &ext2->fs;
	return 0;
}

/* There is only one option, and it says what is done anyway. */
static bool are_known(const char *options)
{
	return options == NULL || *options == '\0' ||
	       strcmp(options, "errors=continue") == 0;
}

/* The same disk is the same file system, wherever it is seen. */
static int get_on(struct inode *device, bool readonly, const char *options,
		  struct filesystem **fs)
{
	struct disk *disk = disk_find(device->major, device->minor);
	struct ext2 *new;
	int err;

	if (disk == NULL || disk->size == 0)
		return -ENXIO;
	if (!are_known(options))
		return -EINVAL;
	if (disk->is_readonly && !readonly)
		return -EACCES;
	new = kzalloc(sizeof(*new));
	if (new == NULL)
		return -ENOMEM;
	new->disk = disk;
	disk_use(disk);
	err = find_or_add(new, fs);
	if (err == -ENOENT)
		return mount_new(new, readonly, fs);
	disk_unuse(disk);
	kfree(new);
	if (err == 0 && READ_ONCE((*fs)->readonly) != readonly) {
		filesystem_put(*fs);
		err = -EBUSY;
	}
	return err;
}

void ext2_init(void)
{
	static struct filesystem_type type = { .name = "ext2", .get_on = get_on };

	mutex_init(&mounts_lock, RANK_FS);
	ext2_nodes_init();
	filesystem_register(&type);
}
