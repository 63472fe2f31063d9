/*
 * tests/abi-diff/liblocks.c - record locks: whose is told, and how they join.
 */
#define _GNU_SOURCE
#include "libwalk.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

static int lock(int fd, int type, long start, long length)
{
	struct flock l = { .l_type = (short)type, .l_start = start,
			   .l_len = length };

	return fcntl(fd, F_SETLK, &l);
}

/* What another process finds in its way. */
static void look(const char *title, int type, long start, long length)
{
	struct flock l = { .l_type = (short)type, .l_start = start,
			   .l_len = length };
	int result = fcntl(FILE_FD, F_GETLK, &l);

	if (result != 0 || l.l_type == F_UNLCK)
		say(result, "%s, F_GETLK %d %ld %ld", title, type, start, length);
	else
		say_words("%s, F_GETLK %d %ld %ld = type %d, %ld, %ld bytes",
			  title, type, start, length, l.l_type, (long)l.l_start,
			  (long)l.l_len);
}

static void look_everywhere(const char *title)
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		look(title, F_WRLCK, 0, 0);
		look(title, F_RDLCK, 0, 0);
		look(title, F_WRLCK, 15, 10);
		look(title, F_WRLCK, 25, 0);
		look(title, F_WRLCK, 100, 1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
}

static void start_over(void)
{
	lock(FILE_FD, F_UNLCK, 0, 0);
}

void walk_locks(const void *unused TAP_UNUSED)
{
	SAY(lock(FILE_FD, F_WRLCK, 20, 10));
	SAY(lock(FILE_FD, F_WRLCK, 0, 5));
	look_everywhere("the later one lies first");
	SAY(lock(FILE_FD, F_WRLCK, 5, 15));
	look_everywhere("three neighbours");
	SAY(lock(FILE_FD, F_RDLCK, 10, 5));
	look_everywhere("a piece to read in the middle");
	SAY(lock(FILE_FD, F_WRLCK, 10, 5));
	look_everywhere("as it was");
	start_over();
	SAY(lock(FILE_FD, F_RDLCK, 0, 10));
	SAY(lock(FILE_FD, F_RDLCK, 20, 10));
	SAY(lock(FILE_FD, F_RDLCK, 10, 10));
	look_everywhere("to read, joined");
	SAY(lock(FILE_FD, F_WRLCK, 30, 0));
	look_everywhere("of two kinds, side by side");
	SAY(lock(FILE_FD, F_WRLCK, 5, 30));
	look_everywhere("over the seam");
	start_over();
	look_everywhere("nothing");
}
