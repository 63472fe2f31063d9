/*
 * tests/stress/cow_siblings.c
 *
 * Claim    When one thread breaks COW of a page, its siblings never again read
 *          the old page once they can know of the write.
 * Method   Each round forks a child, which makes the page COW again, and lets
 *          all threads read it, so that every hart holds the old translation.
 *          Then A writes and raises a flag in another page; B, having seen the
 *          flag, must read the new value. Meanwhile C writes under a lock, and
 *          D, under the same lock, reads twice and must both times read what
 *          C wrote last. Each has a hart of its own if there are four.
 * Catches  A COW break that flushes only its own hart (race 17); the new page
 *          made writable before the others were flushed (race 18).
 * -X       B does not wait for the flag, and D reads without the lock.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { THREADS = 4, WRITES = 20 };

/* What is checked lies in one private page; what synchronises in another. */
static struct { volatile long a, x; } *page;
static struct {
	struct meeting start, end;
	long flag, round;
	long written;		/* to page->x; under the lock */
	int lock;
	bool last;
} *sync_page;

static void lock(void)
{
	for (int i = 0; __atomic_exchange_n(&sync_page->lock, 1,
					    __ATOMIC_ACQUIRE); i++)
		if (i > 100)
			sched_yield();
}

static void unlock(void)
{
	__atomic_store_n(&sync_page->lock, 0, __ATOMIC_RELEASE);
}

static void write_and_flag(long round)
{
	page->a = round;
	__atomic_store_n(&sync_page->flag, round, __ATOMIC_RELEASE);
}

static void read_after_flag(long round)
{
	long seen;

	for (int i = 0; !stress.wrong &&
	     __atomic_load_n(&sync_page->flag, __ATOMIC_ACQUIRE) != round; i++)
		if (i > 2000)
			sched_yield();
	seen = page->a;
	stress_check(seen == round, "read %ld after the flag said %ld", seen,
		     round);
}

/* A write that comes while another one's fault is half done must not come
 * at the same moment: it would fault too, and wait. */
static void come_late(struct rng *rng)
{
	for (uint64_t n = rng_below(rng, 500); n > 0; n--)
		rng_dither(rng);
}

static void write_under_lock(long round, struct rng *rng)
{
	come_late(rng);
	for (int i = 0; i < WRITES; i++) {
		lock();
		page->x = sync_page->written = round * 100 + i;
		unlock();
	}
}

static void read_twice_under_lock(long round, struct rng *rng)
{
	long first, second, written;

	do {
		if (!stress.wrong)
			lock();
		written = sync_page->written;
		first = page->x;
		rng_dither(rng);
		second = page->x;
		if (!stress.wrong)
			unlock();
		stress_check(first == second,
			     "two reads under the lock: %ld, then %ld", first,
			     second);
		stress_check(first == written,
			     "a read under the lock: %ld, not %ld", first,
			     written);
	} while (written != round * 100 + WRITES - 1);
}

static void *play(void *me)
{
	struct rng rng = rng_of((long)me);

	stay_on((long)me);
	for (;;) {
		long round;

		meet(&sync_page->start, THREADS + 1);
		if (sync_page->last)
			return NULL;
		round = sync_page->round;
		(void)page->a;
		rng_dither(&rng);
		if (me == (void *)0)
			write_and_flag(round);
		else if (me == (void *)1)
			read_after_flag(round);
		else if (me == (void *)2)
			write_under_lock(round, &rng);
		else
			read_twice_under_lock(round, &rng);
		meet(&sync_page->end, THREADS + 1);
	}
}

int main(int argc, char **argv)
{
	pthread_t t[THREADS];

	stress_begin(argc, argv, THREADS,
		     "siblings see a COW break as one change");
	page = stress_map(PAGE, MAP_PRIVATE);
	sync_page = stress_map(PAGE, MAP_SHARED);
	for (long i = 0; i < THREADS; i++)
		tap_thread(&t[i], NULL, play, (void *)i);
	for (long round = 1; stress_go_on(); round++) {
		int gate[2];
		char c;

		if (pipe(gate) < 0)
			bail_out("pipe");
		if (tap_fork() == 0) {
			close(gate[1]);
			_exit(read(gate[0], &c, 1) != 0);
		}
		sync_page->round = round;
		meet(&sync_page->start, THREADS + 1);
		meet(&sync_page->end, THREADS + 1);
		close(gate[0]);
		close(gate[1]);
		stress_reap();
		stress_round();
	}
	sync_page->last = true;
	meet(&sync_page->start, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	return stress_end();
}
