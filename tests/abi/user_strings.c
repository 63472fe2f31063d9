/*
 * tests/abi/user_strings.c
 *
 * Claim    A string that a program hands over is read to its NUL wherever that is:
 *          over the end of a page, whatever page of memory the next one is; up to
 *          the last byte that there is; of a path, up to PATH_MAX.
 * Method   Files called "0" to "9", in a folder. Pages of memory that were touched
 *          from the last to the first, so that hardly one is followed by the one
 *          that follows it in the program; over each end a path with another
 *          last letter.
 * Oracle   stat() finds the file that the path names, by its size.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGES = 40, PAGE = 4096, DIGITS = 10 };

static char dir[] = "/tmp/stringsXXXXXX";

static void make_files(void)
{
	for (int n = 0; n < DIGITS; n++) {
		const char name[2] = { (char)('0' + n), '\0' };
		int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0 || ftruncate(fd, n) != 0)
			bail_out("%s: %s", name, strerror(errno));
		close(fd);
	}
}

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -errno;
}

static char *map_pages(void)
{
	char *p = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || munmap(p + PAGES * PAGE, PAGE) != 0)
		bail_out("mmap: %s", strerror(errno));
	for (int i = PAGES - 1; i >= 0; i--)
		p[i * PAGE] = '.';
	return p;
}

/* "./n", of which the last @behind bytes and the NUL are behind the end of page @i. */
static char *put_path(char *pages, int i, int n, int behind)
{
	char *at = pages + (i + 1) * PAGE + behind - 3;

	memcpy(at, "./", 2);
	at[2] = (char)('0' + n);
	at[3] = '\0';
	return at;
}

static void test_pages(char *pages)
{
	int wrong = 0, behind;

	for (behind = 0; behind < 4; behind++) {
		for (int i = 0; i < PAGES - 1; i++)
			put_path(pages, i, i % DIGITS, behind);
		for (int i = 0; i < PAGES - 1; i++)
			wrong += size_of(pages + (i + 1) * PAGE + behind - 3) != i % DIGITS;
		is_int(wrong, 0, "paths with %d bytes behind a page's end", behind);
	}
}

static void test_ends(char *pages)
{
	char *end = pages + PAGES * PAGE, *at = put_path(pages, PAGES - 1, 7, -1);

	is_int(size_of(at), 7, "the NUL is the last byte there is");
	memcpy(end - 3, "./7", 3);
	is_int(size_of(end - 3), -EFAULT, "there is none");
	is_int(size_of(end), -EFAULT, "there is nothing");
}

static void test_longest(char *pages)
{
	char *path = pages + PAGE / 2;

	memset(path, '/', PATH_MAX + 1);
	for (char *at = path; at < path + PATH_MAX; at += 2)
		*at = '.';
	memcpy(path + PATH_MAX - 2, "7", 2);
	is_int(size_of(path), 7, "a path of PATH_MAX with its NUL");
	memcpy(path + PATH_MAX - 2, "/7", 3);
	is_int(size_of(path), -ENAMETOOLONG, "one byte more");
}

int main(void)
{
	char name[2] = "0";
	char *pages;

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	make_files();
	pages = map_pages();
	test_pages(pages);
	test_ends(pages);
	test_longest(pages);
	for (; name[0] <= '9'; name[0]++)
		unlink(name);
	rmdir(dir);
	return done_testing();
}
