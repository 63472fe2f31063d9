/*
 * tests/stress/tlb_own.c
 *
 * Claim    Who replaces a page reads the new one, also where all other harts
 *          have forgotten the old one before they were asked to.
 * Method   One thread maps another page of a file at the same place, again and
 *          again, and reads it; page k of the file holds the number k. On a hart
 *          of their own another thread and another process wake each other: it
 *          leaves the address space and enters it all the time, and each time
 *          catches up with what has changed.
 * Harts:   2
 * Catches  A hart that finds nobody to interrupt, and forgets its own part.
 * -X       Now and then the page is not replaced.
 */
#define _GNU_SOURCE
#include "libstress.h"

enum { REPLACER = 0, OTHERS = 1, FILE_PAGES = 64 };

static int fd;
static volatile long *window;
static int to_thread[2], to_process[2];

/* What comes from one, the other is told; until there is nothing more. */
static void pass_on(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
		;
}

static void be_process(void)
{
	close(to_thread[0]);
	close(to_process[1]);
	stay_on(OTHERS);
	pass_on(to_process[0], to_thread[1]);
	_exit(0);
}

static void *come_and_go(void *unused)
{
	stay_on(OTHERS);
	if (write(to_process[1], "", 1) == 1)
		pass_on(to_thread[0], to_process[1]);
	return unused;
}

static void replace_page(long round)
{
	if (mmap((void *)window, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
		 round % FILE_PAGES * PAGE) != window)
		bail_out("mmap: %s", strerror(errno));
}

static void replace_and_read(struct rng *rng)
{
	for (long round = 1; stress_go_on(); round++) {
		long seen;

		if (!stress.wrong || rng_below(rng, 16) != 0)
			replace_page(round);
		seen = *window;
		stress_check(seen == round % FILE_PAGES,
			     "who has mapped page %ld reads page %ld",
			     round % FILE_PAGES, seen);
		stress_round();
	}
}

int main(int argc, char **argv)
{
	pthread_t other;
	struct rng rng;
	pid_t process;

	stress_begin(argc, argv, 2, "who replaces a page reads the new one");
	rng = rng_of(0);
	fd = stress_numbered_file("tlb_own.tmp", FILE_PAGES);
	window = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (pipe(to_thread) < 0 || pipe(to_process) < 0)
		bail_out("pipe: %s", strerror(errno));
	process = tap_fork();
	if (process == 0)
		be_process();
	close(to_thread[1]);
	close(to_process[0]);
	stay_on(REPLACER);
	tap_thread(&other, NULL, come_and_go, NULL);
	replace_and_read(&rng);
	signal(SIGPIPE, SIG_IGN);
	tap_kill(process, SIGKILL);
	waitpid(process, NULL, 0);
	pthread_join(other, NULL);
	return stress_end();
}
