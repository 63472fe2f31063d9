/*
 * tests/stress/sem_undo.c
 *
 * Claim    A System V semaphore that is taken with SEM_UNDO comes back exactly
 *          once, whether its holder gives it back or ends with it: one at a
 *          time has it, nobody waits for ever, and in the end it is there.
 * Method   Processes of two threads take a semaphore of 1, mark a shared word,
 *          and give it back or leave with it, by exit or SIGKILL, while others
 *          wait for it. Now and then one waits with a time so short that it is
 *          up as the semaphore comes.
 * Oracle   Nobody else's mark is met, and at the end of a round the value is 1.
 * Catches  A result for a sleeper who has just given up, which is lost; an undo
 *          that wakes nobody, or is done twice.
 * -X       Who leaves has given it back, and told nobody.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/ipc.h>
#include <sys/sem.h>

enum { PROCESSES = 3, THREADS = 2, TURNS = 12 };

static int set;
static int *inside;	/* shared: who has it */

static bool take(struct rng *rng)
{
	struct timespec soon = { 0, rng_below(rng, 300000) };
	struct sembuf b = { 0, -1, SEM_UNDO };
	bool patient = rng_below(rng, 2);

	if (semtimedop(set, &b, 1, patient ? NULL : &soon) == 0)
		return true;
	stress_check(errno == EAGAIN && !patient, "semop: errno %d", errno);
	return false;
}

static void give(int flags)
{
	struct sembuf b = { 0, 1, flags };

	stress_check(semop(set, &b, 1) == 0, "semop +1: errno %d", errno);
}

static void be_inside(struct rng *rng)
{
	int before = __atomic_exchange_n(inside, gettid(), __ATOMIC_ACQ_REL);

	stress_check(before == 0, "%d has it as well", before);
	rng_dither(rng);
	__atomic_store_n(inside, 0, __ATOMIC_RELEASE);
}

static void *turns(void *arg)
{
	struct rng rng = rng_of((long)arg + stress_rounds() * 64 + getpid());

	for (int i = 0; i < TURNS; i++) {
		if (!take(&rng))
			continue;
		be_inside(&rng);
		if (rng_below(&rng, TURNS * THREADS) != 0) {
			give(SEM_UNDO);
			continue;
		}
		if (stress.wrong)
			give(0);
		if (rng_below(&rng, 2))
			_exit(0);
		kill(getpid(), SIGKILL);
	}
	return NULL;
}

static pid_t start(void)
{
	pid_t pid = tap_fork();
	pthread_t t[THREADS];

	if (pid != 0)
		return pid;
	for (long i = 0; i < THREADS; i++)
		tap_thread(&t[i], NULL, turns, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	_exit(0);
}

static void one_round(void)
{
	pid_t pid[PROCESSES];

	set = semget(IPC_PRIVATE, 1, 0600);
	if (set < 0 || semctl(set, 0, SETVAL, 1) < 0)
		bail_out("semget: %s", strerror(errno));
	*inside = 0;
	for (int i = 0; i < PROCESSES; i++)
		pid[i] = start();
	for (int i = 0; i < PROCESSES; i++)
		waitpid(pid[i], NULL, 0);
	stress_check(semctl(set, 0, GETVAL) == 1,
		     "in the end its value is %d", semctl(set, 0, GETVAL));
	semctl(set, 0, IPC_RMID);
	stress_round();
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, PROCESSES, "a semaphore with undo comes back once");
	inside = stress_map(PAGE, MAP_SHARED);
	while (stress_go_on())
		one_round();
	return stress_end();
}
