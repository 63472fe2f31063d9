/*
 * tests/abi/proc_texts.c
 *
 * Claim    What the kernel keeps for the open texts of /proc has a bound for
 *          each user, but not for root: ENOMEM; and is free again when they
 *          are closed.
 * Method   A program with long arguments opens its own cmdline again and
 *          again, and reads a byte of each.
 * Oracle   Linux does not keep this text at all, and refuses nothing.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/resource.h>

enum { USER = 4242, LONG = 100000, MOST = 4000, SOME = 10 };

static int fds[MOST];

static bool open_one(int i)
{
	char c;

	fds[i] = open("/proc/self/cmdline", O_RDONLY);
	if (fds[i] < 0)
		_exit(98);
	if (read(fds[i], &c, 1) == 1)
		return true;

	int err = errno;

	close(fds[i]);
	errno = err;
	return false;
}

/* From the @first on, @most at most: how many there are then. */
static int open_many(int first, int most)
{
	int i = first;

	while (i < most && open_one(i))
		i++;
	return i;
}

static void close_down(int from, int to)
{
	while (from > to)
		close(fds[--from]);
}

/* With long arguments.  77: nothing is refused. */
static int have_too_many(void)
{
	int n;

	if (setresuid(USER, USER, 0) < 0)
		return 99;
	n = open_many(0, MOST);
	if (n == MOST)
		return 77;
	if (errno != ENOMEM || n < SOME)
		return 1;
	if (seteuid(0) < 0 || !open_one(n))
		return 2;
	close_down(n + 1, n);
	if (seteuid(USER) < 0 || open_one(n))
		return 3;
	close_down(n, n - SOME);
	if (open_many(n - SOME, MOST) != n)
		return 4;
	close_down(n, 0);
	return open_many(0, MOST) == n ? 0 : 5;
}

static int exec_with_long_arguments(void *unused TAP_UNUSED)
{
	static char text[LONG];
	struct rlimit files = { MOST + 20, MOST + 20 };

	memset(text, 'x', LONG - 1);
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return 97;
	execl("/proc/self/exe", "proc_texts", "many", text, (char *)NULL);
	return 96;
}

static void test_bound(void)
{
	int status = in_child(exec_with_long_arguments, NULL);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(1, "texts are not kept here");
	else
		is_exit(status, 0, "a user's texts have a bound");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "many") == 0)
		return have_too_many();
	if (getuid() != 0 || under_qemu_user())
		skip(1, "only root can become a user of his own");
	else
		test_bound();
	return done_testing();
}
