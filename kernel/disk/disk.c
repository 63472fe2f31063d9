/*
 * disk/disk.c - the disks there are, and moving their sectors.
 *
 * The list is filled at boot, before there are processes, and only read after:
 * no lock.
 */

#include "disk/disk_internal.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "vfs/device.h"
#include "vfs/inode.h"

#define DISK_MAJOR 254 /* Linux gives its virtio disks the first free one */
#define MINORS_EACH 16 /* room for partitions, as there */
#define MAX_DISKS 4

static struct disk *disks[MAX_DISKS]; /* (c) after boot */
static unsigned nr_disks;             /* (c) after boot */

struct disk *disk_of_minor(unsigned minor)
{
	unsigned index = minor / MINORS_EACH;

	assert(index < nr_disks);
	return disks[index];
}

struct disk *disk_find(unsigned major, unsigned minor)
{
	if (major != DISK_MAJOR || minor % MINORS_EACH != 0 ||
	    minor / MINORS_EACH >= nr_disks)
		return NULL;
	return disks[minor / MINORS_EACH];
}

bool disk_register(struct disk *d)
{
	if (nr_disks == MAX_DISKS)
		return false;
	mutex_init(&d->lock, RANK_INODE);
	disk_cache_init(d);
	disks[nr_disks++] = d;
	return true;
}

void disk_init(void)
{
	for (unsigned i = 0; i < nr_disks; i++) {
		char name[] = { 'v', 'd', (char)('a' + i), '\0' };
		unsigned minor = i * MINORS_EACH;

		if (device_register(S_IFBLK, DISK_MAJOR, minor,
				    &disk_file_ops) < 0)
			panic("too many devices");
		device_name(name, S_IFBLK | 0660, DISK_MAJOR, minor);
	}
	flusher_init();
}

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
