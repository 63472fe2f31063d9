/*
 * tests/abi/fd_limit.c
 *
 * Claim    A call that fails because there is no descriptor left has changed
 *          nothing: open() has neither emptied nor made the file, pipe2() has
 *          used no number up.  A descriptor whose open() still waits is open
 *          to nobody, but its number is taken.
 * Method   A process whose descriptors are used up; a thread that waits for
 *          the other end of a FIFO while its siblings try its number.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, "precious", 8) != 8)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
}

/* ---- no descriptor is left ---- */

/* The status is the number of the first thing that is wrong. */
static int without_descriptors(void *unused TAP_UNUSED)
{
	struct rlimit limit = { 16, 16 };
	int ends[2], last = -1, fd;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	while ((fd = dup(0)) >= 0)
		last = fd;
	if (open("keep", O_WRONLY | O_TRUNC) != -1 || errno != EMFILE)
		return 2;
	if (size_of("keep") != 8)
		return 3;
	if (open("new", O_WRONLY | O_CREAT, 0600) != -1 || errno != EMFILE)
		return 4;
	if (size_of("new") != -1)
		return 5;
	close(last);
	if (pipe2(ends, 0) != -1 || errno != EMFILE)
		return 6;
	if (open("missing", O_RDONLY) != -1 || errno != ENOENT)
		return 7;
	return dup(0) == last ? 0 : 8;
}

static void test_limit(void)
{
	make("keep");
	is_exit(in_child(without_descriptors, NULL), 0,
		"without a descriptor nothing is changed");
	is_int(size_of("keep"), 8, "the file is as it was");
	unlink("keep");
}

static void test_bad_pointer(void)
{
	int before = dup(0), after;

	close(before);
	if (skip_under_qemu(2, "leaves the pipe open"))
		return;
	is_int(syscall(SYS_pipe2, 8, 0) == -1 ? errno : 0, EFAULT,
	       "pipe2 to nowhere");
	after = dup(0);
	is_int(after, before, "uses no descriptor");
	close(after);
}

/* ---- a descriptor to be ---- */

static volatile pid_t opener;

static void *open_reader(void *fd)
{
	opener = gettid();
	*(int *)fd = open("fifo", O_RDONLY);
	return NULL;
}

/* Has descriptors of its own: none of ours is taken to look. */
static int see_it_asleep(void *unused TAP_UNUSED)
{
	wait_until_asleep(getppid(), opener);
	return 0;
}

/* It has the number that was free, and waits for a writer. */
static void wait_for_opener(void)
{
	while (opener == 0)
		usleep(1000);
	in_child(see_it_asleep, NULL);
}

/* There it is the lowest free number. */
static int is_free_in_child(void *fd)
{
	return fcntl(*(int *)fd, F_GETFD) == -1 && errno == EBADF &&
	       dup(0) == *(int *)fd ? 0 : 1;
}

static void test_reserved(void)
{
	int fd = dup(0), opened = -1, writer;
	pthread_t thread;

	close(fd);
	if (mkfifo("fifo", 0600) < 0)
		bail_out("mkfifo: %s", strerror(errno));
	tap_thread(&thread, NULL, open_reader, &opened);
	wait_for_opener();
	is_int(fcntl(fd, F_GETFD) == -1 ? errno : 0, EBADF, "not open yet");
	is_int(close(fd) == -1 ? errno : 0, EBADF, "nor to be closed");
	is_int(dup2(0, fd) == -1 ? errno : 0, EBUSY, "nor to be replaced");
	is_exit(in_child(is_free_in_child, &fd), 0, "nor inherited");
	writer = open("fifo", O_WRONLY);
	pthread_join(thread, NULL);
	is_int(opened, fd, "the number was kept");
	ok(fcntl(fd, F_GETFD) == 0, "and is open now");
	close(writer);
	close(fd);
	unlink("fifo");
}

int main(void)
{
	char dir[] = "fd_limit.XXXXXX";

	plan(2 + 2 + 6);
	if (!mkdtemp(dir) || chdir(dir) < 0)
		bail_out("mkdtemp: %s", strerror(errno));
	test_limit();
	test_bad_pointer();
	test_reserved();
	if (chdir("..") == 0)
		rmdir(dir);
	return done_testing();
}
