#pragma once

/*
 * libdisk.h - an ext2 of a test's own, in a loop device.
 *
 *	fd = disk_set_up("test.img", "/tmp/test", KIB);	it is there, and the test in it
 *	disk_take_down("/tmp/test", fd);
 *
 * @fd is the image.  Where there is no loop device, or no mke2fs, the test is
 * skipped.
 */
#include "../libloop.h"
#include "libstress.h"

static int disk_set_up(const char *image, const char *place, long kib)
{
	char device[LOOP_NAME];
	int fd = stress_file(image), loop;

	if (ftruncate(fd, kib * 1024) < 0)
		bail_out("%s: %s", image, strerror(errno));
	loop = loop_bind(fd, device);
	loop_format(device);
	loop_unbind(loop);
	loop_mount(fd, place);
	if (chdir(place) < 0)
		bail_out("%s: %s", place, strerror(errno));
	return fd;
}

static void disk_take_down(const char *place, int fd)
{
	stress_check(chdir("/") == 0 && umount(place) == 0, "umount: %s",
		     strerror(errno));
	close(fd);
}
