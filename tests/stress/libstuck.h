#pragma once

/*
 * libstuck.h - a thread that sleeps although it should not.
 *
 * The reader knows that what the thread waits for is there, and that nobody
 * is about to wake it. If it is asleep all the same, its wake-up was lost. As
 * a thread is also shown as asleep in the moment between announcing its sleep
 * and looking once more, one look is no proof; LOOKS of them are, which is
 * seconds: on a busy host, a thread that is ready may wait long for its hart.
 */

#include "libstress.h"

#include <fcntl.h>

enum { LOOKS = 300, LOOK_US = 10000 };

/* 'R', 'S', ... as in /proc/PID/task/TID/stat; 0 when there is none. */
static char thread_state(pid_t pid, pid_t tid)
{
	char path[64], text[200];
	const char *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 0;
}

/* @state is what it is found in at every look, and *@progress is @before. */
TAP_UNUSED static bool stays_in_state(pid_t pid, pid_t tid, char state,
				      volatile long *progress, long before)
{
	for (int look = 0; look < LOOKS; look++) {
		if (thread_state(pid, tid) != state || *progress != before)
			return false;
		usleep(LOOK_US);
	}
	return true;
}
