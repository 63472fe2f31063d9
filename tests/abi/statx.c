/*
 * tests/abi/statx.c
 *
 * Claim    statx() tells what stat() does; who asks is told when a file was
 *          made, which never changes, and in which mount it is, by a number of
 *          /proc/self/mountinfo or by one that no other mount ever gets; and
 *          where something is mounted. It refuses flags and masks that nobody
 *          knows.
 * Method   Files of a tmpfs, of /proc and of none are asked for one thing at
 *          a time, by path and by descriptor.
 * Oracle   Linux, from 6.8 on; qemu's user mode has an older structure.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

enum {
	MASK_MNT_ID = 0x1000, MASK_MNT_ID_UNIQUE = 0x4000,
	ATTR_MOUNT_ROOT = 0x2000,
};

/* As the kernel writes it, whatever C library there is. */
struct answer {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	struct moment {
		int64_t sec;
		uint32_t nsec;
		int32_t pad;
	} atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t more[13];
};

static char dir[] = "/dev/shm/statxXXXXXX";
static void *volatile nowhere = (void *)8;

static long ask(int at, const char *path, int flags, unsigned mask,
		struct answer *a)
{
	memset(a, 0xff, sizeof(*a));
	return syscall(SYS_statx, at, path, flags, mask, a);
}

static struct answer about(const char *path, unsigned mask)
{
	struct answer a;

	if (ask(AT_FDCWD, path, 0, mask, &a) != 0)
		bail_out("%s: %s", path, strerror(errno));
	return a;
}

static bool is_same(struct moment a, struct timespec b)
{
	return a.sec == b.tv_sec && a.nsec == (uint32_t)b.tv_nsec;
}

static bool is_before(struct timespec a, struct moment b)
{
	return a.tv_sec < b.sec ||
	       (a.tv_sec == b.sec && (uint32_t)a.tv_nsec <= b.nsec);
}

static void test_basic(void)
{
	struct answer a = about("f", STATX_TYPE | STATX_SIZE);
	struct stat st;

	stat("f", &st);
	is_int(a.mask & (STATX_TYPE | STATX_SIZE), STATX_TYPE | STATX_SIZE,
	       "what is asked for is told");
	a = about("f", STATX_BASIC_STATS);
	is_int(a.mask & STATX_BASIC_STATS, STATX_BASIC_STATS,
	       "all that stat() tells");
	ok(a.mode == st.st_mode && a.nlink == st.st_nlink &&
	   a.uid == st.st_uid && a.gid == st.st_gid && a.ino == st.st_ino,
	   "mode, links, owner, number");
	ok(a.size == 5 && a.blocks == (uint64_t)st.st_blocks &&
	   a.blksize == (uint32_t)st.st_blksize, "size");
	ok(is_same(a.atime, st.st_atim) && is_same(a.mtime, st.st_mtim) &&
	   is_same(a.ctime, st.st_ctim), "times");
	is_int(makedev(a.dev_major, a.dev_minor), st.st_dev, "device");
	a = about("/dev/null", STATX_BASIC_STATS);
	ok(a.rdev_major == 1 && a.rdev_minor == 3, "which device it is");
	a = about("/proc/self/status", STATX_BASIC_STATS);
	ok(S_ISREG(a.mode), "a file of /proc");
}

static void test_btime(void)
{
	struct timespec before, past[2] = { { 1000, 0 }, { 1000, 0 } };
	struct answer first, a;
	int fd;

	unlink("born");
	clock_gettime(CLOCK_REALTIME_COARSE, &before);
	fd = open("born", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	first = about("born", STATX_BASIC_STATS | STATX_BTIME);
	ok(first.mask & STATX_BTIME, "when it was made");
	ok(is_before(before, first.btime), "not earlier");
	is_int(first.btime.sec == first.ctime.sec &&
	       first.btime.nsec == first.ctime.nsec, 1, "when it changed first");
	a = about("born", STATX_BASIC_STATS);
	ok(!(a.mask & STATX_BTIME) && a.btime.sec == 0, "who does not ask is not told");
	do {
		if (fchmod(fd, 0640) != 0 || write(fd, "x", 1) != 1 ||
		    utimensat(AT_FDCWD, "born", past, 0) != 0)
			bail_out("born: %s", strerror(errno));
		a = about("born", STATX_BASIC_STATS | STATX_BTIME);
	} while (a.ctime.sec == first.ctime.sec && a.ctime.nsec == first.ctime.nsec);
	ok(a.mtime.sec == 1000 && a.btime.sec == first.btime.sec &&
	   a.btime.nsec == first.btime.nsec, "it stays, whatever changes");
	a = about("/proc/self/status", STATX_BTIME);
	ok(!(a.mask & STATX_BTIME), "what is made up was never made");
	close(fd);
	unlink("born");
}

/* The id of the last mount on @path, by /proc. */
static uint64_t id_of(const char *path)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	char line[1000], where[500];
	uint64_t id = 0, n;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%lu %*u %*s %*s %499s", &n, where) == 2 &&
		    strcmp(where, path) == 0)
			id = n;
	if (f != NULL)
		fclose(f);
	return id;
}

static void test_mounts(void)
{
	struct answer a, b, root;

	a = about("/proc/self/status", MASK_MNT_ID);
	ok(a.mask & MASK_MNT_ID, "in which mount it is");
	is_int(a.mnt_id, id_of("/proc"), "which is that of /proc");
	root = about("/proc", STATX_BASIC_STATS);
	is_int(root.mnt_id, a.mnt_id, "whoever asks is told");
	ok(root.attributes & root.attributes_mask & ATTR_MOUNT_ROOT,
	   "where it is mounted");
	ok(!(a.attributes & ATTR_MOUNT_ROOT) &&
	   (a.attributes_mask & ATTR_MOUNT_ROOT), "and where not");
	b = about("/proc/uptime", MASK_MNT_ID_UNIQUE);
	if (!(b.mask & MASK_MNT_ID_UNIQUE)) {
		skip(4, "before Linux 6.8");
		return;
	}
	ok(!(b.mask & MASK_MNT_ID), "one number or the other");
	ok(b.mnt_id >> 31 != 0, "they are not confused");
	a = about("/proc", MASK_MNT_ID_UNIQUE | MASK_MNT_ID);
	is_int(a.mnt_id, b.mnt_id, "the same for all of a mount");
	a = about("f", MASK_MNT_ID_UNIQUE);
	ok(a.mnt_id != b.mnt_id, "and for no other");
}

static void test_descriptors(void)
{
	int fd = open("f", O_RDONLY | O_CLOEXEC), pipes[2];
	int path = open("f", O_PATH | O_CLOEXEC);
	struct answer a, b = about("f", STATX_BASIC_STATS);

	if (pipe(pipes) != 0)
		bail_out("pipe: %s", strerror(errno));
	is_int(ask(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a), 0,
	       "by a descriptor");
	is_int(a.ino, b.ino, "it is that file");
	is_int(ask(path, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a), 0,
	       "by one of O_PATH");
	is_int(a.ino, b.ino, "it is, too");
	is_int(ask(pipes[0], "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a), 0,
	       "of a pipe");
	ok(S_ISFIFO(a.mode) && !(a.attributes & ATTR_MOUNT_ROOT), "it is one");
	is_int(ask(AT_FDCWD, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a), 0,
	       "where I am");
	ok(S_ISDIR(a.mode), "which is a directory");
	is_int(ask(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &a), 0,
	       "of a link");
	ok(S_ISLNK(a.mode), "itself");
	is_int(ask(AT_FDCWD, "l", 0, STATX_BASIC_STATS, &a), 0, "or not");
	is_int(a.ino, b.ino, "but what it leads to");
	close(fd);
	close(path);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_no_path(void)
{
	int fd = open("f", O_RDONLY | O_CLOEXEC);
	struct answer a, b = about("f", STATX_BASIC_STATS);

	if (ask(fd, NULL, AT_EMPTY_PATH, STATX_BASIC_STATS, &a) != 0 &&
	    errno == EFAULT && !on_drover()) {
		skip(2, "before Linux 6.11");
	} else {
		is_int(a.ino, b.ino, "no path at all will do");
		fails(ask(fd, NULL, 0, 0, &a), EFAULT, "but not unsaid");
	}
	close(fd);
}

static void test_errors(void)
{
	struct answer a;

	is_int(ask(AT_FDCWD, "f", AT_STATX_FORCE_SYNC, 0, &a), 0,
	       "ask whoever stores it");
	is_int(ask(AT_FDCWD, "f", AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &a),
	       0, "or do not");
	fails(ask(AT_FDCWD, "f", AT_STATX_SYNC_TYPE, 0, &a), EINVAL, "or both");
	fails(ask(AT_FDCWD, "f", 0x10000, 0, &a), EINVAL, "an unknown flag");
	fails(ask(AT_FDCWD, "f", AT_REMOVEDIR, 0, &a), EINVAL,
	      "one of another call");
	fails(ask(AT_FDCWD, "f", 0, STATX__RESERVED, &a), EINVAL,
	      "a mask that is kept");
	is_int(ask(AT_FDCWD, "f", 0, 0x40000000, &a), 0,
	       "one that is not known yet");
	ok(!(a.mask & 0x40000000), "is not answered");
	fails(ask(-1, "f", 0, 0, &a), EBADF, "of nowhere");
	fails(ask(AT_FDCWD, "none", 0, 0, &a), ENOENT, "of nothing");
	fails(ask(AT_FDCWD, "", 0, 0, &a), ENOENT, "of no name");
	fails(ask(AT_FDCWD, "f/g", 0, 0, &a), ENOTDIR, "below a file");
	fails(syscall(SYS_statx, AT_FDCWD, "f", 0, 0, nowhere), EFAULT,
	      "told to nowhere");
}

int main(void)
{
	int fd;

	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	fd = open("f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "hello", 5) != 5 || symlink("f", "l") != 0)
		bail_out("f: %s", strerror(errno));
	close(fd);
	test_basic();
	test_btime();
	if (!skip_under_qemu(9, "statx() without mounts"))
		test_mounts();
	test_descriptors();
	if (!skip_under_qemu(2, "statx() needs a path"))
		test_no_path();
	test_errors();
	unlink("f");
	unlink("l");
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
