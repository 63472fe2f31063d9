/*
 * tests/abi/many_maps.c
 *
 * Claim    Ten thousand mappings in one address space work, are all shown in
 *          /proc/self/maps in order and without overlap, survive fork, and go.
 * Method   One large mapping is cut into 20,000 pages of alternating rights,
 *          each touched; then they are unmapped in a scattered order.
 * Oracle   Linux, whose limit is 65,530 mappings.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 20000, STRIDE = 7919 };

static char *base;

/* Lines of /proc/self/maps within our range; -1 when they are not sorted. */
static int count_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long start, end, last = 0;
	char line[300];
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 ||
		    start < last || end <= start)
			return -1;
		last = end;
		n += start >= (unsigned long)base &&
		     end <= (unsigned long)base + PAGES * (unsigned long)PAGE;
	}
	if (f)
		fclose(f);
	return n;
}

static bool pattern_holds(void)
{
	for (long i = 0; i < PAGES; i += 2)
		if (*(long *)(base + i * PAGE) != i + 1)
			return false;
	return true;
}

static int check_in_child(void *unused TAP_UNUSED)
{
	if (!pattern_holds())
		return 1;
	for (long i = 0; i < PAGES; i += 2)
		*(long *)(base + i * PAGE) = -i;
	return 0;
}

int main(void)
{
	int bad = 0;

	plan(7);
	base = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (long i = 0; i < PAGES; i += 2)
		*(long *)(base + i * PAGE) = i + 1;
	for (long i = 1; i < PAGES; i += 2)
		bad += mprotect(base + i * PAGE, PAGE, PROT_READ) != 0;
	is_int(bad, 0, "cut %d pages apart", PAGES);
	if (!skip_under_qemu(1, "merges as the host does"))
		ok(count_maps() >= PAGES - 2, "every page is a mapping");
	is_exit(in_child(check_in_child, NULL), 0, "fork copies them all");
	ok(pattern_holds(), "the child's writes are its own");
	for (long i = 0; i < PAGES / 2; i++) {
		long page = i * STRIDE % PAGES;

		bad += munmap(base + page * PAGE, PAGE) != 0;
	}
	is_int(bad, 0, "unmap half of them, scattered");
	for (long i = PAGES / 2; i < PAGES; i++) {
		long page = i * STRIDE % PAGES;

		if (page % 2 == 0 && *(long *)(base + page * PAGE) != page + 1)
			bad++;
	}
	is_int(bad, 0, "the other half is intact");
	munmap(base, (size_t)PAGES * PAGE);
	is_int(count_maps(), 0, "none is left");
	return done_testing();
}
