/*
 * turn_shares.c - who waits for a hart, and in which order.
 *
 * Claim:  who wakes with a part of his turn left passes those that wait for
 *         one; those that compute have equal shares; and who wakes while
 *         another hart idles does not wait at all.
 * Method: all are bound to one hart. One writes a byte, the one that it wakes
 *         looks which of three others have counted since. Then the three count
 *         alone. At last one that fell asleep on the busy hart, and may run on
 *         any, says where it has woken.
 * Harts:  2
 * Oracle: orders and shares, and no times: what a hart does beside makes turns
 *         shorter, but it lets nobody pass.
 * -X:     the one that is woken uses up its turns.
 */
#include "libstress.h"

enum {
	OTHERS = 3,
	ASKED = 24,
	WOKEN = 96,
	TURN_US = 5000,	/* nobody's is longer */
	SHARED_US = 40 * TURN_US,
};

static int home;
static int ask[2];
static volatile long counted[OTHERS], before[OTHERS];
static volatile long answers;
static volatile long told;	/* by the one that was woken */
static volatile bool over;
static cpu_set_t all;

static void use_up_turns(void)
{
	stress_spin_us(CLOCK_THREAD_CPUTIME_ID, 2 * TURN_US);
}

static void *compute(void *arg)
{
	long me = (long)arg;

	while (!over) {
		counted[me]++;
		stress_check(sched_getcpu() == home,
			     "bound to hart %d, it runs on another", home);
	}
	return NULL;
}

/* ---- the one that is woken ---- */

static long how_many_passed(void)
{
	long n = 0;

	for (int i = 0; i < OTHERS; i++)
		n += counted[i] != before[i];
	return n;
}

static void *says_who_passed(void *arg TAP_UNUSED)
{
	char c;

	while (read(ask[0], &c, 1) == 1) {
		told += how_many_passed();
		answers++;
		if (stress.wrong)
			use_up_turns();
	}
	return NULL;
}

/* It goes to sleep at home, but may wake anywhere. */
static void *says_where_it_woke(void *arg TAP_UNUSED)
{
	char c;

	do {
		stay_on(home);
		sched_setaffinity(0, sizeof(all), &all);
		if (read(ask[0], &c, 1) != 1)
			return NULL;
		told += sched_getcpu() == home;
		answers++;
	} while (true);
}

/* What @woken tells, all in all, when it is asked @n times; who asks goes on
 * computing until he has the answer. */
static long ask_often(void *(*woken)(void *), int n)
{
	pthread_t thread;

	if (pipe(ask) < 0)
		bail_out("pipe: %s", strerror(errno));
	told = 0;
	tap_thread(&thread, NULL, woken, NULL);
	for (int i = 0; i < n; i++) {
		long had = answers;

		for (int k = 0; k < OTHERS; k++)
			before[k] = counted[k];
		if (write(ask[1], "x", 1) != 1)
			bail_out("write: %s", strerror(errno));
		while (answers == had)
			;
	}
	close(ask[1]);
	pthread_join(thread, NULL);
	close(ask[0]);
	return told;
}

/* ---- who computes ---- */

static long used_us(pthread_t thread)
{
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock) != 0)
		bail_out("pthread_getcpuclockid: no clock");
	return stress_us(clock);
}

/* Asleep most of the time: it takes nothing of theirs. */
static void check_shares(pthread_t others[OTHERS])
{
	long from[OTHERS], most = 0, least = SHARED_US, sum;

	for (int i = 0; i < OTHERS; i++)
		from[i] = used_us(others[i]);
	do {
		usleep(TURN_US);
		sum = 0;
		for (int i = 0; i < OTHERS; i++)
			sum += used_us(others[i]) - from[i];
	} while (sum < SHARED_US);
	for (int i = 0; i < OTHERS; i++) {
		long used = used_us(others[i]) - from[i];

		most = used > most ? used : most;
		least = used < least ? used : least;
	}
	stress_check(least > most / 2, "of %ld us one has had %ld, one %ld",
		     sum, most, least);
}

static void play(void)
{
	pthread_t others[OTHERS];
	long passed, stayed;

	over = false;
	for (long i = 0; i < OTHERS; i++)
		tap_thread(&others[i], NULL, compute, (void *)i);
	passed = ask_often(says_who_passed, ASKED);
	stress_check(passed < ASKED * OTHERS / 2,
		     "of %d others %ld passed one that was woken %d times",
		     OTHERS, passed, ASKED);
	check_shares(others);
	over = true;
	for (int i = 0; i < OTHERS; i++)
		pthread_join(others[i], NULL);
	stayed = ask_often(says_where_it_woke, WOKEN);
	stress_check(stayed < WOKEN / 4 || CPU_COUNT(&all) == 1,
		     "%ld times of %d it waited for a busy hart, while others idled",
		     stayed, WOKEN);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, 1, "who wakes runs soon, and shares are equal");
	stress_needs_its_harts();
	sched_getaffinity(0, sizeof(all), &all);
	home = sched_getcpu();
	stay_on(home);
	while (stress_go_on()) {
		play();
		stress_round();
	}
	return stress_end();
}
