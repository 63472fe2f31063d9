/*
 * fs/dev/devfs.c - the directory /dev, and the devices that need no hardware.
 *
 * /dev is a small file system that stores, as Linux's devtmpfs: at boot the
 * kernel makes the nodes that a program expects.  What the initramfs brought
 * along under the same name is covered.
 */

#include "fs/dev/devfs.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/task/random.h"
#include "sync/block.h"
#include "vfs/device.h"
#include "vfs/mount.h"
#include "vfs/path.h"

#define MEM_MAJOR 1

#define CHUNK 256UL

static ssize_t null_read(struct file *f UNUSED, vaddr_t buf UNUSED,
			 size_t n UNUSED, uint64_t *pos UNUSED)
{
	return 0;
}

static ssize_t null_write(struct file *f UNUSED, vaddr_t buf UNUSED, size_t n,
			  uint64_t *pos UNUSED)
{
	return (ssize_t)n;
}

static ssize_t full_write(struct file *f UNUSED, vaddr_t buf UNUSED,
			  size_t n UNUSED, uint64_t *pos UNUSED)
{
	return -ENOSPC;
}

static ssize_t zero_read(struct file *f UNUSED, vaddr_t buf, size_t n,
			 uint64_t *pos UNUSED)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = min(n - done, PAGE_SIZE);
		size_t zeroed = zero_user_partial(buf + done, piece);

		done += zeroed;
		if (zeroed < piece)
			return done != 0 ? (ssize_t)done : -EFAULT;
		if (block_interrupted())
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

static ssize_t random_read(struct file *f UNUSED, vaddr_t buf, size_t n,
			   uint64_t *pos UNUSED)
{
	uint8_t bytes[CHUNK];
	size_t done = 0;

	while (done < n) {
		size_t piece = min(n - done, CHUNK);

		random_bytes(bytes, piece);

		size_t copied = copy_to_user_partial(buf + done, bytes, piece);

		done += copied;
		if (copied < piece)
			return done != 0 ? (ssize_t)done : -EFAULT;
		if (block_interrupted())
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

static int open_ready(struct file *f)
{
	f->mode |= FMODE_NOWAIT;
	return 0;
}

static long device_lseek(struct file *f UNUSED, long offset UNUSED,
			 int whence UNUSED)
{
	return 0;
}

static struct pagecache *zero_pagecache(struct file *f UNUSED)
{
	return NULL; /* anonymous memory */
}

static const struct file_ops null_ops = {
	.open = open_ready,
	.read = null_read,
	.write = null_write,
	.lseek = device_lseek,
};

static const struct file_ops zero_ops = {
	.open = open_ready,
	.read = zero_read,
	.write = null_write,
	.lseek = device_lseek,
	.pagecache = zero_pagecache,
};

static const struct file_ops full_ops = {
	.read = zero_read,
	.write = full_write,
	.lseek = device_lseek,
};

static const struct file_ops random_ops = {
	.open = open_ready,
	.read = random_read,
	.write = null_write,
	.lseek = device_lseek,
};

static void add_link(const char *path, const char *target)
{
	(void)vfs_unlink(AT_FDCWD, path);
	if (vfs_symlink(target, AT_FDCWD, path) < 0)
		panic("cannot make %s", path);
}

static struct filesystem *devfs; /* (c) a sight of it */

static int get_devfs(const char *options UNUSED, struct filesystem **fs)
{
	filesystem_get(devfs);
	*fs = devfs;
	return 0;
}

static struct filesystem_type type = { .name = "devtmpfs", .get = get_devfs };

void devfs_init(struct filesystem *fs)
{
	static const struct {
		const char *name;
		unsigned minor;
		const struct file_ops *ops;
	} memory_devices[] = {
		{ "null", 3, &null_ops },	{ "zero", 5, &zero_ops },
		{ "full", 7, &full_ops },	{ "random", 8, &random_ops },
		{ "urandom", 9, &random_ops },
	};

	devfs = fs;
	filesystem_get(fs);
	filesystem_register(&type);
	vfs_mount_at_boot("/dev", fs, MOUNT_NOSUID);
	for (unsigned i = 0; i < ARRAY_SIZE(memory_devices); i++) {
		if (device_register(S_IFCHR, MEM_MAJOR,
				    memory_devices[i].minor,
				    memory_devices[i].ops) < 0)
			panic("too many devices");
		device_name(memory_devices[i].name, S_IFCHR | 0666, MEM_MAJOR,
			    memory_devices[i].minor);
	}
	add_link("/dev/fd", "/proc/self/fd");
	add_link("/dev/stdin", "/proc/self/fd/0");
	add_link("/dev/stdout", "/proc/self/fd/1");
	add_link("/dev/stderr", "/proc/self/fd/2");
}
