/*
 * tests/stress/tlb_tables.c
 *
 * Claim    A system call that is given memory which another thread unmaps, to
 *          the last page table, finds the bytes that were there or EFAULT.
 * Method   One thread maps one page in a region of 2 MiB of its own, fills it
 *          and unmaps it, which frees the page table too, and fills new memory,
 *          so that the table's frame is used again. Others pass the page to
 *          the kernel, whose copies walk the page tables without a lock.
 * Catches  Page tables freed before the shootdown (race 22).
 * -X       The page is filled with something else now and then.
 */
#include "libstress.h"

enum { REGION = 2 << 20, FILL = 8, WORDS = PAGE / sizeof(long) };

static const long ours = 0x6f757273;
static char *region;			/* on a 2 MiB boundary, 3 regions long */
static bool stop;

static long *page(void)
{
	return (long *)(region + REGION + 7 * PAGE);
}

static void *pass_to_kernel(void *me TAP_UNUSED)
{
	int gate[2];
	long got;

	if (pipe(gate) < 0)
		bail_out("pipe: %s", strerror(errno));
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (write(gate[1], page(), sizeof(long)) != sizeof(long))
			continue;
		if (read(gate[0], &got, sizeof(got)) != sizeof(got))
			bail_out("read: %s", strerror(errno));
		if (!stress_check(got == 0 || got == ours,
				  "the kernel read %#lx", got))
			break;
	}
	close(gate[0]);
	close(gate[1]);
	return NULL;
}

static void map_and_unmap(struct rng *rng)
{
	volatile long *p, *q;

	p = mmap(page(), PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p != page())
		bail_out("mmap: %s", strerror(errno));
	*p = stress.wrong && rng_below(rng, 2) ? 1 : ours;
	rng_dither(rng);
	munmap((void *)p, PAGE);
	q = stress_map(FILL * PAGE, MAP_PRIVATE);
	for (int i = 0; i < FILL * (int)WORDS; i++)
		q[i] = 0x5a5a5a5a5a5a5a5a;
	munmap((void *)q, FILL * PAGE);
}

int main(int argc, char **argv)
{
	pthread_t t[MAX_THREADS];
	struct rng rng;
	char *space;

	stress_begin(argc, argv, 1, "page tables go when nobody walks them");
	/* No whole regions: it would begin at one, and all below it be given up. */
	space = mmap(NULL, 4 * REGION + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (space == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	region = (char *)(((uintptr_t)space + REGION - 1) & -REGION);
	munmap(region, 3 * REGION);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, pass_to_kernel, (void *)i);
	rng = rng_of(99);
	while (stress_go_on()) {
		map_and_unmap(&rng);
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (long i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	return stress_end();
}
