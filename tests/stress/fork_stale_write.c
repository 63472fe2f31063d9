/*
 * tests/stress/fork_stale_write.c
 *
 * Claim    What a child reads never changes under it, although a thread of
 *          its parent was writing the page when it was forked, and goes on.
 * Method   A writer, alone on its hart, counts in a private page and does
 *          nothing else, so that its hart keeps the translation it has.
 *          Another thread forks; the child reads the word before and after
 *          the writer has counted on.
 *          Nobody else in the parent may write private memory after a fork,
 *          since a COW fault of its own would make all its harts forget: so
 *          the thread that forks has its stack in shared memory, and the
 *          child gets another one.
 * Harts:   2
 * Catches  A fork whose shootdown reaches only its own hart (race 16).
 * -X       The page is MAP_SHARED.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { STACK = 64 * 1024, BEATS = 1000, FORKER = 0, WRITER = 1 };

static volatile unsigned long *word;
static struct {
	unsigned long beats;	/* how often the writer has counted */
	bool stop;
} *shared;
static char *child_stack;

static void *count_up(void *arg TAP_UNUSED)
{
	stay_on(WRITER);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
		__atomic_store_n(&shared->beats, ++*word, __ATOMIC_RELAXED);
	return NULL;
}

static unsigned long beats(void)
{
	return __atomic_load_n(&shared->beats, __ATOMIC_RELAXED);
}

/* Look at the word while the writer counts on. */
static int look(void *arg TAP_UNUSED)
{
	unsigned long first = *word, start = beats();

	while (beats() - start < BEATS)
		;
	stress_check(*word == first, "the child's word went from %lu to %lu",
		     first, *word);
	_exit(0);
}

static void *fork_often(void *arg TAP_UNUSED)
{
	stay_on(FORKER);
	while (stress_go_on()) {
		unsigned long before = beats();

		/* Let the writer have the page for its own again. */
		while (beats() - before < BEATS)
			sched_yield();
		tap_started(clone(look, child_stack + STACK, SIGCHLD, NULL));
		stress_reap();
		stress_round();
	}
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t forker, writer;
	pthread_attr_t on_shared;

	stress_begin(argc, argv, 2, "a child's memory stays as it was forked");
	word = stress_map(PAGE, stress_private());
	shared = stress_map(PAGE, MAP_SHARED);
	child_stack = stress_map(STACK, MAP_PRIVATE);
	pthread_attr_init(&on_shared);
	pthread_attr_setstack(&on_shared, stress_map(STACK, MAP_SHARED), STACK);
	tap_thread(&writer, NULL, count_up, NULL);
	tap_thread(&forker, &on_shared, fork_often, NULL);
	pthread_join(forker, NULL);
	pthread_join(writer, NULL);
	return stress_end();
}
