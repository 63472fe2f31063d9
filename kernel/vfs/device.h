#pragma once

/*
 * vfs/device.h - devices by number, and their names in /dev.
 */

#include "vfs/file.h"

/*
 * Opening a device node of @type (S_IFCHR or S_IFBLK) with these numbers makes
 * a file with @ops.  Boot only.  0, or -EBUSY when the numbers are taken,
 * -ENOMEM when all are.
 */
int device_register(unsigned type, unsigned major, unsigned minor,
		    const struct file_ops *ops);
/* Its operations, or NULL: nobody registered. */
const struct file_ops *device_find(unsigned type, unsigned major,
				   unsigned minor);

/* Call a device /dev/@name, owned by root; @mode is type and rights.  Boot
 * only, once there is /dev. */
void device_name(const char *name, unsigned mode, unsigned major,
		 unsigned minor);
