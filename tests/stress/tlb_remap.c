/*
 * tests/stress/tlb_remap.c
 *
 * Claim    Once mmap(MAP_FIXED), mremap() or DONTNEED over a page has
 *          returned, no thread reads what was there before.
 * Method   Page k of a file holds the number k. One thread maps page after
 *          page at one address, in changing ways, and says after each which it
 *          was; the others read the address and compare with what had been
 *          said before they read.
 * Catches  A missing or late shootdown; a hart that is not in the mask of
 *          those to be told (races 19, 24).
 * -X       The page is announced before it is mapped.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { FILE_PAGES = 256 };

static int fd;
static volatile long *window;		/* where pages come and go */
static long announced;			/* the newest generation in place */
static bool stop;

static void map_page(long generation, struct rng *rng)
{
	off_t offset = generation % FILE_PAGES * PAGE;
	int flags = rng_below(rng, 2) ? MAP_SHARED : MAP_PRIVATE;
	void *p;

	if (stress.wrong)
		__atomic_store_n(&announced, generation, __ATOMIC_RELEASE);
	if (rng_below(rng, 2)) {
		p = mmap((void *)window, PAGE, PROT_READ | PROT_WRITE,
			 flags | MAP_FIXED, fd, offset);
	} else {
		p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, offset);
		if (rng_below(rng, 2))	/* move it with and without a page */
			(void)*(volatile long *)p;
		p = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   (void *)window);
	}
	stress_check(p == window, "mapping fails: errno %d", errno);
	__atomic_store_n(&announced, generation, __ATOMIC_RELEASE);
}

static void *read_window(void *me)
{
	struct rng rng = rng_of((long)me);

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		long low = __atomic_load_n(&announced, __ATOMIC_ACQUIRE);
		long seen = *window;
		long high = __atomic_load_n(&announced, __ATOMIC_ACQUIRE) + 1;
		long ahead = (seen - low % FILE_PAGES + FILE_PAGES) %
			     FILE_PAGES;

		if (!stress_check(ahead <= high - low,
				  "read page %ld when %ld to %ld were mapped",
				  seen, low % FILE_PAGES, high % FILE_PAGES))
			return NULL;
		rng_dither(&rng);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t[MAX_THREADS];
	struct rng rng;

	stress_begin(argc, argv, 3, "no thread reads a page that was replaced");
	fd = stress_numbered_file("tlb_remap.tmp", FILE_PAGES);
	window = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, read_window, (void *)i);
	rng = rng_of(99);
	for (long generation = 1; stress_go_on(); generation++) {
		map_page(generation, &rng);
		rng_dither(&rng);
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	return stress_end();
}
