/*
 * tests/abi/open_files.c
 *
 * Claim    All open files of the system have a bound, whatever opens them:
 *          ENFILE for who is not root.  They are counted, and the count goes
 *          back.
 * Method   A bound of 0, and a child that is a user; many eventfds.
 * Oracle   Linux, whose count is not exact.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

enum { USER = 4242, MANY = 512, FEW = 256 };

static const char *const file_max = "/proc/sys/fs/file-max";
static const char *const fifo = "/tmp/open_files";

struct counts {
	long open, free, max;
};

static struct counts look(void)
{
	FILE *f = fopen("/proc/sys/fs/file-nr", "r");
	struct counts c = { -1, -1, -1 };

	if (!f || fscanf(f, "%ld %ld %ld", &c.open, &c.free, &c.max) != 3)
		c.open = -1;
	if (f)
		fclose(f);
	return c;
}

static int set_max(int fd, long max)
{
	char word[24];
	int n = snprintf(word, sizeof(word), "%ld\n", max);

	return pwrite(fd, word, n, 0) == n ? 0 : -1;
}

/* ---- refused ---- */

static bool is_refused(int fd)
{
	return fd == -1 && errno == ENFILE;
}

static int refuse_all(void *unused TAP_UNUSED)
{
	int ends[2];

	if (setgid(USER) < 0 || setuid(USER) < 0)
		return 99;
	if (!is_refused(open("/", O_RDONLY)))
		return 1;
	if (!is_refused(open(fifo, O_RDWR)))
		return 2;
	if (!is_refused(pipe(ends)))
		return 3;
	if (!is_refused(eventfd(0, 0)))
		return 4;
	if (!is_refused(timerfd_create(CLOCK_MONOTONIC, 0)))
		return 5;
	if (!is_refused(memfd_create("none", 0)))
		return 6;
	if (!is_refused(open("/tmp/open_files_new", O_CREAT | O_WRONLY, 0600)))
		return 7;
	if (execl("/proc/self/exe", "none", (char *)NULL) != -1 || errno != ENFILE)
		return 8;
	return dup(0) < 0 ? 9 : 0;
}

static int refuse_often(void *unused TAP_UNUSED)
{
	int ends[2];

	if (setuid(USER) < 0)
		return 99;
	for (int i = 0; i < MANY; i++)
		if (!is_refused(pipe(ends)))
			return 1;
	return 0;
}

static void test_refused(void)
{
	int setting = open(file_max, O_RDWR), fd;
	struct counts before = look();

	if (!ok(setting >= 0, "root may set it") ||
	    !ok(mkfifo(fifo, 0666) == 0 && chmod(fifo, 0666) == 0, "a FIFO"))
		return;
	fails(set_max(setting, -1), EINVAL, "to no number below 0");
	if (!is_int(set_max(setting, 0), 0, "to 0"))
		return;
	int user = in_child(refuse_all, NULL), often = in_child(refuse_often, NULL);
	struct counts during = look();

	fd = open("/", O_RDONLY);
	set_max(setting, before.max);
	is_exit(user, 0, "a user opens nothing");
	is_exit(often, 0, "however often he asks");
	is_int(during.max, 0, "file-nr has the bound");
	ok(during.open < before.open + FEW, "what was refused is not counted");
	ok(fd >= 0, "root still opens files");
	fails(access("/tmp/open_files_new", F_OK), ENOENT, "nothing was made");
	is_int(look().max, before.max, "the bound is as it was");
	close(fd);
	close(setting);
	unlink(fifo);
}

/* ---- counted ---- */

static void test_count(void)
{
	static int fd[MANY];
	struct counts before = look(), full;

	for (int i = 0; i < MANY; i++)
		fd[i] = eventfd(0, 0);
	full = look();
	ok(fd[MANY - 1] >= 0 && full.open >= before.open + FEW,
	   "%d more are counted", MANY);
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	ok(look().open < before.open + FEW, "and no more when they are closed");
}

int main(void)
{
	struct counts now = look();

	ok(now.open > 0 && now.free == 0 && now.max >= 8192,
	   "%ld of %ld are open", now.open, now.max);
	if (!skip_under_qemu(2, "others open files, too"))
		test_count();
	if (getuid() != 0 || under_qemu_user())
		skip(11, "only root sets the bound");
	else
		test_refused();
	return done_testing();
}
