/*
 * tests/abi/pipe_packets.c
 *
 * Claim    What is written to a pipe with O_DIRECT is packets: a read gets one,
 *          and no more; what it has no room for is gone; more than PIPE_BUF
 *          bytes are several; each takes a place of its own, so a pipe is full
 *          of small ones. fcntl() makes a pipe such a one, and one of bytes
 *          again. Without it small writes share a page, and a pipe has room for
 *          all its bytes.
 * Method   Small and large writes against reads of other sizes, and a writer
 *          that waits for room.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <poll.h>
#include <sys/ioctl.h>

#define PAGE 4096

static char buf[1 << 17];
static int in, out;

static void new_pipe(int flags)
{
	int fds[2];

	if (pipe2(fds, flags) != 0)
		bail_out("pipe2: %s", strerror(errno));
	in = fds[0];
	out = fds[1];
}

static void done(void)
{
	close(in);
	close(out);
}

/* Without what an emulator's own C library may add to each file. */
static int flags_of(int fd)
{
	enum { LARGEFILE = 0100000 };

	return fcntl(fd, F_GETFL) & ~LARGEFILE;
}

static void test_packets(void)
{
	int queued;

	new_pipe(O_DIRECT | O_NONBLOCK);
	is_int(flags_of(out), O_WRONLY | O_DIRECT | O_NONBLOCK, "the flags of one end");
	is_int(flags_of(in), O_RDONLY | O_NONBLOCK, "and of the other");
	write(out, "one", 3);
	write(out, "three", 5);
	write(out, "four", 4);
	ioctl(in, FIONREAD, &queued);
	is_int(queued, 12, "three packets are so many bytes");
	is_int(read(in, buf, 100), 3, "a read gets the first");
	is_int(read(in, buf, 2), 2, "or a part of the second");
	is_int(read(in, buf, 100), 4, "whose rest is gone");
	ok_without_errno(memcmp(buf, "four", 4) == 0, "the third is as it was");
	fails(read(in, buf, 100), EAGAIN, "that was all");
	memset(buf, 'x', sizeof(buf));
	is_int(write(out, buf, PAGE + 10), PAGE + 10, "more than PIPE_BUF");
	is_int(read(in, buf, 2 * PAGE), PAGE, "are several");
	is_int(read(in, buf, 2 * PAGE), 10, "packets");
	is_int(write(out, buf, 0), 0, "a packet of nothing");
	fails(read(in, buf, 1), EAGAIN, "is none");
	done();
}

static int how_many(void)
{
	int n = 0;

	while (write(out, "x", 1) == 1)
		n++;
	return n;
}

static void test_room(void)
{
	struct pollfd p;

	new_pipe(O_DIRECT | O_NONBLOCK);
	p = (struct pollfd){ .fd = out, .events = POLLOUT };
	is_int(how_many(), fcntl(out, F_GETPIPE_SZ) / PAGE, "each packet takes a place");
	is_int(poll(&p, 1, 0), 0, "a full pipe");
	read(in, buf, 1);
	is_int(poll(&p, 1, 0), 1, "has room when one is read");
	done();
	new_pipe(O_NONBLOCK);
	is_int(how_many(), fcntl(out, F_GETPIPE_SZ), "bytes share pages, to the last");
	done();
}

static void test_switch(void)
{
	new_pipe(O_NONBLOCK);
	write(out, "bytes", 5);
	is_int(fcntl(out, F_SETFL, O_DIRECT | O_NONBLOCK), 0, "F_SETFL of O_DIRECT");
	ok_without_errno(fcntl(out, F_GETFL) & O_DIRECT, "is told");
	write(out, "packet", 6);
	is_int(fcntl(out, F_SETFL, O_NONBLOCK), 0, "and back");
	write(out, "more", 4);
	write(out, "bytes", 5);
	is_int(read(in, buf, 100), 20, "bytes before, which all the others went behind");
	fcntl(out, F_SETFL, O_DIRECT | O_NONBLOCK);
	write(out, "packet", 6);
	fcntl(out, F_SETFL, O_NONBLOCK);
	write(out, "bytes", 5);
	is_int(read(in, buf, 100), 6, "a packet");
	is_int(read(in, buf, 100), 5, "and nothing behind it");
	done();
}

/* ---- merging, without packets ---- */

static void test_merge(void)
{
	new_pipe(O_NONBLOCK);
	fcntl(out, F_SETPIPE_SZ, 2 * PAGE);
	is_int(write(out, buf, 10), 10, "a few bytes");
	is_int(write(out, buf, PAGE + 4), PAGE + 4, "more go behind them");
	is_int(write(out, buf, PAGE), -1, "and then there is no place");
	is_int(read(in, buf, sizeof(buf)), PAGE + 14, "all are read");
	is_int(write(out, buf, 3 * PAGE), 2 * PAGE, "as much as there is room for");
	is_int(read(in, buf, 1), 1, "a byte");
	fails(write(out, buf, PAGE), EAGAIN, "makes no room for a page");
	is_int(read(in, buf, PAGE - 1), PAGE - 1, "the rest of its page");
	is_int(write(out, buf, PAGE), PAGE, "does");
	done();
}

/* ---- who waits ---- */

static void *writes_packets(void *unused TAP_UNUSED)
{
	for (int i = 0; i < 500; i++) {
		char packet[64];
		int n = 1 + i % 60;

		memset(packet, n, sizeof(packet));
		if (write(out, packet, n) != n)
			return (void *)1L;
	}
	return NULL;
}

static void test_waiting(void)
{
	pthread_t writers[2];
	long wrong = 0;

	new_pipe(O_DIRECT);
	for (int i = 0; i < 2; i++)
		tap_thread(&writers[i], NULL, writes_packets, NULL);
	for (int i = 0; i < 1000; i++) {
		ssize_t n = read(in, buf, 100);

		for (ssize_t at = 0; at < n; at++)
			wrong += buf[at] != n;
		wrong += n <= 0;
	}
	for (int i = 0; i < 2; i++) {
		void *result;

		pthread_join(writers[i], &result);
		wrong += (long)result;
	}
	is_int(wrong, 0, "packets of two who wait for room come whole, and alone");
	done();
}

int main(void)
{
	test_packets();
	test_room();
	test_switch();
	test_merge();
	test_waiting();
	return done_testing();
}
