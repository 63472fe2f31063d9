/*
 * fs/ext2/mount.c - an ext2 as a whole: mounting, syncing, its end.
 */
#include "fs/ext2/ext2.h"
#include "fs/ext2/super_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/task/random.h"

static struct mutex mounts_lock;                        /* RANK_FS */
static struct list mounted GUARDED_BY(mounts_lock) = LIST_INIT(mounted);

/* Who waits for files to be gone waits for one of these, not for all. */
static int write_nodes(struct ext2 *ext2)
{
	unsigned before = store_list_enter(&ext2->stores), turn;
	struct ext2_node *node = ext2_node_next(ext2, NULL);
	int err = 0, result;

	while (node != NULL) {
		race_point(node_in_hand, 0);
		result = ext2_raw_write(node);
		err = err != 0 ? err : result;
		cond_resched();
		race_point(next_node_wanted, 0);
		turn = store_list_enter(&ext2->stores);
		node = ext2_node_next(ext2, node);
		store_list_leave(&ext2->stores, before); /* the last one is put */
		before = turn;
	}
	store_list_leave(&ext2->stores, before);
	return err;
}

/* Files, then what leads to them, then all that is the disk's. */
static int sync(struct filesystem *fs)
{
	struct ext2 *ext2 = ext2_of(fs);
	int err, result;

	if (READ_ONCE(fs->readonly))
		return 0;
	err = store_list_write_back(&ext2->stores);
	result = write_nodes(ext2);
	err = err != 0 ? err : result;
	ext2_nodes_settle(ext2);
	result = ext2_super_put(ext2, false);
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
		if (disk_refuses_writers(ext2->disk))
			return -EACCES;
		return ext2->only_to_read ? -EINVAL : ext2_begin_writing(ext2);
	}
	if (ext2_has_unlinked(ext2))
		return -EBUSY;
	err = sync(fs);
	return err != 0 ? err : ext2_end_writing(ext2);
}

static void statfs(struct filesystem *fs, struct fs_stats *stats)
{
	struct ext2 *ext2 = ext2_of(fs);
	unsigned used = min(ext2->blocks, ext2_overhead(ext2));

	ext2_nodes_settle(ext2); /* who has removed a file looks for its space */
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
	if (!READ_ONCE(fs->readonly) && ext2_end_writing(ext2) != 0)
		(void)ext2_wrong(ext2, "it could not be written at its end");
	store_drop_clean(&ext2->disk->pagecache);
}

static void destroy(struct ext2 *ext2)
{
	mutex_lock(&mounts_lock);
	list_remove(&ext2->mounted);
	mutex_unlock(&mounts_lock);
	store_list_destroy(&ext2->stores);
	ext2_deferred_destroy(ext2);
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
	.show = ext2_show,
	.find = ext2_find,
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
	int err = ext2_super_read(ext2, readonly);

	if (err == 0)
		err = get_root(ext2);
	if (err != 0)
		return err;
	if (!readonly)
		err = ext2_begin_writing(ext2);
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
	random_bytes(&ext2->last_generation, sizeof(ext2->last_generation));
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
	if (!readonly && disk_refuses_writers(disk))
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
