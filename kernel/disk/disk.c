/*
 * disk/disk.c - the disks there are, and moving their sectors.
 *
 * The list is filled at boot, before there are processes, and only read after:
 * no lock.
 */

#include "disk/disk_internal.h"

#include "arch/barrier.h"
#include "disk/loop_internal.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "vfs/device.h"
#include "vfs/inode.h"

#define DISK_MAJOR 254 /* Linux gives its virtio disks the first free one */
#define MINORS_EACH 16 /* room for partitions, as there */
#define MAX_DISKS 12
#define LOOP_CONTROL_MAJOR 10
#define LOOP_CONTROL_MINOR 237

static struct disk *disks[MAX_DISKS]; /* (c) after boot */
static unsigned nr_disks;             /* (c) after boot */

struct disk *disk_find(unsigned major, unsigned minor)
{
	for (unsigned i = 0; i < nr_disks; i++)
		if (disks[i]->major == major && disks[i]->minor == minor)
			return disks[i];
	return NULL;
}

/* Before any other kind is registered. */
static void name_next(struct disk *d)
{
	const char name[] = { 'v', 'd', (char)('a' + nr_disks), '\0' };

	strlcpy(d->name, name, sizeof(d->name));
	d->major = DISK_MAJOR;
	d->minor = nr_disks * MINORS_EACH;
}

bool disk_register(struct disk *d)
{
	if (nr_disks == MAX_DISKS)
		return false;
	if (d->name[0] == '\0')
		name_next(d);
	mutex_init(&d->lock, RANK_INODE);
	disk_cache_init(d);
	disks[nr_disks++] = d;
	return true;
}

static void add_device(const char *name, unsigned mode, unsigned major,
		       unsigned minor, const struct file_ops *ops)
{
	if (device_register(mode & S_IFMT, major, minor, ops) < 0)
		panic("too many devices");
	device_name(name, mode, major, minor);
}

void disk_init(void)
{
	loop_init();
	for (unsigned i = 0; i < nr_disks; i++)
		add_device(disks[i]->name, S_IFBLK | 0660, disks[i]->major,
			   disks[i]->minor, &disk_file_ops);
	add_device("loop-control", S_IFCHR | 0660, LOOP_CONTROL_MAJOR,
		   LOOP_CONTROL_MINOR, &loop_control_ops);
	flusher_init();
}

/* ---- who uses it ---- */

void disk_use(struct disk *d)
{
	atomic_fetch_add_relaxed(&d->users, 1);
}

void disk_unuse(struct disk *d)
{
	if (atomic_fetch_add_relaxed(&d->users, -1U) == 1 &&
	    d->ops->unused != NULL)
		d->ops->unused(d);
}

int disk_resize(struct disk *d, uint64_t size)
{
	assert_mutex_held(&d->lock);
	WRITE_ONCE(d->size, size);
	return pagecache_truncate(&d->pagecache, size);
}

uint64_t disk_cached_pages(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < nr_disks; i++)
		sum += READ_ONCE(disks[i]->pagecache.nr_pages);
	return sum;
}

/* ---- its sectors ---- */

int disk_transfer(struct disk *d, uint64_t offset, void *buf, size_t n,
		  bool write)
{
	assert((offset | n) % SECTOR_SIZE == 0);
	if (offset > d->size || n > d->size - offset)
		return -EIO;
	if (write && d->is_readonly)
		return -EROFS;
	return d->ops->transfer(d, offset, buf, n, write);
}

int disk_flush(struct disk *d)
{
	return d->is_readonly ? 0 : d->ops->flush(d);
}

int disk_sync(struct disk *d)
{
	int err = store_write_back(&d->pagecache);
	int flushed = disk_flush(d);

	return err != 0 ? err : flushed;
}

void disk_sync_all(void)
{
	for (unsigned i = 0; i < nr_disks; i++)
		if (disk_sync(disks[i]) != 0)
			WRITE_ONCE(disks[i]->store.error, -EIO);
}
