/*
 * tests/abi/file_rights.c
 *
 * Claim    stat() tells what a file is; modes, owners, umask and times are
 *          kept; a user who is not root gets what the mode bits give, and no
 *          more.
 * Method   Files of every mode looked at by root and, in children, by user
 *          1000 of group 1000.
 * Oracle   Linux. Without root the second half is skipped.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { FACCESSAT2 = 439 };

static struct stat stat_of(const char *path)
{
	struct stat st;

	memset(&st, 0xff, sizeof(st));
	stat(path, &st);
	return st;
}

static void make(const char *path, int mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || fchmod(fd, mode) < 0 || write(fd, "x", 1) != 1)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void test_stat(void)
{
	struct stat st, link;
	struct statfs fs;
	struct statx stx;

	make("r", 0644);
	st = stat_of("r");
	ok(S_ISREG(st.st_mode), "a file is a file");
	is_int(st.st_mode & 07777, 0644, "its mode");
	is_int(st.st_size, 1, "its size");
	is_int(st.st_uid, geteuid(), "its owner");
	is_int(st.st_nlink, 1, "its links");
	ok(st.st_ino != 0 && st.st_blksize >= 512, "its number and block size");
	ok(S_ISDIR(stat_of(".").st_mode), "a directory is a directory");
	ok(S_ISCHR(stat_of("/dev/null").st_mode), "/dev/null is a device");
	is_int(stat_of("/dev/null").st_rdev, 0x103, "1:3");
	if (symlink("r", "l") < 0 || lstat("l", &link) < 0)
		bail_out("symlink: %s", strerror(errno));
	ok(link.st_ino != st.st_ino, "a link has its own number");
	is_int(fstatat(AT_FDCWD, "l", &link, 0), 0, "fstatat");
	is_int(link.st_ino, st.st_ino, "follows it");
	is_int(statx(AT_FDCWD, "r", 0, STATX_BASIC_STATS, &stx), 0, "statx");
	is_int(stx.stx_ino, st.st_ino, "agrees");
	is_int(statfs("/", &fs), 0, "statfs");
	unlink("l");
}

static void test_modes(void)
{
	mode_t old;

	is_int(chmod("r", 0751), 0, "chmod");
	is_int(stat_of("r").st_mode & 07777, 0751, "is kept");
	old = umask(027);
	is_int(umask(027), 027, "umask tells the old mask");
	close(open("masked", O_WRONLY | O_CREAT, 0666));
	is_int(stat_of("masked").st_mode & 07777, 0640, "it masks open");
	mkdir("masked.d", 0777);
	is_int(stat_of("masked.d").st_mode & 07777, 0750, "and mkdir");
	umask(old);
	unlink("masked");
	rmdir("masked.d");
	fails(chmod("none", 0644), ENOENT, "chmod of nothing");
}

static void test_times(void)
{
	struct timespec ts[2] = { { 1000, 5 }, { 2000, 7 } };
	struct stat before, after;

	is_int(utimensat(AT_FDCWD, "r", ts, 0), 0, "utimensat");
	after = stat_of("r");
	ok(after.st_atim.tv_sec == 1000 && after.st_mtim.tv_sec == 2000 &&
	   after.st_mtim.tv_nsec == 7, "sets both times");
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	utimensat(AT_FDCWD, "r", ts, 0);
	after = stat_of("r");
	ok(after.st_atim.tv_sec == 1000 && after.st_mtim.tv_sec > 2000,
	   "UTIME_OMIT and UTIME_NOW");
	before = stat_of("r");
	usleep(20000);
	make("other", 0600);
	int fd = open("r", O_WRONLY);

	if (write(fd, "yy", 2) != 2)
		bail_out("write");
	close(fd);
	after = stat_of("r");
	ok(after.st_mtim.tv_sec > before.st_mtim.tv_sec ||
	   after.st_mtim.tv_nsec > before.st_mtim.tv_nsec,
	   "a write changes mtime");
	unlink("other");
}

static void become_user(void)
{
	if (setgroups(0, NULL) || setresgid(1000, 1000, 1000) ||
	    setresuid(1000, 1000, 1000))
		_exit(99);
}

/* In a child: opening @path with @flags as user 1000 gives 0 or an errno. */
struct attempt { const char *path; int flags; };

static int open_as_user(void *arg)
{
	const struct attempt *a = arg;
	int fd;

	become_user();
	fd = open(a->path, a->flags, 0600);
	return fd >= 0 ? 0 : errno;
}

static void try(const char *path, int flags, int want, const char *what)
{
	struct attempt a = { path, flags };

	is_exit(in_child(open_as_user, &a), want, "%s", what);
}

static int other_rules(void *unused TAP_UNUSED)
{
	become_user();
	if (chmod("r", 0777) != -1 || errno != EPERM)
		return 1;
	if (chown("r", 1000, 1000) != -1 || errno != EPERM)
		return 2;
	if (unlink("r") != -1 || errno != EACCES)
		return 3;
	if (mkdir("sub", 0777) != -1 || errno != EACCES)
		return 4;
	if (access("group", R_OK) != 0 || access("group", W_OK) == 0)
		return 5;
	if (chdir("closed") != -1 || errno != EACCES)
		return 6;
	if (unlink("sticky/root") != -1 || errno != EPERM)
		return 7;
	if (truncate("r", 0) != -1 || errno != EACCES)
		return 8;
	return execl("r", "r", NULL) != -1 || errno != EACCES ? 9 : 0;
}

/* access() asks for the real user, all along the path. */
static int asks_for_real(void *unused TAP_UNUSED)
{
	if (setgroups(0, NULL) || setresgid(1000, 0, 0) || setresuid(1000, 0, 0))
		return 99;
	if (access("closed/open", F_OK) != -1 || errno != EACCES)
		return 1;
	if (access("none", R_OK) != -1 || errno != EACCES)
		return 2;
	if (syscall(FACCESSAT2, AT_FDCWD, "closed/open", R_OK, AT_EACCESS) != 0)
		return 3;
	if (setresgid(0, 1000, 0) || setresuid(0, 1000, 0))
		return 98;
	if (open("closed/open", O_RDONLY) != -1 || errno != EACCES)
		return 4;
	return access("closed/open", R_OK) != 0 ? 5 : 0;
}

/* fcntl() neither gives what open() refuses. */
static int reads_without_trace(void *unused TAP_UNUSED)
{
	int fd;

	become_user();
	fd = open("r", O_RDONLY);
	if (fd < 0 || fcntl(fd, F_SETFL, O_NOATIME) != -1 || errno != EPERM)
		return 1;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return 2;
	fd = open("mine", O_RDONLY | O_NOATIME);
	return fd < 0 || !(fcntl(fd, F_GETFL) & O_NOATIME) ||
	       fcntl(fd, F_SETFL, 0) != 0 || fcntl(fd, F_SETFL, O_NOATIME) != 0;
}

static void test_noatime(void)
{
	struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	char c;
	int fd;

	make("mine", 0600);
	utimensat(AT_FDCWD, "mine", past, 0);
	fd = open("mine", O_RDONLY | O_NOATIME);
	is_int(read(fd, &c, 1), 1, "read with O_NOATIME");
	is_int(stat_of("mine").st_atim.tv_sec, 1000, "leaves no trace");
	close(fd);
	chown("mine", 1000, -1);
	try("r", O_RDONLY | O_NOATIME, EPERM, "which is for the owner");
	try(".", O_RDONLY | O_NOATIME, EPERM, "of a directory, too");
	try("r", O_PATH | O_NOATIME, 0, "and nothing to O_PATH");
	is_exit(in_child(reads_without_trace, NULL), 0, "nor by fcntl()");
	unlink("mine");
}

static void test_user(void)
{
	chmod(".", 0755);
	make("r", 0644);
	make("none", 0600);
	make("group", 0640);
	is_int(chown("group", 0, 1000), 0, "chown of the group");
	make("own", 0044);
	is_int(chown("own", 1000, -1), 0, "chown of the owner");
	is_int(stat_of("own").st_gid, 0, "-1 leaves the group");
	mkdir("closed", 0700);
	make("closed/open", 0666);
	mkdir("sticky", 0777);
	chmod("sticky", 01777);
	make("sticky/root", 0666);
	try("r", O_RDONLY, 0, "others may read 0644");
	try("r", O_WRONLY, EACCES, "but not write");
	try("r", O_RDONLY | O_TRUNC, EACCES, "nor truncate");
	try("none", O_RDONLY, EACCES, "0600 is its owner's");
	try("group", O_RDONLY, 0, "the group may read 0640");
	try("group", O_RDWR, EACCES, "but not write");
	try("own", O_RDONLY, EACCES, "the owner's bits are the owner's");
	try("closed/open", O_RDONLY, EACCES, "a directory without x");
	try("new", O_WRONLY | O_CREAT, EACCES, "no new file here");
	try("sticky/new", O_WRONLY | O_CREAT, 0, "but in an open directory");
	is_int(stat_of("sticky/new").st_uid, 1000, "it is the user's");
	is_exit(in_child(other_rules, NULL), 0,
		"chmod, chown, unlink, mkdir, access, chdir, truncate, exec");
	is_exit(in_child(asks_for_real, NULL), 0,
		"access() is for the real user, on the way as well");
	is_int(access("own", R_OK | W_OK), 0, "root may do it all");
	unlink("closed/open");
	unlink("sticky/root");
	unlink("sticky/new");
	rmdir("closed");
	rmdir("sticky");
	unlink("none");
	unlink("group");
	unlink("own");
}

int main(void)
{
	char dir[] = "file_rights.XXXXXX";

	plan(15 + 6 + 4 + 17 + 6);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("mkdtemp: %s", strerror(errno));
	umask(022);
	test_stat();
	test_modes();
	test_times();
	if (geteuid() == 0) {
		test_user();
		test_noatime();
	} else {
		skip(16 + 6, "not root");
	}
	unlink("r");
	if (chdir("..") == 0)
		rmdir(dir);
	return done_testing();
}
