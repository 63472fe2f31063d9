/*
 * tests/abi/splice.c
 *
 * Claim    splice moves bytes between a pipe and a file, or two pipes, from and
 *          to offsets or the files' own, and loses none that do not arrive; tee
 *          copies what stays; who sleeps for what they bring is woken;
 *          copy_file_range copies between files. Their
 *          errors are Linux's.
 * Method   Patterns through pipes and files, compared.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include "libasleep.h"

#include <poll.h>
#include <sys/eventfd.h>

enum { BYTES = 150000, LITTLE = 1000 };

static char pattern[BYTES], got[BYTES + 1];
static int file, other;		/* the first holds the pattern */
static int fds[2], more[2];

static int new_file(void)
{
	static int nr;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/tmp/splice.%d.%d", getpid(), nr++);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		bail_out("%s: %s", name, strerror(errno));
	unlink(name);
	return fd;
}

static void new_pipes(void)
{
	if (pipe2(fds, O_NONBLOCK) < 0 || pipe2(more, O_NONBLOCK) < 0)
		bail_out("pipe: %s", strerror(errno));
}

static void close_pipes(void)
{
	close(fds[0]);
	close(fds[1]);
	close(more[0]);
	close(more[1]);
}

/* All that is in a pipe: is it the pattern from @at on? */
static long drained(int fd, long at)
{
	long n = 0, part;

	while ((part = read(fd, got + n, BYTES - n)) > 0)
		n += part;
	return memcmp(got, pattern + at, n) == 0 ? n : -2;
}

static void test_errors(void)
{
	int event = eventfd(0, 0), dir = open("/tmp", O_RDONLY);
	int append = open("/dev/null", O_WRONLY | O_APPEND);
	loff_t at = 0, bad = -1;

	is_int(splice(99, NULL, 98, NULL, 0, 0), 0, "nothing at all");
	fails(splice(file, NULL, fds[1], NULL, 1, 64), EINVAL, "a flag");
	fails(splice(99, NULL, fds[1], NULL, 1, 0), EBADF, "no source");
	fails(splice(file, NULL, 99, NULL, 1, 0), EBADF, "no target");
	fails(splice(file, NULL, other, NULL, 1, 0), EINVAL, "no pipe");
	fails(splice(fds[0], NULL, fds[1], NULL, 1, 0), EINVAL, "one pipe");
	fails(splice(fds[1], NULL, other, NULL, 1, 0), EBADF, "not to read");
	fails(splice(file, NULL, fds[0], NULL, 1, 0), EBADF, "not to write");
	fails(splice(fds[0], &at, other, NULL, 1, 0), ESPIPE, "a pipe's offset");
	fails(splice(file, NULL, fds[1], &at, 1, 0), ESPIPE, "the other's");
	fails(splice(file, &bad, fds[1], NULL, 1, 0), EINVAL, "before 0");
	fails(splice(event, NULL, fds[1], NULL, 8, 0), EINVAL, "a counter");
	fails(splice(dir, NULL, fds[1], NULL, 8, 0), EINVAL, "a directory");
	fails(splice(fds[0], NULL, append, NULL, 8, 0), EINVAL, "to the end");
	fails(splice(fds[0], NULL, other, NULL, 8, 0), EAGAIN, "nothing there");
	fails(tee(fds[0], fds[1], 1, 0), EINVAL, "tee of one pipe");
	fails(tee(file, fds[1], 1, 0), EINVAL, "of a file");
	fails(tee(fds[0], 99, 1, 0), EBADF, "to nothing");
	fails(tee(fds[0], more[1], 1, 64), EINVAL, "a flag");
	fails(tee(fds[0], more[1], 1, 0), EAGAIN, "nothing there");
	is_int(tee(99, 98, 0, 0), 0, "nothing at all");
	close(append);
	close(event);
	close(dir);
}

static void test_file(void)
{
	loff_t at = 5;

	is_int(splice(file, &at, fds[1], NULL, LITTLE, 0), LITTLE, "in, from 5");
	is_int(at, 5 + LITTLE, "the offset moves");
	is_int(lseek(file, 0, SEEK_CUR), 0, "the file's does not");
	is_int(drained(fds[0], 5), LITTLE, "that is what comes out");
	is_int(splice(file, NULL, fds[1], NULL, BYTES, 0), 65536, "a pipe full");
	is_int(lseek(file, 0, SEEK_CUR), 65536, "so far the file has got");
	fails(splice(file, NULL, fds[1], NULL, 1, SPLICE_F_NONBLOCK), EAGAIN,
	      "no room");
	at = 100;
	is_int(splice(fds[0], NULL, other, &at, BYTES, 0), 65536, "out, to 100");
	is_int(at, 100 + 65536, "the offset moves");
	is_int(lseek(other, 0, SEEK_CUR), 0, "the file's does not");
	is_int(pread(other, got, 65536, 100), 65536, "they are there");
	ok(memcmp(got, pattern, 65536) == 0, "all of them");
	at = BYTES;
	is_int(splice(file, &at, fds[1], NULL, 1, 0), 0, "the end of the file");
	lseek(file, 0, SEEK_SET);
}

static void test_pipes(void)
{
	is_int(write(fds[1], pattern, 10000), 10000, "bytes");
	is_int(tee(fds[0], more[1], 8000, 0), 8000, "some copied");
	is_int(drained(more[0], 0), 8000, "are there");
	is_int(tee(fds[0], more[1], BYTES, 0), 10000, "all copied");
	is_int(drained(more[0], 0), 10000, "are there");
	is_int(splice(fds[0], NULL, more[1], NULL, 4000, 0), 4000, "moved");
	is_int(drained(more[0], 0), 4000, "are there");
	is_int(drained(fds[0], 4000), 6000, "and no more where they were");
	while (write(more[1], pattern, 4096) > 0)
		;
	is_int(write(fds[1], pattern, 10), 10, "a full pipe");
	fails(splice(fds[0], NULL, more[1], NULL, 10, 0), EAGAIN, "takes none");
	is_int(drained(fds[0], 0), 10, "they are not lost");
	drained(more[0], 0);
	close(more[0]);
	signal(SIGPIPE, SIG_IGN);
	is_int(write(fds[1], pattern, 10), 10, "no reader");
	fails(splice(fds[0], NULL, more[1], NULL, 10, 0), EPIPE, "takes none");
	is_int(drained(fds[0], 0), 10, "they are not lost");
	close(fds[1]);
	is_int(splice(fds[0], NULL, other, NULL, 10, 0), 0, "no writer: the end");
}

static void test_lost(void)
{
	int full = open("/dev/full", O_WRONLY);

	if (full < 0) {
		skip(3, "no /dev/full");
		return;
	}
	is_int(write(fds[1], pattern, 10), 10, "to a file that takes nothing");
	is_int(splice(fds[0], NULL, full, NULL, 10, 0), -1, "refused");
	is_int(drained(fds[0], 0), 10, "they are in the pipe");
	close(full);
}

static void test_waiting(void)
{
	int p[2], q[2], status;
	pid_t pid;

	if (pipe(p) < 0 || pipe(q) < 0)
		bail_out("pipe");
	pid = tap_fork();
	if (pid == 0) {
		usleep(15000);
		_exit(write(p[1], pattern, LITTLE) != LITTLE);
	}
	is_int(splice(p[0], NULL, q[1], NULL, LITTLE, 0), LITTLE,
	       "splice waits for bytes");
	waitpid(pid, &status, 0);
	is_exit(status, 0, "that come");
	is_int(read(q[0], got, LITTLE), LITTLE, "and go on");
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
}

static void test_copy(void)
{
	int to = new_file(), dir = open("/tmp", O_RDONLY);
	loff_t from = 10, at = 20, far = 0x7ffffffffffffff0;

	is_int(copy_file_range(file, &from, to, &at, LITTLE, 0), LITTLE,
	       "copied at offsets");
	is_int(from, 10 + LITTLE, "one moves");
	is_int(at, 20 + LITTLE, "so does the other");
	is_int(pread(to, got, LITTLE, 20), LITTLE, "it is there");
	ok(memcmp(got, pattern + 10, LITTLE) == 0, "all of it");
	lseek(file, BYTES - 7, SEEK_SET);
	is_int(copy_file_range(file, NULL, to, NULL, LITTLE, 0), 7,
	       "to the end of the file");
	is_int(copy_file_range(file, NULL, to, NULL, LITTLE, 0), 0, "the end");
	is_int(lseek(to, 0, SEEK_CUR), 7, "the files' own offsets move");
	from = 0;
	at = 5;
	fails(copy_file_range(file, &from, file, &at, 10, 0), EINVAL, "over itself");
	fails(copy_file_range(file, &from, to, &at, 10, 1), EINVAL, "a flag");
	fails(copy_file_range(99, &from, to, &at, 10, 0), EBADF, "no source");
	fails(copy_file_range(dir, &from, to, &at, 10, 0), EISDIR, "a directory");
	fails(copy_file_range(file, &from, fds[1], NULL, 10, 0), EINVAL, "a pipe");
	fails(copy_file_range(file, &from, fds[0], NULL, 10, 0), EINVAL,
	      "whichever end it is");
	fails(copy_file_range(file, &from, to, &far, 100, 0), EFBIG,
	      "further than any file");
	fails(copy_file_range(file, &from, to, &far, -1, 0), EOVERFLOW,
	      "further than any number");
	fcntl(to, F_SETFL, O_APPEND);
	fails(copy_file_range(file, &from, to, &at, 10, 0), EBADF, "appending");
	close(dir);
	close(to);
}

static int read_one(void *fd)
{
	char c;

	return read((int)(long)fd, &c, 1) != 1;
}

static void test_sleeper(void)
{
	loff_t at = 0;
	pid_t pid;
	int p[2];

	if (pipe(p) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = start_sleeper(read_one, (void *)(long)p[0]);
	is_int(splice(file, &at, p[1], NULL, LITTLE, 0), LITTLE, "a file's bytes come");
	is_exit(end_of(pid), 0, "and wake who slept for them");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	for (int i = 0; i < BYTES; i++)
		pattern[i] = (char)(i * 7 + i / 251);
	file = new_file();
	other = new_file();
	if (write(file, pattern, BYTES) != BYTES)
		bail_out("write");
	lseek(file, 0, SEEK_SET);
	new_pipes();
	test_errors();
	test_file();
	test_lost();
	test_copy();
	test_waiting();
	test_pipes();
	test_sleeper();
	close_pipes();
	return done_testing();
}
