#pragma once

/*
 * libvictim.h - a file of root's that all may read and nobody may change, and
 * those who try.
 *
 *	victim_watch(path, n, attack);	n children attack(path), each nobody as
 *					soon as it calls victim_become_nobody();
 *					root reads the file all the while
 *
 * With -X the file may be written to.
 */
#include "libstress.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { VICTIM_NOBODY = 65534 };

static const char content[] = "this is not a test";

static void victim_become_nobody(const char *path)
{
	if (geteuid() == 0 &&
	    (setgid(VICTIM_NOBODY) < 0 || setuid(VICTIM_NOBODY) < 0))
		bail_out("setuid: %s", strerror(errno));
	stress_check(stress.wrong || open(path, O_RDWR) < 0,
		     "the file may be opened for writing");
}

static int victim_make(char *path)
{
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, content, sizeof(content)) != sizeof(content) ||
	    fchmod(fd, stress.wrong ? 0666 : 0444) < 0)
		bail_out("%s: %s", path, strerror(errno));
	return fd;
}

/* By read(), as who uses the file would. */
static void victim_check(int fd)
{
	char now[sizeof(content)];

	stress_check(pread(fd, now, sizeof(now), 0) == sizeof(now) &&
		     memcmp(now, content, sizeof(now)) == 0,
		     "the file changed: \"%.*s\"", (int)sizeof(now), now);
}

/* @path: for mkstemp(). */
static void victim_watch(char *path, int n, void (*attack)(const char *path))
{
	int fd = victim_make(path);

	for (int i = 0; i < n; i++) {
		if (tap_fork() == 0) {
			attack(path);
			_exit(0);
		}
	}
	while (stress_go_on()) {
		victim_check(fd);
		usleep(10000);
	}
	stress_reap();
	victim_check(fd);
	unlink(path);
}
