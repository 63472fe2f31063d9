/*
 * tests/abi/pipe_limits.c
 *
 * Claim    /proc/sys/fs says how long a pipe may get (pipe-max-size) and how
 *          many pages all of a user's may have, and holds who is not root to
 *          it: EPERM beyond, a short pipe where there are too many.
 * Method   A child that is nobody asks for more; where the machine is ours,
 *          root changes the limits.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#define FS "/proc/sys/fs/"

enum { USER = 4243, PAGE = 4096 };

static int set(const char *path, long value)
{
	FILE *f = fopen(path, "w");
	int n = f ? fprintf(f, "%ld\n", value) : -1;

	return f && fclose(f) == 0 && n > 0 ? 0 : -1;
}

/* What a user gets who asks for a pipe of @size: its size, or -errno. */
static long resized(long size)
{
	int p[2], n;

	if (pipe(p) < 0)
		return -errno;
	n = size ? fcntl(p[0], F_SETPIPE_SZ, (int)size) :
		   fcntl(p[0], F_GETPIPE_SZ);
	n = n < 0 ? -errno : n;
	close(p[0]);
	close(p[1]);
	return n;
}

/* 0: as it should be. */
static int up_to_most(void *arg)
{
	long most = *(long *)arg;

	if (setuid(USER) < 0)
		return 1;
	return (resized(most) != most) + (resized(most + 1) != -EPERM) * 2;
}

static int many_pipes(void *arg)
{
	long *want = arg;
	int p[2];

	if (setuid(USER) < 0)
		return 1;
	for (int i = 0; i < 4; i++)
		if (pipe(p) < 0)
			return 2;
	return resized(0) != *want;
}

static void test_changed(long most)
{
	long small = 2 * PAGE, soft = read_number(FS "pipe-user-pages-soft");

	is_int(set(FS "pipe-max-size", 2 * PAGE - 1), 0, "root sets less");
	is_int(read_number(FS "pipe-max-size"), small, "rounded to pages");
	is_exit(in_child(up_to_most, &small), 0, "it holds");
	is_int(resized(most), most, "but not for root");
	is_int(set(FS "pipe-max-size", 0), -1, "nothing is no size");
	is_int(set(FS "pipe-max-size", most), 0, "back");
	is_int(set(FS "pipe-user-pages-soft", 48), 0, "few pages for a user");
	is_exit(in_child(many_pipes, &small), 0, "make a pipe short");
	is_int(set(FS "pipe-user-pages-soft", soft), 0, "back");
}

int main(void)
{
	long most = read_number(FS "pipe-max-size");

	ok(most >= PAGE && (most & (most - 1)) == 0, "a size of a pipe");
	ok(read_number(FS "pipe-user-pages-soft") >= 0, "a soft limit");
	ok(read_number(FS "pipe-user-pages-hard") >= 0, "and a hard one");
	if (geteuid() == 0)
		is_exit(in_child(up_to_most, &most), 0, "a user gets as much");
	else
		skip(1, "not root");
	if (on_drover())
		test_changed(most);
	else
		skip(9, "somebody else's machine");
	return done_testing();
}
