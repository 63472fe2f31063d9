/*
 * tests/abi/ext2_names.c
 *
 * Claim    In a directory of many blocks every name is found, whichever was looked
 *          up before, and none that is not there; what a removed name has left is
 *          used before the directory grows.
 * Method   An ext2 in a loop device, and names of which a few fill a block. Some go,
 *          and as many come back in another order.
 * Oracle   stat() of each, by increasing, decreasing and mixed number; the size of
 *          the directory; readdir().
 */
#define _GNU_SOURCE
#include "../libloop.h"

#include <dirent.h>

enum { IMAGE_KIB = 2048, NAMES = 160, LENGTH = 200, STEP = 61 };

static const char place[] = "/tmp/ext2_names";

static const char *name_of(int n)
{
	static char name[LENGTH + 1];

	snprintf(name, sizeof(name), "%0*d", LENGTH, n);
	return name;
}

static void make(int n)
{
	if (link("file", name_of(n)) != 0)
		bail_out("link: %s", strerror(errno));
}

static bool is_removed(int n)
{
	return n % 3 == 1;
}

static bool is_there(int n)
{
	struct stat st;

	return stat(name_of(n), &st) == 0;
}

/* How many of them are not as they should be, asked from @first on by @step. */
static int wrong(int first, int step, bool some_removed)
{
	int bad = 0, n = first;

	for (int i = 0; i < NAMES; i++, n = (n + step + NAMES) % NAMES)
		bad += is_there(n) != !(some_removed && is_removed(n));
	return bad + is_there(NAMES);
}

static void all_as_they_should_be(bool some_removed, const char *when)
{
	is_int(wrong(0, 1, some_removed), 0, "%s, by increasing number", when);
	is_int(wrong(NAMES - 1, -1, some_removed), 0, "by decreasing number");
	is_int(wrong(0, STEP, some_removed), 0, "by all means");
}

static int count_names(void)
{
	DIR *dir = opendir(".");
	int n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static long size_of_dir(void)
{
	struct stat st;

	stat(".", &st);
	return st.st_size;
}

static void test_names(void)
{
	int other = count_names();
	long size;

	for (int n = 0; n < NAMES; n++)
		make(n);
	size = size_of_dir();
	ok(size > NAMES * LENGTH, "the directory has many blocks");
	all_as_they_should_be(false, "all are there");
	for (int n = 0; n < NAMES; n++)
		if (is_removed(n))
			unlink(name_of(n));
	all_as_they_should_be(true, "some are gone");
	for (int n = NAMES - 1; n >= 0; n--)
		if (is_removed(n))
			make(n);
	all_as_they_should_be(false, "they are back");
	is_int(size_of_dir(), size, "in the room that they have left");
	is_int(count_names(), NAMES + other, "each once");
}

int main(void)
{
	int image = loop_image(IMAGE_KIB);

	loop_mount(image, place);
	if (chdir(place) < 0)
		bail_out("%s: %s", place, strerror(errno));
	close(open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	test_names();
	if (chdir("/") < 0 || umount(place) < 0)
		bail_out("umount: %s", strerror(errno));
	rmdir(place);
	return done_testing();
}
