/*
 * tests/abi/file_flags.c
 *
 * Claim    A file that is immutable (chattr +i) is not written, renamed, linked,
 *          removed or given other attributes, by root neither; one that is
 *          append-only (chattr +a) gets bytes at its end and nothing else; a
 *          directory that is, gets names and loses none. Who has it open goes on.
 * Method   Files in a tmpfs; FS_IOC_SETFLAGS; each call that would change them.
 * Oracle   chattr(1), ioctl_iflags(2), Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/fs.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>

enum { PAGE = 4096, CAN_SET = 9, NOAPPEND = 0x20 };

static int set(int fd, int flags)
{
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int get(int fd)
{
	int flags = -1;

	return ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ? -1 : flags;
}

static int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || write(fd, "text", 4) != 4)
		bail_out("%s: %s", name, strerror(errno));
	return fd;
}

static void test_calls(void)
{
	int fd = make("calls"), dir = open(".", O_DIRECTORY), null = open("/dev/null", O_RDWR);
	struct statx st;

	is_int(get(fd), 0, "a new file has none");
	is_int(set(fd, FS_NODUMP_FL | FS_NOATIME_FL), 0, "some are set");
	is_int(get(fd), FS_NODUMP_FL | FS_NOATIME_FL, "and told");
	statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);
	is_int((long)st.stx_attributes & 0x70, STATX_ATTR_NODUMP, "by statx(), too");
	is_int((long)st.stx_attributes_mask & 0x70, 0x70, "which knows three");
	fails(set(fd, FS_COMPR_FL), EOPNOTSUPP, "one that is not kept");
	fails(ioctl(fd, FS_IOC_SETFLAGS, NULL), EFAULT, "none at all");
	is_int(get(dir), 0, "a directory has flags");
	is_int(get(null), -1, "a device has not");
	close(fd);
	close(dir);
	close(null);
	unlink("calls");
}

static void test_immutable(void)
{
	struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	int fd = make("fixed"), other;
	struct statx st;

	is_int(set(fd, FS_IMMUTABLE_FL), 0, "chattr +i");
	fails(open("fixed", O_WRONLY), EPERM, "it is not opened to write");
	fails(open("fixed", O_RDONLY | O_TRUNC), EPERM, "nor emptied");
	fails(truncate("fixed", 0), EPERM, "nor by truncate()");
	fails(access("fixed", W_OK), EPERM, "as access() says");
	fails(chmod("fixed", 0644), EPERM, "nor its mode changed");
	fails(chown("fixed", 0, 0), EPERM, "nor its owner");
	fails(utimensat(AT_FDCWD, "fixed", times, 0), EPERM, "nor its times");
	fails(utimensat(AT_FDCWD, "fixed", NULL, 0), EPERM, "not even to now");
	fails(setxattr("fixed", "user.x", "y", 1, 0), EPERM, "nor attributes");
	fails(link("fixed", "another"), EPERM, "it gets no name");
	fails(rename("fixed", "another"), EPERM, "nor another one");
	close(make("other"));
	fails(rename("other", "fixed"), EPERM, "none takes its place");
	fails(unlink("fixed"), EPERM, "and it is not removed");
	fails(fallocate(fd, 0, 0, 2 * PAGE), EPERM, "it gets no room");
	other = open("fixed", O_RDONLY);
	ok(other >= 0, "it can be read");
	is_int(write(fd, "x", 1), 1, "who has it open writes");
	is_int(ftruncate(fd, 2), 0, "or cuts it off");
	statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);
	is_int((long)st.stx_attributes & 0x70, STATX_ATTR_IMMUTABLE, "statx() says so");
	is_int(set(other, 0), 0, "chattr -i, by who reads");
	is_int(chmod("fixed", 0644), 0, "and all is as before");
	close(other);
	close(fd);
	unlink("fixed");
	unlink("other");
}

static void test_append(void)
{
	int fd = make("log"), add;
	struct iovec iov = { (char *)"x", 1 };

	is_int(set(fd, FS_APPEND_FL), 0, "chattr +a");
	fails(open("log", O_WRONLY), EPERM, "it is not opened to write anywhere");
	fails(open("log", O_WRONLY | O_APPEND | O_TRUNC), EPERM, "nor emptied");
	add = open("log", O_RDWR | O_APPEND);
	ok(add >= 0, "but to add to it");
	is_int(write(add, "more", 4), 4, "which is done");
	fails(fcntl(add, F_SETFL, 0), EPERM, "and remains so");
	is_int(fcntl(add, F_SETFL, O_APPEND | O_NONBLOCK), 0, "with other flags");
	fails(pwritev2(add, &iov, 1, 0, NOAPPEND), EPERM, "not for one write");
	fails((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, add, 0), EACCES,
	      "it is not mapped to be written");
	fails(ftruncate(add, 0), EPERM, "not made shorter");
	fails(truncate("log", 100), EPERM, "nor longer");
	fails(fallocate(add, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, PAGE), EPERM,
	      "no holes");
	is_int(fallocate(add, 0, 0, PAGE), 0, "but room");
	fails(chmod("log", 0644), EPERM, "nor are attributes changed");
	is_int(utimensat(AT_FDCWD, "log", NULL, 0), 0, "but times, to now");
	fails(unlink("log"), EPERM, "it is not removed");
	fails(rename("log", "gol"), EPERM, "nor renamed");
	fails(link("log", "gol"), EPERM, "nor linked");
	is_int(set(fd, 0), 0, "chattr -a");
	is_int(unlink("log"), 0, "and it goes");
	close(add);
	close(fd);
}

static void test_directories(void)
{
	int fd;

	mkdir("d", 0700);
	fd = open("d", O_DIRECTORY);
	close(make("d/old"));
	is_int(set(fd, FS_APPEND_FL), 0, "a directory that only grows");
	close(make("d/new"));
	ok(access("d/new", F_OK) == 0, "gets names");
	fails(unlink("d/old"), EPERM, "loses none");
	fails(rename("d/old", "d/more"), EPERM, "by a new name neither");
	is_int(set(fd, FS_IMMUTABLE_FL), 0, "one that nobody changes");
	fails(mkdir("d/more", 0700), EPERM, "gets none");
	fails(open("d/more", O_CREAT | O_WRONLY, 0600), EPERM, "of a file neither");
	fails(unlink("d/old"), EPERM, "loses none");
	close(fd);
	fd = open("d/old", O_WRONLY);
	ok(fd >= 0, "what is in it can be written");
	close(fd);
	fd = open("d", O_DIRECTORY);
	is_int(set(fd, 0), 0, "as before");
	close(fd);
	unlink("d/old");
	unlink("d/new");
	is_int(rmdir("d"), 0, "and it goes");
}

static int without_the_right(void *unused TAP_UNUSED)
{
	int fd = open("mine", O_RDONLY), others = open("others", O_RDONLY);

	if (prctl(PR_CAPBSET_DROP, CAN_SET) < 0 || setresuid(1234, 1234, 1234) < 0)
		return 1;
	if (set(fd, FS_NODUMP_FL) != 0)
		return 2;
	if (set(fd, FS_NODUMP_FL | FS_APPEND_FL) != -1 || errno != EPERM)
		return 3;
	if (set(others, FS_NODUMP_FL) != -1 || errno != EPERM)
		return 4;
	return 0;
}

static void test_rights(void)
{
	close(make("mine"));
	close(make("others"));
	if (chown("mine", 1234, 1234) < 0)
		bail_out("chown: %s", strerror(errno));
	is_exit(in_child(without_the_right, NULL), 0, "who may set which");
}

int main(void)
{
	char folder[] = "/tmp/flags.XXXXXX";

	if (geteuid() != 0)
		skip_all("needs root");
	if (under_qemu_user())
		skip_all("qemu-user: the files are the host's");
	if (mkdtemp(folder) == NULL || mount("none", folder, "tmpfs", 0, "") < 0 ||
	    chdir(folder) < 0)
		bail_out("%s: %s", folder, strerror(errno));
	test_calls();
	test_immutable();
	test_append();
	test_directories();
	test_rights();
	if (chdir("/") < 0 || umount(folder) < 0 || rmdir(folder) < 0)
		diag("%s: %s", folder, strerror(errno));
	return done_testing();
}
