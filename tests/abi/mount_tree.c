/*
 * tests/abi/mount_tree.c
 *
 * Claim    A file system can be put together word by word, made, and mounted by a
 *          descriptor; such a mount is nowhere until it is moved to a place, once,
 *          also beneath what is mounted there, and is gone with its descriptor
 *          before that.  A mount can be copied so, and each can be given other
 *          flags.  What comes at the wrong time is refused.
 * Method   fsopen() to mount_setattr() with a tmpfs.
 * Oracle   Linux, from 6.6 on.  Root's, and on Linux in a namespace of its own.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { FLAG, STRING, BINARY, PATH, PATH_EMPTY, FD, CREATE, RECONFIGURE };
enum { FROM_EMPTY = 4, TO_EMPTY = 0x40, BENEATH = 0x200, CLONE = 1 };
enum { RDONLY = 1, NOSUID = 2, NOEXEC = 8, NOATIME = 0x10, TIMES = 0x70 };

struct attr {
	uint64_t set, clear, propagation, userns;
};

static long fs_open(const char *type, unsigned flags)
{
	return syscall(SYS_fsopen, type, flags);
}

static long config(long fd, unsigned command, const char *key, const char *value,
		   int aux)
{
	return syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static long fs_mount(long fd, unsigned flags, unsigned attr)
{
	return syscall(SYS_fsmount, fd, flags, attr);
}

static long move(long from, const char *path, unsigned flags)
{
	return syscall(SYS_move_mount, from, "", AT_FDCWD, path, flags | FROM_EMPTY);
}

static long tree(const char *path, unsigned flags)
{
	return syscall(SYS_open_tree, AT_FDCWD, path, flags);
}

static long set_attr(int fd, const char *path, unsigned flags, uint64_t set,
		     uint64_t clear)
{
	struct attr attr = { set, clear, 0, 0 };

	return syscall(SYS_mount_setattr, fd, path, flags, &attr, sizeof(attr));
}

static unsigned long flags_of(const char *path)
{
	struct statvfs st;

	return statvfs(path, &st) == 0 ? st.f_flag : ~0UL;
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

/* A tmpfs of 64 KiB as a mount that is nowhere. */
static int new_mount(unsigned attr)
{
	long fs = fs_open("tmpfs", 0), m;

	if (config(fs, STRING, "size", "64k", 0) < 0 ||
	    config(fs, STRING, "source", "made", 0) < 0 ||
	    config(fs, CREATE, NULL, NULL, 0) < 0)
		bail_out("a tmpfs: %s", strerror(errno));
	m = fs_mount(fs, 0, attr);
	close((int)fs);
	return (int)m;
}

static void test_words(void)
{
	long fs = fs_open("tmpfs", 1);
	char complaint[200];

	fails(fs_open("no such one", 0), ENODEV, "an unknown type");
	fails(fs_open("tmpfs", 2), EINVAL, "an unknown flag");
	ok(fs >= 0 && fcntl((int)fs, F_GETFD) == FD_CLOEXEC, "a tmpfs to be made");
	fails(read((int)fs, complaint, sizeof(complaint)), ENODATA,
	      "nobody has complained");
	fails(config(fs, 100, "size", NULL, 0), EOPNOTSUPP, "an unknown command");
	fails(config(fs, STRING, "size", NULL, 0), EINVAL, "a string that is none");
	fails(config(fs, FLAG, "ro", "x", 0), EINVAL, "a flag with a value");
	fails(config(fs, FD, "sync", NULL, 1000), EBADF, "a file that is not open");
	fails(config(-1, FLAG, "ro", NULL, 0), EINVAL, "of nothing");
	fails(config(0, FLAG, "ro", NULL, 0), EINVAL, "of what is no file system");
	fails(config(fs, STRING, "", "x", 0), EINVAL, "a word without a name");
	is_int(config(fs, STRING, "source", "here", 0), 0, "a source");
	fails(config(fs, STRING, "source", "there", 0), EINVAL, "is said once");
	fails(fs_mount(fs, 0, 0), EINVAL, "it cannot be mounted before it is made");
	fails(config(fs, RECONFIGURE, NULL, NULL, 0), EBUSY, "nor changed");
	is_int(config(fs, CREATE, NULL, NULL, 0), 0, "it is made");
	fails(config(fs, CREATE, NULL, NULL, 0), EBUSY, "once");
	fails(config(fs, FLAG, "ro", NULL, 0), EBUSY, "and too late to say more");
	fails(fs_mount(fs, 2, 0), EINVAL, "an unknown flag of a mount");
	fails(fs_mount(fs, 0, 0x100), EINVAL, "an unknown attribute");
	fails(fs_mount(fs, 0, TIMES), EINVAL, "two words on access times");
	close((int)fs);
	fs = fs_open("tmpfs", 0);
	ok(config(fs, STRING, "size", "nonsense", 0) < 0 ||
	   config(fs, CREATE, NULL, NULL, 0) < 0,
	   "nonsense, when it is said or when it is made");
	close((int)fs);
}

static void test_new_mount(void)
{
	int m = new_mount(NOSUID), fd = openat(m, "inside", O_CREAT | O_WRONLY, 0600);

	ok(m >= 0 && fd >= 0, "a mount that is nowhere has files");
	close(fd);
	fails(move(m, "nowhere", 0), ENOENT, "moved to what is not there");
	is_int(move(m, "a", 0), 0, "moved to a place");
	ok(is_there("a/inside"), "it is seen there");
	ok((flags_of("a") & (ST_NOSUID | ST_NOEXEC)) == ST_NOSUID, "with its flags");
	is_int(move(m, "b", 0), 0, "to another, as any mount");
	ok(is_there("b/inside") && !is_there("a/inside"), "and is seen there alone");
	close(m);
	ok(is_there("b/inside"), "it stays when its descriptor goes");
	is_int(umount("b"), 0, "and is taken away");
	m = new_mount(0);
	close(m);
	ok(m >= 0 && !is_there("b/inside"), "one that was moved nowhere is gone");
}

static void test_beneath(void)
{
	int top = new_mount(0), under = new_mount(0);

	move(top, "a", 0);
	make_file("a/top");
	close(openat(under, "under", O_CREAT | O_WRONLY, 0600));
	fails(move(under, "b", BENEATH), EINVAL, "beneath nothing");
	fails(move(under, ".", BENEATH), EINVAL, "nor what stands on the root of all");
	is_int(move(under, "a", BENEATH), 0, "beneath what is there");
	ok(is_there("a/top") && !is_there("a/under"), "that is seen");
	close(top);
	close(under);
	is_int(umount("a"), 0, "until it is taken away");
	ok(is_there("a/under"), "then the other is");
	is_int(umount("a"), 0, "which goes as well");
}

static void test_tree(void)
{
	int m = new_mount(0);
	long copy, file;

	move(m, "a", 0);
	close(m);
	mkdir("a/dir", 0700);
	make_file("a/dir/file");
	fails(tree("a", 2), EINVAL, "an unknown flag");
	fails(tree("none", CLONE), ENOENT, "a tree of nothing");
	copy = tree("a/dir", CLONE | O_CLOEXEC);
	ok(copy >= 0 && fcntl((int)copy, F_GETFD) == FD_CLOEXEC, "a part as a mount");
	is_int(set_attr((int)copy, "", AT_EMPTY_PATH, RDONLY | NOEXEC, 0), 0,
	       "that is only read");
	is_int(move(copy, "b", 0), 0, "moved to a place");
	ok(is_there("b/file"), "it is seen there");
	ok((flags_of("b") & (ST_RDONLY | ST_NOEXEC)) == (ST_RDONLY | ST_NOEXEC) &&
	   !(flags_of("a") & ST_RDONLY), "and only read there");
	fails(open("b/more", O_CREAT | O_WRONLY, 0600), EROFS, "so nothing is made");
	file = open("a/dir/file", O_WRONLY | O_CLOEXEC);
	fails(set_attr(AT_FDCWD, "a", 0, RDONLY, 0), EBUSY,
	      "not while somebody writes there");
	close((int)file);
	is_int(set_attr(AT_FDCWD, "b", 0, 0, RDONLY), 0, "it may be written to again");
	ok((flags_of("b") & (ST_RDONLY | ST_NOEXEC)) == ST_NOEXEC, "and is else as before");
	fails(set_attr(AT_FDCWD, "a/dir", 0, RDONLY, 0), EINVAL, "of no mount");
	fails(set_attr(AT_FDCWD, "a", 0, NOATIME, 0), EINVAL,
	      "access times are said anew as a whole");
	is_int(set_attr(AT_FDCWD, "a", 0, NOATIME, TIMES), 0, "and so they are");
	ok(flags_of("a") & ST_NOATIME, "to stay");
	close((int)copy);
	umount("b");
	file = tree("a/dir", 0);
	ok(file >= 0 && faccessat((int)file, "file", F_OK, 0) == 0,
	   "a tree that is not copied is a place");
	fails(move(file, "b", 0), EINVAL, "and cannot be moved");
	close((int)file);
	umount("a");
}

static void test_pick(void)
{
	int m = new_mount(0);
	long fs;

	move(m, "a", 0);
	close(m);
	mkdir("a/dir", 0700);
	fails(syscall(SYS_fspick, AT_FDCWD, "a", 16), EINVAL, "an unknown flag");
	fails(syscall(SYS_fspick, AT_FDCWD, "a/dir", 0), EINVAL, "the root of no mount");
	fs = syscall(SYS_fspick, AT_FDCWD, "a", 1);
	is_int(config(fs, FLAG, "ro", NULL, 0), 0, "to be only read");
	is_int(config(fs, RECONFIGURE, NULL, NULL, 0), 0, "from now on");
	fails(open("a/file", O_CREAT | O_WRONLY, 0600), EROFS, "so it is");
	is_int(config(fs, FLAG, "rw", NULL, 0), 0, "and back");
	is_int(config(fs, RECONFIGURE, NULL, NULL, 0), 0, "again");
	make_file("a/file");
	fails(fs_mount(fs, 0, 0), EBUSY, "what is mounted is not mounted so");
	m = open("a/file", O_WRONLY | O_CLOEXEC);
	config(fs, FLAG, "ro", NULL, 0);
	fails(config(fs, RECONFIGURE, NULL, NULL, 0), EBUSY, "while somebody writes");
	close(m);
	close((int)fs);
	umount("a");
}

int main(void)
{
	char at[] = "/tmp/treeXXXXXX";

	if (getuid() != 0 || under_qemu_user())
		skip_all("only root mounts, and qemu-user knows no fsopen()");
	if (!on_drover() && unshare(CLONE_NEWNS) < 0)
		skip_all("no namespace of its own: %s", strerror(errno));
	if (!on_drover())
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	/* Beneath what stands on the root of all nothing goes. */
	if (!mkdtemp(at) || mount("base", at, "tmpfs", 0, NULL) < 0 ||
	    chdir(at) < 0 || mkdir("a", 0700) < 0 || mkdir("b", 0700) < 0)
		bail_out("%s: %s", at, strerror(errno));
	test_words();
	test_new_mount();
	test_beneath();
	test_tree();
	test_pick();
	if (chdir("/") < 0 || umount(at) < 0)
		diag("%s: %s", at, strerror(errno));
	rmdir(at);
	return done_testing();
}
