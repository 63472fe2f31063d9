/*
 * tests/abi/mmap.c
 *
 * Claim    mmap() and munmap() give and take exactly the pages asked for:
 *          zero-filled, private or shared, at the place asked for or at a
 *          free one, and refuse what makes no sense.
 * Method   Patterns in pages; holes found with mincore(), which says ENOMEM
 *          for memory that is not mapped.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static char *map(void *where, int pages, int flags)
{
	return mmap(where, pages * PAGE, RW, MAP_ANONYMOUS | flags, -1, 0);
}

static bool is_mapped(void *p)
{
	unsigned char there;

	return mincore(p, PAGE, &there) == 0;
}

static bool is_zero(const char *p, int pages)
{
	for (int i = 0; i < pages * PAGE; i++)
		if (p[i])
			return false;
	return true;
}

static void test_anonymous(void)
{
	char *p = map(NULL, 8, MAP_PRIVATE), *q;

	ok(p != MAP_FAILED && (long)p % PAGE == 0, "8 pages");
	ok(is_zero(p, 8), "they are zero");
	memset(p, 'a', 8 * PAGE);
	is_int(munmap(p, 8 * PAGE), 0, "unmap them");
	ok(!is_mapped(p), "they are gone");
	is_int(munmap(p, 8 * PAGE), 0, "unmapping nothing is no error");
	q = map(NULL, 8, MAP_PRIVATE);
	ok(is_zero(q, 8), "new pages are zero again");
	munmap(q, 8 * PAGE);
}

static void test_holes(void)
{
	char *p = map(NULL, 5, MAP_PRIVATE);

	memset(p, 'h', 5 * PAGE);
	is_int(munmap(p + PAGE, PAGE), 0, "a hole in the middle");
	ok(is_mapped(p) && !is_mapped(p + PAGE) && is_mapped(p + 2 * PAGE),
	   "is just that page");
	is_int(munmap(p + 4 * PAGE, PAGE), 0, "the last page");
	is_int(munmap(p, PAGE), 0, "the first page");
	is_int(p[2 * PAGE] + p[4 * PAGE - 1], 2 * 'h', "the rest is intact");
	is_int(munmap(p, 5 * PAGE), 0, "unmap across holes");
	ok(!is_mapped(p + 2 * PAGE), "takes what is there");
}

static void test_fixed(void)
{
	char *p = map(NULL, 4, MAP_PRIVATE), *q;

	memset(p, 'f', 4 * PAGE);
	q = map(p + PAGE, 2, MAP_PRIVATE | MAP_FIXED);
	ok(q == p + PAGE, "MAP_FIXED maps there");
	ok(is_zero(q, 2), "in place of what was");
	is_int(p[0] + p[3 * PAGE], 2 * 'f', "its neighbours are intact");
	if (!skip_under_qemu(1, "does not know it"))
		fails((long)map(p, 1, MAP_PRIVATE | MAP_FIXED_NOREPLACE),
		      EEXIST, "MAP_FIXED_NOREPLACE replaces nothing");
	munmap(p + PAGE, PAGE);
	q = map(p + PAGE, 1, MAP_PRIVATE | MAP_FIXED_NOREPLACE);
	ok(q == p + PAGE, "but takes a free place");
	munmap(p + PAGE, PAGE);
	q = map(p + PAGE, 1, MAP_PRIVATE);
	ok(q != MAP_FAILED, "a hint is only a hint");
	munmap(p, 4 * PAGE);
	munmap(q, PAGE);
}

static int write_both(void *pages)
{
	((char **)pages)[0][0] = 'c';
	((char **)pages)[1][0] = 'c';
	return 0;
}

static void test_fork(void)
{
	char *pages[2] = { map(NULL, 1, MAP_SHARED),
			   map(NULL, 1, MAP_PRIVATE) };

	pages[0][0] = pages[1][0] = 'p';
	in_child(write_both, pages);
	is_int(pages[0][0], 'c', "shared memory is shared by fork");
	is_int(pages[1][0], 'p', "private memory is not");
}

static void test_refusals(void)
{
	char *p = map(NULL, 1, MAP_PRIVATE);
	int rd = open("/proc/self/exe", O_RDONLY);

	fails((long)mmap(NULL, 0, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	      EINVAL, "no bytes");
	fails((long)mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL,
	      "neither private nor shared");
	fails((long)mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0), EBADF,
	      "a file that is not open");
	fails((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, rd, 100), EINVAL,
	      "an offset inside of a page");
	fails((long)mmap(NULL, 1UL << 62, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0), ENOMEM, "more than there is");
	fails((long)mmap(NULL, -1UL, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	      ENOMEM, "a length that wraps");
	fails((long)map(p + 1, 1, MAP_PRIVATE | MAP_FIXED), EINVAL,
	      "a fixed place inside of a page");
	fails((long)map((char *)(1UL << 62), 1, MAP_PRIVATE | MAP_FIXED),
	      ENOMEM, "a fixed place in the kernel");
	fails(munmap(p + 1, PAGE), EINVAL, "unmapping from inside of a page");
	fails(munmap(p, 0), EINVAL, "unmapping nothing");
	fails((long)mmap(NULL, PAGE, RW, MAP_SHARED, rd, 0), EACCES,
	      "writing to a file that is open for reading");
	close(rd);
}

/* What is in the page cache is there, though this mapping has not been used. So
 * many that a reference which is kept of each would be seen. */
static void test_resident_file(void)
{
	enum { MANY = 128 };
	int fd = open("mmap.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	unsigned char there[MANY] = { 0 };
	static char text[MANY * PAGE];
	char *p;

	unlink("mmap.tmp");
	if (write(fd, text, sizeof(text)) != sizeof(text))
		bail_out("mmap.tmp: %s", strerror(errno));
	p = mmap(NULL, sizeof(text), PROT_READ, MAP_SHARED, fd, 0);
	if (!skip_under_qemu(1, "asks the host"))
		ok(mincore(p, sizeof(text), there) == 0 && (there[0] & there[MANY - 1] & 1),
		   "what was written to a file is there in a mapping of it");
	munmap(p, sizeof(text));
	close(fd);
}

static void test_dontneed(void)
{
	char *p = map(NULL, 4, MAP_PRIVATE);
	unsigned char there[4];

	memset(p, 'd', 4 * PAGE);
	is_int(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED), 0, "DONTNEED");
	ok(is_zero(p + PAGE, 2), "its pages read as zero");
	is_int(p[0] + p[3 * PAGE], 2 * 'd', "its neighbours are intact");
	is_int(madvise(p, 4 * PAGE, MADV_WILLNEED), 0, "a hint is taken");
	fails(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL, "misaligned");
	if (!skip_under_qemu(3, "asks the host")) {
		fails(madvise(p, PAGE, 9999), EINVAL, "no such advice");
		munmap(p + PAGE, PAGE);
		fails(madvise(p, 4 * PAGE, MADV_DONTNEED), ENOMEM,
		      "a hole is reported");
		ok(is_zero(p + 3 * PAGE, 1), "after the rest was done");
	}
	munmap(p, 4 * PAGE);
	p = map(NULL, 4, MAP_PRIVATE);
	p[PAGE] = 1;
	if (!skip_under_qemu(2, "asks the host")) {
		is_int(mincore(p, 4 * PAGE, there), 0, "mincore()");
		ok(!(there[0] & 1) && (there[1] & 1) && !(there[3] & 1),
		   "tells which pages are there");
	}
	munmap(p, 4 * PAGE);
}

/* brk() moves the end of the heap; memory between is zero. */
static void test_brk(void)
{
	char *end = sbrk(0);

	is_int((long)sbrk(3 * PAGE), (long)end, "the heap grows");
	ok(is_zero(end, 3), "by zero pages");
	memset(end, 'b', 3 * PAGE);
	is_int(brk(end + PAGE), 0, "it shrinks");
	is_int(end[0], 'b', "and keeps the rest");
	is_int(brk(end + 3 * PAGE), 0, "it grows again");
	ok(is_zero(end + PAGE, 2), "by zero pages");
	fails(brk((char *)(1UL << 60)), ENOMEM, "it cannot grow so far");
	brk(end);
}

int main(void)
{
	plan(6 + 7 + 6 + 2 + 11 + 1 + 10 + 7);
	test_anonymous();
	test_holes();
	test_fixed();
	test_fork();
	test_refusals();
	test_resident_file();
	test_dontneed();
	test_brk();
	return done_testing();
}
