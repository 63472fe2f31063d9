/*
 * tests/abi/pty.c
 *
 * Claim    /dev/ptmx makes pairs: what the master writes is typed at the
 *          slave, what the slave shows the master reads, with the line
 *          discipline between them; the size, the signals and the jobs of the
 *          terminal are the slave's; who closes one end is noticed at the other.
 * Method   Pairs made by hand and by forkpty(); sessions in children.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

static int master_of_new(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	if (fd < 0)
		bail_out("/dev/ptmx: %s", strerror(errno));
	return fd;
}

static int open_slave(int master)
{
	if (unlockpt(master) < 0)
		bail_out("unlockpt: %s", strerror(errno));
	return open(ptsname(master), O_RDWR | O_NOCTTY);
}

static void set_raw(int fd)
{
	struct termios t;

	tcgetattr(fd, &t);
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

static bool reads(int fd, const char *text)
{
	char buf[256];
	size_t used = 0, n = strlen(text);
	ssize_t got;

	while (used < n && (got = read(fd, buf + used, n - used)) > 0)
		used += got;
	return used == n && memcmp(buf, text, n) == 0;
}

static int events(int fd, int wanted)
{
	struct pollfd p = { .fd = fd, .events = wanted };

	poll(&p, 1, 0);
	return p.revents;
}

/* On Linux what one end writes comes to the other a little later. */
static void wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, -1);
}

static void test_names(void)
{
	int master = master_of_new(), slave, number, locked;
	struct statfs fs;
	struct stat st;
	char name[64];

	is_int(ioctl(master, TIOCGPTN, &number), 0, "its number");
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	ok(strcmp(ptsname(master), name) == 0, "is its name");
	is_int(stat(name, &st), 0, "which is there");
	ok(S_ISCHR(st.st_mode) && major(st.st_rdev) == 136 &&
		   (int)minor(st.st_rdev) == number, "a device 136:N");
	is_int(st.st_mode & 07757, 0600, "of its user");
	ok(statfs("/dev/pts", &fs) == 0 && fs.f_type == 0x1cd1, "in a devpts");
	fails(open(name, O_RDWR | O_NOCTTY), EIO, "locked");
	if (!skip_under_qemu(1, "TIOCGPTLCK is not known"))
		ok(ioctl(master, TIOCGPTLCK, &locked) == 0 && locked == 1,
		   "it says so");
	slave = open_slave(master);
	ok(slave >= 0, "unlocked");
	ok(isatty(slave) && isatty(master), "both are terminals");
	ok(ttyname(slave) != NULL && strcmp(ttyname(slave), name) == 0,
	   "ttyname");
	close(slave);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ok(slave >= 0 && fstat(slave, &st) == 0 &&
		   (int)minor(st.st_rdev) == number, "the peer without a name");
	close(slave);
	close(master);
	if (!skip_under_qemu(1, "others of the host may get the name at once"))
		fails(stat(name, &st), ENOENT, "the name goes with the master");
}

static void test_line(void)
{
	int master = master_of_new(), slave = open_slave(master), n;
	char c = 'x';

	is_int(write(master, "ab\177c\n", 5), 5, "type a line");
	ok(reads(slave, "ac\n"), "the slave reads it, edited");
	ok(reads(master, "ab\b \bc\r\n"), "the master sees the echo");
	is_int(write(slave, "x\n", 2), 2, "show something");
	wait_for(master);
	is_int(ioctl(master, FIONREAD, &n), 0, "FIONREAD");
	is_int(n, 3, "of the master");
	ok(reads(master, "x\r\n"), "with a carriage return");
	is_int(write(master, "\004", 1), 1, "type the end of file");
	is_int(read(slave, &n, 1), 0, "the slave finds it");
	is_int(write(master, "\004", 1), 1, "type it again");
	wait_for(slave);
	set_raw(slave);
	ok(read(slave, &c, 1) == 1 && c == 0,
	   "who reads without the discipline from then on finds a NUL");
	is_int(write(master, "\003\n", 2), 2, "without the discipline");
	ok(reads(slave, "\003\n"), "characters are characters");
	is_int(events(master, POLLIN | POLLOUT), POLLOUT, "no echo");
	close(slave);
	close(master);
}

static void test_size(void)
{
	struct winsize w = { .ws_row = 33, .ws_col = 77 }, seen = { 0 };
	int master = master_of_new(), slave = open_slave(master);

	ok(ioctl(slave, TIOCGWINSZ, &seen) == 0 && seen.ws_row == 0,
	   "no size at first");
	is_int(ioctl(master, TIOCSWINSZ, &w), 0, "the master sets it");
	ok(ioctl(slave, TIOCGWINSZ, &seen) == 0 && seen.ws_row == 33 &&
		   seen.ws_col == 77, "the slave has it");
	close(slave);
	close(master);
}

static void test_full(void)
{
	static char buf[65536];
	int master = master_of_new(), slave = open_slave(master);
	ssize_t n, shown = 0, got = 0;
	int why;

	set_raw(slave);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	fcntl(master, F_SETFL, O_NONBLOCK);
	fails(read(master, buf, 1), EAGAIN, "nothing to read");
	/* Linux hands on what was written a moment later: then there is room. */
	do {
		while ((n = write(slave, buf, 1000)) > 0)
			shown += n;
		why = errno;
	} while (why == EAGAIN && events(slave, POLLOUT) != 0);
	ok(why == EAGAIN && shown >= 2048, "a slave that nobody reads: %ld",
	   (long)shown);
	is_int(events(slave, POLLOUT), 0, "and it knows");
	while (got < shown && (n = read(master, buf, sizeof(buf))) != 0) {
		if (n < 0)
			wait_for(master);
		else
			got += n;
	}
	is_int(got, shown, "nothing is lost");
	is_int(events(slave, POLLOUT), POLLOUT, "there is room again");
	close(slave);
	close(master);
}

static void test_slave_closes(void)
{
	int master = master_of_new(), slave = open_slave(master);
	char c;

	set_raw(slave);
	is_int(write(slave, "z", 1), 1, "the last words");
	close(slave);
	is_int(read(master, &c, 1), 1, "are read");
	fails(read(master, &c, 1), EIO, "then there is nobody");
	ok(events(master, POLLIN) & POLLHUP, "poll says so");
	slave = open_slave(master);
	is_int(events(master, POLLIN), 0, "until somebody comes again");
	close(slave);
	close(master);
}

static void test_master_closes(void)
{
	int master = master_of_new(), slave = open_slave(master);
	struct termios t;
	char c;

	close(master);
	is_int(read(slave, &c, 1), 0, "reading finds the end");
	fails(write(slave, "x", 1), EIO, "writing does not work");
	fails(tcgetattr(slave, &t), EIO, "nor asking");
	is_int(events(slave, POLLIN | POLLOUT),
	       POLLIN | POLLOUT | POLLERR | POLLHUP, "poll says so");
	close(slave);
}

/* ---- sessions ---- */

static volatile sig_atomic_t heard;

static void hear(int sig)
{
	heard = sig;
}

/* In a child: a session whose terminal is the slave of @master. */
static int begin_session(int master)
{
	int slave;

	setsid();
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR);
	close(master);
	return slave;
}

static int lead(void *arg)
{
	int slave = begin_session(*(int *)arg), tty = open("/dev/tty", O_RDWR);
	sigset_t set, old;
	struct stat a, b;

	if (slave < 0 || tty < 0 || tcgetpgrp(slave) != getpid())
		return 1;
	if (!under_qemu_user() && tcgetsid(tty) != getpid())
		return 7;
	if (fstat(slave, &a) < 0 || stat("/dev/tty", &b) < 0)
		return 2;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGINT, hear);
	signal(SIGWINCH, hear);
	signal(SIGHUP, hear);
	if (write(slave, "r", 1) != 1)
		return 3;
	while (heard != SIGINT)
		sigsuspend(&old);
	if (write(slave, "i", 1) != 1)
		return 4;
	while (heard != SIGWINCH)
		sigsuspend(&old);
	if (write(tty, "w", 1) != 1)
		return 5;
	while (heard != SIGHUP)
		sigsuspend(&old);
	return open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? 0 : 6;
}

static bool shows(int master, char wanted)
{
	char c = 0;

	while (c != wanted && read(master, &c, 1) == 1)
		;
	return c == wanted;
}

static void test_session(void)
{
	struct winsize w = { .ws_row = 10, .ws_col = 10 };
	int master = master_of_new(), status, group = 0;
	pid_t child = tap_fork();

	if (child == 0)
		_exit(lead(&master));
	ok(shows(master, 'r'), "a session gets its terminal by opening it");
	is_int(ioctl(master, TIOCGPGRP, &group), 0, "who stands in front");
	is_int(group, child, "is its leader");
	is_int(write(master, "\003", 1), 1, "type Ctrl-C");
	ok(shows(master, 'i'), "it is SIGINT");
	ioctl(master, TIOCSWINSZ, &w);
	ok(shows(master, 'w'), "a new size is SIGWINCH");
	close(master);
	is_int(waitpid(child, &status, 0), child, "the master goes");
	is_int(status, 0, "SIGHUP, and it has no terminal");
}

static int hang_up(void *arg)
{
	int slave = begin_session(*(int *)arg), tty = open("/dev/tty", O_RDWR);

	signal(SIGHUP, hear);
	if (slave < 0 || tty < 0)
		return 1;
	if (vhangup() < 0)
		return 2;
	if (heard != SIGHUP)
		return 3;
	if (open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO)
		return 4;
	return setuid(4242) < 0 || vhangup() == 0 || errno != EPERM ? 5 : 0;
}

static void test_hang_up(void)
{
	int master = master_of_new();

	is_exit(in_child(hang_up, &master), 0, "vhangup(): SIGHUP, and no terminal");
	close(master);
}

/* A group in the background that reads is stopped. */
static int read_behind(void *arg)
{
	int slave = begin_session(*(int *)arg), status;
	pid_t child = tap_fork();
	char c;

	if (child == 0) {
		setpgid(0, 0);
		_exit(read(slave, &c, 1) == 1 ? 0 : 1);
	}
	setpgid(child, child);
	if (waitpid(child, &status, WUNTRACED) != child ||
	    !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTTIN)
		return 1;
	if (tcsetpgrp(slave, child) < 0)
		return 2;
	tap_kill_group(child, SIGCONT);
	if (write(slave, "g", 1) != 1)
		return 3;
	waitpid(child, &status, 0);
	return status == 0 ? 0 : 4;
}

static void test_jobs(void)
{
	int master = master_of_new(), status;
	pid_t child = tap_fork();

	if (child == 0) {
		signal(SIGTTOU, SIG_IGN);
		_exit(read_behind(&master));
	}
	ok(shows(master, 'g'), "who reads behind is stopped, and goes on in front");
	is_int(write(master, "x\n", 2), 2, "type something");
	waitpid(child, &status, 0);
	is_int(status, 0, "it is read");
	close(master);
}

int main(void)
{
	test_names();
	test_line();
	test_size();
	test_full();
	test_slave_closes();
	test_master_closes();
	test_session();
	if (geteuid() != 0)
		skip(1, "only root hangs up");
	else if (!skip_under_qemu(1, "no vhangup()"))
		test_hang_up();
	test_jobs();
	return done_testing();
}
