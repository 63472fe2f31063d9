/*
 * tests/abi/xattr.c
 *
 * Claim    A file of a tmpfs keeps extended attributes: bytes by name, of any
 *          length up to 64 KiB, set, made or replaced as a whole. user.* are
 *          of regular files and directories and follow their mode, trusted.*
 *          are root's alone, security.* are root's to write.  They are counted
 *          where the file system counts what files take, and go with the file.
 * Method   Each of the calls by path, by link and by descriptor, with sizes and
 *          names at their limits; and, in children, as user 1000.
 * Oracle   Linux, from 6.6 on. Without root the second half is skipped.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { MAX_VALUE = 65536 };

static char dir[] = "/dev/shm/xattrXXXXXX";
static char *volatile nowhere = (char *)8;
static char big[MAX_VALUE + 1], back[MAX_VALUE + 1];

static void make(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, mode);

	if (fd < 0 || fchmod(fd, mode) < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void test_values(void)
{
	is_int(setxattr("f", "user.a", "one", 3, 0), 0, "set");
	memset(back, '?', 8);
	is_int(getxattr("f", "user.a", back, 8), 3, "get tells the length");
	ok(memcmp(back, "one?", 4) == 0, "and gives so many bytes");
	is_int(getxattr("f", "user.a", NULL, 0), 3, "or the length alone");
	fails(getxattr("f", "user.a", back, 2), ERANGE, "no part of it");
	fails(getxattr("f", "user.b", back, 8), ENODATA, "one that is not there");
	is_int(setxattr("f", "user.a", "seven77", 7, 0), 0, "another value");
	is_int(getxattr("f", "user.a", back, 8), 7, "is in the place of the first");
	is_int(setxattr("f", "user.a", NULL, 0, 0), 0, "an empty one");
	is_int(getxattr("f", "user.a", back, 8), 0, "is there");
	is_int(removexattr("f", "user.a"), 0, "removed");
	fails(getxattr("f", "user.a", back, 8), ENODATA, "it is not");
	fails(removexattr("f", "user.a"), ENODATA, "and cannot be removed again");
}

static void test_flags(void)
{
	fails(setxattr("f", "user.a", "x", 1, XATTR_REPLACE), ENODATA,
	      "nothing to replace");
	is_int(setxattr("f", "user.a", "x", 1, XATTR_CREATE), 0, "made");
	fails(setxattr("f", "user.a", "yy", 2, XATTR_CREATE), EEXIST,
	      "not made twice");
	is_int(getxattr("f", "user.a", back, 8), 1, "nor changed");
	is_int(setxattr("f", "user.a", "yy", 2, XATTR_REPLACE), 0, "replaced");
	fails(setxattr("f", "user.a", "x", 1, XATTR_CREATE | XATTR_REPLACE),
	      EEXIST, "both");
	fails(setxattr("f", "user.z", "x", 1, XATTR_CREATE | XATTR_REPLACE),
	      ENODATA, "both, of none");
	fails(setxattr("f", "user.a", "x", 1, 4), EINVAL, "an unknown flag");
	removexattr("f", "user.a");
}

static void test_limits(void)
{
	char name[300];

	memset(big, 'v', sizeof(big));
	is_int(setxattr("f", "user.big", big, MAX_VALUE, 0), 0, "64 KiB");
	is_int(getxattr("f", "user.big", back, sizeof(back)), MAX_VALUE,
	       "come back");
	ok(memcmp(big, back, MAX_VALUE) == 0, "as they were");
	fails(setxattr("f", "user.big", big, MAX_VALUE + 1, 0), E2BIG,
	      "one byte more");
	is_int(removexattr("f", "user.big"), 0, "away with it");
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[255] = '\0';
	is_int(setxattr("f", name, "x", 1, 0), 0, "a name of 255 characters");
	is_int(listxattr("f", back, sizeof(back)), 256, "is listed");
	is_int(removexattr("f", name), 0, "and removed");
	name[255] = 'n';
	name[256] = '\0';
	fails(setxattr("f", name, "x", 1, 0), ERANGE, "256 are too many to set");
	fails(getxattr("f", name, back, 8), ERANGE, "to get");
	fails(removexattr("f", name), ERANGE, "to remove");
	fails(setxattr("f", "", "x", 1, 0), ERANGE, "none is too few");
	fails(setxattr("f", "user.", "x", 1, 0), EINVAL, "nothing after user.");
	fails(getxattr("f", "user.", back, 8), EINVAL, "to get, too");
	fails(setxattr("f", "nobodys.x", "x", 1, 0), EOPNOTSUPP,
	      "a name of nobody's");
	fails(getxattr("f", "user", back, 8), EOPNOTSUPP, "or without a dot");
	fails(setxattr("f", "user.x", nowhere, 1, 0), EFAULT,
	      "a value that is nowhere");
	fails(setxattr("f", nowhere, "x", 1, 0), EFAULT, "a name");
	fails(setxattr("none", "user.x", "x", 1, 0), ENOENT, "of no file");
}

/* Is @name among the @n bytes of @list? */
static bool has_name(const char *list, ssize_t n, const char *name)
{
	for (ssize_t at = 0; at < n; at += strlen(list + at) + 1)
		if (strcmp(list + at, name) == 0)
			return true;
	return false;
}

static void test_list(void)
{
	ssize_t n;

	is_int(listxattr("f", back, sizeof(back)), 0, "none are listed");
	setxattr("f", "user.one", "1", 1, 0);
	setxattr("f", "user.three", "3", 1, 0);
	setxattr("f", "user.two", "2", 1, 0);
	n = listxattr("f", NULL, 0);
	is_int(n, 9 + 11 + 9, "the length of all names");
	fails(listxattr("f", back, n - 1), ERANGE, "do not fit");
	is_int(listxattr("f", back, n), n, "fit");
	ok(has_name(back, n, "user.one") && has_name(back, n, "user.two") &&
	   has_name(back, n, "user.three"), "all three");
	removexattr("f", "user.two");
	n = listxattr("f", back, sizeof(back));
	is_int(n, 9 + 11, "one less");
	ok(!has_name(back, n, "user.two"), "it is that");
	fails(listxattr("f", nowhere, 100), EFAULT, "to nowhere");
	removexattr("f", "user.one");
	removexattr("f", "user.three");
}

static void test_descriptors(void)
{
	int fd = open("f", O_RDONLY), path = open("f", O_PATH), pipes[2];

	is_int(fsetxattr(fd, "user.fd", "x", 1, 0), 0,
	       "by a descriptor that is open to read");
	is_int(fgetxattr(fd, "user.fd", back, 8), 1, "fgetxattr");
	is_int(flistxattr(fd, back, sizeof(back)), 8, "flistxattr");
	is_int(getxattr("f", "user.fd", back, 8), 1, "it is the file's");
	fails(fgetxattr(path, "user.fd", back, 8), EBADF, "O_PATH is no good");
	fails(fsetxattr(path, "user.fd", "x", 1, 0), EBADF, "to set");
	fails(flistxattr(-1, back, 8), EBADF, "nor what is not open");
	unlink("f");
	is_int(fgetxattr(fd, "user.fd", back, 8), 1, "without a name it has it");
	is_int(fremovexattr(fd, "user.fd"), 0, "fremovexattr");
	make("f", 0644);
	is_int(listxattr("f", back, 8), 0, "a new file has none");
	close(fd);
	close(path);
	if (pipe(pipes) < 0)
		bail_out("pipe: %s", strerror(errno));
	fails(fsetxattr(pipes[0], "user.p", "x", 1, 0), EPERM, "a pipe has none");
	fails(fgetxattr(pipes[0], "user.p", back, 8), ENODATA, "to get");
	fails(fgetxattr(pipes[0], "nobodys.p", back, 8), EOPNOTSUPP,
	      "of whatever kind");
	is_int(flistxattr(pipes[0], back, 8), 0, "to list");
	close(pipes[0]);
	close(pipes[1]);
}

static void test_kinds(void)
{
	mkdir("d", 0755);
	mkfifo("fifo", 0666);
	if (symlink("f", "l") < 0)
		bail_out("symlink: %s", strerror(errno));
	is_int(setxattr("d", "user.d", "x", 1, 0), 0, "a directory has some");
	is_int(setxattr("l", "user.l", "x", 1, 0), 0, "a link leads to a file");
	is_int(lgetxattr("f", "user.l", back, 8), 1, "whose it is");
	fails(lsetxattr("l", "user.l", "x", 1, 0), EPERM,
	      "the link itself has none");
	fails(lgetxattr("l", "user.l", back, 8), ENODATA, "to get");
	fails(lremovexattr("l", "user.l"), EPERM, "to remove");
	is_int(llistxattr("l", back, 8), 0, "to list");
	fails(setxattr("fifo", "user.p", "x", 1, 0), EPERM, "nor has a FIFO");
	fails(getxattr("fifo", "user.p", back, 8), ENODATA, "to get");
	fails(setxattr("/proc/self/status", "user.p", "x", 1, 0),
	      geteuid() == 0 ? EOPNOTSUPP : EACCES, "nor a file of /proc");
	is_int(listxattr("/proc/self/status", back, 8), 0, "to list");
	removexattr("f", "user.l");
}

static void test_ctime(void)
{
	struct stat before, after;

	stat("f", &before);
	do {
		setxattr("f", "user.t", "x", 1, 0);
		stat("f", &after);
	} while (before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
		 before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
	ok(before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
	   before.st_mtim.tv_nsec == after.st_mtim.tv_nsec,
	   "a value is a change of status, and not of contents");
	removexattr("f", "user.t");
}

/* ---- what others may ---- */

static int as_user(void *unused TAP_UNUSED)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return 99;
	if (getxattr("f", "user.a", back, 8) != 1)
		return 1;
	if (setxattr("f", "user.a", "yy", 2, 0) != -1 || errno != EACCES)
		return 2;
	if (setxattr("f", "user", "yy", 2, 0) != -1 || errno != EACCES)
		return 3;
	if (getxattr("closed", "user.a", back, 8) != -1 || errno != EACCES)
		return 4;
	if (listxattr("closed", back, 100) != 7)
		return 5;
	if (getxattr("f", "trusted.t", back, 8) != -1 || errno != ENODATA)
		return 6;
	if (setxattr("open", "trusted.t", "x", 1, 0) != -1 || errno != EPERM)
		return 7;
	if (getxattr("f", "security.s", back, 8) != 1)
		return 8;
	if (setxattr("open", "security.s", "x", 1, 0) != -1 || errno != EPERM)
		return 9;
	if (removexattr("f", "security.s") != -1 || errno != EPERM)
		return 10;
	if (listxattr("f", back, 100) != 7 + 11)
		return 11;
	if (setxattr("sticky", "user.s", "x", 1, 0) != -1 || errno != EPERM)
		return 12;
	if (setxattr("wide", "user.s", "x", 1, 0) != 0)
		return 13;
	return setxattr("open", "user.a", "x", 1, 0) != 0 ? 14 : 0;
}

static void test_rights(void)
{
	chmod(".", 0755);
	make("closed", 0600);
	make("open", 0666);
	mkdir("sticky", 0777);
	chmod("sticky", 01777);
	mkdir("wide", 0777);
	chmod("wide", 0777);
	is_int(setxattr("f", "user.a", "x", 1, 0), 0, "user.");
	is_int(setxattr("closed", "user.a", "x", 1, 0), 0, "of another");
	is_int(setxattr("f", "trusted.t", "x", 1, 0), 0, "trusted.");
	is_int(setxattr("f", "security.s", "x", 1, 0), 0, "security.");
	is_int(listxattr("f", back, 100), 7 + 10 + 11, "root sees all");
	fails(setxattr("f", "trusted.", "x", 1, 0), EINVAL, "trusted. of nothing");
	is_int(lsetxattr("l", "trusted.t", "x", 1, 0), 0, "of a link");
	is_int(lgetxattr("l", "trusted.t", back, 8), 1, "and not of its target");
	is_exit(in_child(as_user, NULL), 0, "a user gets what the modes give");
	is_int(getxattr("open", "user.a", back, 8), 1, "what he has set is there");
	unlink("closed");
	unlink("open");
	rmdir("sticky");
	rmdir("wide");
}

/* ---- they take memory ---- */

static void fill(const char *path)
{
	char name[32];
	int n = 0;

	do
		snprintf(name, sizeof(name), "user.%d", n++);
	while (n < 1000 && setxattr(path, name, big, MAX_VALUE, 0) == 0);
	ok(n < 1000, "a small file system is full some time");
	is_int(errno, ENOSPC, "and says so");
	is_int(setxattr(path, "user.0", big, MAX_VALUE / 2, 0), 0,
	       "the first one may be smaller");
	removexattr(path, "user.1");
	is_int(setxattr(path, "user.1", big, MAX_VALUE, 0), 0,
	       "or go, for another");
}

static int in_small(void *unused TAP_UNUSED)
{
	mkdir("small", 0755);
	return mount("small", "small", "tmpfs", 0, "size=1m,nr_inodes=1k");
}

static void test_room(void)
{
	if (under_qemu_user() || in_small(NULL) != 0) {
		skip(7, "cannot mount here");
		return;
	}
	make("small/f", 0644);
	fill("small/f");
	is_int(unlink("small/f"), 0, "what has them goes");
	make("small/f", 0644);
	is_int(setxattr("small/f", "user.0", big, MAX_VALUE, 0), 0,
	       "and there is room again");
	is_int(umount("small"), 0, "all is given back");
	rmdir("small");
}

static void test_readonly(void)
{
	if (under_qemu_user() || in_small(NULL) != 0) {
		skip(5, "cannot mount here");
		return;
	}
	make("small/f", 0644);
	setxattr("small/f", "user.a", "x", 1, 0);
	int fd = open("small/f", O_RDONLY);

	is_int(mount(NULL, "small", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0,
	       "read-only");
	fails(setxattr("small/f", "user.a", "x", 1, 0), EROFS, "none is set");
	fails(fremovexattr(fd, "user.a"), EROFS, "none removed");
	is_int(getxattr("small/f", "user.a", back, 8), 1, "but told");
	close(fd);
	is_int(umount("small"), 0, "gone");
	rmdir("small");
}

int main(void)
{
	umask(022);
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		skip_all("%s: %s", dir, strerror(errno));
	make("f", 0644);
	if (setxattr("f", "user.try", "", 0, 0) != 0 && errno == EOPNOTSUPP)
		skip_all("a tmpfs without user.*: before Linux 6.6");
	removexattr("f", "user.try");
	test_values();
	test_flags();
	test_limits();
	test_list();
	test_descriptors();
	test_kinds();
	test_ctime();
	if (geteuid() == 0) {
		test_rights();
		test_room();
		test_readonly();
	} else {
		skip(10 + 7 + 5, "not root");
	}
	unlink("l");
	unlink("fifo");
	unlink("f");
	rmdir("d");
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
