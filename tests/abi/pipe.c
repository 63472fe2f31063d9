/*
 * tests/abi/pipe.c
 *
 * Claim    Pipes keep order, block and wake as they should, end with EOF or
 *          SIGPIPE, and keep writes of up to PIPE_BUF whole.
 * Method   Both ends in one process where nothing blocks, else children; the
 *          last writer's close must wake every one of 50 readers, the last
 *          reader's who waits for room, by write() or poll().
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static int fds[2];

static void new_pipe(int flags)
{
	if (pipe2(fds, flags) < 0)
		bail_out("pipe2: %s", strerror(errno));
}

static void close_both(void)
{
	close(fds[0]);
	close(fds[1]);
}

static void test_one_process(void)
{
	static char big[1 << 17];
	struct stat st;
	char buf[16];
	long room = 0;
	int n;

	new_pipe(O_NONBLOCK);
	fails(read(fds[0], buf, 1), EAGAIN, "an empty pipe");
	is_int(write(fds[1], "hello", 5), 5, "write");
	is_int(ioctl(fds[0], FIONREAD, &n), 0, "FIONREAD");
	is_int(n, 5, "tells what is in it");
	is_int(read(fds[0], buf, 3), 3, "read a part");
	is_int(read(fds[0], buf, 16), 2, "and the rest");
	while ((n = write(fds[1], big, PIPE_BUF)) > 0)
		room += n;
	ok(errno == EAGAIN && room >= 65536, "it holds %ld bytes", room);
	is_int(read(fds[0], big, PIPE_BUF), PIPE_BUF, "room for one more");
	is_int(write(fds[1], big, PIPE_BUF), PIPE_BUF, "write");
	fails(write(fds[1], big, PIPE_BUF), EAGAIN, "full again");
	fstat(fds[0], &st);
	ok(S_ISFIFO(st.st_mode), "fstat says it is a pipe");
	close(fds[1]);
	while ((n = read(fds[0], big, sizeof(big))) > 0)
		room -= n;
	is_int(room, 0, "all of it comes out");
	is_int(n, 0, "then the end");
	close(fds[0]);

	new_pipe(O_CLOEXEC);
	is_int(fcntl(fds[0], F_GETFD), FD_CLOEXEC, "O_CLOEXEC");
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	fails(write(fds[1], "x", 1), EPIPE, "no reader: EPIPE");
	signal(SIGPIPE, SIG_DFL);
	close(fds[1]);
	fails(pipe2(fds, 12345), EINVAL, "bad flags");
}

static int write_to_nobody(void *unused TAP_UNUSED)
{
	close(fds[0]);
	return write(fds[1], "x", 1) == 1;
}

/* Two writers' records must not mix; the reader checks each. */
static int write_records(void *mark)
{
	char record[512];

	memset(record, (int)(long)mark, sizeof(record));
	for (int i = 0; i < 300; i++)
		if (write(fds[1], record, sizeof(record)) != sizeof(record))
			return 1;
	return 0;
}

static void test_records(void)
{
	char record[512];
	int n, total = 0, mixed = 0, status, bad = 0;

	new_pipe(0);
	for (long mark = 'a'; mark < 'd'; mark++) {
		if (tap_fork() == 0) {
			close(fds[0]);
			_exit(write_records((void *)mark));
		}
	}
	close(fds[1]);
	while ((n = read(fds[0], record, sizeof(record))) > 0) {
		mixed += n != sizeof(record);
		for (int i = 1; i < n; i++)
			mixed += record[i] != record[0];
		total += n;
	}
	while (wait(&status) > 0)
		bad |= status;
	close(fds[0]);
	is_int(total, 3 * 300 * 512, "three writers' records arrive");
	is_int(mixed, 0, "and are whole");
	is_int(bad, 0, "the writers are content");
}

/* A large write blocks until it is all in; a large read takes what is there. */
static void test_large_write(void)
{
	static char big[300000];
	int status, n, total = 0, wrong = 0;

	new_pipe(0);
	if (tap_fork() == 0) {
		for (size_t i = 0; i < sizeof(big); i++)
			big[i] = i % 251;
		_exit(write(fds[1], big, sizeof(big)) != sizeof(big));
	}
	close(fds[1]);
	while ((n = read(fds[0], big, 7000)) > 0)
		for (int i = 0; i < n; i++)
			wrong += (unsigned char)big[i] != total++ % 251;
	wait(&status);
	is_int(status, 0, "a write larger than the pipe");
	is_int(total, 300000, "arrives");
	is_int(wrong, 0, "in order");
	close(fds[0]);
}

static void test_last_close(int readers)
{
	int bad = 0, status;
	char c;

	new_pipe(0);
	for (int i = 0; i < readers; i++) {
		if (tap_fork() == 0) {
			close(fds[1]);
			_exit(read(fds[0], &c, 1) != 0);
		}
	}
	usleep(10000);
	close_both();
	for (int i = 0; i < readers; i++)
		bad |= wait(&status) < 0 || status != 0;
	is_int(bad, 0, "the last close wakes %d readers", readers);
}

static void test_fifo(void)
{
	int fd, status;
	char c = 0;

	is_int(mkfifo("fifo.tmp", 0600), 0, "mkfifo");
	fails(open("fifo.tmp", O_WRONLY | O_NONBLOCK), ENXIO,
	      "no reader to write to");
	if (tap_fork() == 0) {
		fd = open("fifo.tmp", O_WRONLY);
		_exit(write(fd, "f", 1) != 1);
	}
	fd = open("fifo.tmp", O_RDONLY);
	is_int(read(fd, &c, 1), 1, "open waits for the other side");
	is_int(read(fd, &c, 1), 0, "then the end");
	wait(&status);
	close(fd);
	unlink("fifo.tmp");
}

/* ---- how long it is ---- */

static bool passes(const char *want, size_t n)
{
	static char got[4 * 4096];

	return read(fds[0], got, n) == (ssize_t)n && memcmp(got, want, n) == 0;
}

/* What is in it stays, wherever in the ring it was. */
static void test_resize(void)
{
	static char bytes[3 * 4096];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 4096);
	new_pipe(O_NONBLOCK);
	is_int(fcntl(fds[0], F_GETPIPE_SZ), 65536, "16 pages at first");
	for (int i = 0; i < 9; i++) {
		if (write(fds[1], bytes, 5000) != 5000 || !passes(bytes, 5000))
			break;
	}
	is_int(write(fds[1], bytes, sizeof(bytes)), sizeof(bytes), "some in it");
	is_int(fcntl(fds[1], F_SETPIPE_SZ, 2 * 4096), -1, "no room for it");
	is_int(fcntl(fds[1], F_SETPIPE_SZ, 4 * 4096 - 1), 4 * 4096,
	       "rounded up to four pages");
	ok(passes(bytes, 6000), "the first bytes are as they were");
	is_int(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20), 1 << 20, "256 pages");
	ok(passes(bytes + 6000, sizeof(bytes) - 6000), "and the others");
	is_int(fcntl(fds[0], F_SETPIPE_SZ, 1), 4096, "one page");
	is_int(write(fds[1], bytes, sizeof(bytes)), 4096, "takes a page");
	ok(passes(bytes, 4096), "and gives it");
	fails(fcntl(STDOUT_FILENO + 1000, F_GETPIPE_SZ), EBADF, "no descriptor");
	close(fds[0]);
	close(fds[1]);
}

static int write_a_page(void *unused TAP_UNUSED)
{
	static char bytes[4096];

	return write(fds[1], bytes, sizeof(bytes)) != sizeof(bytes);
}

/* Who waits for room has it in a longer ring. */
static void test_longer(void)
{
	pid_t child;

	new_pipe(0);
	fcntl(fds[0], F_SETPIPE_SZ, 4096);
	write_a_page(NULL);
	child = start_sleeper(write_a_page, NULL);
	is_int(fcntl(fds[0], F_SETPIPE_SZ, 2 * 4096), 2 * 4096,
	       "a full one becomes longer");
	is_exit(end_of(child), 0, "and who waits goes on");
	close_both();
}

/* ---- the last reader goes ---- */

static int write_until_refused(void *unused TAP_UNUSED)
{
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	while (write_a_page(NULL) == 0)
		;
	return errno != EPIPE;
}

static int poll_until_refused(void *unused TAP_UNUSED)
{
	struct pollfd p = { .fd = fds[1] };

	close(fds[0]);
	return poll(&p, 1, -1) != 1 || p.revents != POLLERR;
}

static void test_last_reader(void)
{
	pid_t writer, poller;

	new_pipe(0);
	writer = start_sleeper(write_until_refused, NULL);
	poller = start_sleeper(poll_until_refused, NULL);
	close_both();
	is_exit(end_of(writer), 0, "the last reader's close wakes who waits for room");
	is_exit(end_of(poller), 0, "and who polls for the end");
}

/* 8,192 pages, whose ring is of 32 pages itself; and what no ring is long enough for. */
static void test_longest(void)
{
	const unsigned long most = 1UL << 31, long_one = 32UL << 20;

	new_pipe(0);
	if (on_drover())
		is_int(fcntl(fds[0], F_SETPIPE_SZ, long_one), (long)long_one,
		       "root has a very long one");
	else
		skip(1, "the host's memory, and root may not be root");
	fails(fcntl(fds[0], F_SETPIPE_SZ, most + 1), EINVAL, "2 GiB and a byte");
	is_int(fcntl(fds[0], F_SETPIPE_SZ, 0), 4096, "nothing is a page as well");
	close_both();
}

int main(void)
{
	plan(16 + 1 + 3 + 3 + 2 + 2 + 4 + 11 + 2 + 3);
	test_one_process();
	new_pipe(0);
	is_killed(in_child(write_to_nobody, (close(fds[0]), NULL)), SIGPIPE,
		  "no reader: SIGPIPE");
	close(fds[1]);
	test_records();
	test_large_write();
	test_last_close(2);
	test_last_close(50);
	test_last_reader();
	test_fifo();
	test_resize();
	test_longer();
	test_longest();
	return done_testing();
}
