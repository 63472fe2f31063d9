/*
 * tests/stress/cache_look.c
 *
 * Claim    Who reads a page of a file, by a call or through a mapping, while the file
 *          is cut, punched and written anew, finds what was written there or zeros, or
 *          is told that nothing is there: never what somebody else has in a frame
 *          that was the file's, nor a page that has been given up.
 * Method   Some threads read pages of a file, with pread() into a buffer and by
 *          touching fresh mappings of all of it.  One cuts it to nothing, or to
 *          a page, or punches a hole, and writes it again; behind each cut he takes
 *          memory for himself, so that frames just freed are used at once.
 * Oracle   Each word of a page of the file has the page's number in it, and each
 *          word of others' memory OTHERS.
 * Catches  The index's reference to a page, or a node of the index, that is given up
 *          while somebody looks there without a lock.
 * -X       The file is written with OTHERS now and then.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <setjmp.h>

enum { READERS = 3, PAGES = 80, TAKEN = 64, WORDS = PAGE / 8 };

static const uint64_t TAG = 0x6c6f6f6b00000000, OTHERS = 0x6f74686572736f74;

static int fd;
static volatile bool over;
static unsigned long looks[READERS];	/* (a) pages that were there */
static unsigned long cuts;		/* (a) */

/* ---- who looks ---- */

static void check_words(const uint64_t *words, long n, long page, const char *how)
{
	for (long i = 0; i < n; i++)
		if (!stress_check(words[i] == 0 || words[i] == TAG + (uint64_t)page,
				  "word %ld of page %ld is %lx, %s", i, page, words[i],
				  how))
			return;
}

static bool read_page(long page)
{
	uint64_t words[WORDS];
	ssize_t n = pread(fd, words, sizeof(words), page * PAGE);

	stress_check(n >= 0, "pread: %s", strerror(errno));
	if (n > 0)
		check_words(words, n / 8, page, "read");
	return n > 0;
}

static __thread sigjmp_buf nothing_there;

static void on_sigbus(int sig)
{
	(void)sig;
	siglongjmp(nothing_there, 1);
}

static bool touch_page(const uint64_t *map, long page)
{
	uint64_t seen[2];

	if (sigsetjmp(nothing_there, 1) != 0)
		return false;
	seen[0] = *(const volatile uint64_t *)(map + page * WORDS);
	seen[1] = *(const volatile uint64_t *)(map + (page + 1) * WORDS - 1);
	check_words(seen, 2, page, "mapped");
	return true;
}

static void *reader(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of((unsigned long)me);

	while (!over && !stress_failed()) {
		uint64_t *map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

		if (map == MAP_FAILED)
			bail_out("mmap: %s", strerror(errno));
		for (int i = 0; i < 8; i++) {
			/* More often the first ones: one node of the index is all, then. */
			long page = rng_below(&rng, 2) ? (long)rng_below(&rng, 2) :
							 (long)rng_below(&rng, PAGES);

			if (i % 2 ? read_page(page) : touch_page(map, page))
				__atomic_fetch_add(&looks[me], 1, __ATOMIC_RELAXED);
		}
		munmap(map, PAGES * PAGE);
	}
	return NULL;
}

/* ---- who changes ---- */

static void write_pages(long n, struct rng *rng)
{
	uint64_t words[WORDS];

	for (long page = 0; page < n; page++) {
		uint64_t word = TAG + (uint64_t)page;

		if (stress.wrong && rng_below(rng, 8) == 0)
			word = OTHERS;
		for (int i = 0; i < WORDS; i++)
			words[i] = word;
		if (pwrite(fd, words, sizeof(words), page * PAGE) != sizeof(words))
			bail_out("pwrite: %s", strerror(errno));
	}
}

/* Frames that were the file's a moment ago. */
static void take_memory(void)
{
	uint64_t *mem = stress_map(TAKEN * PAGE, MAP_PRIVATE);

	for (long i = 0; i < TAKEN * WORDS; i++)
		mem[i] = OTHERS;
	munmap(mem, TAKEN * PAGE);
}

static void cut(struct rng *rng)
{
	switch (rng_below(rng, 4)) {
	case 0:
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			      PAGES * PAGE) < 0)
			bail_out("fallocate: %s", strerror(errno));
		break;
	case 1:
		if (ftruncate(fd, PAGE) < 0)
			bail_out("ftruncate: %s", strerror(errno));
		break;
	default:
		if (ftruncate(fd, 0) < 0)
			bail_out("ftruncate: %s", strerror(errno));
	}
	__atomic_fetch_add(&cuts, 1, __ATOMIC_RELAXED);
}

/* A round: the file is cut, and each reader has found something since. */
static void round_of_changes(struct rng *rng)
{
	unsigned long seen[READERS];

	cut(rng);
	take_memory();
	write_pages(rng_below(rng, 2) ? 1 : PAGES, rng);
	for (int i = 0; i < READERS; i++)
		seen[i] = __atomic_load_n(&looks[i], __ATOMIC_RELAXED);
	for (int i = 0; i < READERS; i++)
		while (__atomic_load_n(&looks[i], __ATOMIC_RELAXED) == seen[i] &&
		       !stress_failed())
			sched_yield();
}

int main(int argc, char **argv)
{
	struct sigaction bus = { .sa_handler = on_sigbus };
	pthread_t readers[READERS];
	struct rng rng;

	stress_begin(argc, argv, 1, "who looks a page up finds it, or none");
	rng = rng_of(99);
	fd = stress_file("cache_look.tmp");
	sigaction(SIGBUS, &bus, NULL);
	write_pages(PAGES, &rng);
	for (long i = 0; i < READERS; i++)
		tap_thread(&readers[i], NULL, reader, (void *)i);
	while (stress_go_on()) {
		round_of_changes(&rng);
		stress_round();
	}
	over = true;
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	diag("%lu cuts", cuts);
	return stress_end();
}
