/*
 * tests/abi/poll.c
 *
 * Claim    poll, ppoll, select and pselect tell what can be done without
 *          waiting, wait for it otherwise, end at their timeout or at a
 *          signal; epoll and eventfd do the same where they exist.
 * Method   Pipes in each state; a child makes a waiting call come true.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/personality.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

static int fds[2];

static int poll_one(int fd, int events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, timeout_ms);

	return n < 0 ? -errno : n == 0 ? 0 : p.revents;
}

static void test_states(void)
{
	static char big[65536];
	struct timespec start, end;
	char c;

	is_int(poll_one(fds[0], POLLIN, 0), 0, "an empty pipe");
	is_int(poll_one(fds[1], POLLOUT, 0), POLLOUT, "has room");
	if (write(fds[1], "x", 1) != 1)
		bail_out("write");
	is_int(poll_one(fds[0], POLLIN, -1), POLLIN, "a byte is there");
	is_int(poll_one(fds[0], 0, 0), 0, "only what was asked for");
	if (read(fds[0], &c, 1) != 1)
		bail_out("read");
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	while (write(fds[1], big, 4096) > 0)
		;
	is_int(poll_one(fds[1], POLLOUT, 0), 0, "a full pipe");
	while (poll_one(fds[0], POLLIN, 0) && read(fds[0], big, 65536) > 0)
		;
	is_int(poll_one(99, POLLIN, 0), POLLNVAL, "not open");
	is_int(poll_one(-1, POLLIN, 0), 0, "a negative one is skipped");
	is_int(poll(NULL, 0, 0), 0, "nothing to wait for");
	clock_gettime(CLOCK_MONOTONIC, &start);
	is_int(poll_one(fds[0], POLLIN, 12), 0, "a timeout");
	clock_gettime(CLOCK_MONOTONIC, &end);
	ok((end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec -
	   start.tv_nsec >= 12000000, "lasts as long as asked");
}

static void test_ends(void)
{
	int p[2];

	if (pipe(p) < 0)
		bail_out("pipe");
	close(p[1]);
	is_int(poll_one(p[0], POLLIN, -1) & ~POLLIN, POLLHUP, "no writer");
	close(p[0]);
	if (pipe(p) < 0)
		bail_out("pipe");
	close(p[0]);
	is_int(poll_one(p[1], POLLOUT, -1) & POLLERR, POLLERR, "no reader");
	close(p[1]);
	p[0] = open("/dev/null", O_RDWR);
	is_int(poll_one(p[0], POLLIN | POLLOUT, -1), POLLIN | POLLOUT,
	       "/dev/null is always ready");
	close(p[0]);
}

static void write_soon(void)
{
	if (tap_fork() == 0) {
		usleep(15000);
		_exit(write(fds[1], "x", 1) != 1);
	}
}

static void test_waiting(void)
{
	char c;

	write_soon();
	is_int(poll_one(fds[0], POLLIN, -1), POLLIN, "poll waits");
	is_int(read(fds[0], &c, 1), 1, "for a byte");
	wait(NULL);

	fd_set in;

	write_soon();
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	is_int(select(fds[0] + 1, &in, NULL, NULL, NULL), 1, "select waits");
	ok(FD_ISSET(fds[0], &in), "and says for what");
	is_int(read(fds[0], &c, 1), 1, "a byte");
	wait(NULL);

	struct timeval none = { 0, 0 };
	int closed = dup(fds[0]);

	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	is_int(select(fds[0] + 1, &in, NULL, NULL, &none), 0, "not now");
	ok(!FD_ISSET(fds[0], &in), "the set is empty");
	FD_ZERO(&in);
	FD_SET(closed, &in);
	close(closed);
	fails(select(closed + 1, &in, NULL, NULL, &none), EBADF, "not open");
}

/* What the call itself leaves of a timeout of 5 ms; the C library's select()
 * has a copy of its own. */
static long left_of_timeout(void)
{
	struct timespec left = { 0, 5000000 };

	syscall(SYS_pselect6, 0, NULL, NULL, NULL, &left, NULL);
	return left.tv_nsec;
}

static void test_time_left(void)
{
	is_int(left_of_timeout(), 0, "nothing is left of a timeout");
	personality(STICKY_TIMEOUTS);
	is_int(left_of_timeout(), 5000000, "but for who wants it to stay");
	personality(0);
}

static void nothing(int sig TAP_UNUSED)
{
}

static void test_signals(void)
{
	struct sigaction act = { .sa_handler = nothing };
	struct timespec long_time = { 100, 0 };
	struct pollfd p = { .fd = fds[0], .events = POLLIN };
	sigset_t blocked, open;
	fd_set in;

	sigaction(SIGUSR1, &act, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &open);
	raise(SIGUSR1);
	is_int(poll_one(fds[0], POLLIN, 1), 0, "a blocked signal waits");
	fails(ppoll(&p, 1, &long_time, &open), EINTR, "ppoll lets it in");
	raise(SIGUSR1);
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	fails(pselect(fds[0] + 1, &in, NULL, NULL, &long_time, &open), EINTR,
	      "so does pselect");
	sigprocmask(SIG_SETMASK, NULL, &open);
	ok(sigismember(&open, SIGUSR1), "the mask is back");
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static void test_eventfd(void)
{
	int fd = eventfd(3, EFD_NONBLOCK);
	uint64_t value = 0;

	if (fd < 0 && errno == ENOSYS) {
		skip(8, "no eventfd");
		return;
	}
	is_int(poll_one(fd, POLLIN, 0), POLLIN, "an eventfd that is not zero");
	is_int(read(fd, &value, 8), 8, "read it");
	is_int(value, 3, "its value");
	fails(read(fd, &value, 8), EAGAIN, "then it is zero");
	value = 5;
	is_int(write(fd, &value, 8), 8, "write adds");
	is_int(poll_one(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT, "and there is room yet");
	value = UINT64_MAX - 6;
	is_int(write(fd, &value, 8), 8, "for so much");
	is_int(poll_one(fd, POLLIN | POLLOUT, 0), POLLIN, "and then none");
	close(fd);
}

static void test_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 42 };
	struct epoll_event got[2] = { { 0 }, { 0 } };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	char c;

	if (ep < 0 && errno == ENOSYS) {
		skip(6, "no epoll");
		return;
	}
	is_int(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event), 0, "epoll add");
	fails(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event), EEXIST, "once");
	is_int(epoll_wait(ep, got, 2, 0), 0, "nothing yet");
	write_soon();
	is_int(epoll_wait(ep, got, 2, -1), 1, "it waits");
	is_int(got[0].data.u32, 42, "and says for what");
	wait(NULL);
	if (read(fds[0], &c, 1) != 1)
		bail_out("read");
	is_int(epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL), 0, "epoll delete");
	close(ep);
}

int main(void)
{
	plan(10 + 3 + 8 + 2 + 4 + 8 + 6);
	if (pipe(fds) < 0)
		bail_out("pipe");
	test_states();
	test_ends();
	test_waiting();
	if (!skip_under_qemu(2, "the personality is the host's"))
		test_time_left();
	test_signals();
	test_eventfd();
	test_epoll();
	return done_testing();
}
