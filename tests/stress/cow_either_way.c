/*
 * cow_either_way.c - a page that leaves its process by vmsplice().
 *
 * Claim:  what a process has put into a pipe stays as it was, though the page
 *         it was in is written by the other process that it is shared with.
 * Method: a child puts a page it shares with its parent into a pipe by
 *         vmsplice(), which takes a reference and no copy, and unmaps it.
 *         Then the parent is the only one that maps the page, and writes.
 * Oracle: the child reads from the pipe what the page held before.
 * -X:     the child writes to the page itself before it puts it into the pipe.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <fcntl.h>
#include <sys/uio.h>

enum { OLD = 'o', NEW = 'n' };

static char *page;
static struct meeting *meeting;

static void put_and_unmap(int fd)
{
	struct iovec iov = { page, PAGE };

	stress_check(vmsplice(fd, &iov, 1, 0) == PAGE, "vmsplice: %s",
		     strerror(errno));
	stress_check(munmap(page, PAGE) == 0, "munmap: %s", strerror(errno));
}

static void check_pipe(int fd)
{
	char bytes[PAGE];

	stress_check(read(fd, bytes, PAGE) == PAGE, "read: %s",
		     strerror(errno));
	for (int i = 0; i < PAGE; i++)
		if (!stress_check(bytes[i] == OLD,
				  "the pipe delivers what was written later: byte %d is '%c'",
				  i, bytes[i]))
			return;
}

static void child(const int fds[2])
{
	if (!stress.wrong)
		put_and_unmap(fds[1]);
	meet(meeting, 2); /* the parent writes */
	meet(meeting, 2);
	if (stress.wrong) {
		page[0] = NEW;
		put_and_unmap(fds[1]);
	}
	check_pipe(fds[0]);
	_exit(0);
}

int main(int argc, char **argv)
{
	int fds[2];

	stress_begin(argc, argv, 1, "what is in a pipe does not change");
	page = stress_map(PAGE, MAP_PRIVATE);
	meeting = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on()) {
		memset(page, OLD, PAGE);
		if (pipe(fds) < 0)
			bail_out("pipe: %s", strerror(errno));
		if (tap_fork() == 0)
			child(fds);
		meet(meeting, 2);
		memset(page, NEW, PAGE);
		meet(meeting, 2);
		stress_reap();
		close(fds[0]);
		close(fds[1]);
		stress_round();
	}
	return stress_end();
}
