#pragma once

/*
 * dev/virtio_disk.h - disks of a virtual machine.
 */

struct fdt;

/* Register those of the device tree.  Boot, before other harts start. */
void virtio_disk_init(const struct fdt *fdt);
