/*
 * tests/abi/file_tmpfile.c
 *
 * Claim    O_TMPFILE makes a file in a directory and no name for it: it is gone
 *          with its last descriptor, unless linkat() gives it a name, once,
 *          which O_EXCL forbids; it needs the right to write to the directory,
 *          and takes owner and mode as any new file does.
 * Method   Files are made, written, named through /proc and looked at.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <dirent.h>
#include <sys/stat.h>

static char dir[] = "/tmp/tmpfileXXXXXX";

static int name_it(int fd, const char *name)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static int entries(void)
{
	DIR *d = opendir(".");
	int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static struct stat stat_of(int fd)
{
	struct stat s;

	if (fstat(fd, &s) != 0)
		bail_out("fstat: %s", strerror(errno));
	return s;
}

static void test_errors(void)
{
	int fd = open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	close(fd);
	fails(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL, "to read only");
	fails(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0600), EINVAL,
	      "and O_CREAT");
	fails(open("plain", O_TMPFILE | O_RDWR, 0600), ENOTDIR,
	      "in a file");
	fails(open("missing", O_TMPFILE | O_RDWR, 0600), ENOENT, "in nothing");
	fails(open("/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP,
	      "where nothing is stored");
	unlink("plain");
}

static void test_life(void)
{
	struct stat named, s;
	char buf[8] = "";
	int fd, again;

	umask(022);
	fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	ok(fd >= 0, "O_TMPFILE");
	is_int(entries(), 0, "makes no name");
	s = stat_of(fd);
	is_int(s.st_nlink, 0, "no links");
	is_int(s.st_mode, S_IFREG | 0644, "its mode is cut by the umask");
	is_int(write(fd, "hello", 5), 5, "it can be written to");
	is_int(name_it(fd, "named"), 0, "linkat gives it a name");
	is_int(stat("named", &named), 0, "which is there");
	ok(named.st_ino == s.st_ino && named.st_nlink == 1, "and it is that");
	is_int(name_it(fd, "second"), 0, "another name");
	is_int(unlink("named") + unlink("second"), 0, "both are removed");
	fails(name_it(fd, "third"), ENOENT, "that was its life");
	is_int(pread(fd, buf, 8, 0), 5, "but it is open");
	close(fd);
	fd = open(".", O_TMPFILE | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);
	ok(fd >= 0, "O_EXCL");
	fails(name_it(fd, "never"), ENOENT, "forbids a name");
	close(fd);
	fd = open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0);
	ok(fd >= 0, "no rights for anybody");
	again = open("other", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(again);
	fails(name_it(fd, "other"), EEXIST, "no name that is there");
	is_int(name_it(fd, "late"), 0, "but another");
	close(fd);
	is_int(unlink("late") + unlink("other"), 0, "it has stayed");
}

static void test_rights(void)
{
	pid_t pid;
	int status;

	if (geteuid() != 0) {
		skip(1, "needs root to give up rights");
		return;
	}
	pid = tap_fork();
	if (pid == 0) {
		if (setresuid(1000, 1000, 1000) != 0)
			_exit(2);
		_exit(open(dir, O_TMPFILE | O_RDWR, 0600) < 0 &&
		      errno == EACCES ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "not without the right to write");
}

int main(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0 || chmod(dir, 0755) != 0)
		bail_out("%s: %s", dir, strerror(errno));
	test_errors();
	test_life();
	test_rights();
	if (chdir("/") == 0)
		rmdir(dir);
	return done_testing();
}
