/*
 * tests/abi/mprotect.c
 *
 * Claim    mprotect() changes the rights of exactly the pages it is given:
 *          mappings split and merge again, memory keeps its contents, and the
 *          new rights hold at once for user code and for the kernel.
 * Method   /proc/self/maps shows the mappings; accesses under a SIGSEGV
 *          handler and read() into the page show the rights.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "libmaps.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static sigjmp_buf out;

static void leave(int sig TAP_UNUSED)
{
	siglongjmp(out, 1);
}

static bool can_write(volatile char *p)
{
	if (sigsetjmp(out, 1))
		return false;
	*p = *p;
	return true;
}

static bool can_read(volatile char *p)
{
	if (sigsetjmp(out, 1))
		return false;
	(void)*p;
	return true;
}

static int zero;

static bool kernel_can_write(char *p)
{
	return read(zero, p, 1) == 1;
}

static void test_split_and_merge(void)
{
	char *p = mmap(NULL, 9 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	struct mapping maps[MAPS_MAX];

	/* Guards of PROT_NONE on both sides keep strangers from merging. */
	p += PAGE;
	mprotect(p, 7 * PAGE, RW);
	ok(maps_is_one(p, p + 7 * PAGE, "rw-p"), "one mapping");
	mprotect(p + 2 * PAGE, 2 * PAGE, PROT_READ);
	is_int(maps_between(p, p + 7 * PAGE, maps), 3, "splits in three");
	ok(strcmp(maps[0].rights, "rw-p") == 0 &&
	   strcmp(maps[1].rights, "r--p") == 0 &&
	   maps[1].start == (unsigned long)p + 2 * PAGE &&
	   maps[1].end == (unsigned long)p + 4 * PAGE &&
	   strcmp(maps[2].rights, "rw-p") == 0, "in the right places");
	mprotect(p + 4 * PAGE, PAGE, PROT_READ);
	is_int(maps_between(p, p + 7 * PAGE, maps), 3, "the border moves");
	mprotect(p, 7 * PAGE, PROT_READ);
	ok(maps_is_one(p, p + 7 * PAGE, "r--p"), "equal rights merge");
	mprotect(p, 7 * PAGE, RW);
	munmap(p + 3 * PAGE, PAGE);
	is_int(maps_between(p, p + 7 * PAGE, maps), 2, "munmap splits");
	mmap(p + 3 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	     -1, 0);
	ok(maps_is_one(p, p + 7 * PAGE, "rw-p"), "filling the hole merges");
	munmap(p - PAGE, 9 * PAGE);
}

static void test_rights(void)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 'p', 3 * PAGE);
	mprotect(p + PAGE, PAGE, PROT_READ);
	ok(can_read(p + PAGE) && !can_write(p + PAGE), "read-only");
	ok(!kernel_can_write(p + PAGE), "for the kernel too");
	ok(can_write(p) && can_write(p + 2 * PAGE), "its neighbours are not");
	mprotect(p + PAGE, PAGE, PROT_NONE);
	ok(!can_read(p + PAGE) && !can_write(p + PAGE), "no access at all");
	ok(!kernel_can_write(p + PAGE), "for the kernel too");
	mprotect(p + PAGE, PAGE, RW);
	ok(can_write(p + PAGE), "writable again");
	is_int(p[PAGE + 7], 'p', "the contents are the same");
	mprotect(p, 3 * PAGE, PROT_WRITE);
	ok(can_read(p) && can_write(p), "write implies read");

	/* A page that was never touched: rights count when it is. */
	char *fresh = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	ok(can_read(fresh) && !can_write(fresh), "a zero page is read-only");
	mprotect(fresh, PAGE, RW);
	ok(can_write(fresh), "and becomes writable");
	munmap(p, 3 * PAGE);
	munmap(fresh, PAGE);
}

static void test_code(void)
{
	static const unsigned code[] = { 0x02a00513, 0x00008067 };
	char *p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*f)(void) = (int (*)(void))p;

	memcpy(p, code, sizeof(code));		/* li a0, 42; ret */
	mprotect(p, PAGE, PROT_READ | PROT_EXEC);
	__builtin___clear_cache(p, p + PAGE);
	is_int(f(), 42, "code that was just written runs");
	ok(!can_write(p), "and is not writable");
	munmap(p, PAGE);
}

static void test_refusals(void)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int rd = open("/proc/self/exe", O_RDONLY);
	char *file;

	fails(mprotect(p + 1, PAGE, RW), EINVAL, "misaligned");
	if (!skip_under_qemu(1, "refuses"))
		is_int(mprotect(p, 0, PROT_NONE), 0, "no bytes");
	ok(can_write(p), "change nothing");
	munmap(p + PAGE, PAGE);
	fails(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM, "a hole");
	file = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, rd, 0);
	fails(mprotect(file, PAGE, RW), EACCES,
	      "writing to a file that is open for reading");
	munmap(file, PAGE);
	file = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, rd, 0);
	is_int(mprotect(file, PAGE, RW), 0, "a private copy may be written");
	ok(can_write(file), "and is");
	close(rd);
}

int main(void)
{
	struct sigaction act = { .sa_handler = leave };

	plan(7 + 10 + 2 + 7);
	zero = open("/dev/zero", O_RDONLY);
	sigaction(SIGSEGV, &act, NULL);
	if (!skip_under_qemu(7, "merges as the host does"))
		test_split_and_merge();
	test_rights();
	test_code();
	test_refusals();
	return done_testing();
}
