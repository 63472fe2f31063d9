/*
 * fs/dev/memory.c - the devices that need no hardware, which Linux numbers as those
 * of memory: null, zero, full; and random, which has a file of its own.
 */
#include "fs/dev/memory_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "sync/block.h"
#include "vfs/device.h"
#include "vfs/inode.h"

#define MEM_MAJOR 1

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

ssize_t memory_in_pieces(vaddr_t buf, size_t n, size_t most,
			 size_t (*move)(vaddr_t buf, size_t n))
{
	size_t done = 0;

	while (done < n) {
		size_t piece = min(n - done, most);
		size_t moved = move(buf + done, piece);

		done += moved;
		if (moved < piece)
			return done != 0 ? (ssize_t)done : -EFAULT;
		if (block_interrupted())
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

static ssize_t zero_read(struct file *f UNUSED, vaddr_t buf, size_t n,
			 uint64_t *pos UNUSED)
{
	return memory_in_pieces(buf, n, PAGE_SIZE, zero_user_partial);
}

int memory_open_ready(struct file *f)
{
	f->mode |= FMODE_NOWAIT;
	return 0;
}

long memory_lseek(struct file *f UNUSED, long offset UNUSED,
		  int whence UNUSED)
{
	return 0;
}

static struct pagecache *zero_pagecache(struct file *f UNUSED)
{
	return NULL; /* anonymous memory */
}

static const struct file_ops null_ops = {
	.open = memory_open_ready,
	.read = null_read,
	.write = null_write,
	.lseek = memory_lseek,
};

static const struct file_ops zero_ops = {
	.open = memory_open_ready,
	.read = zero_read,
	.write = null_write,
	.lseek = memory_lseek,
	.pagecache = zero_pagecache,
};

static const struct file_ops full_ops = {
	.read = zero_read,
	.write = full_write,
	.lseek = memory_lseek,
};

void memory_devices_init(void)
{
	static const struct {
		const char *name;
		unsigned minor;
		const struct file_ops *ops;
	} devices[] = {
		{ "null", 3, &null_ops },	{ "zero", 5, &zero_ops },
		{ "full", 7, &full_ops },	{ "random", 8, &random_ops },
		{ "urandom", 9, &random_ops },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(devices); i++) {
		if (device_register(S_IFCHR, MEM_MAJOR, devices[i].minor,
				    devices[i].ops) < 0)
			panic("too many devices");
		device_name(devices[i].name, S_IFCHR | 0666, MEM_MAJOR,
			    devices[i].minor);
	}
}
