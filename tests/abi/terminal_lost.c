/*
 * tests/abi/terminal_lost.c
 *
 * Claim    A terminal that a session has lost, given up or to another session,
 *          is nobody's there, also when the leader gets another one; who asks
 *          for a foreground group that is none is told why; and who stood in
 *          the foreground of one that has hung up is told when the leader ends.
 * Method   Leaders of sessions with pseudoterminals, and children that they had
 *          before.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;

/* Another pair; who has the old one open has it still. */
static void new_terminal(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || unlockpt(master) != 0)
		bail_out("/dev/ptmx: %s", strerror(errno));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0)
		bail_out("the slave: %s", strerror(errno));
}

static int status_of(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

static void lead(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(90);
}

/* ---- those who were there before ---- */

static int asked[2], answered[2];

/* 0: it has no terminal; once it was asked. */
static int has_none(void)
{
	char c;
	int pgrp;

	if (read(asked[0], &c, 1) != 1)
		return 91;
	if (open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO)
		return 1;
	return ioctl(slave, TIOCGPGRP, &pgrp) == 0 || errno != ENOTTY ? 2 : 0;
}

static void make_pipes(void)
{
	if (pipe(asked) < 0 || pipe(answered) < 0)
		bail_out("pipe: %s", strerror(errno));
}

/* Gets another terminal, and asks @child, which had the one before. */
static int get_another(pid_t child)
{
	new_terminal();
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return 92;
	if (open("/dev/tty", O_RDWR) < 0)
		return 93;
	if (write(asked[1], "x", 1) != 1)
		return 94;
	return status_of(child);
}

static int give_up_and_get_another(void)
{
	pid_t child;

	lead();
	child = tap_fork();
	if (child == 0)
		_exit(has_none());
	if (ioctl(slave, TIOCNOTTY) < 0)
		return 95;
	return get_another(child);
}

/* The terminal is stolen by @asked[0], a word of the thief's. */
static int lose_and_get_another(void)
{
	pid_t child, thief;
	int old = slave;

	lead();
	child = tap_fork();
	if (child == 0)
		_exit(has_none());
	thief = tap_fork();
	if (thief == 0)
		_exit(setsid() < 0 || ioctl(old, TIOCSCTTY, 1) < 0);
	if (status_of(thief) != 0)
		return 96;
	return get_another(child);
}

static void test_others(int (*leader)(void), const char *how)
{
	pid_t pid;

	make_pipes();
	new_terminal();
	pid = tap_fork();
	if (pid == 0)
		_exit(leader());
	is_int(status_of(pid), 0, "%s: another one is not theirs", how);
	close(master);
	close(slave);
}

/* Its leader and all others have it still. */
static int give_up_alone(void)
{
	int pgrp;
	pid_t child;

	lead();
	child = tap_fork();
	if (child == 0) {
		if (ioctl(slave, TIOCNOTTY) < 0)
			_exit(95);
		if (open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO)
			_exit(1);
		_exit(ioctl(slave, TIOCGPGRP, &pgrp) == 0 || errno != ENOTTY ? 2 : 0);
	}
	if (status_of(child) != 0)
		return 3;
	return open("/dev/tty", O_RDWR) < 0;
}

/* ---- the foreground ---- */

static int put_in_foreground(int pgid)
{
	return ioctl(slave, TIOCSPGRP, &pgid) == 0 ? 0 : errno;
}

static int ask_for_groups(void)
{
	lead();
	if (put_in_foreground(0x3fffffff) != ESRCH)
		return 1;
	if (put_in_foreground(0) != ESRCH)
		return 2;
	if (put_in_foreground(-3) != EINVAL)
		return 3;
	if (put_in_foreground(getppid()) != EPERM)
		return 4;
	return put_in_foreground(getpgrp());
}

/* Nobody of the session would continue it: it is not stopped, but refused. */
static int ask_from_orphaned_group(void)
{
	struct termios t;

	signal(SIGTTOU, SIG_DFL);
	if (put_in_foreground(getpgrp()) != ENOTTY)
		return 1;
	if (tcgetattr(slave, &t) < 0)
		return 2;
	return tcsetattr(slave, TCSANOW, &t) == 0 || errno != EIO ? 3 : 0;
}

/* The middle one leads a group and ends: what it leaves is orphaned. */
static void leave_an_orphan(void)
{
	char c;

	setpgid(0, 0);
	if (tap_fork() != 0)
		_exit(0);
	if (read(asked[0], &c, 1) != 1)
		_exit(97);
	c = (char)ask_from_orphaned_group();
	_exit(write(answered[1], &c, 1) != 1);
}

static int ask_an_orphan(void)
{
	pid_t middle;
	char c = 98;

	lead();
	middle = tap_fork();
	if (middle == 0)
		leave_an_orphan();
	status_of(middle);
	if (write(asked[1], "x", 1) != 1 || read(answered[0], &c, 1) != 1)
		return 99;
	return c;
}

/* ---- hung up, and then its leader ends ---- */

#define LAST SIGRTMIN /* of those that are pending it is taken last */

static void hear(int sig)
{
	char c = (char)sig;

	if (write(answered[1], &c, 1) != 1 || sig == LAST)
		_exit(0);
}

static void stand_in_front(void)
{
	const int heard[] = { SIGHUP, SIGUSR1, SIGCONT, LAST };
	struct sigaction action = { .sa_handler = hear };
	pid_t self = getpid();

	sigfillset(&action.sa_mask); /* one after the other */
	for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		sigaction(heard[i], &action, NULL);
	setpgid(0, 0);
	if (put_in_foreground(self) != 0 ||
	    write(answered[1], &self, sizeof(self)) != sizeof(self))
		_exit(90);
	for (;;)
		pause();
}

static int lead_until_asked(void)
{
	char c;

	close(master);
	lead();
	if (tap_fork() == 0)
		stand_in_front();
	return read(asked[0], &c, 1) != 1;
}

/* What @pid hears, until it is told that this is all. */
static bool hears(pid_t pid, int last, const char *what)
{
	char heard[8] = "";
	size_t n = strlen(what);

	tap_kill(pid, last);
	for (size_t i = 0; i < n; i++) {
		if (read(answered[0], &heard[i], 1) != 1)
			return false;
		if (heard[i] == last)
			break;
	}
	return memcmp(heard, what, n) == 0;
}

static void test_hang_up_first(void)
{
	const char news[] = { SIGHUP, SIGCONT, (char)LAST, 0 };
	const char none[] = { SIGUSR1, 0 };
	pid_t leader, child = 0;

	make_pipes();
	new_terminal();
	leader = tap_fork();
	if (leader == 0)
		_exit(lead_until_asked());
	if (read(answered[0], &child, sizeof(child)) != sizeof(child))
		bail_out("the foreground: %s", strerror(errno));
	close(slave);
	close(master);
	ok(hears(child, SIGUSR1, none), "a terminal hangs up: its foreground is not told");
	if (write(asked[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	is_int(status_of(leader), 0, "its leader ends");
	if (!skip_under_qemu(1, "signals do not come in order"))
		ok(hears(child, LAST, news), "then it is");
	else
		tap_kill(child, LAST);
}

int main(void)
{
	plan(8);
	test_others(give_up_and_get_another, "given up");
	if (geteuid() == 0)
		test_others(lose_and_get_another, "stolen");
	else
		skip(1, "not root: nothing is stolen");
	test_others(give_up_alone, "given up by one who is no leader");
	test_others(ask_for_groups, "groups that are none");
	test_others(ask_an_orphan, "an orphaned group");
	test_hang_up_first();
	return done_testing();
}
