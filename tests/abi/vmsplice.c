/*
 * tests/abi/vmsplice.c
 *
 * Claim    vmsplice() moves memory into a pipe and out of it: whole pages and
 *          parts, together with what write() puts there, and never changes
 *          the pages it was given.
 * Method   Pages of known bytes, vmspliced whole, in parts, unaligned, mixed
 *          with write(), into a full pipe; from anonymous memory, untouched
 *          memory and a file; wrong arguments.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

enum { PAGE = 4096, PAGES = 16 };

static int fds[2];
static char *mem, out[PAGES * PAGE];

static void new_pipe(void)
{
	if (fds[0] != fds[1]) {
		close(fds[0]);
		close(fds[1]);
	}
	if (pipe(fds) < 0)
		bail_out("pipe: %s", strerror(errno));
}

static void fill(void)
{
	for (int i = 0; i < PAGES * PAGE; i++)
		mem[i] = 'a' + i / PAGE;
}

static long splice_in(const void *at, size_t n)
{
	struct iovec iov = { (void *)at, n };

	return vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK);
}

static bool all_are(const char *bytes, char c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != c)
			return false;
	return true;
}

static void test_whole(void)
{
	new_pipe();
	fill();
	is_int(splice_in(mem, 2 * PAGE), 2 * PAGE, "two pages go in");
	is_int(read(fds[0], out, 10), 10, "some bytes come out");
	ok(all_are(out, 'a', 10), "of the first page");
	is_int(read(fds[0], out, sizeof(out)), 2 * PAGE - 10, "then the rest");
	ok(all_are(out, 'a', PAGE - 10) && all_are(out + PAGE - 10, 'b', PAGE),
	   "of both");
	mem[0] = 'x';
	is_int(mem[0], 'x', "the page can be written afterwards");
}

static void test_parts(void)
{
	struct iovec iov[] = { { mem + 100, 50 }, { mem + PAGE, PAGE },
			       { mem, 0 }, { mem + 3 * PAGE - 1, 2 } };

	new_pipe();
	fill();
	is_int(vmsplice(fds[1], iov, 4, 0), PAGE + 52, "pieces go in");
	is_int(read(fds[0], out, sizeof(out)), PAGE + 52, "and come out");
	ok(all_are(out, 'a', 50) && all_are(out + 50, 'b', PAGE) &&
	   out[PAGE + 50] == 'c' && out[PAGE + 51] == 'd', "in order");
}

/* Bytes written behind a page that is half read, in a ring that is full. */
static void test_full(void)
{
	new_pipe();
	fill();
	is_int(splice_in(mem, PAGES * PAGE), PAGES * PAGE, "fill a pipe");
	fails(splice_in(mem, PAGE), EAGAIN, "no more goes in");
	is_int(read(fds[0], out, PAGE / 2), PAGE / 2, "read half a page");
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	if (write(fds[1], "zzzz", 4) < 0) /* Linux waits for a whole page */
		ok(errno == EAGAIN, "and write");
	else
		ok(true, "and write");
	ok(all_are(mem, 'a', PAGE), "the page is as it was");
	is_int(read(fds[0], out, PAGE / 2), PAGE / 2, "the other half comes");
	ok(all_are(out, 'a', PAGE / 2), "as it was, too");
}

static void test_mixed(void)
{
	new_pipe();
	fill();
	is_int(splice_in(mem, PAGE), PAGE, "a page");
	is_int(write(fds[1], "tail", 4), 4, "and written bytes");
	ok(all_are(mem, 'a', PAGE), "do not go to the page");
	is_int(read(fds[0], out, sizeof(out)), PAGE + 4, "both come out");
	ok(memcmp(out + PAGE - 1, "atail", 5) == 0, "in order");
	is_int(write(fds[1], "more", 4), 4, "an emptied pipe takes more");
	ok(all_are(mem, 'a', PAGE), "and not to the page");
}

static int splice_and_exit(void *unused TAP_UNUSED)
{
	return splice_in(mem, PAGE) != PAGE;
}

static void test_lives_on(void)
{
	new_pipe();
	fill();
	is_exit(in_child(splice_and_exit, NULL), 0, "a child gives a page away");
	memset(mem, 'x', PAGE);
	is_int(read(fds[0], out, PAGE), PAGE, "and ends; the page comes out");
	ok(all_are(out, 'a', PAGE), "as it was");
}

static void test_kinds(void)
{
	char *fresh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = open("spliced", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *mapped;

	unlink("spliced");
	if (write(file, mem, PAGE) != PAGE)
		bail_out("write: %s", strerror(errno));
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	new_pipe();
	is_int(splice_in(fresh, PAGE), PAGE, "untouched memory");
	is_int(splice_in(mapped, PAGE), PAGE, "a file's");
	is_int(read(fds[0], out, 2 * PAGE), 2 * PAGE, "come out");
	ok(all_are(out, 0, PAGE) && memcmp(out + PAGE, mem, PAGE) == 0,
	   "as they are");
	munmap(fresh, PAGE);
	munmap(mapped, PAGE);
	close(file);
}

static void test_out(void)
{
	struct iovec iov = { out, 10 };

	new_pipe();
	is_int(write(fds[1], "0123456789", 10), 10, "write to the pipe");
	memset(out, 0, 10);
	is_int(vmsplice(fds[0], &iov, 1, 0), 10, "vmsplice from it");
	ok(memcmp(out, "0123456789", 10) == 0, "the bytes");
}

static void test_arguments(void)
{
	struct iovec iov = { mem, PAGE };
	int file = open("/dev/null", O_RDWR);

	new_pipe();
	fails(vmsplice(file, &iov, 1, 0), EBADF, "not a pipe");
	fails(vmsplice(-1, &iov, 1, 0), EBADF, "no file");
	fails(vmsplice(fds[1], &iov, 1, 0x100), EINVAL, "unknown flags");
	is_int(vmsplice(fds[1], &iov, 0, 0), 0, "no pieces");
	fails(vmsplice(fds[1], &iov, 1025, 0), EINVAL, "too many");
	iov.iov_base = (void *)PAGE;
	fails(vmsplice(fds[1], &iov, 1, 0), EFAULT, "memory that is not there");
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	iov.iov_base = mem;
	fails(vmsplice(fds[1], &iov, 1, 0), EPIPE, "nobody reads");
	close(file);
}

int main(void)
{
	struct iovec iov = { (char[]){ 0 }, 1 };

	mem = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	new_pipe();
	if (vmsplice(fds[1], &iov, 1, 0) < 0 && errno == ENOSYS)
		skip_all("no vmsplice");
	test_whole();
	test_parts();
	test_full();
	test_mixed();
	test_lives_on();
	test_kinds();
	test_out();
	test_arguments();
	return done_testing();
}
