/*
 * tests/abi/splice_pages.c
 *
 * Claim    splice() puts the pages of a file into a pipe, and no copy: the pipe
 *          has what is written to the file later, and what was there when it
 *          has become shorter. A write to the pipe goes into no page of the
 *          file, or of another pipe that tee() or splice() gave the same page.
 *          Holes are zeros, and the file ends where it ends.
 * Method   A file's page is put into a pipe whose every place was used before,
 *          and the file, the pipe or both are written to.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/ioctl.h>

enum { PAGE = 4096 };

static char buf[1 << 17];
static int a[2], b[2]; /* pipes */
static int file;

/* Every place of the ring has had a page that could be written to. */
static void use_ring(const int fds[2])
{
	int size = fcntl(fds[1], F_GETPIPE_SZ);

	if (write(fds[1], buf, size) != size || read(fds[0], buf, size) != size)
		bail_out("a pipe does not hold %d bytes", size);
}

static void begin(void)
{
	char name[] = "/tmp/splice_pages.XXXXXX";

	if (pipe2(a, O_NONBLOCK) != 0 || pipe2(b, O_NONBLOCK) != 0)
		bail_out("pipe: %s", strerror(errno));
	memset(buf, 'f', sizeof(buf));
	file = mkstemp(name);
	unlink(name);
	if (write(file, buf, 3 * PAGE) != 3 * PAGE)
		bail_out("%s: %s", name, strerror(errno));
	memset(buf, 'r', sizeof(buf));
	use_ring(a);
	use_ring(b);
	lseek(file, 0, SEEK_SET);
}

static void end(void)
{
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
	close(file);
}

/* The next @n bytes of a pipe are all @c. */
static bool next_are(const int fds[2], size_t n, char c)
{
	if (read(fds[0], buf, n) != (ssize_t)n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (buf[i] != c)
			return false;
	return true;
}

static bool file_is(size_t at, size_t n, char c)
{
	if (pread(file, buf, n, at) != (ssize_t)n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (buf[i] != c)
			return false;
	return true;
}

static void test_write_to_pipe(void)
{
	begin();
	is_int(splice(file, NULL, a[1], NULL, 1, 0), 1, "a byte of a file, in a pipe");
	is_int(lseek(file, 0, SEEK_CUR), 1, "the file's position goes on");
	memset(buf, 'p', 100);
	is_int(write(a[1], buf, 100), 100, "bytes are written behind it");
	ok_without_errno(file_is(0, 3 * PAGE, 'f'), "the file is as it was");
	ok_without_errno(next_are(a, 1, 'f') && next_are(a, 100, 'p'),
			 "and the pipe has both");
	end();
}

static void test_write_to_file(void)
{
	off_t at = PAGE - 10;

	begin();
	is_int(splice(file, &at, a[1], NULL, 20, 0), 20, "20 bytes across two pages");
	is_int(at, PAGE + 10, "the offset goes on");
	memset(buf, 'n', PAGE);
	pwrite(file, buf, PAGE, 0);
	ok_without_errno(next_are(a, 10, 'n'), "what is written to the file later");
	ok_without_errno(next_are(a, 10, 'f'), "and what is not");
	at = 0;
	is_int(splice(file, &at, a[1], NULL, 3 * PAGE, 0), 3 * PAGE, "all of it");
	is_int(ftruncate(file, 0), 0, "the file becomes shorter");
	ok_without_errno(next_are(a, PAGE, 'n') && next_are(a, 2 * PAGE, 'f'),
			 "and the pipe has what was there");
	end();
}

static void test_ends(void)
{
	off_t at = 3 * PAGE - 5;

	begin();
	is_int(splice(file, &at, a[1], NULL, PAGE, 0), 5, "up to the end");
	is_int(splice(file, &at, a[1], NULL, PAGE, 0), 0, "and there is no more");
	ok_without_errno(next_are(a, 5, 'f'), "five bytes");
	if (ftruncate(file, 8 * PAGE) != 0)
		bail_out("ftruncate: %s", strerror(errno));
	at = 4 * PAGE + 1;
	is_int(splice(file, &at, a[1], NULL, PAGE, 0), PAGE, "a hole");
	ok_without_errno(next_are(a, PAGE, 0), "is zeros");
	at = 0;
	is_int(splice(file, &at, a[1], NULL, sizeof(buf), 0), 8 * PAGE,
	       "as many as there are");
	fails(splice(file, &at, file, NULL, 1, 0), EINVAL, "no pipe");
	end();
}

static void test_full(void)
{
	off_t at = 0;
	int places = 0;

	begin();
	while (splice(file, &at, a[1], NULL, 1, SPLICE_F_NONBLOCK) == 1)
		places++;
	is_int(places, fcntl(a[1], F_GETPIPE_SZ) / PAGE, "each piece takes a place");
	is_int(at, places, "what did not go in is not passed over");
	ok_without_errno(next_are(a, places, 'f'), "all are read");
	end();
}

static void test_tee(void)
{
	int queued;

	begin();
	memset(buf, 'a', 50);
	write(a[1], buf, 50);
	splice(file, NULL, a[1], NULL, 10, 0);
	is_int(tee(a[0], b[1], 1000, 0), 60, "tee() of bytes and a file's");
	memset(buf, 'b', 20);
	write(b[1], buf, 20);
	memset(buf, 'c', 20);
	write(a[1], buf, 20);
	ioctl(a[0], FIONREAD, &queued);
	is_int(queued, 80, "they are still in the first");
	ok_without_errno(next_are(a, 50, 'a') && next_are(a, 10, 'f') &&
			 next_are(a, 20, 'c'), "which has its own behind them");
	ok_without_errno(next_are(b, 50, 'a') && next_are(b, 10, 'f') &&
			 next_are(b, 20, 'b'), "as the second has");
	memset(buf, 'd', 30);
	write(a[1], buf, 30);
	is_int(tee(a[0], b[1], 10, 0), 10, "tee() of the first bytes of a write");
	memset(buf, 'e', 5);
	write(a[1], buf, 5);
	write(b[1], buf, 5);
	ok_without_errno(next_are(a, 30, 'd') && next_are(a, 5, 'e'), "all are in one");
	ok_without_errno(next_are(b, 10, 'd') && next_are(b, 5, 'e'),
			 "and some in the other");
	memset(buf, 'g', 40);
	write(a[1], buf, 40);
	is_int(tee(a[0], b[1], 40, 0), 40, "tee() of all of one");
	ok_without_errno(next_are(a, 40, 'g'), "that is read then");
	memset(buf, 'h', 40);
	write(a[1], buf, 40);
	ok_without_errno(next_are(b, 40, 'g'), "what is written next has another page");
	ok_without_errno(next_are(a, 40, 'h'), "of its own");
	ok_without_errno(file_is(0, 3 * PAGE, 'f'), "the file is as it was");
	end();
}

static void test_between(void)
{
	begin();
	splice(file, NULL, a[1], NULL, PAGE, 0);
	is_int(splice(a[0], NULL, b[1], NULL, PAGE - 1, 0), PAGE - 1,
	       "from pipe to pipe, but a byte");
	memset(buf, 'z', 7);
	write(b[1], buf, 7);
	write(a[1], buf, 7);
	ok_without_errno(next_are(a, 1, 'f') && next_are(a, 7, 'z'), "that stays");
	ok_without_errno(next_are(b, PAGE - 1, 'f') && next_are(b, 7, 'z'),
			 "the others have gone");
	ok_without_errno(file_is(0, 3 * PAGE, 'f'), "the file is as it was");
	end();
}

int main(void)
{
	test_write_to_pipe();
	test_write_to_file();
	test_ends();
	test_full();
	test_tee();
	test_between();
	return done_testing();
}
