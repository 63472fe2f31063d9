/*
 * tests/stress/pipe_hand_on.c
 *
 * Claim    A write to a pipe wakes one reader, and a read one writer; but for as
 *          long as there are bytes, or room, nobody who could use them sleeps.
 * Method   Readers each want one byte, and all get theirs by one write, which
 *          wakes the first of them. In another pipe, full, writers each bring
 *          a block, and one read makes room for all. Whoever has had his turn
 *          waits for the next round, so that nobody does another's work; and
 *          in each round one of them gets a signal, before or after.
 * Oracle   A process watches. A crew that has not finished its round at any of
 *          many looks has somebody asleep who was to be woken by the one before.
 * Catches  A reader or writer that was woken and hands nothing on.
 * -X       Now and then there is less than all want.
 */
#include "libstress.h"

#include <signal.h>
#include <sys/ioctl.h>

enum { CREW = 3, NR_CREWS = 2 };

static struct crew {
	int fds[2];
	unsigned long rounds;	/* that have begun */
	unsigned long turns;	/* that are over: CREW in each round */
	unsigned long over;	/* there is no other round */
} *crews;

static pthread_t threads[NR_CREWS][CREW + 1];	/* its leader is the last */
static char block[(CREW + 1) * PAGE];

static unsigned long count(const unsigned long *n)
{
	return __atomic_load_n(n, __ATOMIC_ACQUIRE);
}

static void add(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELEASE);
}

static void wait_until(const unsigned long *n, unsigned long wanted)
{
	while (count(n) < wanted && !stress_failed())
		sched_yield();
}

static bool begins(const struct crew *crew, unsigned long round)
{
	while (count(&crew->rounds) < round && !count(&crew->over))
		sched_yield();
	return !count(&crew->over);
}

/* One turn a round; a signal ends it, too. */
static void follow(struct crew *crew, bool reads)
{
	char own[PAGE];

	for (unsigned long round = 1; begins(crew, round); round++) {
		ssize_t n = reads ? read(crew->fds[0], own, 1) :
				    write(crew->fds[1], block, PAGE);

		stress_check(n == (reads ? 1 : PAGE) || (n < 0 && errno == EINTR),
			     "%s: %zd", reads ? "read" : "write", n);
		add(&crew->turns);
	}
}

static void move(struct crew *crew, bool out, size_t n)
{
	ssize_t done = out ? read(crew->fds[0], block, n) :
			     write(crew->fds[1], block, n);

	stress_check(done == (ssize_t)n, "%s: %zd", out ? "read" : "write", done);
}

/* What those who had a signal have left, or have not brought. */
static void empty(struct crew *crew)
{
	int n = 0;

	ioctl(crew->fds[0], FIONREAD, &n);
	if (n > 0)
		move(crew, true, n);
}

/* What all of them wait for comes at once. */
static void lead(struct crew *crew, bool reads, struct rng *rng)
{
	pthread_t *them = threads[reads ? 0 : 1];

	for (unsigned long round = 1; stress_go_on(); round++) {
		int few = stress.wrong && rng_below(rng, 20) == 0;

		if (!reads)
			move(crew, false, (CREW + 1) * PAGE);
		add(&crew->rounds);
		for (int i = rng_below(rng, 4 * CREW); i > 0; i--)
			sched_yield();
		if (rng_below(rng, 2))
			pthread_kill(them[rng_below(rng, CREW)], SIGUSR1);
		if (reads)
			move(crew, false, CREW - 2 * few);
		else
			move(crew, true, (CREW + 1 - 3 * few) * PAGE);
		wait_until(&crew->turns, round * CREW);
		if (!stress_failed())
			empty(crew);
		stress_round();
	}
	add(&crew->over);
}

static void *play(void *arg)
{
	long me = (long)arg;
	struct crew *crew = &crews[me % NR_CREWS];
	bool reads = me % NR_CREWS == 0;
	struct rng rng = rng_of(me);

	if (me / NR_CREWS < CREW)
		follow(crew, reads);
	else
		lead(crew, reads, &rng);
	return NULL;
}

static void look(void)
{
	static struct stress_seen seen[NR_CREWS];

	for (int i = 0; i < NR_CREWS; i++)
		stress_check(!stress_stands(&seen[i], count(&crews[i].turns)) ||
				     count(&crews[i].over),
			     "for %d ms %s sleeps in spite of %s", STUCK_MS,
			     i == 0 ? "a reader" : "a writer",
			     i == 0 ? "bytes" : "room");
}

static void on_signal(int sig TAP_UNUSED)
{
}

int main(int argc, char **argv)
{
	const struct sigaction act = { .sa_handler = on_signal };
	pid_t watch;

	stress_begin(argc, argv, NR_CREWS * (CREW + 1),
		     "who is woken for a pipe hands on what he leaves");
	sigaction(SIGUSR1, &act, NULL);
	crews = stress_map(NR_CREWS * sizeof(*crews), MAP_SHARED);
	for (int i = 0; i < NR_CREWS; i++)
		if (pipe(crews[i].fds) < 0 ||
		    fcntl(crews[i].fds[0], F_SETPIPE_SZ, sizeof(block)) !=
			    sizeof(block))
			bail_out("pipe: errno %d", errno);
	watch = stress_watch(look);
	for (long i = 0; i < NR_CREWS * (CREW + 1); i++)
		tap_thread(&threads[i % NR_CREWS][i / NR_CREWS], NULL, play,
			   (void *)i);
	for (int i = 0; i < NR_CREWS * (CREW + 1); i++)
		pthread_join(threads[i % NR_CREWS][i / NR_CREWS], NULL);
	stress_watch_end(watch);
	return stress_end();
}
