/*
 * tests/abi/tty_columns.c
 *
 * Claim    A terminal makes spaces of tabs (XTABS), up to the next column of 8,
 *          wherever the cursor stands after control characters and bytes of
 *          UTF-8; large letters of small ones that are shown (OLCUC), small ones
 *          of large ones that are typed (IUCLC); and none of that unless output
 *          is processed (OPOST), extensions are on (IEXTEN).
 * Method   A pseudoterminal: what the master reads is what a screen would get.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libpty.h"

#include <poll.h>

#ifndef OLCUC
#define OLCUC 0000002
#endif
#ifndef IUCLC
#define IUCLC 0001000
#endif

static void begin(unsigned iflag, unsigned oflag, unsigned lflag)
{
	struct termios t;

	open_pair(0);
	if (tcgetattr(slave, &t) != 0)
		bail_out("the slave: %s", strerror(errno));
	t.c_iflag = iflag;
	t.c_oflag = oflag;
	t.c_lflag = lflag;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	is_int(tcsetattr(slave, TCSANOW, &t), 0, "settings");
}

/* As many bytes as @expected has come at @fd, and are those. */
static void comes(int fd, const char *expected, const char *what)
{
	size_t n = strlen(expected), used = 0;
	char got[512];
	ssize_t more;

	while (used < n && (more = read(fd, got + used, n - used)) > 0)
		used += more;
	got[used] = '\0';
	if (!ok(strcmp(got, expected) == 0, "%s", what))
		diag("got \"%s\"", got);
}

static void shows(const char *text, const char *expected, const char *what)
{
	if (write(slave, text, strlen(text)) != (ssize_t)strlen(text))
		bail_out("write: %s", strerror(errno));
	comes(master, expected, what);
}

static void test_tabs(void)
{
	begin(0, OPOST | ONLCR | XTABS, 0);
	shows("\t|", "        |", "a tab at the margin is eight spaces");
	shows("\t|", "       |", "behind one character seven");
	shows("\r1234567\t|", "\r1234567 |", "behind seven one");
	shows("\r12345678\t|", "\r12345678        |", "behind eight eight again");
	shows("\n\t|", "\r\n        |", "after a newline it is at the margin");
	shows("\rabc\b\t|", "\rabc\b      |", "a backspace takes one column back");
	shows("\r\b\t|", "\r\b        |", "and none from the margin");
	shows("\ra\a\033\t|", "\ra\a\033       |", "control characters take none");
	shows("\r\xc3\xa4\t|", "\r\xc3\xa4      |", "two bytes are two columns");
	close_pair();
	begin(IUTF8, OPOST | XTABS, 0);
	shows("\xc3\xa4\t|", "\xc3\xa4       |", "with IUTF8 they are one");
	shows("\n\t|", "\n       |", "a newline alone keeps the column"); /* 9 */
	close_pair();
	begin(0, OPOST | XTABS | ONLRET, 0);
	shows("abc\n\t|", "abc\n        |", "or does not, with ONLRET");
	close_pair();
	begin(0, OPOST | OCRNL | ONLCR | XTABS, 0);
	shows("ab\r\t|", "ab\n      |", "a return that is a newline keeps it too");
	close_pair();
	begin(0, XTABS, 0);
	shows("\t|", "\t|", "a tab stays one where output is not processed");
	close_pair();
	begin(0, OPOST, 0);
	shows("\t|", "\t|", "and where tabs are no spaces");
	close_pair();
}

/* Far more than the pair has room for, eight times as much as was written. */
static void test_many_tabs(void)
{
	enum { TABS = 3000 };
	static char tabs[TABS], got[TABS * 8];
	size_t used = 0;
	ssize_t more;
	int status;
	pid_t child;

	memset(tabs, '\t', sizeof(tabs));
	begin(0, OPOST | XTABS, 0);
	child = tap_fork();
	if (child == 0)
		_exit(write(slave, tabs, TABS) != TABS);
	while (used < sizeof(got) &&
	       (more = read(master, got + used, sizeof(got) - used)) > 0)
		used += more;
	is_int(waitpid(child, &status, 0), child, "who writes many tabs ends");
	is_int(status, 0, "and has written them all");
	is_int(used, sizeof(got), "eight spaces came for each");
	is_int(strspn(got, " "), used, "spaces all");
	close_pair();
}

static void test_large_letters(void)
{
	begin(0, OPOST | OLCUC, 0);
	shows("az AZ 1{`\n", "AZ AZ 1{`\n", "small letters are shown large");
	close_pair();
	begin(0, OLCUC, 0);
	shows("az", "az", "as they are where output is not processed");
	close_pair();
	begin(0, OPOST | OLCUC, ECHO);
	is_int(write(master, "q", 1), 1, "type a small letter");
	comes(master, "Q", "its echo is large");
	comes(slave, "q", "it is not");
	close_pair();
}

static void test_small_letters(void)
{
	begin(IUCLC, 0, IEXTEN);
	is_int(write(master, "AZaz@[", 6), 6, "type large letters");
	comes(slave, "azaz@[", "small ones are read");
	close_pair();
	begin(IUCLC, 0, 0);
	is_int(write(master, "AZ", 2), 2, "without IEXTEN");
	comes(slave, "AZ", "they stay large");
	close_pair();
	begin(IUCLC, 0, IEXTEN | ICANON | ECHO);
	is_int(write(master, "A\026B\n", 4), 4, "a line, with a quoted letter");
	comes(slave, "ab\n", "that is small as well");
	comes(master, "ab", "so is the echo");
	close_pair();
}

int main(void)
{
	test_tabs();
	test_many_tabs();
	test_large_letters();
	test_small_letters();
	return done_testing();
}
