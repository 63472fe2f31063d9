/*
 * tests/abi/fchmodat2.c
 *
 * Claim    fchmodat2() changes the mode of what a path names, of a link's
 *          target or not, or of a descriptor that is good for nothing else;
 *          a link has no mode of its own to change.
 * Method   Files, links and descriptors; in a child, as user 1000.
 * Oracle   Linux, from 6.6 on.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/stat.h>

enum { FCHMODAT2 = 452 };

static char dir[] = "/dev/shm/fchmodat2XXXXXX";

static long change(int at, const char *path, mode_t mode, int flags)
{
	return syscall(FCHMODAT2, at, path, mode, flags);
}

static int mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static void test_paths(void)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	is_int(change(AT_FDCWD, "f", 0640, 0), 0, "a path");
	is_int(mode_of("f"), 0640, "has the mode");
	is_int(change(here, "l", 0604, 0), 0, "a link");
	is_int(mode_of("f"), 0604, "leads to it");
	is_int(change(here, "f", 0600, AT_SYMLINK_NOFOLLOW), 0,
	       "no link is followed");
	is_int(mode_of("f"), 0600, "where there is none");
	fails(change(here, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP,
	      "the link has none of its own");
	is_int(mode_of("l"), 0777, "but all rights");
	fails(change(here, "none", 0600, 0), ENOENT, "nothing");
	fails(change(here, "f/g", 0600, 0), ENOTDIR, "below a file");
	fails(change(here, "f", 0600, AT_SYMLINK_FOLLOW), EINVAL,
	      "a flag of others");
	fails(change(-1, "f", 0600, 0), EBADF, "of no directory");
	close(here);
}

static void test_descriptors(void)
{
	int file = open("f", O_PATH | O_CLOEXEC);
	int link = open("l", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	is_int(change(file, "", 0660, AT_EMPTY_PATH), 0, "a descriptor");
	is_int(mode_of("f"), 0660, "of O_PATH");
	fails(change(file, "", 0660, 0), ENOENT, "not without being told");
	fails(change(link, "", 0660, AT_EMPTY_PATH), EOPNOTSUPP, "of a link");
	fails(fchmod(file, 0600), EBADF, "which is not enough for fchmod()");
	close(file);
	close(link);
}

static int as_user(void *unused TAP_UNUSED)
{
	if (setresuid(1000, 1000, 1000) != 0)
		return 99;
	if (change(AT_FDCWD, "f", 0666, 0) != -1 || errno != EPERM)
		return 1;
	return change(AT_FDCWD, "l", 0666, AT_SYMLINK_NOFOLLOW) != -1 ||
	       errno != EOPNOTSUPP ? 2 : 0;
}

int main(void)
{
	if (change(-1, "", 0, 0) == -1 && errno == ENOSYS)
		skip_all("no fchmodat2(): before Linux 6.6, or qemu's user mode");
	if (mkdtemp(dir) == NULL || chdir(dir) != 0 || chmod(dir, 0755) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	make("f");
	if (symlink("f", "l") != 0)
		bail_out("l: %s", strerror(errno));
	test_paths();
	test_descriptors();
	if (geteuid() == 0)
		is_exit(in_child(as_user, NULL), 0, "the owner's to do");
	else
		skip(1, "not root");
	unlink("l");
	unlink("f");
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
