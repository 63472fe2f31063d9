/*
 * tests/stress/sem_remove.c
 *
 * Claim    Who waits for a System V semaphore when its set is removed is told,
 *          and each unit that was added before is had by one or by none.
 * Method   Threads of two processes take, with and without undo, and add; one
 *          more removes the set after a random time, while some sleep, some
 *          come, and some end, about then, and have something to undo.
 * Oracle   All come back, each with success, EIDRM or EINVAL; no more was taken
 *          than was added.
 * Catches  A sleeper that a removal forgets (the test hangs), an undo that is
 *          left to a set that is gone, or done when it went with its set (the
 *          kernel's own checks).
 * -X       Somebody counts what he has not got.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/ipc.h>
#include <sys/sem.h>

enum { PROCESSES = 2, THREADS = 3, LEAVERS = 2 };

static struct shared {
	long added, taken;
	int arrived;
	bool leave;
} *shared;

static int set;

static bool change(int by, int flags)
{
	struct sembuf b = { 0, by, flags };

	if (semop(set, &b, 1) == 0)
		return true;
	stress_check(errno == EIDRM || errno == EINVAL, "semop: errno %d", errno);
	return false;
}

static void *take(void *flags)
{
	__atomic_fetch_add(&shared->arrived, 1, __ATOMIC_RELEASE);
	while (change(-1, (int)(long)flags))
		__atomic_fetch_add(&shared->taken, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Counted before, for a taker may have it at once; the last is counted although
 * it is refused. */
static void *add(void *unused TAP_UNUSED)
{
	__atomic_fetch_add(&shared->arrived, 1, __ATOMIC_RELEASE);
	do {
		__atomic_fetch_add(&shared->added, 1, __ATOMIC_RELAXED);
		sched_yield();
	} while (change(1, 0));
	return NULL;
}

static void start(void)
{
	pthread_t t[THREADS];

	if (tap_fork() != 0)
		return;
	tap_thread(&t[0], NULL, take, NULL);
	tap_thread(&t[1], NULL, take, (void *)SEM_UNDO);
	tap_thread(&t[2], NULL, add, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	_exit(0);
}

/* It adds, and takes that back as it ends. */
static void start_leaver(void)
{
	if (tap_fork() != 0)
		return;
	__atomic_fetch_add(&shared->added, 1, __ATOMIC_RELAXED);
	change(1, SEM_UNDO);
	__atomic_fetch_add(&shared->arrived, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&shared->leave, __ATOMIC_ACQUIRE))
		sched_yield();
	_exit(0);
}

static void one_round(struct rng *rng)
{
	set = semget(IPC_PRIVATE, 1, 0600);
	if (set < 0)
		bail_out("semget: %s", strerror(errno));
	*shared = (struct shared){ .taken = stress.wrong ? 1L << 40 : 0 };
	for (int i = 0; i < PROCESSES; i++)
		start();
	for (int i = 0; i < LEAVERS; i++)
		start_leaver();
	while (__atomic_load_n(&shared->arrived, __ATOMIC_ACQUIRE) <
	       PROCESSES * THREADS + LEAVERS)
		sched_yield();
	__atomic_store_n(&shared->leave, true, __ATOMIC_RELEASE);
	for (uint64_t n = rng_below(rng, 20); n > 0; n--)
		sched_yield();
	stress_check(semctl(set, 0, IPC_RMID) == 0, "IPC_RMID: errno %d", errno);
	stress_reap();
	stress_check(shared->taken <= shared->added, "%ld were taken of %ld",
		     shared->taken, shared->added);
	stress_round();
}

int main(int argc, char **argv)
{
	struct rng rng;

	stress_begin(argc, argv, PROCESSES * THREADS,
		     "a set that is removed lets everybody go");
	rng = rng_of(0);
	shared = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on())
		one_round(&rng);
	return stress_end();
}
