/*
 * tests/abi/anon_inode.c
 *
 * Claim    A descriptor of what has no file behind it (an eventfd, an epoll, ...)
 *          says what it is: the link in /proc/PID/fd names the kind, fstat() has
 *          no type, fdinfo what is particular.  It is not opened anew by that link,
 *          nor is a socket; a pipe is, and a pidfd.
 * Method   One of each kind.
 * Oracle   Linux (6.12): lsof, CRIU and the C library (pidfd_getpid()) read these.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

enum { PIDFD_OPEN = 434, FSOPEN = 430 };

static void is_anonymous(int fd, const char *link, unsigned mode, bool opens)
{
	char path[64], found[64];
	struct stat st;
	ssize_t n;
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, found, sizeof(found) - 1);
	found[n < 0 ? 0 : n] = '\0';
	ok(strcmp(found, link) == 0, "%s: the link is %s", link, found);
	fstat(fd, &st);
	is_int(st.st_mode, mode, "%s: no type", link);
	again = open(path, O_RDONLY | O_NONBLOCK);
	if (opens)
		ok(again >= 0, "%s: opened anew", link);
	else
		fails(again, ENXIO, "%s: opened anew", link);
	close(again);
	again = open(path, O_PATH);
	ok(again >= 0, "%s: named by O_PATH", link);
	close(again);
}

/* Has the fdinfo of @fd a line of @key, and after it this? */
static bool is_said(int fd, const char *key, const char *value)
{
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *at = line + strlen(key);

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(at + strspn(at, " \t"), value) == 0;
		if (!found)
			diag("%s", line);
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static void test_pidfd(void)
{
	char number[16];
	int fd = syscall(PIDFD_OPEN, getpid(), 0), flags;
	pid_t pid;

	is_anonymous(fd, "anon_inode:[pidfd]", 0700, true);
	snprintf(number, sizeof(number), "%d", getpid());
	ok(is_said(fd, "Pid:", number) && is_said(fd, "NSpid:", number),
	   "fdinfo says whose a pidfd is");
	flags = fcntl(fd, F_GETFD);
	ok((flags & FD_CLOEXEC) && is_said(fd, "flags:", "02000002"),
	   "and that exec closes it");
	fcntl(fd, F_SETFD, 0);
	ok(is_said(fd, "flags:", "02"), "or does not");
	close(fd);
	pid = tap_fork();
	if (pid == 0)
		_exit(0);
	fd = syscall(PIDFD_OPEN, pid, 0);
	waitpid(pid, NULL, 0);
	ok(is_said(fd, "Pid:", "-1"), "of who was reaped it says -1");
	close(fd);
}

static void test_kinds(void)
{
	sigset_t set;
	int fd = eventfd(0x1234, 0);

	is_anonymous(fd, "anon_inode:[eventfd]", 0600, false);
	ok(is_said(fd, "eventfd-count:", "1234"), "fdinfo has an eventfd's count");
	close(fd);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	fd = signalfd(-1, &set, 0);
	is_anonymous(fd, "anon_inode:[signalfd]", 0600, false);
	ok(is_said(fd, "sigmask:", "0000000000000200"), "and a signalfd's mask");
	close(fd);
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	is_anonymous(fd, "anon_inode:[timerfd]", 0600, false);
	close(fd);
	fd = epoll_create1(0);
	is_anonymous(fd, "anon_inode:[eventpoll]", 0600, false);
	close(fd);
	fd = inotify_init();
	is_anonymous(fd, "anon_inode:inotify", 0600, false);
	close(fd);
	fd = syscall(FSOPEN, "tmpfs", 0);
	if (fd >= 0) /* root's */
		is_anonymous(fd, "anon_inode:[fscontext]", 0600, false);
	close(fd);
}

static void test_others(void)
{
	int ends[2], again;
	char path[64];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		bail_out("socketpair: %s", strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	fails(open(path, O_RDWR), ENXIO, "a socket is not opened anew");
	close(ends[0]);
	close(ends[1]);
	if (pipe(ends) < 0)
		bail_out("pipe: %s", strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	again = open(path, O_RDONLY);
	ok(again >= 0, "a pipe is");
	close(again);
	close(ends[0]);
	close(ends[1]);
}

/* One that has lost its name, by a handle: what its link says is not told, but that
 * it says something. */
static void test_without_way(void)
{
	struct {
		struct file_handle head;
		char bytes[128];
	} h = { .head.handle_bytes = 128 };
	char path[64], found[64];
	int mount, here, fd, by_handle;

	snprintf(path, sizeof(path), "/tmp/anon_inode-%d", getpid());
	here = open("/tmp", O_RDONLY);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	if (name_to_handle_at(AT_FDCWD, path, &h.head, &mount, 0) < 0) {
		unlink(path);
		skip(1, "no handles here");
		return;
	}
	unlink(path);
	by_handle = open_by_handle_at(here, &h.head, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", by_handle);
	if (by_handle < 0)
		skip(1, "open_by_handle_at: %s", strerror(errno));
	else
		ok(readlink(path, found, sizeof(found)) > 0, "a file that nobody knows the way to");
	close(by_handle);
	close(fd);
	close(here);
}

int main(void)
{
	test_kinds();
	test_pidfd();
	test_others();
	test_without_way();
	return done_testing();
}
