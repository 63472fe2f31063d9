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
#include "libstress.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int disk_run(const char *program, const char *arg)
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

static int disk_set_up(const char *image, const char *place, long kib)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), loop, fd;
	int n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	char device[32];

	if (!on_drover() || geteuid() != 0 || n < 0)
		skip_all("there is no loop device that may be used");
	snprintf(device, sizeof(device), "/dev/loop%d", n);
	fd = stress_file(image);
	loop = open(device, O_RDWR | O_CLOEXEC);
	if (ftruncate(fd, kib * 1024) < 0 || ioctl(loop, LOOP_SET_FD, fd) < 0)
		bail_out("%s: %s", device, strerror(errno));
	if (disk_run("mke2fs", device) != 0)
		skip_all("there is no mke2fs");
	mkdir(place, 0700);
	if (mount(device, place, "ext2", 0, NULL) < 0)
		bail_out("mount: %s", strerror(errno));
	ioctl(loop, LOOP_CLR_FD); /* with its last user */
	close(loop);
	close(control);
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
