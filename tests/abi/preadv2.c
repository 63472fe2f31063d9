/*
 * tests/abi/preadv2.c
 *
 * Claim    preadv2() and pwritev2() are preadv() and pwritev(), or with the
 *          offset -1 readv() and writev(); a call may append to a file that was
 *          not opened for that, or not append to one that was, and not wait
 *          where the file would; the file is as it was for all others. Flags
 *          that nobody knows, or that cannot be kept, are refused.
 * Method   Files, pipes, sockets and descriptors of events are read and
 *          written with one flag at a time; of a pipe that is empty a thread
 *          waits meanwhile for what another one's call is not to wait for.
 * Oracle   Linux, from 6.9 on; before that without RWF_NOAPPEND.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

enum {
	HIPRI = 1, DSYNC = 2, SYNC = 4, NOWAIT = 8, APPEND = 0x10,
	NOAPPEND = 0x20, ATOMIC = 0x40, UNKNOWN = 1 << 30,
};

static char buf[70000];

static long in(int fd, size_t n, long offset, int flags)
{
	struct iovec iov[2] = { { buf, n / 2 }, { buf + n / 2, n - n / 2 } };

	return syscall(SYS_preadv2, fd, iov, 2, offset, 0, flags);
}

/* In one piece: what is not there, not to wait for it. */
static long in_one(int fd, size_t n)
{
	struct iovec iov = { buf, n };
	long got = syscall(SYS_preadv2, fd, &iov, 1, -1L, 0, NOWAIT);

	int err = errno;

	close(fd);
	errno = err;
	return got;
}

static long out(int fd, const char *text, size_t n, long offset, int flags)
{
	struct iovec iov[2] = {
		{ (char *)text, n / 2 }, { (char *)text + n / 2, n - n / 2 },
	};

	return syscall(SYS_pwritev2, fd, iov, 2, offset, 0, flags);
}

static int file(int flags)
{
	int fd = open("preadv2.tmp", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | flags,
		      0600);

	if (fd < 0 || write(fd, "0123456789", 10) != 10)
		bail_out("preadv2.tmp: %s", strerror(errno));
	unlink("preadv2.tmp");
	return fd;
}

/* All of it is @text. */
static bool holds(int fd, const char *text)
{
	ssize_t n = pread(fd, buf, 100, 0);

	return n == (ssize_t)strlen(text) && memcmp(buf, text, n) == 0;
}

static long position(int fd)
{
	return lseek(fd, 0, SEEK_CUR);
}

static void test_offsets(void)
{
	int fd = file(0);

	is_int(in(fd, 4, 2, 0), 4, "read from an offset");
	ok(memcmp(buf, "2345", 4) == 0, "what is there");
	is_int(position(fd), 10, "the position stays");
	is_int(in(fd, 4, -1, 0), 0, "-1: from the position, which is the end");
	lseek(fd, 8, SEEK_SET);
	is_int(in(fd, 4, -1, 0), 2, "or near it");
	is_int(position(fd), 10, "which moves");
	is_int(out(fd, "AB", 2, 1, 0), 2, "write to an offset");
	is_int(out(fd, "CD", 2, -1, 0), 2, "and to the position");
	ok(holds(fd, "0AB3456789CD"), "it is written there");
	fails(in(fd, 4, -2, 0), EINVAL, "no other offset is below 0");
	close(fd);
}

static void test_append(void)
{
	int fd = file(0);

	lseek(fd, 3, SEEK_SET);
	is_int(out(fd, "AB", 2, 0, APPEND), 2, "append, wherever");
	ok(holds(fd, "0123456789AB"), "at the end");
	is_int(position(fd), 3, "the position stays");
	is_int(out(fd, "CD", 2, -1, APPEND), 2, "append from the position");
	ok(holds(fd, "0123456789ABCD"), "at the end");
	is_int(position(fd), 14, "where it is then");
	is_int(out(fd, "xy", 2, 0, 0), 2, "the next call");
	ok(holds(fd, "xy23456789ABCD"), "does not append");
	is_int(in(fd, 2, 0, APPEND), 2, "to read it says nothing");
	is_int(fcntl(fd, F_GETFL) & O_APPEND, 0, "nor do others see it");
	close(fd);
}

static void test_noappend(void)
{
	int fd = file(O_APPEND);

	is_int(out(fd, "AB", 2, 0, 0), 2, "a file that appends");
	ok(holds(fd, "0123456789AB"), "does");
	if (out(fd, "CD", 2, 0, NOAPPEND) != 2 && errno == EOPNOTSUPP &&
	    !on_drover()) {
		skip(5, "before Linux 6.9");
	} else {
		ok(holds(fd, "CD23456789AB"), "or not");
		fails(out(fd, "CD", 2, 0, NOAPPEND | APPEND), EINVAL, "not both");
		lseek(fd, 4, SEEK_SET);
		is_int(out(fd, "EF", 2, -1, NOAPPEND), 2, "from the position");
		ok(holds(fd, "CD23EF6789AB"), "there");
		is_int(out(fd, "!", 1, 0, 0), 1, "and the next does again");
	}
	close(fd);
}

static void test_flags(void)
{
	int fd = file(0);

	is_int(out(fd, "A", 1, 0, DSYNC), 1, "safe");
	is_int(out(fd, "A", 1, 0, SYNC), 1, "safer");
	is_int(out(fd, "A", 1, 0, HIPRI), 1, "in a hurry");
	is_int(in(fd, 1, 0, HIPRI | DSYNC), 1, "to read");
	fails(out(fd, "A", 1, 0, UNKNOWN), EOPNOTSUPP, "an unknown flag");
	fails(in(fd, 1, 0, UNKNOWN), EOPNOTSUPP, "to read");
	is_int(in(fd, 0, 0, UNKNOWN), 0, "which is not seen if nothing is read");
	fails(in(fd, 1, 0, ATOMIC), EOPNOTSUPP, "a read is never all or nothing");
	fails(out(fd, "A", 1, 0, ATOMIC), EOPNOTSUPP, "nor a write, here");
	fails(in(-1, 1, 0, UNKNOWN), EBADF, "of no file");
	close(fd);
}

/* ---- not to wait ---- */

static void test_pipe(void)
{
	int fds[2];
	long n;

	if (pipe(fds) != 0)
		bail_out("pipe: %s", strerror(errno));
	fails(in(fds[0], 10, -1, NOWAIT), EAGAIN, "an empty pipe");
	fails(in(fds[0], 10, 0, 0), ESPIPE, "it has no offset");
	is_int(out(fds[1], "abc", 3, -1, NOWAIT), 3, "there is room");
	is_int(in(fds[0], 10, -1, NOWAIT), 3, "and then something");
	do
		n = out(fds[1], buf, sizeof(buf) / 2, -1, NOWAIT);
	while (n > 0);
	is_int(errno, EAGAIN, "until it is full");
	is_int(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0, "others wait as ever");
	close(fds[0]);
	close(fds[1]);
}

static int empty[2];

static void *waits(void *unused)
{
	static char c;

	return read(empty[0], &c, 1) == 1 ? &c : unused;
}

/* Of two who read from one file at once, each by its own flags. */
static void test_two(void)
{
	pthread_t thread;
	void *got;

	if (pipe(empty) != 0)
		bail_out("pipe: %s", strerror(errno));
	tap_thread(&thread, NULL, waits, NULL);
	for (int i = 0; i < 1000; i++)
		if (in(empty[0], 1, -1, NOWAIT) != -1 || errno != EAGAIN)
			bail_out("a read that should not wait: %s",
				 strerror(errno));
	is_int(write(empty[1], "x", 1), 1, "one byte");
	pthread_join(thread, &got);
	ok(got != NULL, "is for who has waited, while others did not");
	close(empty[0]);
	close(empty[1]);
}

static void test_others(void)
{
	int s[2], fd = file(0);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) != 0)
		bail_out("socketpair: %s", strerror(errno));
	fails(in(s[0], 1, -1, NOWAIT), EAGAIN, "a socket");
	is_int(out(s[1], "x", 1, -1, NOWAIT), 1, "with room");
	is_int(in(s[0], 1, -1, NOWAIT), 1, "and something");
	fails(in_one(eventfd(0, EFD_CLOEXEC), 8), EAGAIN, "events");
	fails(in_one(timerfd_create(CLOCK_MONOTONIC, 0), 8), EAGAIN, "a timer");
	fails(in_one(signalfd(-1, &set, SFD_CLOEXEC), 128), EAGAIN, "signals");
	is_int(in_one(open("/dev/zero", O_RDONLY), 8), 8, "a device");
	fails(in_one(open("/proc/self/status", O_RDONLY), 8), EOPNOTSUPP,
	      "a text of /proc cannot say");
	fails(out(fd, "x", 1, -1, NOWAIT | UNKNOWN), EOPNOTSUPP, "nobody knows");
	close(fd);
	close(s[0]);
	close(s[1]);
}

/* On other file systems there may be an answer. */
static void test_tmpfs(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		skip(2, "no /dev/shm");
		return;
	}
	fails(out(fd, "x", 1, 0, NOWAIT), EOPNOTSUPP, "nor can a tmpfs");
	fails(in(fd, 1, 0, NOWAIT), EOPNOTSUPP, "to read");
	close(fd);
}

int main(void)
{
	if (in(-1, 0, -1, 0) == -1 && errno == ENOSYS)
		skip_all("no preadv2(): qemu's user mode");
	test_offsets();
	test_append();
	test_noappend();
	test_flags();
	test_pipe();
	test_two();
	test_others();
	test_tmpfs();
	return done_testing();
}
