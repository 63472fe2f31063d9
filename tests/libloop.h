#pragma once

/*
 * libloop.h - an ext2 of a test's own, in a loop device.
 *
 *	char device[LOOP_NAME];
 *	int loop = loop_bind(image, device);	@image, a file, is what is on it
 *	loop_format(device);			an empty ext2
 *	mount(device, ...);
 *	loop_unbind(loop);			with its last user
 *
 * Where there is no loop device that may be used, or no mke2fs, the test is
 * skipped.
 */
#include "tap.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LOOP_NAME = 32 };

/* Its exit status; what it says is lost. */
TAP_UNUSED static int loop_run(const char *program, const char *arg)
{
	pid_t pid = tap_fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execlp(program, program, arg, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

TAP_UNUSED static int loop_bind(int image, char *device)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), loop;
	int n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	if (!on_drover() || geteuid() != 0 || n < 0)
		skip_all("there is no loop device that may be used");
	snprintf(device, LOOP_NAME, "/dev/loop%d", n);
	loop = open(device, O_RDWR | O_CLOEXEC);
	if (ioctl(loop, LOOP_SET_FD, image) < 0)
		bail_out("%s: %s", device, strerror(errno));
	close(control);
	return loop;
}

TAP_UNUSED static void loop_format(const char *device)
{
	if (loop_run("mke2fs", device) != 0)
		skip_all("there is no mke2fs");
}

TAP_UNUSED static void loop_unbind(int loop)
{
	ioctl(loop, LOOP_CLR_FD);
	close(loop);
}

/* An unnamed file of @kib that is an empty ext2. */
TAP_UNUSED static int loop_image(long kib)
{
	char name[] = "/tmp/image.XXXXXX", device[LOOP_NAME];
	int image = mkstemp(name), loop;

	if (image < 0 || unlink(name) < 0 || ftruncate(image, kib * 1024) < 0)
		bail_out("%s: %s", name, strerror(errno));
	loop = loop_bind(image, device);
	loop_format(device);
	loop_unbind(loop);
	return image;
}

/* What is in @image is at @place, until that is unmounted. */
TAP_UNUSED static void loop_mount(int image, const char *place)
{
	char device[LOOP_NAME];
	int loop = loop_bind(image, device);

	mkdir(place, 0700);
	if (mount(device, place, "ext2", 0, NULL) < 0)
		bail_out("mount: %s", strerror(errno));
	loop_unbind(loop);
}
