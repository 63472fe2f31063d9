/*
 * tlb_none.c - a page that nobody may touch is not read by a sibling.
 *
 * Claim:  when mprotect(PROT_NONE) has returned, no thread reads what the page
 *         holds from then on, nor does the kernel for it.
 * Method: pages of a file are mapped twice.  One thread takes all rights away
 *         from a range of the one mapping, stores odd numbers through the
 *         other, even ones again, and gives the rights back.  Siblings read
 *         all the time, by themselves and by write() into a pipe.
 * Oracle: nobody reads an odd number.  The thread's own access, and the
 *         kernel's for it, fail meanwhile.
 * -X:     the odd numbers are stored before the rights are taken.
 */
#include "libstress.h"

#include <setjmp.h>

enum { PAGES = 24 };

static volatile long *guarded, *open_side;
static bool stop;
static __thread sigjmp_buf out;

static void on_fault(int sig TAP_UNUSED)
{
	siglongjmp(out, 1);
}

static volatile long *word(volatile long *map, unsigned page)
{
	return map + page * (PAGE / sizeof(long));
}

/* False: it may not be read. */
static bool read_word(volatile long *at, long *value)
{
	if (sigsetjmp(out, 1))
		return false;
	*value = *at;
	return true;
}

static bool kernel_reads(const int *ends, volatile long *at, long *value)
{
	return write(ends[1], (const void *)at, sizeof(long)) == sizeof(long) &&
	       read(ends[0], value, sizeof(long)) == sizeof(long);
}

static void *read_all(void *me)
{
	struct rng rng = rng_of((uint64_t)me);
	int ends[2];
	long value;

	if (pipe(ends) < 0)
		bail_out("pipe: %s", strerror(errno));
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		volatile long *at = word(guarded, (unsigned)rng_below(&rng, PAGES));
		bool seen = rng_below(&rng, 8) ? read_word(at, &value) :
						 kernel_reads(ends, at, &value);

		stress_check(!seen || value % 2 == 0,
			     "a page without rights was read, it holds %ld", value);
	}
	close(ends[0]);
	close(ends[1]);
	return NULL;
}

/* Each of pages [@from, @to) holds the next number. */
static void step(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		++*word(open_side, i);
}

static void check_closed(const int *ends, volatile long *at)
{
	long value;

	stress_check(!read_word(at, &value), "a page without rights can be read");
	stress_check(!kernel_reads(ends, at, &value) && errno == EFAULT,
		     "the kernel reads a page without rights");
}

static void one_round(const int *ends, struct rng *rng)
{
	unsigned from = (unsigned)rng_below(rng, PAGES);
	unsigned to = from + 1 + (unsigned)rng_below(rng, PAGES - from);
	void *start = (void *)word(guarded, from);

	if (stress.wrong)
		step(from, to);
	mprotect(start, (to - from) * PAGE, PROT_NONE);
	if (!stress.wrong)
		step(from, to);
	rng_dither(rng);
	check_closed(ends, word(guarded, to - 1));
	step(from, to);
	mprotect(start, (to - from) * PAGE, rng_below(rng, 2) ? PROT_READ :
						PROT_READ | PROT_WRITE);
	if (rng_below(rng, 4) == 0)
		sched_yield();
}

static void *map_file(int fd)
{
	void *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		bail_out("mmap: %s", strerror(errno));
	return at;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_fault,
				 .sa_flags = SA_NODEFER };
	pthread_t t[MAX_THREADS];
	struct rng rng;
	int fd, ends[2];

	stress_begin(argc, argv, 2, "a page that nobody may touch is not read");
	rng = rng_of(100);
	fd = stress_file("tlb_none.tmp");
	if (ftruncate(fd, PAGES * PAGE) < 0 || pipe(ends) < 0)
		bail_out("a file and a pipe: %s", strerror(errno));
	guarded = map_file(fd);
	open_side = map_file(fd);
	sigaction(SIGSEGV, &act, NULL);
	for (long i = 0; i < stress.threads; i++)
		tap_thread(&t[i], NULL, read_all, (void *)i);
	while (stress_go_on()) {
		one_round(ends, &rng);
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < stress.threads; i++)
		pthread_join(t[i], NULL);
	return stress_end();
}
