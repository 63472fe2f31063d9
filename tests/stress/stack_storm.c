/*
 * tests/stress/stack_storm.c
 *
 * Claim    Stacks that grow while others read the list of mappings, and
 *          while siblings grow the same one, keep what is on them.
 * Method   Processes, each with a thread that reads /proc/self/maps, recurse to
 *          random depths on their first stack, with marks that are checked on
 *          the way back; more stacks are MAP_GROWSDOWN mappings, touched
 *          downwards by several threads.
 * Catches  A mapping changed under readers by a fault (race 51, StackRot), two
 *          threads that grow one stack at once.
 * -X       The marks on the way back are one too high.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { GROW_PAGES = 64, MAX_DEPTH = 400 };

static volatile int done;

static void recurse(int depth)
{
	volatile int frame[512];

	frame[0] = frame[511] = depth;
	if (depth > 0)
		recurse(depth - 1);
	stress_check(frame[0] == depth + stress.wrong && frame[511] == depth,
		     "a frame at depth %d holds %d and %d", depth, frame[0],
		     frame[511]);
}

/* The list is no snapshot: a mapping may have grown since the line before. */
static void *read_maps(void *unused)
{
	char line[300];

	while (!done) {
		FILE *f = fopen("/proc/self/maps", "r");
		unsigned long start, end, last = 0;

		while (f && fgets(line, sizeof(line), f)) {
			if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
				stress_check(end > last && end > start,
					     "maps: %lx-%lx after %lx", start,
					     end, last);
			last = end;
		}
		if (f)
			fclose(f);
	}
	return unused;
}

static char *grow_top;
static struct meeting begin;

/* Several threads touch the pages below, downwards, at the same time. */
static void *grow(void *me)
{
	meet(&begin, 3);
	for (int i = 1; i < GROW_PAGES; i++) {
		volatile char *p = grow_top - i * PAGE + (long)me * 64;

		*p = i;
		stress_check(*p == i, "a grown page holds %d", *p);
	}
	return NULL;
}

static void grow_mapping(void)
{
	size_t room = 1024 * PAGE;
	char *base = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
			  MAP_NORESERVE, -1, 0);

	/* A hole too small for a thread's stack, between two guards. */
	grow_top = base + room - 2 * PAGE;
	munmap(base + PAGE, room - 2 * PAGE);
	mmap(grow_top, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	stress_threads(3, grow);
	munmap(base, room);
}

static void live(long me)
{
	struct rng rng = rng_of(me);
	pthread_t maps;

	/* This process is young: its stack has not grown yet. */
	tap_thread(&maps, NULL, read_maps, NULL);
	recurse(rng_below(&rng, MAX_DEPTH));
	if (!under_qemu_user())	/* which drops MAP_GROWSDOWN */
		grow_mapping();
	recurse(rng_below(&rng, MAX_DEPTH));
	done = 1;
	pthread_join(maps, NULL);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 3, "stacks grow under readers and writers");
	for (long round = 0; stress_go_on(); round++) {
		for (long i = 0; i < stress.threads; i++) {
			if (tap_fork() == 0) {
				live(round * 100 + i);
				_exit(0);
			}
		}
		stress_reap();
		stress_round();
	}
	return stress_end();
}
