/*
 * tests/abi/syslog.c
 *
 * Claim    syslog() gives the last messages of the kernel, whole lines that say
 *          how urgent they are; what was read is not there to be read again,
 *          what was cleared is not among the last ones. Only root reads what is
 *          new, clears, and says what the console shows.
 * Method   The calls, of what there is since boot, and their edges.
 * Oracle   Linux, syslog(2).
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <ctype.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>

enum { CLOSE, OPEN, READ, READ_ALL, READ_CLEAR, CLEAR, CONSOLE_OFF, CONSOLE_ON,
       CONSOLE_LEVEL, SIZE_UNREAD, SIZE_BUFFER };
enum { EDGES = 9, READS = 6, ONCE = 4, CLEARS = 4, LEVELS = 10, RIGHTS = 3 };

static char *text;
static int size;

static void test_edges(void)
{
	is_int(klogctl(OPEN, NULL, 0), 0, "it is opened");
	is_int(klogctl(CLOSE, NULL, 0), 0, "and closed, which does nothing");
	fails(klogctl(READ_ALL, NULL, 1), EINVAL, "it is read to somewhere");
	fails(klogctl(READ_ALL, text, -1), EINVAL, "so many bytes");
	is_int(klogctl(READ_ALL, text, 0), 0, "which may be none");
	fails(klogctl(READ_ALL, (char *)8, size), EFAULT, "of one's own memory");
	fails(klogctl(CONSOLE_LEVEL, NULL, 0), EINVAL, "there is no level 0");
	fails(klogctl(CONSOLE_LEVEL, NULL, 9), EINVAL, "and no level 9");
	fails(klogctl(11, NULL, 0), EINVAL, "nor an 11th thing to do");
}

/* "<6>[    0.123456] ..." */
static bool is_line(const char *line)
{
	return line[0] == '<' && isdigit((unsigned char)line[1]) &&
	       strchr(line, '>') && strchr(line, '>')[1] == '[';
}

static bool are_lines(char *at)
{
	for (; *at; at = strchr(at, '\n') + 1)
		if (!is_line(at) || !strchr(at, '\n'))
			return false;
	return true;
}

static void test_reads(void)
{
	int n, some;

	n = klogctl(READ_ALL, text, size);
	ok(n > 0, "the last messages are there");
	text[n > 0 ? n : 0] = '\0';
	ok(n > 0 && text[n - 1] == '\n', "whole lines");
	ok(are_lines(text), "each says how urgent it is, and when it was");
	some = klogctl(READ_ALL, text, 300);
	ok(some > 0 && some <= 300, "few of them, if that is asked for");
	text[some > 0 ? some : 0] = '\0';
	ok(are_lines(text), "whole ones, too");
	is_int(klogctl(READ_ALL, text, size), n, "and all of them again");
}

static void test_once(void)
{
	int there = klogctl(SIZE_UNREAD, NULL, 0), n, left;

	ok(there > 0, "some were not read yet");
	n = klogctl(READ, text, size);
	ok(n > 0 && n <= there, "they are read");
	for (left = there - n; left > 0; left -= n)
		n = klogctl(READ, text, left);
	ok(klogctl(SIZE_UNREAD, NULL, 0) < there, "and then not there any more");
	ok(klogctl(READ_ALL, text, size) > 0, "but among the last ones yet");
}

static void test_clears(void)
{
	int n = klogctl(READ_CLEAR, text, size);

	ok(n > 0, "read for the last time");
	ok(klogctl(READ_ALL, text, size) < n, "they are gone");
	is_int(klogctl(CONSOLE_LEVEL, NULL, 4), 0, "the console shows the urgent ones");
	is_int(klogctl(CLEAR, NULL, 0), 0, "cleared again");
}

static void read_levels(int level[4])
{
	FILE *f = fopen("/proc/sys/kernel/printk", "re");

	if (f == NULL ||
	    fscanf(f, "%d %d %d %d", &level[0], &level[1], &level[2], &level[3]) != 4)
		bail_out("printk: %s", strerror(errno));
	fclose(f);
}

static bool write_levels(const char *text)
{
	int fd = open("/proc/sys/kernel/printk", O_WRONLY | O_CLOEXEC);
	bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return done;
}

static void test_levels(void)
{
	int before[4], level[4];
	char text[100];

	read_levels(before);
	is_int(before[0], 4, "/proc tells what the console shows");
	ok(write_levels("5\n"), "which may be written");
	read_levels(level);
	is_int(level[0], 5, "that is it then");
	is_int(memcmp(level + 1, before + 1, 3 * sizeof(int)), 0, "the others stay");
	klogctl(CONSOLE_OFF, NULL, 0);
	read_levels(level);
	is_int(level[0], level[2], "off is the least there can be");
	klogctl(CONSOLE_ON, NULL, 0);
	read_levels(level);
	is_int(level[0], 5, "and on is as before");
	ok(write_levels("7 3 2 1"), "all four");
	klogctl(CONSOLE_LEVEL, NULL, 1);
	read_levels(level);
	ok(level[0] == 2 && level[1] == 3 && level[3] == 1, "the third is the least");
	ok(!write_levels("6 x"), "only numbers");
	snprintf(text, sizeof(text), "%d %d %d %d", before[0], before[1], before[2],
		 before[3]);
	ok(write_levels(text), "as it was");
}

static void test_rights(void)
{
	if (setresuid(1000, 1000, 1000) < 0)
		bail_out("setresuid: %s", strerror(errno));
	fails(klogctl(READ, text, size), EPERM, "who is not root does not read them");
	fails(klogctl(CLEAR, NULL, 0), EPERM, "nor clears them");
	fails(klogctl(CONSOLE_LEVEL, NULL, 4), EPERM, "nor quiets the console");
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: it is the host's");
	if (geteuid() != 0)
		skip_all("not root");
	size = klogctl(SIZE_BUFFER, NULL, 0);
	text = size > 0 ? malloc(size + 1) : NULL;
	if (text == NULL)
		bail_out("there is no log");
	if (klogctl(READ_ALL, text, size) == 0 || klogctl(SIZE_UNREAD, NULL, 0) == 0)
		skip_all("somebody has read or cleared it");
	plan(EDGES + READS + ONCE + CLEARS + LEVELS + RIGHTS);
	test_edges();
	test_reads();
	test_once();
	test_clears();
	test_levels();
	test_rights();
	return done_testing();
}
