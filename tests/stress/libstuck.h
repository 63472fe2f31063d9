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

#include <dirent.h>
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

/* ---- all threads of a process ---- */

/* Calls @visit for each, until it says false; how many it was called for. */
static int visit_threads(pid_t pid, bool (*visit)(pid_t pid, pid_t tid))
{
	struct dirent *entry;
	char path[40];
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		if (!visit(pid, atoi(entry->d_name)))
			break;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

static bool any_thread(pid_t pid TAP_UNUSED, pid_t tid TAP_UNUSED)
{
	return true;
}

TAP_UNUSED static int nr_threads(pid_t pid)
{
	return visit_threads(pid, any_thread);
}

static bool found_awake;

static bool is_asleep(pid_t pid, pid_t tid)
{
	char state = thread_state(pid, tid);

	found_awake |= state != 'S' && state != 'D';
	return !found_awake;
}

/* It has threads, and each is found asleep, for whatever reason. */
TAP_UNUSED static bool process_sleeps(pid_t pid)
{
	found_awake = false;
	return visit_threads(pid, is_asleep) > 0 && !found_awake;
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
