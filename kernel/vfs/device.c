/*
 * vfs/device.c - which operations a device number stands for.
 *
 * The table is filled at boot, before there are processes, and only read
 * after: no lock.
 */

#include "vfs/device.h"

#include "lib/errno.h"

#define MAX_DEVICES 32

static struct device {
	unsigned major, minor;
	const struct file_ops *ops;
} devices[MAX_DEVICES];

static unsigned nr_devices;

const struct file_ops *device_find(unsigned major, unsigned minor)
{
	for (unsigned i = 0; i < nr_devices; i++)
		if (devices[i].major == major && devices[i].minor == minor)
			return devices[i].ops;
	return NULL;
}

int device_register(unsigned major, unsigned minor, const struct file_ops *ops)
{
	if (device_find(major, minor) != NULL)
		return -EBUSY;
	if (nr_devices == MAX_DEVICES)
		return -ENOMEM;
	devices[nr_devices++] = (struct device){ major, minor, ops };
	return 0;
}
