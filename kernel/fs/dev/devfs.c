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
#include "vfs/cred.h"
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

/* What @move does with @n bytes at @buf, at most @most at a time; it says how many it
 * were.  How many in all, or -EFAULT: none. */
static ssize_t in_pieces(vaddr_t buf, size_t n, size_t most,
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
	return in_pieces(buf, n, PAGE_SIZE, zero_user_partial);
}

static size_t random_out(vaddr_t buf, size_t n)
{
	uint8_t bytes[CHUNK];

	random_bytes(bytes, n);
	return copy_to_user_partial(buf, bytes, n);
}

static ssize_t random_read(struct file *f UNUSED, vaddr_t buf, size_t n,
			   uint64_t *pos UNUSED)
{
	return in_pieces(buf, n, CHUNK, random_out);
}

/* ---- what is written to the source of random bytes, and asked of it ---- */

static size_t random_in(vaddr_t buf, size_t n)
{
	uint8_t bytes[CHUNK];
	size_t copied = copy_from_user_partial(bytes, buf, n);

	random_add(bytes, copied);
	return copied;
}

static ssize_t random_write(struct file *f UNUSED, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	return in_pieces(buf, n, CHUNK, random_in);
}

#define RNDGETENTCNT 0x80045200U
#define RNDADDTOENTCNT 0x40045201U
#define RNDADDENTROPY 0x40085203U
#define RNDZAPENTCNT 0x5204U
#define RNDCLEARPOOL 0x5206U
#define RNDRESEEDCRNG 0x5207U

/* As /proc/sys/kernel/random tells: once it is seeded, it is. */
#define ENTROPY_BITS 256U

/* A count of bits that somebody believes in is not negative; it changes nothing. */
static int check_credit(vaddr_t from)
{
	uint32_t bits;
	int err = get_user_u32(&bits, from);

	if (err == 0 && (int32_t)bits < 0)
		err = -EINVAL;
	return err;
}

/* Linux's struct rand_pool_info: a credit, the number of bytes, and those. */
static long add_entropy(struct file *f, vaddr_t info)
{
	uint32_t size;
	ssize_t added;
	int err = check_credit(info);

	if (err == 0)
		err = get_user_u32(&size, info + 4);
	if (err == 0 && (int32_t)size < 0)
		err = -EFAULT; /* as Linux: no memory is as large */
	if (err != 0)
		return err;
	added = random_write(f, info + 8, size, NULL);
	if (added < 0)
		return added;
	return (size_t)added == size ? 0 : -EFAULT;
}

static long random_control(struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case RNDADDTOENTCNT:
		return check_credit(arg);
	case RNDADDENTROPY:
		return add_entropy(f, arg);
	case RNDRESEEDCRNG:
		random_renew();
		return 0;
	default: /* RNDZAPENTCNT, RNDCLEARPOOL: there is no count that would fall */
		return 0;
	}
}

static long random_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case RNDGETENTCNT:
		return put_user_u32(arg, ENTROPY_BITS);
	case RNDADDTOENTCNT:
	case RNDADDENTROPY:
	case RNDZAPENTCNT:
	case RNDCLEARPOOL:
	case RNDRESEEDCRNG:
		return cred_can(current_cred(), CAP_SYS_ADMIN) ?
			       random_control(f, cmd, arg) : -EPERM;
	default:
		return -EINVAL;
	}
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
	.write = random_write,
	.lseek = device_lseek,
	.ioctl = random_ioctl,
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
