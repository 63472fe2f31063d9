/*
 * tests/stress/affinity_storm.c
 *
 * Claim    However threads are moved between harts, each runs on one hart at a
 *          time, on one it is allowed on, and keeps its registers and memory.
 * Method   Threads bind themselves and each other to random sets of harts, take
 *          and give real-time priorities (as root), sleep and yield; each keeps a plain counter in memory and a copy of
 *          it in a register: on two harts at once it would disturb itself. A
 *          process hops from hart to hart and asks where it is (not where harts
 *          leave).
 * Catches  A thread on two harts (race 37), stealing against affinity, lock
 *          order between run queues (41), wake-ups lost on a move (36).
 * -X       Two threads share one counter.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sched.h>

static cpu_set_t all;
static struct {
	volatile pid_t tid;
	volatile long counter;
	char pad[48];
} slot[MAX_THREADS];

static void random_set(cpu_set_t *set, struct rng *rng)
{
	do {
		CPU_ZERO(set);
		for (int hart = 0; hart < CPU_SETSIZE; hart++)
			if (CPU_ISSET(hart, &all) && rng_below(rng, 2))
				CPU_SET(hart, set);
	} while (CPU_COUNT(set) == 0);
}

static void count_up(long me, struct rng *rng)
{
	volatile long *counter = &slot[stress.wrong ? 0 : me].counter;
	long expected = *counter;

	for (int i = rng_below(rng, 2000); i > 0; i--) {
		if (!stress_check(*counter == expected,
				  "thread %ld: counter %ld, expected %ld", me,
				  *counter, expected))
			return;
		*counter = ++expected;
	}
}

/* Mostly it shares again: who wants to see the others run has to wait. */
static void take_policy(pid_t tid, struct rng *rng)
{
	static const int policies[] = { SCHED_OTHER, SCHED_OTHER, SCHED_FIFO,
					SCHED_RR };
	int policy = policies[rng_below(rng, 4)];
	struct sched_param param = {
		.sched_priority = policy == SCHED_OTHER ? 0 :
							  1 + rng_below(rng, 4),
	};

	if (sched_setscheduler(tid, policy, &param) < 0)
		stress_check(errno == ESRCH || errno == EPERM,
			     "setscheduler: errno %d", errno);
}

static void *wander(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of(me);
	cpu_set_t set;

	slot[me].tid = gettid();
	while (stress_go_on()) {
		pid_t other = slot[rng_below(&rng, stress.threads)].tid;

		switch (rng_below(&rng, 6)) {
		case 0:
			random_set(&set, &rng);
			sched_setaffinity(0, sizeof(set), &set);
			break;
		case 1:
			random_set(&set, &rng);
			if (other && sched_setaffinity(other, sizeof(set),
						       &set) < 0)
				stress_check(errno == ESRCH ||
					     (errno == EINVAL &&
					      stress_harts_leave()),
					     "setaffinity: errno %d", errno);
			break;
		case 2:
			usleep(rng_below(&rng, 300));
			break;
		case 3:
			sched_yield();
			break;
		case 4:
			take_policy(rng_below(&rng, 2) ? 0 : other, &rng);
		}
		count_up(me, &rng);
		stress_round();
	}
	return NULL;
}

/* Alone in its process, nobody else moves it. */
static void hop_alone(void)
{
	struct rng rng = rng_of(77);

	while (stress_go_on()) {
		int hart = rng_below(&rng, CPU_SETSIZE);

		if (!CPU_ISSET(hart, &all))
			continue;
		stay_on(hart);
		for (int i = 0; i < 3 && !under_qemu_user() &&
				!stress_harts_leave(); i++) {
			stress_check(sched_getcpu() == hart,
				     "bound to hart %d, runs on %d", hart,
				     sched_getcpu());
			usleep(rng_below(&rng, 200));
		}
		stress_round();
	}
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 8, "a thread runs on one hart it may use");
	sched_getaffinity(0, sizeof(all), &all);
	if (tap_fork() == 0) {
		hop_alone();
		_exit(0);
	}
	stress_threads(stress.threads, wander);
	stress_reap();
	return stress_end();
}
