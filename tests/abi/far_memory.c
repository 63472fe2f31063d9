/*
 * tests/abi/far_memory.c
 *
 * Claim    Memory may be anywhere in the address space, however large that is: it
 *          can be written, inherited, protected, moved from one end to the other,
 *          and its page tables go with it.  Behind the end there is none.
 * Method   Mappings of some pages, each across the end of what one entry of a
 *          table covers, at the lower and the upper end of what each number of
 *          levels adds; where the address space ends the machine says
 *          (riscv_hwprobe()).  Then one of nothing but a quarter of all of it.
 * Oracle   Linux 6.12; under Sv39, Sv48 and Sv57.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define HIGHEST_ADDRESS 7	/* RISCV_HWPROBE_KEY_HIGHEST_VIRT_ADDRESS */

enum { PAGE = 4096, PAGES = 3, RW = PROT_READ | PROT_WRITE };

static const unsigned bits[] = { 30, 37, 39, 46, 48, 55 };
enum { PLACES = sizeof(bits) / sizeof(bits[0]) };

static unsigned long end;

static char *place(unsigned i)
{
	return (char *)((1UL << bits[i]) - PAGE);
}

static unsigned long find_end(void)
{
	struct {
		int64_t key;
		uint64_t value;
	} pair = { .key = HIGHEST_ADDRESS };

	if (syscall(258 /* riscv_hwprobe */, &pair, 1, 0, NULL, 0) != 0 ||
	    pair.key != HIGHEST_ADDRESS)
		return 0;
	return pair.value + 1;
}

static bool is_inside(unsigned i)
{
	return (unsigned long)place(i) + PAGES * PAGE <= end;
}

static char *map_at(unsigned i)
{
	return mmap(place(i), PAGES * PAGE, RW,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

static void fill(char *p, unsigned i)
{
	for (int page = 0; page < PAGES; page++)
		p[page * PAGE] = (char)(10 * i + page + 1);
}

static bool is_filled(const char *p, unsigned i)
{
	for (int page = 0; page < PAGES; page++)
		if (p[page * PAGE] != (char)(10 * i + page + 1))
			return false;
	return true;
}

/* KiB of page tables. */
static long table_size(void)
{
	return read_value("/proc/self/status", "VmPTE:");
}

/* All that is inside: inherited, changed, and still its own in the parent. */
static int change_all(void *unused TAP_UNUSED)
{
	for (unsigned i = 0; i < PLACES; i++) {
		if (!is_inside(i))
			continue;
		if (!is_filled(place(i), i))
			return 1;
		memset(place(i), 0x55, PAGES * PAGE);
	}
	return 0;
}

static void test_places(void)
{
	bool unchanged = true;

	for (unsigned i = 0; i < PLACES; i++) {
		char *p = map_at(i);

		if (!is_inside(i)) {
			ok(p == MAP_FAILED && errno == ENOMEM,
			   "2^%u: behind the end", bits[i]);
			continue;
		}
		if (p == place(i))
			fill(p, i);
		ok(p == place(i) && is_filled(p, i), "2^%u: written", bits[i]);
	}
	is_int(in_child(change_all, NULL), 0, "a child has all of it");
	for (unsigned i = 0; i < PLACES; i++)
		if (is_inside(i) && !is_filled(place(i), i))
			unchanged = false;
	ok(unchanged, "and changes its own");
}

static void test_protect(void)
{
	int good = 0, wanted = 0;

	for (unsigned i = 0; i < PLACES; i++) {
		if (!is_inside(i))
			continue;
		wanted++;
		good += mprotect(place(i), PAGES * PAGE, PROT_READ) == 0 &&
			syscall(SYS_getrandom, place(i) + PAGE, 1, 0) == -1 &&
			errno == EFAULT &&
			mprotect(place(i), PAGES * PAGE, RW) == 0 &&
			syscall(SYS_getrandom, place(i) + PAGE, 1, 0) == 1;
		fill(place(i), i);
	}
	is_int(good, wanted, "rights are taken and given");
}

/* From the last place to one that nobody has. */
static void test_move(void)
{
	unsigned last = PLACES - 1;
	char *near = mmap(NULL, PAGES * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *moved;

	while (!is_inside(last))
		last--;
	moved = mremap(place(last), PAGES * PAGE, PAGES * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, near);
	ok(moved == near && is_filled(near, last), "2^%u: moved", bits[last]);
	moved = mremap(near, PAGES * PAGE, PAGES * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, place(last));
	ok(moved == place(last) && is_filled(moved, last), "and back");
}

static void test_gone(long before)
{
	int good = 0;

	for (unsigned i = 0; i < PLACES; i++)
		good += !is_inside(i) || (munmap(place(i), PAGES * PAGE) == 0 &&
					  msync(place(i), PAGE, MS_SYNC) == -1);
	is_int(good, PLACES, "all of it goes");
	is_int(table_size(), before, "with its page tables");
}

/* Nothing is there but in one page: what is not there is passed over. */
static void test_space(void)
{
	size_t size = end / 4;
	char *p = mmap(NULL, size, RW,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		skip(3, "nobody has a quarter of the address space");
		return;
	}
	p[size / 2] = 1;
	is_int(mprotect(p, size, PROT_READ), 0, "a quarter of it: protected");
	is_int(madvise(p, size, MADV_DONTNEED), 0, "emptied");
	is_int(munmap(p, size), 0, "gone");
}

int main(void)
{
	long before;

	if (under_qemu_user())
		skip_all("qemu-user has an address space of its own");
	end = find_end();
	if (end == 0)
		skip_all("this kernel does not say where the address space ends");
	plan(PLACES + 2 + 1 + 2 + 2 + 3);
	diag("the address space ends at %#lx", end);
	before = table_size();
	test_places();
	test_protect();
	test_move();
	test_gone(before);
	test_space();
	return done_testing();
}
