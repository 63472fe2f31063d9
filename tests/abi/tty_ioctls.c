/*
 * tests/abi/tty_ioctls.c
 *
 * Claim    A terminal's output is stopped and started by tcflow() and by Ctrl-S
 *          and Ctrl-Q, and who writes meanwhile waits; settings are had in their
 *          older form, too, and locked; a terminal can be one's own alone; what
 *          is typed by TIOCSTI is input, and not everybody may type.
 * Method   Pseudoterminals: what the master reads and types shows what the slave
 *          does.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libpty.h"

#include <poll.h>
#include <sys/ioctl.h>

#ifndef TIOCGEXCL
#define TIOCGEXCL 0x80045440
#endif

struct old_termio { /* struct termio, which the C library has not everywhere */
	unsigned short iflag, oflag, cflag, lflag;
	unsigned char line, cc[8];
};

static bool is_stopped(void)
{
	struct pollfd p = { .fd = slave, .events = POLLOUT };

	return poll(&p, 1, 0) == 0;
}

/* What is typed at the master has arrived when its signals have: on Linux
 * another thread types it. */
static bool becomes(bool stopped)
{
	for (int i = 0; i < 100000 && is_stopped() != stopped; i++)
		usleep(100);
	return is_stopped() == stopped;
}

/* All that the master has, up to now. */
static long shown(char *buf, size_t n)
{
	long got = 0, part;
	struct pollfd p = { .fd = master, .events = POLLIN };

	while (poll(&p, 1, got == 0 ? 60000 : 0) == 1 &&
	       (part = read(master, buf + got, n - got)) > 0)
		got += part;
	return got;
}

static void *waits_to_write(void *unused TAP_UNUSED)
{
	int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	long n = write(fd, "late", 4);

	close(fd);
	return (void *)n;
}

static void test_flow(void)
{
	pthread_t writer;
	char buf[100];
	void *n;

	open_pair(O_NONBLOCK);
	ok_without_errno(!is_stopped(), "a terminal has room");
	is_int(tcflow(slave, TCOOFF), 0, "TCOOFF");
	ok_without_errno(is_stopped(), "has none");
	fails(write(slave, "x", 1), EAGAIN, "and nothing is written");
	tap_thread(&writer, NULL, waits_to_write, NULL);
	is_int(write(master, "\021", 1), 1, "Ctrl-Q is typed");
	fails(write(slave, "x", 1), EAGAIN, "which does not start it");
	is_int(tcflow(slave, TCOON), 0, "TCOON");
	pthread_join(writer, &n);
	is_int((long)n, 4, "who waited has written");
	ok_without_errno(shown(buf, sizeof(buf)) == 4 && memcmp(buf, "late", 4) == 0,
			 "and it is seen");
	is_int(tcflow(slave, TCIOFF), 0, "TCIOFF");
	ok_without_errno(shown(buf, sizeof(buf)) == 1 && buf[0] == 023, "sends a Ctrl-S");
	is_int(tcflow(slave, TCION), 0, "TCION");
	ok_without_errno(shown(buf, sizeof(buf)) == 1 && buf[0] == 021, "a Ctrl-Q");
	fails(tcflow(slave, 9), EINVAL, "no such action");
	close_pair();
}

static void test_characters(void)
{
	char buf[10];

	open_pair(O_NONBLOCK);
	change(0, ECHO, false);
	change(IXON, 0, true);
	write(master, "\023", 1);
	ok_without_errno(becomes(true), "Ctrl-S stops it");
	write(master, "\021", 1);
	ok_without_errno(becomes(false), "Ctrl-Q starts it");
	write(master, "a\n", 2);
	usleep(1000);
	is_int(read(slave, buf, sizeof(buf)), 2, "and neither is input");
	write(master, "\023", 1);
	ok_without_errno(becomes(true), "Ctrl-S");
	change(IXON, 0, false);
	ok_without_errno(becomes(false), "without IXON it goes on");
	change(0, ICANON, false);
	write(master, "\023", 1);
	for (int i = 0; i < 100000 && read(slave, buf, 1) != 1; i++)
		usleep(100);
	ok_without_errno(buf[0] == 023 && !is_stopped(), "and Ctrl-S is input");
	close_pair();
}

static void test_old_settings(void)
{
	struct old_termio old;
	struct termios t, now;

	open_pair(O_NONBLOCK);
	tcgetattr(slave, &t);
	if (skip_under_qemu(4, "it translates two words of TCGETA")) {
		close_pair();
		return;
	}
	ioctl(slave, TCGETA, &old);
	ok_without_errno(old.iflag == (t.c_iflag & 0xffff) &&
			 old.lflag == (t.c_lflag & 0xffff) &&
			 memcmp(old.cc, t.c_cc, 8) == 0, "TCGETA is a part of TCGETS");
	old.lflag &= ~ECHO;
	old.cc[VINTR] = 'x';
	is_int(ioctl(slave, TCSETA, &old), 0, "TCSETA");
	tcgetattr(slave, &now);
	ok_without_errno(!(now.c_lflag & ECHO) && now.c_cc[VINTR] == 'x',
			 "sets that part");
	ok_without_errno(now.c_cc[VSUSP] == t.c_cc[VSUSP] && now.c_cflag == t.c_cflag,
			 "and no other");
	close_pair();
}

static void test_locked(void)
{
	struct termios locked, now;

	open_pair(O_NONBLOCK);
	memset(&locked, 0, sizeof(locked));
	locked.c_lflag = ECHO;
	locked.c_cc[VINTR] = 1;
	if (ioctl(slave, TIOCSLCKTRMIOS, &locked) != 0) {
		skip(3, "%s", under_qemu_user() ? "qemu-user: no TIOCSLCKTRMIOS" :
						  "only root locks settings");
		close_pair();
		return;
	}
	change(0, ECHO | ISIG, false);
	tcgetattr(slave, &now);
	ok_without_errno((now.c_lflag & (ECHO | ISIG)) == ECHO, "what is locked stays");
	now.c_cc[VINTR] = 'q';
	now.c_cc[VQUIT] = 'q';
	tcsetattr(slave, TCSANOW, &now);
	tcgetattr(slave, &now);
	ok_without_errno(now.c_cc[VINTR] == 3 && now.c_cc[VQUIT] == 'q',
			 "of characters, too");
	memset(&now, 0, sizeof(now));
	ok_without_errno(ioctl(slave, TIOCGLCKTRMIOS, &now) == 0 && now.c_lflag == ECHO,
			 "and told");
	close_pair();
}

static void test_discipline(void)
{
	int d = 77;

	open_pair(O_NONBLOCK);
	is_int(ioctl(slave, TIOCGETD, &d), 0, "TIOCGETD");
	is_int(d, 0, "is N_TTY");
	is_int(ioctl(slave, TIOCSETD, &d), 0, "TIOCSETD of that");
	d = 31;
	fails(ioctl(slave, TIOCSETD, &d), EINVAL, "of one that is none");
	close_pair();
}

/* ---- rights ---- */

static int opens_as_user(void *unused TAP_UNUSED)
{
	int fd;

	if (setgid(1000) != 0 || setuid(1000) != 0)
		return 9;
	fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	return fd >= 0 ? 0 : errno == EBUSY ? 1 : 2;
}

static void test_exclusive(void)
{
	int on = 7;

	open_pair(O_NONBLOCK);
	if (geteuid() != 0 || fchown(slave, 1000, 1000) != 0) {
		skip(4, "only root has somebody else open it");
		close_pair();
		return;
	}
	is_exit(in_child(opens_as_user, NULL), 0, "a terminal is opened by its owner");
	ioctl(slave, TIOCEXCL);
	is_exit(in_child(opens_as_user, NULL), 1, "TIOCEXCL: it is busy");
	if (ioctl(slave, TIOCGEXCL, &on) != 0 && under_qemu_user())
		on = 1;
	is_int(on, 1, "which is told");
	ioctl(slave, TIOCNXCL);
	is_exit(in_child(opens_as_user, NULL), 0, "TIOCNXCL: no more");
	close_pair();
}

/* As the leader of a session on the slave, with no rights of root's. */
static int types(void *unused TAP_UNUSED)
{
	char buf[10];
	int other;

	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) != 0)
		return 1;
	other = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (other < 0 || setgid(1000) != 0 || setuid(1000) != 0)
		return 2;
	if (ioctl(slave, TIOCSTI, "t") != 0)
		return errno == EIO ? 77 : 3; /* Linux may forbid it to all */
	if (ioctl(slave, TIOCSTI, "\n") != 0 || read(other, buf, 10) != 2)
		return 4;
	if (buf[0] != 't' || ioctl(slave, TIOCSTI, NULL) != -1 || errno != EFAULT)
		return 5;
	return 0;
}

static int types_elsewhere(void *unused TAP_UNUSED)
{
	setsid();
	if (setgid(1000) != 0 || setuid(1000) != 0)
		return 2;
	if (ioctl(slave, TIOCSTI, "t") == 0)
		return 3;
	return errno == EPERM || errno == EIO ? 0 : 4;
}

/* As the leader of a session, with a file of the slave that writes alone. */
static int takes_by_writing(void *unused TAP_UNUSED)
{
	int writes = open(ptsname(master), O_WRONLY | O_NOCTTY);

	setsid();
	if (writes < 0 || setgid(1000) != 0 || setuid(1000) != 0)
		return 2;
	if (ioctl(writes, TIOCSCTTY, 0) != -1 || errno != EPERM)
		return 3;
	if (ioctl(slave, TIOCSCTTY, 0) != 0)
		return 4;
	return ioctl(writes, TIOCSCTTY, 0) != 0;
}

static void test_typing(void)
{
	int status;

	open_pair(O_NONBLOCK);
	if (geteuid() != 0) {
		skip(3, "only root becomes somebody else");
		close_pair();
		return;
	}
	status = in_child(types, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(1, "dev.tty.legacy_tiocsti is 0");
	else
		is_exit(status, 0, "TIOCSTI: typed at one's own terminal");
	is_exit(in_child(types_elsewhere, NULL), 0, "not at another's");
	is_exit(in_child(takes_by_writing, NULL), 0,
		"a terminal that one may only write to does not become one's own");
	close_pair();
}

int main(void)
{
	test_flow();
	test_characters();
	test_old_settings();
	test_locked();
	test_discipline();
	test_exclusive();
	test_typing();
	return done_testing();
}
