/*
 * tests/abi/padding.c
 *
 * Claim    What a call fills in is all of what it writes: in the places of its
 *          structures that have no name there is nothing of the kernel's.
 * Method   Each structure that ends, or goes on, at an odd place, in memory that
 *          was full before; what is there afterwards is zero, or was not written.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sysinfo.h>
#include <termios.h>

enum { FILL = 0x5a, ROOM = 512 };

static unsigned char buf[ROOM];

static void fill(void)
{
	memset(buf, FILL, sizeof(buf));
}

/* The @n bytes at @at are zero, or as they were before. */
static bool says_nothing(size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		if (buf[i] != 0 && buf[i] != FILL) {
			diag("byte %zu is 0x%02x", i, buf[i]);
			return false;
		}
	return true;
}

static void test_sysinfo(void)
{
	fill();
	is_int(syscall(SYS_sysinfo, buf), 0, "sysinfo()");
	ok_without_errno(says_nothing(108, 4), "its end");
}

static void test_msginfo(void)
{
	for (int what = IPC_INFO;; what = MSG_INFO) {
		fill();
		ok(msgctl(0, what, (void *)buf) >= 0, "msgctl(%d)", what);
		ok_without_errno(says_nothing(30, 2), "its end");
		if (what == MSG_INFO)
			return;
	}
}

static void test_termio(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	fill();
	is_int(ioctl(fd, TCGETA, buf), 0, "TCGETA");
	ok_without_errno(says_nothing(17, 1), "its end");
	close(fd);
}

static void test_siginfo(void)
{
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	fill();
	is_int(syscall(SYS_rt_sigtimedwait, &usr1, buf, NULL, 8), SIGUSR1, "a signal");
	ok_without_errno(says_nothing(12, 4) && says_nothing(24, 104), "all behind its sender");
}

int main(void)
{
	test_sysinfo();
	test_msginfo();
	test_termio();
	test_siginfo();
	return done_testing();
}
