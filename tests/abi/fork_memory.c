/*
 * tests/abi/fork_memory.c
 *
 * Claim    A child has its parent's memory, however large: it is resident in the
 *          child and counts as shared, and what one of them does to a part of it,
 *          a small one or a large one, is nothing to the other.
 * Method   Children of a process with 8 MiB of private memory, which begins where
 *          a page table does not.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>

enum { PAGE = 4096, BYTES = 8 << 20, PAGES = BYTES / PAGE, KIB = 1024 };

static char *mem;

/* The number behind @name in what /proc/self/smaps says of @mem; -1: none. */
static long smaps_of(const char *name)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[200], start[40];
	bool here = false;
	long n = -1;

	snprintf(start, sizeof(start), "%lx-", (long)mem);
	while (f && n < 0 && fgets(line, sizeof(line), f)) {
		here |= strncmp(line, start, strlen(start)) == 0;
		if (here && strncmp(line, name, strlen(name)) == 0)
			n = strtol(line + strlen(name), NULL, 10);
	}
	if (f)
		fclose(f);
	return n;
}

static bool holds(char what, int first, int end)
{
	for (int i = first; i < end; i++)
		if (mem[(long)i * PAGE] != what)
			return false;
	return true;
}

static int looks(void *arg)
{
	long rss = smaps_of("Rss:"), pss = smaps_of("Pss:");
	static unsigned char there[PAGES];

	(void)arg;
	diag("Rss %ld KiB, Pss %ld KiB", rss, pss);
	if (mincore(mem, BYTES, there) < 0)
		return 1;
	for (int i = 0; i < PAGES; i++)
		if (!there[i])
			return 2;
	if (rss != BYTES / KIB || pss < rss / 2 || pss > rss / 2 + 64)
		return 3;
	return holds(1, 0, PAGES) ? 0 : 4;
}

static int unmaps(void *arg)
{
	int n = *(int *)arg;

	if (munmap(mem + (long)PAGES / 2 * PAGE, (long)n * PAGE) < 0)
		return 1;
	return holds(1, 0, PAGES / 2) && holds(1, PAGES / 2 + n, PAGES) ? 0 : 2;
}

static int drops(void *arg)
{
	int n = *(int *)arg;

	if (madvise(mem + 3 * PAGE, (long)n * PAGE, MADV_DONTNEED) < 0)
		return 1;
	return holds(1, 0, 3) && holds(0, 3, 3 + n) && holds(1, 3 + n, PAGES) ?
		       0 : 2;
}

static void on_segv(int sig)
{
	(void)sig;
	_exit(0);
}

static int protects(void *arg)
{
	(void)arg;
	signal(SIGSEGV, on_segv);
	if (mprotect(mem + 5 * PAGE, BYTES / 2, PROT_READ) < 0 ||
	    !holds(1, 0, PAGES))
		return 1;
	mem[4 * PAGE] = 2;
	mem[5 * PAGE] = 2;
	return 2;
}

static int moves(void *arg)
{
	char *to = mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	(void)arg;
	to = mremap(mem, BYTES, BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (to == MAP_FAILED)
		return 1;
	mem = to;
	return holds(1, 0, PAGES) ? 0 : 2;
}

int main(void)
{
	static int few = 10, many = PAGES / 3;

	plan(9);
	/* With a page on each side that is nothing, so that it stays a mapping of
	 * its own. */
	mem = mmap(NULL, BYTES + 2 * PAGE, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	mem += PAGE;
	if (mprotect(mem, BYTES, PROT_READ | PROT_WRITE) < 0)
		bail_out("mprotect: %s", strerror(errno));
	memset(mem, 1, BYTES);
	if (under_qemu_user())
		ok(true, "the child's memory is there, and shared # SKIP qemu");
	else
		is_exit(in_child(looks, NULL), 0,
			"the child's memory is there, and shared");
	is_exit(in_child(unmaps, &few), 0, "a child unmaps little");
	is_exit(in_child(unmaps, &many), 0, "and much");
	is_exit(in_child(drops, &few), 0, "it drops little");
	is_exit(in_child(drops, &many), 0, "and much");
	is_exit(in_child(protects, NULL), 0, "it protects a part");
	is_exit(in_child(moves, NULL), 0, "it moves all");
	ok(holds(1, 0, PAGES), "all of which is nothing to the parent");
	ok(under_qemu_user() || smaps_of("Pss:") == BYTES / KIB,
	   "whose memory is his own again");
	return done_testing();
}
