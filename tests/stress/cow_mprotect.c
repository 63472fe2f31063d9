/*
 * tests/stress/cow_mprotect.c
 *
 * Claim    Rights taken and given back with mprotect() around a fork neither
 *          make a shared page writable nor lose its contents.
 * Method   Parent and children go through random sequences of mprotect(),
 *          stores, DONTNEED and further forks over the same pages; each keeps
 *          its own record of what every page must hold.
 * Catches  mprotect() that turns COW pages writable in place, or forgets that
 *          a read-only page is COW; fork of pages that are read-only for now.
 * -X       MAP_SHARED.
 */
#include "libstress.h"

enum { PAGES = 16, STEPS = 60, DEPTH = 2 };

static volatile long *mem;

struct record {
	long value[PAGES];
	int rights[PAGES];
};

static volatile long *word(int page)
{
	return mem + page * (PAGE / sizeof(long));
}

static void set_rights(struct record *r, int first, int n, int rights)
{
	if (mprotect((void *)word(first), n * PAGE, rights) < 0)
		stress_check(false, "mprotect: errno %d", errno);
	for (int p = first; p < first + n; p++)
		r->rights[p] = rights;
}

static void check_all(struct record *r)
{
	for (int p = 0; p < PAGES; p++)
		if (r->rights[p] & PROT_READ)
			stress_check(*word(p) == r->value[p],
				     "page %d holds %ld, expected %ld", p,
				     *word(p), r->value[p]);
}

static void step(struct record *r, struct rng *rng, long mark)
{
	static const int rights[] = { PROT_READ, PROT_READ | PROT_WRITE,
				      PROT_NONE, PROT_READ | PROT_WRITE };
	int p = rng_below(rng, PAGES), n = 1 + rng_below(rng, PAGES - p);

	switch (rng_below(rng, 4)) {
	case 0:
		set_rights(r, p, n, rights[rng_below(rng, 4)]);
		break;
	case 1:
		if (stress.wrong)	/* shared memory keeps its pages */
			break;
		madvise((void *)word(p), PAGE, MADV_DONTNEED);
		r->value[p] = 0;
		break;
	default:
		if (r->rights[p] & PROT_WRITE)
			*word(p) = r->value[p] = mark;
	}
}

static void live(struct record *r, struct rng *rng, int depth)
{
	for (int i = 0; i < STEPS; i++) {
		step(r, rng, rng_next(rng) >> 1);
		if (i % 20 == 10 && depth < DEPTH) {
			rng_next(rng);
			if (tap_fork() == 0) {
				rng->state ^= getpid();
				live(r, rng, depth + 1);
				_exit(0);
			}
		}
	}
	check_all(r);
	stress_reap();
	set_rights(r, 0, PAGES, PROT_READ | PROT_WRITE);
	check_all(r);
}

int main(int argc, char **argv)
{
	struct record r;
	struct rng rng;

	stress_begin(argc, argv, 1, "mprotect and COW do not mix up pages");
	mem = stress_map(PAGES * PAGE, stress_private());
	rng = rng_of(0);
	memset(&r, 0, sizeof(r));
	for (int p = 0; p < PAGES; p++)
		r.rights[p] = PROT_READ | PROT_WRITE;
	while (stress_go_on()) {
		live(&r, &rng, 0);
		stress_round();
	}
	return stress_end();
}
