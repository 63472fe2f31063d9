/*
 * user/libboot.c - what the first process finds missing; see libboot.h.
 */
#include "libboot.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

void mount_what_is_missing(void)
{
	mkdir("/tmp", 01777);
	if (access("/proc/self", F_OK) < 0) {
		mkdir("/proc", 0555);
		mount("proc", "/proc", "proc", 0, NULL);
	}
	if (access("/dev/null", F_OK) < 0) {
		mkdir("/dev", 0755);
		mount("dev", "/dev", "devtmpfs", 0, NULL);
	}
	if (access("/dev/pts", F_OK) < 0) {
		mkdir("/dev/pts", 0755);
		mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620");
	}
}
