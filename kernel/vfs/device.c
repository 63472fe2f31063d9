/*
 * vfs/device.c - which operations a device number stands for, and its name.
 *
 * The table is filled at boot, before there are processes, and only read
 * after: no lock.
 */

#include "vfs/device.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "vfs/path.h"

#define MAX_DEVICES 64

static struct device {
	unsigned type, major, minor;
	const struct file_ops *ops;
} devices[MAX_DEVICES];

static unsigned nr_devices;

const struct file_ops *device_find(unsigned type, unsigned major,
				   unsigned minor)
{
	for (unsigned i = 0; i < nr_devices; i++)
		if (devices[i].type == type && devices[i].major == major &&
		    devices[i].minor == minor)
			return devices[i].ops;
	return NULL;
}

int device_register(unsigned type, unsigned major, unsigned minor,
		    const struct file_ops *ops)
{
	if (device_find(type, major, minor) != NULL)
		return -EBUSY;
	if (nr_devices == MAX_DEVICES)
		return -ENOMEM;
	devices[nr_devices++] = (struct device){ type, major, minor, ops };
	return 0;
}

/* What the initramfs brought along under the same name makes way. */
void device_name(const char *name, unsigned mode, unsigned major,
		 unsigned minor)
{
	char path[NAME_MAX + 6];
	int err;

	ksnprintf(path, sizeof(path), "/dev/%s", name);
	(void)vfs_unlink(AT_FDCWD, path);
	err = vfs_mknod(AT_FDCWD, path, mode, major, minor);
	if (err < 0)
		panic("cannot make %s: error %d", path, -err);
}
