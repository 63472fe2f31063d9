/*
 * tests/abi/mount.c
 *
 * Claim    mount() shows another tree at a place, another sight of a tree, or
 *          the same elsewhere; its flags hold there; paths cross it both ways;
 *          umount() refuses while somebody is in it, and MNT_DETACH takes it
 *          out of sight; /proc tells.
 * Method   Small tmpfs in a folder of the test; on Linux in a namespace of
 *          mounts of its own.
 * Oracle   Linux. Skipped without root, or where it gets no namespace.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define ST_NOSYMFOLLOW 0x2000

static const char base[] = "/tmp/mount-test";

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

static dev_t device_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_dev : 0;
}

static bool says(const char *file, const char *text)
{
	static char buf[65536];
	int fd = open(file, O_RDONLY);
	ssize_t n, used = 0;

	while ((n = read(fd, buf + used, sizeof(buf) - 1 - used)) > 0)
		used += n;
	buf[used] = '\0';
	close(fd);
	return strstr(buf, text) != NULL;
}

static void test_new(void)
{
	struct statfs fs;
	char cwd[200], line[300];

	make("below", "b");
	is_int(mount("some thing", "m", "tmpfs", 0, "size=64k,mode=750"), 0,
	       "mount a tmpfs");
	ok(device_of("m") != device_of("."), "it is another device");
	ok(device_of("m/..") == device_of("."), "and .. leads out of it");
	is_int(statfs("m", &fs), 0, "statfs");
	ok(fs.f_type == 0x01021994, "its type");
	is_int((long)(fs.f_blocks * fs.f_bsize), 65536, "its size");
	make("m/in", "i");
	is_int(access("m/../below", F_OK), 0, "a path in and out");
	is_int(chdir("m"), 0, "to be in it");
	snprintf(line, sizeof(line), "%s/m", base);
	ok(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, line) == 0,
	   "getcwd: %s", cwd);
	fails(umount2(line, 0), EBUSY, "umount while somebody is in it");
	is_int(chdir(".."), 0, "to go by ..");
	ok(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, base) == 0,
	   "getcwd: %s", cwd);
	fails(rename("below", "m/below"), EXDEV, "rename into it");
	fails(link("below", "m/below"), EXDEV, "link into it");
	fails(rmdir("m"), EBUSY, "remove the place");
	fails(rename("m", "n"), EBUSY, "rename the place");
	snprintf(line, sizeof(line), "some\\040thing %s/m tmpfs rw,relatime,", base);
	ok(says("/proc/self/mounts", line), "/proc/self/mounts has: %s", line);
	snprintf(line, sizeof(line), " / %s/m rw,relatime", base);
	ok(says("/proc/self/mountinfo", line), "mountinfo has it");
	snprintf(line, sizeof(line), " %u:%u / %s/m ", major(device_of("m")),
		 minor(device_of("m")), base);
	ok(says("/proc/self/mountinfo", line), "with its device");
}

static void test_room(void)
{
	static char buf[65536];
	int fd = open("m/large", O_RDWR | O_CREAT, 0600);
	ssize_t n = write(fd, buf, sizeof(buf));

	ok(n > 0 && n < (ssize_t)sizeof(buf), "a write ends where it is full");
	fails(write(fd, buf, 4096), ENOSPC, "and then there is no room");
	fails(umount("m"), EBUSY, "umount with an open file");
	close(fd);
	is_int(mount(NULL, "m", NULL, MS_REMOUNT, "size=128k"), 0, "more room");
	fd = open("m/large", O_RDWR | O_APPEND);
	is_int(write(fd, buf, 4096), 4096, "there is now");
	close(fd);
	fails(mount(NULL, "m", NULL, MS_REMOUNT, "size=4k"), EINVAL,
	      "less than there is");
	unlink("m/large");
}

/* Of 32 pages 16 are taken; the file has one of them, in the middle of what is
 * asked for. */
static void test_refused_room(void)
{
	static char buf[15 * 4096];
	int other = open("m/other", O_RDWR | O_CREAT, 0600);
	int fd = open("m/large", O_RDWR | O_CREAT, 0600);
	struct statfs before, after;
	struct stat st;
	char c = 0;

	if (write(other, buf, sizeof(buf)) != sizeof(buf) ||
	    pwrite(fd, "x", 1, 5 * 4096) != 1)
		bail_out("write: %s", strerror(errno));
	statfs("m", &before);
	is_int(posix_fallocate(fd, 0, 24 * 4096), ENOSPC,
	       "room for more than there is");
	statfs("m", &after);
	is_int((long)after.f_bfree, (long)before.f_bfree, "takes none");
	fstat(fd, &st);
	is_int(st.st_size, 5 * 4096 + 1, "the file is as long as it was");
	is_int(st.st_blocks, 8, "and has the page that it had");
	ok(pread(fd, &c, 1, 5 * 4096) == 1 && c == 'x', "as it was");
	is_int(posix_fallocate(fd, 0, 16 * 4096), 0, "as much as there is");
	is_int(statfs("m", &after), 0, "statfs");
	close(fd);
	close(other);
	unlink("m/large");
	unlink("m/other");
}

/* A truncation waits for who has a lease. */
static void test_held_up(void)
{
	sigset_t told;
	pid_t pid;
	int fd, status = -1;

	make("m/held", "h");
	sigemptyset(&told);
	sigaddset(&told, SIGIO);
	sigprocmask(SIG_BLOCK, &told, NULL);
	fd = open("m/held", O_RDONLY);
	is_int(fcntl(fd, F_SETLEASE, F_RDLCK), 0, "a lease");
	pid = tap_fork();
	if (pid == 0)
		_exit(truncate("m/held", 0) == 0 ? 0 : errno);
	sigwaitinfo(&told, NULL);
	fails(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY,
	      "read-only while a truncation waits for it");
	is_int(fcntl(fd, F_SETLEASE, F_UNLCK), 0, "it is given up");
	waitpid(pid, &status, 0);
	is_int(status, 0, "and the file cut");
	sigprocmask(SIG_UNBLOCK, &told, NULL);
	close(fd);
	unlink("m/held");
}

static void test_readonly(void)
{
	int fd = open("m/in", O_RDWR), dir = open("m", O_RDONLY);

	fails(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY,
	      "read-only while somebody may write");
	close(fd);
	is_int(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0,
	       "read-only");
	fails(open("m/in", O_WRONLY), EROFS, "open to write");
	fails(open("m/new", O_WRONLY | O_CREAT, 0600), EROFS, "open to create");
	fails(mkdir("m/new", 0700), EROFS, "mkdir");
	fails(mkdir("m/in", 0700), EEXIST, "mkdir of what there is");
	fails(unlink("m/in"), EROFS, "unlink");
	fails(unlink("m/none"), EROFS, "of what there is not, too");
	fails(rename("m/in", "m/new"), EROFS, "rename");
	fails(link("m/in", "m/new"), EROFS, "link");
	fails(symlink("x", "m/new"), EROFS, "symlink");
	fails(chmod("m/in", 0600), EROFS, "chmod");
	fails(fchmodat(dir, "in", 0600, 0), EROFS, "fchmodat");
	fails(chown("m/in", 0, 0), EROFS, "chown");
	fails(fchown(dir, 0, 0), EROFS, "fchown");
	fails(truncate("m/in", 0), EROFS, "truncate");
	fails(utimensat(AT_FDCWD, "m/in", NULL, 0), EROFS, "utimensat");
	fails(access("m/in", W_OK), EROFS, "access");
	fd = open("m/in", O_RDONLY);
	ok(fd >= 0, "open to read");
	fails(fchmod(fd, 0600), EROFS, "fchmod");
	close(fd);
	close(dir);
	is_int(mount(NULL, "m", NULL, MS_REMOUNT, NULL), 0, "writable again");
	is_int(chmod("m/in", 0755), 0, "chmod");
}

static void test_flags(void)
{
	char *const argv[] = { "in", NULL };
	int fd;

	mknod("m/null", S_IFCHR | 0666, makedev(1, 3));
	fd = open("m/null", O_RDWR);
	ok(fd >= 0, "a device opens");
	close(fd);
	is_int(mount(NULL, "m", NULL,
		     MS_REMOUNT | MS_BIND | MS_NOEXEC | MS_NODEV, NULL), 0,
	       "noexec, nodev");
	fails(open("m/null", O_RDWR), EACCES, "a device does not open");
	fails(execv("m/in", argv), EACCES, "a program does not run");
	fails(access("m/in", X_OK), EACCES, "and access() says so");
	fd = open("m/in", O_RDONLY);
	if (!skip_under_qemu(1, "what it executes, the host only reads"))
		ok(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd,
			0) == MAP_FAILED && errno == EPERM,
		   "nor is it mapped as one");
	close(fd);
	ok(says("/proc/self/mounts", "nodev,noexec,relatime"), "/proc tells");
	is_int(mount(NULL, "m", NULL, MS_REMOUNT | MS_BIND, NULL), 0,
	       "without them");
}

static void test_bind(void)
{
	struct stat a, b;
	char line[300];

	mkdir("m/sub", 0755);
	make("m/sub/f", "f");
	is_int(mount("m/sub", "n", NULL, MS_BIND, NULL), 0, "bind a folder");
	ok(stat("m/sub/f", &a) == 0 && stat("n/f", &b) == 0 &&
		   a.st_ino == b.st_ino && a.st_dev == b.st_dev,
	   "it is the same there");
	ok(device_of("n/..") == device_of("."), ".. is that of the place");
	ok(device_of("m/sub/..") == device_of("m"), "in each");
	snprintf(line, sizeof(line), " /sub %s/n ", base);
	ok(says("/proc/self/mountinfo", line), "mountinfo says which folder");
	fails(link("n/f", "m/g"), EXDEV, "no link from one place to another");
	fails(rename("n/f", "m/g"), EXDEV, "no rename");
	is_int(mount(NULL, "n", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0,
	       "read-only here");
	fails(unlink("n/f"), EROFS, "so nothing changes here");
	make("m/sub/g", "g");
	is_int(access("n/g", F_OK), 0, "but there");
	is_int(rmdir("m/sub"), -1, "a full folder stays");
	is_int(umount("n"), 0, "umount");
	fails(access("n/f", F_OK), ENOENT, "and it is gone");
	make("file", "x");
	is_int(mount("m/in", "file", NULL, MS_BIND, NULL), 0, "bind a file");
	ok(stat("file", &a) == 0 && stat("m/in", &b) == 0 &&
		   a.st_ino == b.st_ino, "it is the other");
	fails(unlink("file"), EBUSY, "unlink the place");
	is_int(umount("file"), 0, "umount");
	is_int(unlink("file"), 0, "unlink");
}

static void test_recursive(void)
{
	mkdir("m/deep", 0755);
	is_int(mount("t", "m/deep", "tmpfs", 0, NULL), 0, "another inside");
	make("m/deep/f", "f");
	is_int(mount("m", "n", NULL, MS_BIND, NULL), 0, "bind the outer");
	fails(access("n/deep/f", F_OK), ENOENT, "the inner is not seen");
	is_int(umount("n"), 0, "umount");
	is_int(mount("m", "n", NULL, MS_BIND | MS_REC, NULL), 0, "bind both");
	is_int(access("n/deep/f", F_OK), 0, "it is");
	fails(umount("n"), EBUSY, "umount below another");
	is_int(umount("n/deep"), 0, "the inner first");
	is_int(umount("n"), 0, "then the outer");
	is_int(mount("m/deep", "n", NULL, MS_MOVE, NULL), 0, "move the inner");
	is_int(access("n/f", F_OK), 0, "it is there");
	fails(access("m/deep/f", F_OK), ENOENT, "and not here");
	fails(mount("m", "m/deep", NULL, MS_MOVE, NULL), ELOOP, "into itself");
	is_int(mount("u", "n", "tmpfs", 0, NULL), 0, "one on top of another");
	fails(access("n/f", F_OK), ENOENT, "covers it");
	is_int(umount("n"), 0, "umount");
	is_int(access("n/f", F_OK), 0, "there it is again");
	is_int(umount("n"), 0, "umount");
}

static void test_detach(void)
{
	int fd = open("m/in", O_RDWR), dir = open("m", O_RDONLY | O_DIRECTORY);
	char c;

	fails(umount("m"), EBUSY, "it is used");
	is_int(umount2("m", MNT_DETACH), 0, "out of sight");
	fails(access("m/in", F_OK), ENOENT, "it is not seen");
	is_int(pread(fd, &c, 1, 0), 1, "who has it open has it");
	ok(openat(dir, "in", O_RDONLY) >= 0, "and finds what is in it");
	ok(openat(dir, "sub/../in", O_RDONLY) >= 0, "by paths");
	fails(openat(dir, "../below", O_RDONLY), ENOENT, "there is no way out");
	is_int(mkdirat(dir, "more", 0700), 0, "it can still change");
	ok(!says("/proc/self/mounts", "some\\040thing"), "/proc does not know it");
	close(fd);
	close(dir);
	is_int(rmdir("n"), 0, "a place is a folder again");
	mkdir("n", 0755);
}

static void test_errors(void)
{
	fails(mount("x", "none", "tmpfs", 0, NULL), ENOENT, "no place");
	fails(mount("x", "below", "tmpfs", 0, NULL), ENOTDIR, "not on a file");
	fails(mount("x", "n", "nosuchfs", 0, NULL), ENODEV, "no such type");
	fails(mount("x", "n", NULL, 0, NULL), EINVAL, "no type");
	fails(mount("x", "n", "tmpfs", 0, "what=1"), EINVAL, "no such option");
	fails(mount("x", (char *)-1, "tmpfs", 0, NULL), EFAULT, "bad address");
	fails(mount(NULL, "n", NULL, MS_BIND, NULL), EINVAL, "bind nothing");
	fails(mount("none", "n", NULL, MS_BIND, NULL), ENOENT, "bind what is not");
	fails(mount("n", "below", NULL, MS_BIND, NULL), ENOTDIR,
	      "a folder on a file");
	fails(mount("m", "n", NULL, MS_MOVE, NULL), EINVAL, "move no mount");
	fails(mount(NULL, "n", NULL, MS_REMOUNT, NULL), EINVAL, "remount no mount");
	fails(umount("n"), EINVAL, "umount no mount");
	fails(umount("none"), ENOENT, "umount nothing");
	fails(umount2("n", 0x100), EINVAL, "an unknown flag");
	is_int(mount("x", "n", "tmpfs", 0, NULL), 0, "mount");
	fails(umount2("n", MNT_EXPIRE | MNT_DETACH), EINVAL, "expire and detach");
	fails(umount2("n", MNT_EXPIRE), EAGAIN, "expire marks");
	is_int(umount2("n", MNT_EXPIRE), 0, "and then takes away");
}

/* A type that needs a device. */
static bool find_disk_type(char *type, size_t size)
{
	FILE *f = fopen("/proc/filesystems", "re");
	bool found = false;
	char line[100];

	while (!found && f != NULL && fgets(line, sizeof(line), f) != NULL) {
		found = line[0] == '\t';
		snprintf(type, size, "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
	}
	if (f != NULL)
		fclose(f);
	return found;
}

static void test_sources(void)
{
	char type[100];

	if (!find_disk_type(type, sizeof(type)))
		skip(2, "no file system needs a device");
	else {
		fails(mount(NULL, "n", type, 0, NULL), EINVAL, "no device is said");
		fails(mount("none", "n", type, 0, NULL), ENOENT, "one that is not");
	}
	is_int(mount(NULL, "n", "tmpfs", 0, NULL), 0, "tmpfs needs none");
	ok(says("/proc/self/mounts", "none /tmp/mount-test/n tmpfs"), "it is called so");
	is_int(umount("n"), 0, "umount");
}

static void test_links(void)
{
	struct statfs fs;

	is_int(mount("x", "n", "tmpfs", MS_NOSYMFOLLOW, NULL), 0, "nosymfollow");
	is_int(statfs("n", &fs), 0, "statfs");
	ok(fs.f_flags & ST_NOSYMFOLLOW, "says so");
	is_int(symlink("m", "n/link"), 0, "a link is made");
	fails(open("n/link", O_RDONLY), ELOOP, "and not followed");
	is_int(mount(NULL, "n", NULL, MS_REMOUNT | MS_BIND, NULL), 0, "without");
	is_int(statfs("n", &fs), 0, "statfs");
	ok(!(fs.f_flags & ST_NOSYMFOLLOW), "does not say so");
	is_int(umount("n"), 0, "umount");
}

static int events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

/* As of an error, and once. */
static bool tells(int fd)
{
	return events_of(fd) == (POLLIN | POLLPRI | POLLERR) && events_of(fd) == POLLIN;
}

static int mount_later(void *arg TAP_UNUSED)
{
	return mount("x", "n", "tmpfs", 0, NULL);
}

/* What @fd, which stays open, says from its beginning on. */
static bool says_anew(int fd, const char *what)
{
	static char text[16384];
	ssize_t n, len = 0;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return false;
	while ((n = read(fd, text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	text[len] = '\0';
	return strstr(text, what) != NULL;
}

static void test_read_again(void)
{
	int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	int info = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	ok(!says_anew(fd, "again") && !says_anew(info, "again"), "it is not there");
	is_int(mount("again", "n", "tmpfs", 0, NULL), 0, "mounted");
	ok(says_anew(fd, "again /tmp/mount-test/n"), "an open file tells, from its beginning");
	ok(says_anew(info, " /tmp/mount-test/n "), "so does the other");
	is_int(umount("n"), 0, "unmounted");
	ok(!says_anew(fd, "again") && !says_anew(info, "again"), "and it is told");
	close(info);
	close(fd);
}

static void test_told(void)
{
	int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	int info = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct epoll_event e = { .events = EPOLLPRI };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct pollfd p = { .fd = info, .events = POLLPRI };

	is_int(events_of(fd), POLLIN, "there is something to read, and no news");
	is_int(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0, "an epoll has it");
	is_exit(in_child(mount_later, NULL), 0, "somebody mounts");
	is_int(epoll_wait(ep, &e, 1, -1), 1, "the epoll knows");
	is_int((long)e.events, EPOLLPRI | EPOLLERR, "that it is news");
	is_int(epoll_wait(ep, &e, 1, 0), 0, "once");
	is_int(poll(&p, 1, -1), 1, "each that is open is told");
	is_int(mount(NULL, "n", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL), 0, "other flags");
	ok(tells(fd), "are news");
	is_int(umount("n"), 0, "umount");
	ok(tells(fd), "is news");
	close(ep);
	close(info);
	close(fd);
}

/* Of a descriptor: by the time that somebody looks it may be another's. */
static void test_fleeting(void)
{
	int fd = open("below", O_RDONLY), link;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	fails(mount("below", path, NULL, MS_BIND, NULL), ENOENT, "not on fdinfo");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	link = open(path, O_PATH | O_NOFOLLOW);
	ok(link >= 0, "the link to a descriptor");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", link);
	fails(mount("m/in", path, NULL, MS_BIND, NULL), ENOENT, "is no place");
	close(link);
	close(fd);
}

static int try_as_user(void *unused TAP_UNUSED)
{
	if (setuid(1000) != 0)
		return 2;
	return !(mount("x", "n", "tmpfs", 0, NULL) < 0 && errno == EPERM &&
		 umount("n") < 0 && errno == EPERM &&
		 mount("x", "none", "tmpfs", 0, NULL) < 0 && errno == ENOENT);
}

static void test_user(void)
{
	is_int(in_child(try_as_user, NULL), 0, "a user may not");
}

/* A Linux gives us a namespace of our own; where there is only one, the test
 * cleans up after itself. */
static void get_namespace(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	else if (errno == EPERM)
		skip_all("no namespace of mounts");
}

static void tidy_up(void)
{
	is_int(unlink("below") | rmdir("m") | rmdir("n"), 0, "nothing is left in it");
	is_int(chdir("/") | rmdir(base), 0, "nor is the folder");
}

int main(void)
{
	if (geteuid() != 0)
		skip_all("needs root");
	get_namespace();
	umask(0);
	mkdir(base, 0755);
	if (chdir(base) < 0)
		bail_out("%s: %s", base, strerror(errno));
	mkdir("m", 0755);
	mkdir("n", 0755);
	test_new();
	test_room();
	test_refused_room();
	test_held_up();
	test_readonly();
	test_flags();
	test_bind();
	test_recursive();
	test_detach();
	test_errors();
	test_sources();
	test_links();
	test_read_again();
	test_told();
	test_fleeting();
	test_user();
	tidy_up();
	return done_testing();
}
