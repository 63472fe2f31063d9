/*
 * tests/abi/proc_io.c
 *
 * Claim    /proc/PID/io has what a process has read and written: bytes and
 *          calls, of each kind of file, also those that got nothing, and not
 *          those that were refused before; of all its threads, those that have
 *          ended, and children that were waited for; /proc/PID/task/TID/io has
 *          one thread's. What is to go to a disk is counted when it is written,
 *          and again when it is cut off. Only who may look into a process reads
 *          it.
 * Method   Differences around calls, by pread() of the text, whose own costs are
 *          known. Threads count side by side and are added up.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

struct io {
	long rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled;
};

static int text = -1;
static long last_length; /* of the text */

static struct io io_of(int fd)
{
	char buf[400] = "";
	struct io io = { 0 };
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	if (n <= 0 || sscanf(buf,
			     "rchar: %ld\nwchar: %ld\nsyscr: %ld\nsyscw: %ld\n"
			     "read_bytes: %ld\nwrite_bytes: %ld\n"
			     "cancelled_write_bytes: %ld\n",
			     &io.rchar, &io.wchar, &io.syscr, &io.syscw,
			     &io.read_bytes, &io.write_bytes, &io.cancelled) != 7)
		bail_out("no such text: %.100s", buf);
	last_length = n;
	io.rchar += n; /* of this read, which is not in it */
	io.syscr++;
	return io;
}

static struct io before;

static void begin(void)
{
	before = io_of(text);
}

static bool grew(long rchar, long wchar, long syscr, long syscw)
{
	struct io now = io_of(text);

	/* Less this look. */
	now.rchar -= last_length;
	now.syscr--;
	if (now.rchar - before.rchar == rchar && now.wchar - before.wchar == wchar &&
	    now.syscr - before.syscr == syscr && now.syscw - before.syscw == syscw)
		return true;
	diag("rchar %ld, wchar %ld, syscr %ld, syscw %ld",
	     now.rchar - before.rchar, now.wchar - before.wchar,
	     now.syscr - before.syscr, now.syscw - before.syscw);
	return false;
}

static char buf[10000];

static void must(ssize_t got, ssize_t want)
{
	if (got != want)
		bail_out("a call gave %zd, not %zd", got, want);
}

/* One result, and nothing is said before it is known: that would be a write. */
#define costs(call, rchar, wchar, syscr, syscw, claim)			\
	do {								\
		begin();						\
		call;							\
		ok_without_errno(grew(rchar, wchar, syscr, syscw),	\
				 "%s", claim);				\
	} while (0)

static void test_calls(void)
{
	struct iovec iov[2] = { { buf, 10 }, { buf + 10, 20 } };
	int fds[2], file = memfd_create("proc_io", 0);
	off_t at = 0;

	if (pipe2(fds, O_NONBLOCK) != 0)
		bail_out("pipe: %s", strerror(errno));
	costs((void)0, 0, 0, 0, 0, "nothing");
	costs(must(write(fds[1], buf, 100), 100), 0, 100, 0, 1, "a write to a pipe");
	costs(must(read(fds[0], buf, 1000), 100), 100, 0, 1, 0,
	      "a read of more than there is");
	costs(must(read(fds[0], buf, 1), -1), 0, 0, 1, 0, "a read of nothing");
	costs(must(read(-1, buf, 1), -1), 0, 0, 0, 0, "a read of no file");
	costs(must(write(fds[0], buf, 1), -1), 0, 0, 0, 0,
	      "a write to where one reads");
	costs(must(writev(file, iov, 2), 30), 0, 30, 0, 1, "a vector");
	costs(must(preadv(file, iov, 2, 0), 30), 30, 0, 1, 0, "and back");
	costs(must(pwrite(file, buf, 7, 100), 7), 0, 7, 0, 1, "at a place");
	costs(must(pread(file, buf, 100, 90), 17), 17, 0, 1, 0, "and back");
	costs(must(sendfile(fds[1], file, &at, 50), 50), 50, 50, 1, 1,
	      "sendfile() is one of each");
	close(file);
	close(fds[0]);
	close(fds[1]);
}

/* ---- threads and children ---- */

#define ROUNDS 200

static void *writes(void *where)
{
	int *fd = where;
	char path[60];
	struct io io;
	int own;

	for (int i = 0; i < ROUNDS; i++)
		if (pwrite(*fd, "abc", 3, 0) != 3)
			return (void *)1L;
	snprintf(path, sizeof(path), "/proc/self/task/%d/io", gettid());
	own = open(path, O_RDONLY);
	io = io_of(own);
	close(own);
	return (void *)(long)(io.wchar != 3 * ROUNDS || io.syscw != ROUNDS);
}

static void test_threads(void)
{
	int file = memfd_create("proc_io", 0);
	pthread_t threads[4];
	struct io now;
	long wrong = 0;

	begin();
	for (int i = 0; i < 4; i++)
		tap_thread(&threads[i], NULL, writes, &file);
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	now = io_of(text);
	is_int(wrong, 0, "each thread has its own");
	is_int(now.wchar - before.wchar, 4 * 3 * ROUNDS, "the process has all their bytes");
	is_int(now.syscw - before.syscw, 4 * ROUNDS, "and calls, when they have ended");
	close(file);
}

static int write_and_end(void *file)
{
	return pwrite(*(int *)file, buf, 1234, 0) != 1234;
}

static void test_children(void)
{
	int file = memfd_create("proc_io", 0), status;
	struct io now;

	begin();
	status = in_child(write_and_end, &file);
	now = io_of(text);
	is_exit(status, 0, "a child writes");
	is_int(now.wchar - before.wchar, 1234, "what it wrote is its parent's who waited");
	close(file);
}

static int looks(void *pid)
{
	char path[40], c;
	int fd;

	if (setgid(1000) != 0 || setuid(1000) != 0)
		return 2;
	snprintf(path, sizeof(path), "/proc/%d/io", *(pid_t *)pid);
	fd = open(path, O_RDONLY);
	return fd >= 0 && read(fd, &c, 1) > 0;
}

static void test_rights(void)
{
	pid_t self = getpid();
	struct stat st;

	is_int(stat("/proc/self/io", &st), 0, "its mode");
	is_int(st.st_mode & 0777, 0400, "is 0400");
	if (geteuid() == 0)
		is_exit(in_child(looks, &self), 0, "somebody else reads nothing");
}

/* ---- what a disk gets: a loop device, whose file is in memory ---- */

static void test_disk(void)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int file = memfd_create("disk", 0), number, disk;
	struct io now;
	char path[40];

	number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	if (number < 0 || ftruncate(file, 1 << 20) != 0) {
		skip(2, "no loop device");
		return;
	}
	snprintf(path, sizeof(path), "/dev/loop%d", number);
	disk = open(path, O_RDWR | O_CLOEXEC);
	if (disk < 0 || ioctl(disk, LOOP_SET_FD, file) != 0)
		bail_out("%s: %s", path, strerror(errno));
	begin();
	must(pread(disk, buf, 4096, 65536), 4096);
	now = io_of(text);
	ok_without_errno(now.read_bytes - before.read_bytes >= 4096,
			 "whole pages were fetched");
	begin();
	must(pwrite(disk, buf, 8192, 131072), 8192);
	now = io_of(text);
	is_int(now.write_bytes - before.write_bytes, 8192, "two pages have to go there");
	ioctl(disk, LOOP_CLR_FD, 0);
	close(disk);
	close(control);
	close(file);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: what is counted is qemu's, too");
	text = open("/proc/self/io", O_RDONLY | O_CLOEXEC);
	if (text < 0)
		bail_out("/proc/self/io: %s", strerror(errno));
	test_calls();
	test_threads();
	test_children();
	test_rights();
	test_disk();
	return done_testing();
}
