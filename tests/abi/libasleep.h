#pragma once

/*
 * libasleep.h - waiting until a thread, of this process or a child, waits.
 *
 * What is to find a sleeper must not come before it: on a busy host no number
 * of milliseconds is enough. It might sleep for something else on its way, but
 * not at LOOKS in a row.
 */

#include "../tap.h"

#include <fcntl.h>

enum { LOOKS = 20, LOOK_US = 1000 };

static bool is_in_state(pid_t pid, pid_t tid, char state)
{
	char path[60], text[200] = "", *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
	end = strrchr(text, ')');
	return end && end[1] && end[2] == state;
}

static bool is_asleep(pid_t pid, pid_t tid)
{
	return is_in_state(pid, tid, 'S');
}

static void wait_until_asleep(pid_t pid, pid_t tid)
{
	for (int looks = 0; looks < LOOKS; usleep(LOOK_US))
		looks = is_asleep(pid, tid) ? looks + 1 : 0;
}

/* A thread of ours: *@tid is 0 until it has begun. */
TAP_UNUSED static void wait_until_thread_asleep(const volatile pid_t *tid)
{
	while (*tid == 0)
		usleep(LOOK_US);
	wait_until_asleep(getpid(), *tid);
}

/* A child that runs @fn and is asleep in it. */
TAP_UNUSED static pid_t start_sleeper(int (*fn)(void *), void *arg)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(fn(arg));
	wait_until_asleep(pid, pid);
	return pid;
}

/* What waitpid() says of it. */
TAP_UNUSED static int end_of(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return status;
}
