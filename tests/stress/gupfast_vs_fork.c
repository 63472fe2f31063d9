/*
 * gupfast_vs_fork.c - the kernel writes to user memory while fork shares it.
 *
 * Claim:  what read() brings is in the parent's memory and not in its child's,
 *         when a fork, and a store to the same page, come in between.
 * Method: one thread of the parent lets the kernel write numbers that only
 *         grow into a page, by read(); another thread forks, and at once
 *         stores to another word of the page, so that the parent gets a copy.
 * Oracle: each number is there when its read() has returned: it was not
 *         written to the page that is the child's alone by then.  And the
 *         child, which looks until more numbers have come, sees one number.
 * -X:     the page is shared memory.
 */
#include "libstress.h"

enum { LOOK_MS = 4 };

static volatile unsigned long *page;
static volatile unsigned long *came;	/* the newest number; shared memory */
static bool stop;

static void *reader(void *unused)
{
	unsigned long next = 0;
	int p[2];

	if (pipe(p) < 0)
		bail_out("pipe: %s", strerror(errno));
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		next++;
		if (write(p[1], &next, sizeof(next)) != sizeof(next) ||
		    read(p[0], (void *)page, sizeof(next)) != sizeof(next))
			bail_out("pipe: %s", strerror(errno));
		stress_check(page[0] == next, "what was read is lost: %lu, not %lu",
			     page[0], next);
		*came = next;
	}
	close(p[0]);
	close(p[1]);
	return unused;
}

static void child(int told)
{
	unsigned long first = page[0], now = first, before = *came;
	long end = stress_now_ms() + LOOK_MS;

	if (write(told, "", 1) != 1)
		_exit(1);
	while (now == first && (stress_now_ms() < end || *came == before))
		now = page[0];
	stress_check(now == first, "the child's page changed after the fork: %lu, then %lu",
		     first, now);
	_exit(0);
}

static void fork_child(void)
{
	char c;
	int told[2];

	if (pipe(told) < 0)
		bail_out("pipe: %s", strerror(errno));
	if (tap_fork() == 0)
		child(told[1]);
	page[1]++;
	stress_check(read(told[0], &c, 1) == 1, "the child is not there");
	close(told[0]);
	close(told[1]);
	stress_reap();
}

int main(int argc, char **argv)
{
	pthread_t t;

	stress_begin(argc, argv, 1, "a child's memory is of the moment of its fork");
	page = stress_map(PAGE, stress_private());
	page[1] = 1;
	came = stress_map(PAGE, MAP_SHARED);
	tap_thread(&t, NULL, reader, NULL);
	while (stress_go_on()) {
		fork_child();
		stress_round();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(t, NULL);
	return stress_end();
}
