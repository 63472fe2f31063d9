/*
 * tests/abi/file_tree.c
 *
 * Claim    Directories, names and links follow Linux's rules: mkdir, rmdir,
 *          unlink, rename, link, symlink, readlink, getdents, chdir, getcwd
 *          and the *at forms.
 * Method   A tree under the current directory; every rule that names an errno.
 * Oracle   Linux on tmpfs.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static char first_byte(const char *path)
{
	int fd = open(path, O_RDONLY);
	char c = 0;

	if (fd < 0 || read(fd, &c, 1) != 1)
		c = '?';
	close(fd);
	return c;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int links_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (int)st.st_nlink : -1;
}

static void test_directories(void)
{
	is_int(mkdir("d", 0755), 0, "mkdir");
	is_int(links_of("d"), 2, "a directory has two links");
	fails(mkdir("d", 0755), EEXIST, "mkdir again");
	fails(mkdir("x/y", 0755), ENOENT, "mkdir without parent");
	is_int(mkdir("d/e", 0755), 0, "one in it");
	is_int(links_of("d"), 3, "and three with a directory in it");
	fails(rmdir("d"), ENOTEMPTY, "rmdir of a full one");
	fails(unlink("d/e"), EISDIR, "unlink of a directory");
	make("d/f", "f");
	fails(rmdir("d/f"), ENOTDIR, "rmdir of a file");
	fails(mkdir("d/f/g", 0755), ENOTDIR, "mkdir under a file");
	is_int(unlink("d/f"), 0, "unlink");
	is_int(rmdir("d/e"), 0, "rmdir");
	fails(rmdir("d/."), EINVAL, "rmdir of .");
	fails(unlink("d/f"), ENOENT, "unlink of nothing");
}

/* Which of @names the directory @path lists; ".." and "." count too. */
static int list(const char *path, char names[][64], int max)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir))) {
		if (n < max)
			snprintf(names[n], 64, "%.63s", entry->d_name);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void test_listing(void)
{
	static char names[300][64];
	char path[40];
	bool found[200] = { false };
	int n, nr_found = 0;

	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "d/entry-%d", i);
		make(path, "x");
	}
	n = list("d", names, 300);
	is_int(n, 202, "200 files, . and .. are listed");
	for (int i = 0; i < n && i < 300; i++) {
		int k;

		if (sscanf(names[i], "entry-%d", &k) == 1 && !found[k]) {
			found[k] = true;
			nr_found++;
		}
	}
	is_int(nr_found, 200, "each once");
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "d/entry-%d", i);
		unlink(path);
	}
	is_int(list("d", names, 300), 2, "an empty directory has . and ..");
}

static void test_rename(void)
{
	make("a", "a");
	make("b", "b");
	is_int(rename("a", "b"), 0, "rename replaces a file");
	is_int(first_byte("b"), 'a', "with the other");
	ok(!exists("a"), "whose old name is gone");
	is_int(rename("b", "b"), 0, "rename to itself");
	fails(rename("none", "c"), ENOENT, "rename of nothing");
	mkdir("d/sub", 0755);
	fails(rename("d", "d/sub/d"), EINVAL, "a directory into its child");
	fails(rename("b", "d"), EISDIR, "a file over a directory");
	fails(rename("d", "b"), ENOTDIR, "a directory over a file");
	mkdir("empty", 0755);
	is_int(rename("d/sub", "empty"), 0, "a directory over an empty one");
	make("d/f", "f");
	fails(rename("empty", "d"), ENOTEMPTY, "but not over a full one");
	is_int(rename("d/f", "empty/f"), 0, "to another directory");
	is_int(first_byte("empty/f"), 'f', "it is there");
	fails(renameat2(AT_FDCWD, "b", AT_FDCWD, "empty/f", RENAME_NOREPLACE),
	      EEXIST, "RENAME_NOREPLACE");
	is_int(renameat2(AT_FDCWD, "b", AT_FDCWD, "a", RENAME_NOREPLACE), 0,
	       "to a free name");
	unlink("empty/f");
	rmdir("empty");
	unlink("a");
}

static void test_links(void)
{
	char text[64];
	struct stat st;

	make("a", "a");
	is_int(link("a", "b"), 0, "link");
	is_int(links_of("a"), 2, "two names");
	make("b", "changed");
	is_int(first_byte("a"), 'c', "one file");
	fails(link("a", "b"), EEXIST, "link over a name");
	fails(link("d", "e"), EPERM, "link to a directory");
	unlink("b");
	is_int(links_of("a"), 1, "one name again");
	is_int(symlink("a", "s"), 0, "symlink");
	is_int(readlink("s", text, sizeof(text)), 1, "readlink");
	is_int(readlink("a", text, sizeof(text)), -1, "of a file: no");
	lstat("s", &st);
	ok(S_ISLNK(st.st_mode) && st.st_size == 1, "lstat sees the link");
	stat("s", &st);
	ok(S_ISREG(st.st_mode), "stat what it points to");
	is_int(first_byte("s"), 'c', "open follows it");
	unlink("a");
	fails(open("s", O_RDONLY), ENOENT, "a link to nothing");
	is_int(symlink("loop", "loop"), 0, "a link to itself");
	fails(open("loop", O_RDONLY), ELOOP, "ELOOP");
	unlink("loop");
	unlink("s");
	if (symlink("d", "s") < 0)
		bail_out("symlink: %s", strerror(errno));
	make("s/f", "f");
	is_int(first_byte("d/f"), 'f', "a link in the middle of a path");
	unlink("d/f");
	unlink("s");
}

/* What has lost its last name gets none any more, and nothing in it. */
static void test_removed(void)
{
	char path[40];
	int fd, dir;

	make("a", "a");
	fd = open("a", O_RDONLY);
	unlink("a");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fails(linkat(AT_FDCWD, path, AT_FDCWD, "b", AT_SYMLINK_FOLLOW), ENOENT,
	      "link to a file without a name");
	mkdir("d/e", 0755);
	dir = open("d/e", O_RDONLY | O_DIRECTORY);
	rmdir("d/e");
	fails(mkdirat(dir, "f", 0755), ENOENT, "mkdir in a removed directory");
	fails(openat(dir, "f", O_WRONLY | O_CREAT, 0600), ENOENT,
	      "nor a file");
	close(dir);
	close(fd);
}

static void test_places(void)
{
	char here[PATH_MAX], there[PATH_MAX], long_name[300];
	int dir, old;

	ok(getcwd(here, sizeof(here)) != NULL, "getcwd");
	old = open(".", O_RDONLY | O_DIRECTORY);
	mkdir("d/e", 0755);
	is_int(chdir("d/e"), 0, "chdir");
	strcat(here, "/d/e");
	ok(getcwd(there, sizeof(there)) && strcmp(here, there) == 0,
	   "getcwd follows");
	is_int(chdir(".."), 0, "..");
	is_int(rename("e", "g"), 0, "rename under it");
	is_int(fchdir(old), 0, "fchdir");
	fails(chdir("none"), ENOENT, "chdir to nothing");
	make("f", "f");
	fails(chdir("f"), ENOTDIR, "chdir to a file");
	fails(syscall(SYS_getcwd, here, 2), ERANGE, "getcwd without room");
	dir = open("d", O_RDONLY | O_DIRECTORY);
	is_int(mkdirat(dir, "h", 0755), 0, "mkdirat");
	ok(exists("d/h"), "makes it there");
	is_int(linkat(AT_FDCWD, "f", dir, "f2", 0), 0, "linkat");
	is_int(unlinkat(dir, "f2", 0), 0, "unlinkat");
	is_int(unlinkat(dir, "h", AT_REMOVEDIR), 0, "AT_REMOVEDIR");
	fails(openat(99, "f", O_RDONLY), EBADF, "a bad directory");
	memset(long_name, 'n', sizeof(long_name));
	long_name[256] = '\0';
	fails(open(long_name, O_RDONLY | O_CREAT, 0600), ENAMETOOLONG,
	      "a name of 256 bytes");
	fails(open("", O_RDONLY), ENOENT, "an empty path");
	is_int(access("//tmp/../tmp/.", X_OK), 0, "slashes and dots");
	unlink("f");
	rmdir("d/g");
	rmdir("d");
	close(dir);
	close(old);
}

int main(void)
{
	plan(14 + 3 + 14 + 16 + 3 + 18);
	test_directories();
	test_listing();
	test_rename();
	test_links();
	test_removed();
	test_places();
	return done_testing();
}
