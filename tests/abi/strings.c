/*
 * tests/abi/strings.c
 *
 * Claim    A string that a call is given ends with its NUL, wherever pages do: it
 *          may cross from one to the next at each of its bytes, and end with the
 *          last byte that is there. One that is as long as may be is taken, one
 *          that is longer by a byte is refused.
 * Method   Names of files, placed around the borders of pages that begin with
 *          bytes which are no part of them; paths of PATH_MAX bytes and one more, names
 *          of NAME_MAX, of attributes, of threads and of hosts.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { PAGE = 4096, PAGES = 32, STRIDE = 11, XATTR_NAME = 255, THREAD_NAME = 15, MEMFD_NAME = 249 };

static char *area;
static char name[] = "strings_name";	/* in the current directory */

static void prepare(void)
{
	int fd = open(name, O_RDWR | O_CREAT, 0600);

	area = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || area == MAP_FAILED)
		bail_out("%s: %s", name, strerror(errno));
	close(fd);
	munmap(area + PAGES * PAGE, PAGE);
	/* Not one after the other: what is next in memory is another page. */
	for (int i = 0; i < PAGES; i++)
		area[i * STRIDE % PAGES * PAGE] = 'X';
}

/* ---- borders ---- */

static bool is_found(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The name, with @before of its bytes in front of the end of page @i, and the others
 * behind it unless there is no such page. */
static char *placed(int i, size_t before)
{
	size_t n = i < PAGES - 1 ? sizeof(name) : before;

	memset(area, 'X', PAGES * PAGE);
	return memcpy(area + (i + 1) * PAGE - before, name, n);
}

static void test_across(void)
{
	int found = 0, others = 0;

	for (int i = 0; i < PAGES - 1; i++) {
		char *path = placed(i, (size_t)i % (sizeof(name) - 1) + 1);

		found += is_found(path);
		path[sizeof(name) - 1] = 'X';
		path[sizeof(name)] = '\0';
		others += is_found(path);
	}
	is_int(found, PAGES - 1, "a name is found across all borders");
	is_int(others, 0, "one that is longer is another");
}

static void test_end(void)
{
	char *path = placed(PAGES - 1, sizeof(name) - 1);

	fails(access(path, F_OK), EFAULT, "a string goes on where nothing is");
	ok(is_found(placed(PAGES - 1, sizeof(name))), "or ends just before");
}

/* ---- lengths ---- */

/* "./././name", @length bytes in all, without the NUL. */
static const char *path_of(size_t length)
{
	static char path[2 * PATH_MAX];
	size_t n = length - (sizeof(name) - 1);

	memset(path, '/', n);
	path[0] = '.';
	strcpy(path + n, name);
	return path;
}

static const char *word_of(size_t length)
{
	static char word[PATH_MAX];

	memset(word, 'w', length);
	word[length] = '\0';
	return word;
}

static void test_paths(void)
{
	ok(is_found(path_of(PATH_MAX - 1)), "a path of %d bytes", PATH_MAX - 1);
	fails(access(path_of(PATH_MAX), F_OK), ENAMETOOLONG, "and of one more");
	fails(access(word_of(NAME_MAX), F_OK), ENOENT, "a name of %d", NAME_MAX);
	fails(access(word_of(NAME_MAX + 1), F_OK), ENAMETOOLONG, "and of one more");
	is_int(mkdir(word_of(NAME_MAX), 0700), 0, "a directory of such a name");
	fails(mkdir(word_of(NAME_MAX + 1), 0700), ENAMETOOLONG, "of a longer one");
	is_int(rmdir(word_of(NAME_MAX)), 0, "it goes");
	is_int(symlink(path_of(PATH_MAX - 1), "link"), 0, "a link's target");
	is_int(unlink("link"), 0, "of which the same holds");
	fails(symlink(path_of(PATH_MAX), "link"), ENAMETOOLONG, "of one more");
}

static void test_names(void)
{
	char got[THREAD_NAME + 1] = "";

	fails(getxattr(name, word_of(XATTR_NAME + 1), NULL, 0), ERANGE,
	      "no attribute has a name of %d", XATTR_NAME + 1);
	ok(getxattr(name, word_of(XATTR_NAME), NULL, 0) < 0 && errno != ERANGE,
	   "one of a byte less it could have");
	prctl(PR_SET_NAME, word_of(THREAD_NAME + 1));
	prctl(PR_GET_NAME, got);
	ok(strlen(got) == THREAD_NAME, "of a thread's name %d are kept", THREAD_NAME);
	is_int(close(memfd_create(word_of(MEMFD_NAME), 0)), 0, "memory of a name of %d",
	       MEMFD_NAME);
	fails(memfd_create(word_of(MEMFD_NAME + 1), 0), EINVAL, "and not of one more");
}

int main(void)
{
	prepare();
	test_across();
	test_end();
	test_paths();
	test_names();
	unlink(name);
	return done_testing();
}
