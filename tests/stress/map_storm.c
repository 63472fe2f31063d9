/*
 * tests/stress/map_storm.c
 *
 * Claim    Threads that map, unmap, protect, move and touch memory of one
 *          address space at once never see each other's pages, and the list of
 *          mappings stays sorted and without overlap.
 * Method   Each thread owns a range, keeps its own record of what each page
 *          must hold and checks it; a reader parses /proc/self/maps all the
 *          time; a forker copies the whole address space now and then.
 * Catches  A tree of mappings changed under its readers (race 51), a mapping
 *          used after the lock was dropped (52), ranges mixed up on split and
 *          merge.
 * -X       Two threads own the same range.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { PAGES = 48 };

struct range {
	char *start;
	signed char holds[PAGES]; /* what each page must hold; -1: not mapped */
	bool readonly[PAGES];
};

static char *arena;

static void fill_page(struct range *r, int p, int value)
{
	if (r->holds[p] < 0 || r->readonly[p])
		return;
	r->start[p * PAGE] = r->start[p * PAGE + PAGE - 1] = value;
	r->holds[p] = value;
}

static void check_page(struct range *r, int p)
{
	signed char first, last;

	if (r->holds[p] < 0)
		return;
	first = ((volatile signed char *)r->start)[p * PAGE];
	last = ((volatile signed char *)r->start)[p * PAGE + PAGE - 1];
	stress_check(first == r->holds[p] && last == r->holds[p],
		     "page %d holds %d and %d, expected %d", p, first, last,
		     r->holds[p]);
}

static void map_pages(struct range *r, int p, int n)
{
	void *at = mmap(r->start + p * PAGE, n * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	stress_check(at == r->start + p * PAGE, "mmap: errno %d", errno);
	memset(r->holds + p, 0, n);
	memset(r->readonly + p, 0, n);
}

static void unmap_pages(struct range *r, int p, int n)
{
	/* Reserved, so that nobody else's mmap() is put here. */
	mmap(r->start + p * PAGE, n * PAGE, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
	memset(r->holds + p, -1, n);
}

static void protect_pages(struct range *r, int p, int n, bool readonly)
{
	for (; n > 0; p++, n--) {
		if (r->holds[p] < 0)
			continue;
		stress_check(mprotect(r->start + p * PAGE, PAGE, readonly ?
				      PROT_READ : PROT_READ | PROT_WRITE) == 0,
			     "mprotect: errno %d", errno);
		r->readonly[p] = readonly;
	}
}

static void move_page(struct range *r, int from, int to)
{
	if (from == to || r->holds[from] < 0)
		return;
	void *at = mremap(r->start + from * PAGE, PAGE, PAGE,
			  MREMAP_MAYMOVE | MREMAP_FIXED, r->start + to * PAGE);

	stress_check(at == r->start + to * PAGE, "mremap: errno %d", errno);
	r->holds[to] = r->holds[from];
	r->readonly[to] = r->readonly[from];
	unmap_pages(r, from, 1);
}

static void *own_range(void *me)
{
	struct rng rng = rng_of((long)me);
	struct range r;

	r.start = arena + (stress.wrong ? 0 : (long)me) * PAGES * PAGE;
	map_pages(&r, 0, PAGES);
	while (stress_go_on()) {
		int p = rng_below(&rng, PAGES);
		int n = 1 + rng_below(&rng, PAGES - p);

		switch (rng_below(&rng, 8)) {
		case 0:
			map_pages(&r, p, n > 8 ? 8 : n);
			break;
		case 1:
			unmap_pages(&r, p, n > 4 ? 1 : n);
			break;
		case 2:
			protect_pages(&r, p, n, rng_below(&rng, 2));
			break;
		case 3:
			move_page(&r, p, rng_below(&rng, PAGES));
			break;
		case 4:
			if (r.holds[p] >= 0) {
				madvise(r.start + p * PAGE, PAGE,
					MADV_DONTNEED);
				r.holds[p] = 0;
			}
			break;
		case 5:
			for (int i = 0; i < PAGES; i++)
				check_page(&r, i);
			stress_round();
			break;
		default:
			fill_page(&r, p, 1 + rng_below(&rng, 100));
		}
	}
	return NULL;
}

/* The list is no snapshot: a mapping may have grown since the line before. */
static void *read_maps(void *unused)
{
	char line[300];

	while (stress_go_on() && !under_qemu_user()) {
		FILE *f = fopen("/proc/self/maps", "r");
		unsigned long start, end, last = 0;

		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "%lx-%lx ", &start, &end) != 2)
				stress_check(false, "maps: odd line %s", line);
			else
				stress_check(end > last && end > start,
					     "maps: %lx-%lx after %lx", start,
					     end, last);
			last = end;
		}
		if (f)
			fclose(f);
		sched_yield();
	}
	return unused;
}

static void *fork_now_and_then(void *unused)
{
	int status;

	while (stress_go_on()) {
		pid_t pid = tap_fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, &status, 0);
		stress_check(status == 0, "child: wait status %#x", status);
		usleep(2000);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t maps, forks;

	stress_begin(argc, argv, 4, "mappings of one address space stay apart");
	arena = mmap(NULL, (size_t)stress.threads * PAGES * PAGE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	tap_thread(&maps, NULL, read_maps, NULL);
	tap_thread(&forks, NULL, fork_now_and_then, NULL);
	stress_threads(stress.threads, own_range);
	pthread_join(maps, NULL);
	pthread_join(forks, NULL);
	return stress_end();
}
