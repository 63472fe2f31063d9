/*
 * tests/abi/map_holes.c
 *
 * Claim    A call on a range with a hole does what Linux does before the hole
 *          and behind it, and then says ENOMEM; one on addresses where nothing
 *          can be mapped says the same, and never less than EINVAL.
 * Method   Three pages, the middle one is unmapped; what each call did shows
 *          in the rights and the contents of the others.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

#define KERNEL ((char *)0xffffffff80000000)
#define BEHIND ((char *)0x100000000000000)	/* the largest user half, Sv57 */

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

/* Pages 0 and 2 of 3, with a 1 in each. */
static char *new_hole(int prot, int flags, int fd)
{
	char *p = mmap(NULL, 3 * PAGE, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	if (prot & PROT_WRITE)
		p[0] = p[2 * PAGE] = 1;
	munmap(p + PAGE, PAGE);
	return p;
}

static void test_mprotect(void)
{
	char *p = new_hole(RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	fails(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM, "mprotect over a hole");
	ok(!can_write(p), "changes what lies before");
	ok(can_write(p + 2 * PAGE), "and not what lies behind");
	fails(mprotect(p + PAGE, 2 * PAGE, PROT_READ), ENOMEM,
	      "one that begins in a hole");
	ok(can_write(p + 2 * PAGE), "changes nothing");
	is_int(mprotect(p + 1 * PAGE, 0, PROT_READ), 0, "of nothing: nothing");
	is_int(syscall(SYS_mprotect, p, 0, 0x100), 0, "with whatever rights");
	munmap(p, 3 * PAGE);
}

/* A file that may only be read, behind memory that may be written. */
static void test_mprotect_refused(void)
{
	char path[] = "/tmp/holes-XXXXXX";
	int fd = mkstemp(path), readonly = open(path, O_RDONLY);
	char *p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (fd < 0 || ftruncate(fd, PAGE) < 0 || unlink(path) < 0 ||
	    mmap(p + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, readonly,
		 0) != p + PAGE)
		bail_out("a file that may only be read");
	fails(mprotect(p, 2 * PAGE, RW), EACCES, "a mapping that may not");
	ok(can_write(p), "changes what lies before it");
	munmap(p, 2 * PAGE);
	close(fd);
	close(readonly);
}

static void test_advice(void)
{
	char *p = new_hole(RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	fails(madvise(p, 3 * PAGE, MADV_DONTNEED), ENOMEM,
	      "madvise over a hole");
	is_int(p[0], 0, "discards what lies before");
	is_int(p[2 * PAGE], 0, "and what lies behind");
	fails(madvise(p, 3 * PAGE, MADV_NORMAL), ENOMEM, "a hint");
	fails(msync(p, 3 * PAGE, MS_SYNC), ENOMEM, "msync");
	fails(mlock(p, 3 * PAGE), ENOMEM, "mlock");
	fails(munlock(p, 3 * PAGE), ENOMEM, "munlock");
	is_int(munmap(p, 3 * PAGE), 0, "munmap does not mind");
	fails(madvise(p, PAGE, MADV_DONTNEED), ENOMEM, "nothing is left");
}

static void test_mremap(void)
{
	char *p = new_hole(RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	fails((long)mremap(p, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), EFAULT,
	      "mremap of a hole to more");
	is_int(p[0], 1, "leaves everything");
	ok(mremap(p, 3 * PAGE, PAGE, 0) == p, "to less");
	is_int(p[0], 1, "leaves the first");
	fails(msync(p + 2 * PAGE, PAGE, MS_SYNC), ENOMEM,
	      "and cuts off the rest");
	munmap(p, PAGE);
}

/* Where nobody has memory. */
static void test_nowhere(char *at, const char *name)
{
	fails(mprotect(at, PAGE, PROT_READ), ENOMEM, "%s: mprotect", name);
	fails(madvise(at, PAGE, MADV_DONTNEED), ENOMEM, "%s: madvise", name);
	fails(madvise(at, PAGE, MADV_NORMAL), ENOMEM, "%s: a hint", name);
	fails(madvise(at, PAGE, 12345), EINVAL, "%s: no such advice", name);
	fails(msync(at, PAGE, MS_SYNC), ENOMEM, "%s: msync", name);
	fails(mlock(at, PAGE), ENOMEM, "%s: mlock", name);
	fails(munlock(at, PAGE), ENOMEM, "%s: munlock", name);
	fails(munmap(at, PAGE), EINVAL, "%s: munmap", name);
	fails((long)mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT,
	      "%s: mremap", name);
}

/* Lengths that do not fit. */
static void test_lengths(void)
{
	char *p = new_hole(RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	fails(mprotect(p, -1UL, PROT_READ), ENOMEM, "mprotect");
	fails(madvise(p, -1UL, MADV_NORMAL), EINVAL, "madvise");
	fails(madvise(p, -PAGE, MADV_NORMAL), EINVAL, "madvise, a page less");
	fails(msync(p, -PAGE, MS_SYNC), ENOMEM, "msync");
	fails(mlock(p, -PAGE), EINVAL, "mlock");
	fails(munmap(p, -1UL), EINVAL, "munmap");
	munmap(p, 3 * PAGE);
}

int main(void)
{
	struct sigaction act = { .sa_handler = leave, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &act, NULL);
	if (!skip_under_qemu(9 + 9, "looks at the range first, or not at all")) {
		test_mprotect();
		test_mprotect_refused();
		test_advice();
	}
	test_mremap();
	if (!skip_under_qemu(18 + 6, "has limits of its own")) {
		test_nowhere(KERNEL, "the kernel's half");
		test_nowhere(BEHIND, "behind the user's");
		test_lengths();
	}
	return done_testing();
}
