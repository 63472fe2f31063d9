/*
 * tests/stress/cow_three_harts.c
 *
 * Claim    No thread writes the copy of a page while another one still reads
 *          the original.
 * Method   Each round forks a child that shares the page until it is killed.
 *          A reader, under a lock, compares the page with what was written
 *          last; its hart holds the old translation. Then the first thread
 *          writes, which takes the COW fault, and a moment later a writer
 *          starts to write under the lock, on a third hart. All stacks are in
 *          shared memory, so that no other fault makes the harts forget.
 * Harts:   3
 * Catches  A copy that is made writable before the original was shot down
 *          (race 18), or that is not shot down at all (17).
 * -X       The writer writes something else than it says.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { THREADS = 3, STACK = 64 * 1024, BREAKER = 0, WRITER = 1, READER = 2 };

static volatile long *page;	/* [0] the writer's, [64] the breaker's */
static struct {
	struct meeting begin, end;
	long round;		/* 0: no more */
	long breaking, broken;	/* the round whose page is being written, is */
	long written;		/* to page[0]; under the lock */
	int lock;
} *shared;
static char *child_stack;

static void lock(void)
{
	for (int i = 0; __atomic_exchange_n(&shared->lock, 1,
					    __ATOMIC_ACQUIRE); i++)
		if (i > 2000)
			sched_yield();
}

static void unlock(void)
{
	__atomic_store_n(&shared->lock, 0, __ATOMIC_RELEASE);
}

static bool reached(const long *what, long round)
{
	return __atomic_load_n(what, __ATOMIC_ACQUIRE) == round;
}

static void write_until_broken(long round, struct rng *rng)
{
	for (int i = 0; !reached(&shared->breaking, round); i++)
		if (i > 2000)
			sched_yield();
	rng_dither(rng);
	do {
		lock();
		page[0] = ++shared->written + stress.wrong;
		unlock();
	} while (!reached(&shared->broken, round));
}

static void read_until_broken(long round)
{
	long seen, written;
	bool last;

	do {
		last = reached(&shared->broken, round);
		lock();
		written = shared->written;
		seen = page[0];
		unlock();
	} while (stress_check(seen == written,
			      "under the lock it reads %ld, not %ld", seen,
			      written) && !last);
}

static int share(void *arg TAP_UNUSED)
{
	while (pause() < 0)
		;
	return 0;
}

static pid_t fork_sharer(void)
{
	return tap_started(clone(share, child_stack + STACK, SIGCHLD, NULL));
}

static void break_page(long round, struct rng *rng)
{
	for (int i = 0; i < 10; i++)
		rng_dither(rng);
	__atomic_store_n(&shared->breaking, round, __ATOMIC_RELEASE);
	page[64] = round;
	__atomic_store_n(&shared->broken, round, __ATOMIC_RELEASE);
}

static void *play(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of(me);
	int status;

	stay_on(me);
	for (long round = 1;; round++) {
		pid_t sharer = 0;

		if (me == BREAKER) {
			shared->round = stress_go_on() ? round : 0;
			if (shared->round)
				sharer = fork_sharer();
		}
		meet(&shared->begin, THREADS);
		if (shared->round == 0)
			return NULL;
		if (me == BREAKER)
			break_page(round, &rng);
		else if (me == WRITER)
			write_until_broken(round, &rng);
		else
			read_until_broken(round);
		meet(&shared->end, THREADS);
		if (me == BREAKER) {
			tap_kill(sharer, SIGKILL);
			waitpid(sharer, &status, 0);
			stress_round();
		}
	}
}

int main(int argc, char **argv)
{
	pthread_t t[THREADS];
	pthread_attr_t attr;

	stress_begin(argc, argv, THREADS,
		     "nobody writes a copy whose original is still read");
	page = stress_map(PAGE, MAP_PRIVATE);
	page[0] = 0;
	shared = stress_map(PAGE, MAP_SHARED);
	child_stack = stress_map(STACK, MAP_PRIVATE);
	for (long i = 0; i < THREADS; i++) {
		pthread_attr_init(&attr);
		pthread_attr_setstack(&attr, stress_map(STACK, MAP_SHARED),
				      STACK);
		tap_thread(&t[i], &attr, play, (void *)i);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	return stress_end();
}
