/*
 * tests/abi/event_pieces.c
 *
 * Claim    What an eventfd, a timerfd or a signalfd gives is one thing, or
 *          several of one size: readv() has it wherever pieces of memory end,
 *          empty ones among them, counts their bytes together, and takes of an
 *          eventfd once. writev() to an eventfd is one write for each piece. To
 *          want nothing is refused of read(), and not of readv().
 * Method   Vectors of pieces that are too small, of several that would do, and
 *          of one that is not there.
 * Oracle   Linux, from 6.10 on.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

/* Nobody may read here. */
static struct iovec nowhere(size_t n)
{
	return (struct iovec){ (void *)8, n };
}

static void test_eventfd(void)
{
	int fd = eventfd(5, EFD_NONBLOCK), s = eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE);
	uint64_t value[2] = { 0, 0 };
	char *at = (char *)value;
	struct iovec parts[4] = { { at, 3 }, { NULL, 0 }, { at + 3, 1 }, { at + 4, 4 } };
	struct iovec two[2] = { { &value[0], 8 }, { &value[1], 8 } };

	is_int(readv(fd, parts, 4), 8, "eventfd: the value, in parts");
	is_int(value[0], 5, "is what was in it");
	fails(readv(fd, parts, 4), EAGAIN, "and is gone");
	fails(readv(fd, parts, 3), EINVAL, "parts that are too small together");
	is_int(readv(fd, parts, 0), 0, "no parts");
	is_int(readv(fd, &parts[1], 1), 0, "an empty one");
	fails(read(fd, at, 0), EINVAL, "read() of nothing");
	value[1] = 77;
	is_int(readv(s, two, 2), 8, "of two that would do the first is filled");
	is_int(value[0], 1, "with one");
	is_int(value[1], 77, "and the second left");
	is_int(readv(s, two, 2), 8, "again");
	is_int(readv(s, two, 2), 8, "until the third");
	fails(readv(s, two, 2), EAGAIN, "which was the last");

	value[0] = 2, value[1] = 3;
	is_int(writev(fd, two, 2), 16, "two values in one writev()");
	is_int(read(fd, value, 8), 8, "are read");
	is_int(value[0], 5, "as their sum");
	fails(writev(fd, parts, 4), EINVAL, "a value in parts is not written");
	value[0] = 2;
	two[1] = (struct iovec){ at, 4 };
	is_int(writev(fd, two, 2), 8, "the second one is too short");
	is_int(read(fd, value, 8), 8, "the first one is there");
	is_int(value[0], 2, "and was that");
	two[0] = (struct iovec){ at, 4 };
	two[1] = nowhere(4);
	is_int(write(fd, value, 8), 8, "a value");
	if (!skip_under_qemu(2, "a piece that is not there is none")) {
		fails(readv(fd, two, 2), EFAULT, "half of it has no place");
		fails(read(fd, value, 8), EAGAIN, "and it is gone");
	}
	close(fd);
	close(s);
}

static void test_timerfd(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	const struct itimerspec soon = { .it_value = { 0, 1 } };
	uint64_t rings = 0;
	char *at = (char *)&rings;
	struct iovec parts[2] = { { at, 1 }, { at + 1, 7 } };

	timerfd_settime(fd, 0, &soon, NULL);
	is_int(readv(fd, parts, 2), 8, "timerfd: the count, in parts");
	is_int(rings, 1, "it rang once");
	fails(readv(fd, parts, 1), EINVAL, "a part");
	fails(read(fd, at, 0), EINVAL, "read() of nothing");
	is_int(readv(fd, parts, 0), 0, "no parts");
	close(fd);
}

static void test_signalfd(void)
{
	struct signalfd_siginfo got[3];
	struct iovec parts[3] = {
		{ got, 100 }, { (char *)got + 100, 200 }, { (char *)got + 300, 84 },
	};
	sigset_t set;
	int fd;

	memset(got, 0, sizeof(got));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	raise(SIGUSR1);
	raise(SIGUSR2);
	is_int(readv(fd, parts, 3), 2 * sizeof(got[0]),
	       "signalfd: two signals, where parts end elsewhere");
	if (!skip_under_qemu(1, "what readv() gives is the host's"))
		ok_without_errno(got[0].ssi_signo == SIGUSR1 &&
				 got[1].ssi_signo == SIGUSR2 &&
				 got[0].ssi_pid == (uint32_t)getpid() &&
				 got[1].ssi_pid == (uint32_t)getpid(),
				 "are those that were sent");
	fails(readv(fd, parts, 3), EAGAIN, "and no more");
	fails(readv(fd, parts, 1), EINVAL, "too small for one");
	raise(SIGUSR1);
	parts[1].iov_len = 60;
	is_int(readv(fd, parts, 2), sizeof(got[0]), "room for one and a part");
	raise(SIGUSR1);
	fails(read(fd, got, 0), EINVAL, "read() of nothing");
	is_int(read(fd, got, sizeof(got)), sizeof(got[0]), "that one is still there");
	close(fd);
}

int main(void)
{
	test_eventfd();
	test_timerfd();
	test_signalfd();
	return done_testing();
}
