/*
 * tests/abi/fifo.c
 *
 * Claim    poll() of a FIFO's reader says hung up only when a writer that
 *          came after it, or that it met, has gone.  What nobody has read is
 *          gone with the last who had it open.  Who waits in open() for the
 *          other end goes on when somebody opens that.
 * Method   One process opens both ends without waiting, in every order; a child
 *          sleeps until its parent opens the other one, and does nothing else.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include "libasleep.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

static char path[] = "/tmp/fifo-XXXXXX";

static int open_end(int flags)
{
	int fd = open(path, flags | O_NONBLOCK);

	if (fd < 0)
		bail_out("open: %s", strerror(errno));
	return fd;
}

static int events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static void test_first_writer(void)
{
	int reader = open_end(O_RDONLY), writer;
	char c;

	is_int(events(reader), 0, "no writer yet: nothing");
	is_int(read(reader, &c, 1), 0, "though a read finds the end");
	writer = open_end(O_WRONLY);
	is_int(events(reader), 0, "a writer without a word");
	fails(read(reader, &c, 1), EAGAIN, "a read would wait");
	is_int(write(writer, "x", 1), 1, "a byte");
	is_int(events(reader), POLLIN, "can be read");
	close(writer);
	is_int(events(reader), POLLIN | POLLHUP, "the writer is gone, too");
	is_int(read(reader, &c, 1), 1, "the byte");
	is_int(events(reader), POLLHUP, "and then only that");
	close(reader);
}

static void test_later_writers(void)
{
	int reader = open_end(O_RDONLY), writer = open_end(O_WRONLY), late;
	char c;

	close(writer);
	late = open_end(O_RDONLY);
	is_int(events(reader), POLLHUP, "its writer is gone");
	is_int(events(late), 0, "who came later has not met it");
	writer = open_end(O_WRONLY);
	is_int(events(reader), 0, "a new writer takes the hang-up back");
	fails(read(reader, &c, 1), EAGAIN, "and a read waits again");
	close(writer);
	is_int(events(reader), POLLHUP, "until it goes, too");
	is_int(events(late), POLLHUP, "for both");
	close(reader);
	close(late);
}

static void test_met(void)
{
	int both = open_end(O_RDWR), reader = open_end(O_RDONLY);

	is_int(events(both), 0, "who has both ends open is never hung up");
	close(both);
	is_int(events(reader), POLLHUP, "who met a writer is when it goes");
	close(reader);
}

/* What nobody has read when the last one closes it is gone. */
static void test_left_unread(void)
{
	int both = open_end(O_RDWR), reader;
	char c;

	is_int(write(both, "x", 1), 1, "a byte that nobody reads");
	close(both);
	reader = open_end(O_RDONLY);
	is_int(events(reader), 0, "is not there for who opens it then");
	is_int(read(reader, &c, 1), 0, "who finds the end");
	close(reader);
}

static int open_and_end(void *flags)
{
	return open(path, (int)(long)flags) < 0;
}

static void test_partner(int waits, int comes, const char *what)
{
	pid_t pid = start_sleeper(open_and_end, (void *)(long)waits);
	int fd = open_end(comes);

	is_exit(end_of(pid), 0, "%s", what);
	close(fd);
}

int main(void)
{
	if (mkstemp(path) < 0 || unlink(path) < 0 || mkfifo(path, 0600) < 0)
		bail_out("mkfifo: %s", strerror(errno));
	test_first_writer();
	test_later_writers();
	test_met();
	test_left_unread();
	test_partner(O_WRONLY, O_RDONLY, "a reader lets the writer in that waits for one");
	test_partner(O_RDONLY, O_WRONLY, "and a writer the reader");
	unlink(path);
	return done_testing();
}
