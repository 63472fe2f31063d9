/*
 * fs/dev/devfs.c - the directory /dev.
 *
 * /dev is a small file system that stores, as Linux's devtmpfs: at boot the
 * kernel makes the nodes that a program expects.  What the initramfs brought
 * along under the same name is covered.
 */

#include "fs/dev/devfs.h"

#include "fs/dev/memory_internal.h"
#include "lib/bug.h"
#include "vfs/device.h"
#include "vfs/mount.h"
#include "vfs/path.h"

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
	devfs = fs;
	filesystem_get(fs);
	filesystem_register(&type);
	vfs_mount_at_boot("/dev", fs, MOUNT_NOSUID);
	memory_devices_init();
	add_link("/dev/fd", "/proc/self/fd");
	add_link("/dev/stdin", "/proc/self/fd/0");
	add_link("/dev/stdout", "/proc/self/fd/1");
	add_link("/dev/stderr", "/proc/self/fd/2");
}
