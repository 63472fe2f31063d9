/*
 * affinity_claim.c - a thread is woken while its affinity changes.
 *
 * Harts:  4
 * Claim:  a hart that sleeps is interrupted whenever a thread is queued for
 *         it, also when just before a waker had chosen it for a thread that
 *         may not run there any more.
 * Method: a traveller sleeps again and again; one thread wakes it, another
 *         one binds it now to hart 2, now to hart 3. On each of these harts
 *         a resident, bound to it, is woken once a round and has to answer.
 *         Residents are nice, so that their turns are short, and use them up:
 *         who has some of his turn left gets an interrupt of his own when he
 *         is woken, and would answer whatever became of the waker's.
 * Oracle: each resident answers. One that is found ready to run again and
 *         again, while it does not get on, sits on the queue of a hart that
 *         nobody interrupts.
 * -X:     a resident does not count every 64th answer.
 */
#define _GNU_SOURCE
#include "libstuck.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { FIRST_HART = 2, RESIDENTS = 2, NICEST = 19, NICEST_TURN_US = 100 };

static uint32_t traveller_word;
static volatile pid_t traveller_tid;
static volatile long trips;
static volatile bool over, ends; /* of the binder; of everybody */

static struct {
	uint32_t word;
	volatile pid_t tid;
	volatile long answers;
	char pad[48];
} resident[RESIDENTS];

static void sleep_on(uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void change_and_wake(uint32_t *word)
{
	__atomic_fetch_add(word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void bind_to(pid_t tid, int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	stress_check(sched_setaffinity(tid, sizeof(set), &set) == 0,
		     "setaffinity to hart %d: %s", hart, strerror(errno));
}

static void *travel(void *arg)
{
	(void)arg;
	bind_to(0, FIRST_HART);
	traveller_tid = gettid();
	for (;; trips++) {
		uint32_t seen = __atomic_load_n(&traveller_word,
						__ATOMIC_ACQUIRE);

		if (ends)
			return NULL;
		sleep_on(&traveller_word, seen);
	}
}

/* On hart 1: where the traveller may be. */
static void *bind_traveller(void *arg)
{
	struct rng rng = rng_of(1);

	(void)arg;
	bind_to(0, 1);
	while (!over) {
		bind_to(traveller_tid, FIRST_HART + rng_below(&rng, RESIDENTS));
		rng_dither(&rng);
	}
	return NULL;
}

static void *reside(void *arg)
{
	long me = (long)arg, turn = 0;
	uint32_t seen = 0;

	bind_to(0, FIRST_HART + me);
	stress_check(setpriority(PRIO_PROCESS, (id_t)gettid(), NICEST) == 0,
		     "setpriority: %s", strerror(errno));
	resident[me].tid = gettid();
	while (!ends) {
		sleep_on(&resident[me].word, seen);
		if (__atomic_load_n(&resident[me].word, __ATOMIC_ACQUIRE) == seen)
			continue;
		seen++;
		if (!stress.wrong || ++turn % 64 != 0)
			resident[me].answers++;
		stress_spin_us(CLOCK_THREAD_CPUTIME_ID, NICEST_TURN_US);
	}
	return NULL;
}

/* Until the thread has counted once more, or is shown to be stuck. */
static void await_answer(pid_t tid, volatile long *answers, long before)
{
	for (int i = 0; *answers == before && !stress_failed(); i++) {
		if (i < 2000) {
			sched_yield();
			continue;
		}
		i = 0;
		if (stays_in_state(getpid(), tid, 'R', answers, before))
			stress_check(false, "thread %d is ready, but its hart does not run it",
				     tid);
		else if (stays_in_state(getpid(), tid, 'S', answers, before))
			stress_check(false, "thread %d does not answer", tid);
	}
}

static void ask(int who)
{
	long before = resident[who].answers;

	change_and_wake(&resident[who].word);
	await_answer(resident[who].tid, &resident[who].answers, before);
}

/* Nobody binds it any more: where it is queued now, it stays. */
static void end_travel(void)
{
	long before = trips;

	change_and_wake(&traveller_word);
	await_answer(traveller_tid, &trips, before);
}

/* Who is stuck on a queue goes on elsewhere: else we could not even exit. */
static void rescue(void)
{
	over = ends = true;
	bind_to(traveller_tid, 0);
	for (int i = 0; i < RESIDENTS; i++)
		bind_to(resident[i].tid, 0);
}

int main(int argc, char **argv)
{
	pthread_t traveller, binder, t[RESIDENTS];
	struct rng rng;

	if (sysconf(_SC_NPROCESSORS_ONLN) < FIRST_HART + RESIDENTS)
		skip_all("needs 4 harts");
	stress_begin(argc, argv, 4, "a hart that is claimed is interrupted");
	stress_needs_its_harts();
	rng = rng_of(0);
	bind_to(0, 0);
	tap_thread(&traveller, NULL, travel, NULL);
	while (!traveller_tid)	/* off hart 0, which has to stay awake for us */
		sched_yield();
	tap_thread(&binder, NULL, bind_traveller, NULL);
	for (long i = 0; i < RESIDENTS; i++)
		tap_thread(&t[i], NULL, reside, (void *)i);
	for (int i = 0; i < RESIDENTS; i++)
		while (!resident[i].tid)
			sched_yield();
	while (stress_go_on()) {
		change_and_wake(&traveller_word);
		ask(rng_below(&rng, RESIDENTS));
		stress_round();
	}
	over = true;
	pthread_join(binder, NULL);
	end_travel();
	for (int i = 0; i < RESIDENTS; i++)
		ask(i);
	if (stress_failed()) {
		rescue();
	} else {
		ends = true;
		change_and_wake(&traveller_word);
		pthread_join(traveller, NULL);
		for (int i = 0; i < RESIDENTS; i++) {
			change_and_wake(&resident[i].word);
			pthread_join(t[i], NULL);
		}
	}
	return stress_end();
}
