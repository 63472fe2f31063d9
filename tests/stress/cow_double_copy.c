/*
 * cow_double_copy.c - two threads break the same COW page at the same time.
 *
 * Claim:  when several threads of a process write a page that is shared
 *         after a fork, it is replaced by one copy, and every write is in it.
 * Method: a process forks a child that only keeps the pages shared; then all
 *         threads write the same page at once, each a word of its own, and
 *         go on to the next page. Pages are taken downwards, so that no
 *         fault copies more than one.
 * Oracle: after all have written, every thread finds every word as written.
 *         A copy that replaced another one has lost what was written there.
 * -X:     a thread writes its word into the page of a neighbour.
 */
#include "libstress.h"

enum { PAGES = 8 };

static volatile unsigned long (*pages)[PAGE / sizeof(long)];
/* Shared memory: these would be copied twice, too. */
static struct meeting *before, *after;
static unsigned long turn;

static void *writer(void *arg)
{
	long me = (long)arg, n = stress.threads;
	struct rng rng = rng_of(me);

	for (int p = PAGES - 1; p >= 0; p--) {
		unsigned long value = turn * n + me + 1;

		meet(before, n);
		rng_dither(&rng);
		pages[stress.wrong ? p ^ (me == 1) : p][me] = value;
		meet(after, n);
		for (int i = 0; i < n; i++)
			stress_check(pages[p][i] == turn * n + i + 1,
				     "page %d: thread %d lost its write: %lu, not %lu",
				     p, i, pages[p][i], turn * n + i + 1);
	}
	return NULL;
}

/* A child that lives, and shares the pages, until the pipe is closed. */
static pid_t fork_sharer(int go[2])
{
	char c;
	pid_t pid;

	if (pipe(go) < 0)
		bail_out("pipe: %s", strerror(errno));
	pid = tap_fork();
	if (pid == 0) {
		close(go[1]);
		_exit(read(go[0], &c, 1) != 0);
	}
	return pid;
}

int main(int argc, char **argv)
{
	int go[2];

	stress_begin(argc, argv, 3, "a shared page is copied once, whoever writes it");
	pages = stress_map(PAGES * PAGE, MAP_PRIVATE);
	before = stress_map(PAGE, MAP_SHARED);
	after = before + 1;
	for (int p = 0; p < PAGES; p++)
		pages[p][0] = 1;
	while (stress_go_on()) {
		turn++;
		fork_sharer(go);
		stress_threads(stress.threads, writer);
		if (stress_failed()) /* say so while the pages are there */
			break;
		close(go[1]);
		stress_reap();
		close(go[0]);
		stress_round();
	}
	return stress_end();
}
