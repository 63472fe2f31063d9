/*
 * tests/abi/pty_packets.c
 *
 * Claim    In packet mode (TIOCPKT) each read of the master begins with a byte:
 *          0 and what the slave has shown, or, alone and first, what has become
 *          of the slave since: its input was flushed, its output flushed, stopped
 *          or started, Ctrl-S stops it now or does not, and (EXTPROC) its settings
 *          have changed.  poll() tells by POLLPRI.  With EXTPROC the slave leaves
 *          echo, editing and signals to who has the master.
 * Method   A pseudoterminal, everything from one process.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libpty.h"

#include <poll.h>
#include <sys/ioctl.h>

#ifndef EXTPROC
#define EXTPROC 0200000
#endif

static void set_packets(int on)
{
	if (ioctl(master, TIOCPKT, &on) != 0)
		bail_out("TIOCPKT: %s", strerror(errno));
}

/* A pair without any processing, and with packets. */
static void begin(void)
{
	struct termios t;

	open_pair(O_NONBLOCK);
	if (tcgetattr(slave, &t) != 0)
		bail_out("the slave: %s", strerror(errno));
	cfmakeraw(&t);
	tcsetattr(slave, TCSANOW, &t);
	set_packets(1);
}

static void changes(unsigned iflag, unsigned lflag, bool on)
{
	is_int(change(iflag, lflag, on), 0, "other settings");
}

static int events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

/* Wait: what is typed and shown may take a moment to arrive. Of news that come later
 * Linux wakes only who asks for POLLIN. */
static bool has(int fd, int wanted)
{
	struct pollfd p = { .fd = fd, .events = wanted | POLLIN };

	return poll(&p, 1, -1) == 1 && (p.revents & wanted);
}

static void tells(int expected, const char *what)
{
	unsigned char byte[8] = { 0 };

	ok(has(master, POLLPRI), "there is news");
	is_int(read(master, byte, sizeof(byte)), 1, "one byte");
	is_int(byte[0], expected, "%s", what);
}

static void tells_nothing(const char *what)
{
	is_int(events(master), 0, "%s", what);
}

static void test_data(void)
{
	char buf[8];

	begin();
	is_int(write(slave, "ab", 2), 2, "two characters");
	ok(has(master, POLLIN), "arrive");
	is_int(events(master), POLLIN, "and are no news");
	is_int(read(master, buf, 1), 1, "there is room for one");
	is_int(buf[0], TIOCPKT_DATA, "data, it says");
	is_int(read(master, buf, sizeof(buf)), 3, "the two come as three");
	ok(memcmp(buf, "\0ab", 3) == 0, "behind the same byte");
	close_pair();
}

static void test_flushes(void)
{
	begin();
	is_int(tcflush(slave, TCIFLUSH), 0, "flush the input");
	tells(TIOCPKT_FLUSHREAD, "FLUSHREAD");
	is_int(tcflush(slave, TCOFLUSH), 0, "the output");
	tells(TIOCPKT_FLUSHWRITE, "FLUSHWRITE");
	is_int(tcflush(slave, TCIOFLUSH), 0, "both");
	tells(TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE, "both at once");
	is_int(tcflush(slave, 3), -1, "something else");
	tells_nothing("is no flush");
	is_int(tcflush(master, TCIFLUSH), 0, "the master's own");
	tells_nothing("is no news");
	close_pair();
}

static void test_flushed_by_signal(void)
{
	begin();
	changes(0, ISIG, true);
	is_int(write(master, "\003", 1), 1, "type an interrupt");
	tells(TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE, "what is typed and shown goes");
	changes(0, NOFLSH, true);
	is_int(write(master, "\003x", 2), 2, "another one, with NOFLSH");
	ok(has(slave, POLLIN), "has been looked at");
	tells_nothing("flushes nothing");
	close_pair();
}

static void test_flow(void)
{
	begin();
	is_int(tcflow(slave, TCOOFF), 0, "stop");
	is_int(tcflow(slave, TCOOFF), 0, "stop what is stopped");
	tells(TIOCPKT_STOP, "STOP");
	is_int(tcflow(slave, TCOOFF), 0, "once more");
	tells_nothing("says nothing");
	is_int(tcflow(slave, TCOON), 0, "start");
	tells(TIOCPKT_START, "START");
	is_int(tcflow(slave, TCOOFF), 0, "stop");
	is_int(tcflow(slave, TCOON), 0, "start, and nobody has read");
	tells(TIOCPKT_START, "the last word counts");
	tells_nothing("and that was all");
	close_pair();
}

static void test_flow_by_characters(void)
{
	begin();
	changes(IXON, 0, true);
	tells(TIOCPKT_DOSTOP, "Ctrl-S stops now");
	changes(IXON, 0, true);
	tells_nothing("no change is no news");
	is_int(write(master, "\023", 1), 1, "Ctrl-S");
	tells(TIOCPKT_STOP, "STOP");
	is_int(write(master, "\021", 1), 1, "Ctrl-Q");
	tells(TIOCPKT_START, "START");
	is_int(write(master, "\023", 1), 1, "Ctrl-S");
	tells(TIOCPKT_STOP, "STOP");
	changes(IXON, 0, false);
	tells(TIOCPKT_NOSTOP | TIOCPKT_START, "without IXON it goes on, too");
	close_pair();
}

static void test_other_characters(void)
{
	struct termios t;

	begin();
	changes(IXON, 0, true);
	tells(TIOCPKT_DOSTOP, "Ctrl-S stops");
	tcgetattr(slave, &t);
	t.c_cc[VSTOP] = 'x';
	is_int(tcsetattr(slave, TCSANOW, &t), 0, "x is the one that stops");
	tells(TIOCPKT_NOSTOP, "Ctrl-S is not");
	close_pair();
}

static void test_news_first(void)
{
	char buf[8];

	begin();
	is_int(write(slave, "ab", 2), 2, "two characters");
	ok(has(master, POLLIN), "arrive");
	is_int(tcflush(slave, TCIFLUSH), 0, "and then some news");
	tells(TIOCPKT_FLUSHREAD, "which is read first");
	is_int(read(master, buf, sizeof(buf)), 3, "and then the characters");
	close_pair();
}

static void test_mode(void)
{
	int on = 7;

	begin();
	is_int(tcflush(slave, TCIFLUSH), 0, "some news");
	set_packets(1);
	tells(TIOCPKT_FLUSHREAD, "stay where packets were on");
	is_int(tcflush(slave, TCIFLUSH), 0, "some more");
	set_packets(0);
	if (!skip_under_qemu(2, "no TIOCGPKT")) {
		is_int(ioctl(master, TIOCGPKT, &on), 0, "no packets");
		is_int(on, 0, "it says");
	}
	tells_nothing("no news");
	is_int(tcflush(slave, TCOFLUSH), 0, "what happens meanwhile");
	set_packets(1);
	tells_nothing("is forgotten with the rest");
	close_pair();
}

static void test_wakes(void)
{
	unsigned char byte = 0;
	int status;
	pid_t child;

	begin();
	fcntl(master, F_SETFL, 0);
	child = tap_fork();
	if (child == 0)
		_exit(read(master, &byte, 1) == 1 ? byte : 99);
	usleep(50000); /* so that it waits, as a rule */
	is_int(tcflush(slave, TCIFLUSH), 0, "who waits for the master");
	is_int(waitpid(child, &status, 0), child, "is woken");
	is_int(WEXITSTATUS(status), TIOCPKT_FLUSHREAD, "by the news");
	close_pair();
}

static void test_extproc(void)
{
	char buf[16];

	begin();
	changes(0, EXTPROC, true);
	tells(TIOCPKT_IOCTL, "EXTPROC, and the settings have changed");
	changes(0, ICANON | ECHO | ISIG, true);
	tells(TIOCPKT_IOCTL, "so they have again");
	is_int(write(master, "a\003\177b", 4), 4, "type what would be edited");
	ok(has(slave, POLLIN), "it can be read, and is no line");
	is_int(read(slave, buf, sizeof(buf)), 4, "all of it");
	ok(memcmp(buf, "a\003\177b", 4) == 0, "as it was typed");
	tells_nothing("nothing of it is shown, nothing was flushed");
	is_int(write(master, "\004", 1), 1, "a Ctrl-D alone");
	ok(has(slave, POLLIN), "arrives");
	is_int(read(slave, buf, sizeof(buf)), 0, "and is the end of a file");
	changes(0, EXTPROC, false);
	tells(TIOCPKT_IOCTL, "that it ends is told, too");
	changes(0, ECHO, false);
	tells_nothing("and then no more");
	close_pair();
}

int main(void)
{
	test_data();
	test_flushes();
	test_flushed_by_signal();
	test_flow();
	test_flow_by_characters();
	test_other_characters();
	test_news_first();
	test_mode();
	test_wakes();
	test_extproc();
	return done_testing();
}
