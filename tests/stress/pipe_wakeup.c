/*
 * tests/stress/pipe_wakeup.c
 *
 * Claim    A byte that is written in the moment in which its reader goes to
 *          sleep wakes the reader.
 * Method   Two threads a pipe. The reader says that it is about to read; the
 *          writer sees that, spins for a random time and writes. So write and
 *          sleep meet in every round. A process watches: a reader that gets no
 *          further at many looks while a byte is in its pipe is a proof.
 * Catches  A sleep that is announced after the test of its condition (race 36).
 * -X       The writer now and then writes to no pipe.
 */
#include "libstress.h"

#include <sched.h>
#include <sys/ioctl.h>

enum { PAIRS = 2 };

static struct pair {
	int fds[2];
	unsigned long asked, read;
	bool ended;
} *pairs;

static void read_bytes(struct pair *pair)
{
	char c;

	while (stress_go_on()) {
		__atomic_store_n(&pair->asked, pair->asked + 1,
				 __ATOMIC_RELEASE);
		stress_check(read(pair->fds[0], &c, 1) == 1, "read: errno %d",
			     errno);
		__atomic_store_n(&pair->read, pair->read + 1,
				 __ATOMIC_RELEASE);
		stress_round();
	}
	__atomic_store_n(&pair->ended, true, __ATOMIC_RELEASE);
}

static void write_bytes(struct pair *pair, struct rng *rng)
{
	for (unsigned long n = 1;; n++) {
		bool forget = stress.wrong && rng_below(rng, 100) == 0;

		while (__atomic_load_n(&pair->asked, __ATOMIC_ACQUIRE) < n) {
			if (__atomic_load_n(&pair->ended, __ATOMIC_ACQUIRE))
				return;
			sched_yield();
		}
		rng_dither(rng);
		if (!forget)
			stress_check(write(pair->fds[1], "x", 1) == 1,
				     "write: errno %d", errno);
	}
}

static void *play(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of(me);

	if (me % 2)
		write_bytes(&pairs[me / 2], &rng);
	else
		read_bytes(&pairs[me / 2]);
	return NULL;
}

static void look(void)
{
	static struct stress_seen seen[PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		unsigned long read = __atomic_load_n(&pairs[i].read,
						     __ATOMIC_ACQUIRE);
		int bytes = 0;

		ioctl(pairs[i].fds[0], FIONREAD, &bytes);
		stress_check(!stress_stands(&seen[i], read) || pairs[i].ended,
			     "a reader has been asleep for %d ms, although %d byte(s) are there",
			     STUCK_MS, bytes);
	}
}

int main(int argc, char **argv)
{
	pid_t watch;

	stress_begin(argc, argv, 2 * PAIRS, "a byte wakes who goes to sleep for it");
	pairs = stress_map(PAIRS * sizeof(*pairs), MAP_SHARED);
	for (int i = 0; i < PAIRS; i++)
		if (pipe(pairs[i].fds) < 0)
			bail_out("pipe: errno %d", errno);
	watch = stress_watch(look);
	stress_threads(2 * PAIRS, play);
	stress_watch_end(watch);
	return stress_end();
}
