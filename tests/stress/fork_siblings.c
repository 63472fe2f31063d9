/*
 * tests/stress/fork_siblings.c
 *
 * Claim    While one thread forks and another one takes the COW fault, a third
 *          one loses no store to the same page.
 * Method   Each has a hart for itself. The first one only stores: its hart
 *          keeps the translation from before the fork until it is told. The
 *          second one stores now and then, and a partner in another process
 *          takes its hart by turns, so that it always comes without a
 *          translation and faults when the page is shared. The third one forks
 *          children that exit at once; its stack is in shared memory, since a
 *          COW fault of its own would tell all harts.
 * Harts:   3
 * Catches  A fork that lets faults in before its shootdown (race 16b).
 * -X       The second one stores into the first one's word.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { STACK = 64 * 1024, BEATS = 1000, FORKER = 0, STORER = 1, FAULTER = 2 };

static volatile unsigned long *word;	/* [0] the storer's, [8] the faulter's */
static struct {
	unsigned long beats;	/* how often the storer has stored */
	bool stop;
} *shared;
static char *child_stack;

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static void *store(void *arg TAP_UNUSED)
{
	unsigned long last = 0;

	stay_on(STORER);
	while (!stopped()) {
		unsigned long seen = word[0];

		if (!stress_check(seen == last,
				  "the page holds %lu after a store of %lu",
				  seen, last))
			break;
		word[0] = ++last;
		__atomic_store_n(&shared->beats, last, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *fault(void *arg TAP_UNUSED)
{
	stay_on(FAULTER);
	while (!stopped()) {
		sched_yield();
		word[stress.wrong ? 0 : 8]++;
	}
	return NULL;
}

static void be_partner(void)
{
	stay_on(FAULTER);
	while (!stopped())
		sched_yield();
	_exit(0);
}

static unsigned long beats(void)
{
	return __atomic_load_n(&shared->beats, __ATOMIC_RELAXED);
}

static int child(void *arg TAP_UNUSED)
{
	_exit(0);
}

static void *fork_often(void *arg TAP_UNUSED)
{
	stay_on(FORKER);
	while (stress_go_on()) {
		unsigned long before = beats();
		int status;

		/* Let the storer have the page for its own again. */
		while (beats() - before < BEATS && !stress_failed())
			sched_yield();
		pid_t pid = tap_started(clone(child, child_stack + STACK,
					      SIGCHLD, NULL));

		waitpid(pid, &status, 0);
		stress_round();
	}
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t forker, storer, faulter;
	pthread_attr_t on_shared;

	stress_begin(argc, argv, 3, "no store is lost while others fork and fault");
	word = stress_map(PAGE, MAP_PRIVATE);
	shared = stress_map(PAGE, MAP_SHARED);
	child_stack = stress_map(STACK, MAP_PRIVATE);
	if (tap_fork() == 0)
		be_partner();
	pthread_attr_init(&on_shared);
	pthread_attr_setstack(&on_shared, stress_map(STACK, MAP_SHARED), STACK);
	tap_thread(&storer, NULL, store, NULL);
	tap_thread(&faulter, NULL, fault, NULL);
	tap_thread(&forker, &on_shared, fork_often, NULL);
	pthread_join(forker, NULL);
	pthread_join(storer, NULL);
	pthread_join(faulter, NULL);
	stress_reap();
	return stress_end();
}
