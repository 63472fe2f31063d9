/*
 * tests/stress/pi_inversion.c
 *
 * Claim    While a thread waits for a mutex that lends priority, nobody who is
 *          lower than it runs on its hart but the owner.
 * Method   Three real-time threads on one hart. The low one has the mutex and
 *          wakes the high one; that one wakes the one in the middle, which
 *          cannot run yet, and asks for the mutex. From then until it has it
 *          the middle one's count must not grow.
 * Catches  Priority inversion: a boost that is forgotten (races:
 *          pi_boost_dropped), or comes to an end before the mutex does.
 * -X       A mutex that lends nothing.
 */
#define _GNU_SOURCE
#include "libstress.h"
#include "../librealtime.h"

#include <semaphore.h>

enum { LOW = 10, MIDDLE = 20, HIGH = 30, TURNS = 20000, WORK = 2000 };

static pthread_mutex_t mutex;
static sem_t go_high, go_middle, round_over;
static volatile long middle_count;
static volatile bool stop;

static void take(sem_t *sem)
{
	while (sem_wait(sem) < 0)
		;
}

static void *high(void *unused TAP_UNUSED)
{
	be_urgent(HIGH);
	for (take(&go_high); !stop; take(&go_high)) {
		long before = middle_count;

		sem_post(&go_middle);
		pthread_mutex_lock(&mutex);
		stress_check(middle_count == before,
			     "the one in the middle ran %ld turns while the highest waited",
			     middle_count - before);
		pthread_mutex_unlock(&mutex);
		stress_round();
	}
	return NULL;
}

static void *middle(void *unused TAP_UNUSED)
{
	be_urgent(MIDDLE);
	for (take(&go_middle); !stop; take(&go_middle)) {
		for (int i = 0; i < TURNS; i++)
			middle_count++;
		sem_post(&round_over);
	}
	return NULL;
}

static void *low(void *unused TAP_UNUSED)
{
	be_urgent(LOW);
	while (stress_go_on()) {
		pthread_mutex_lock(&mutex);
		sem_post(&go_high);
		for (volatile int i = 0; i < WORK; i++)
			;
		pthread_mutex_unlock(&mutex);
		take(&round_over);
	}
	stop = true;
	sem_post(&go_high);
	sem_post(&go_middle);
	return NULL;
}

int main(int argc, char **argv)
{
	static void *(*const all[])(void *) = { high, middle, low };
	struct sched_param param = { .sched_priority = 1 };
	pthread_mutexattr_t attr;
	pthread_t threads[3];

	if (under_qemu_user() || sched_setscheduler(0, SCHED_FIFO, &param) < 0)
		skip_all("no real-time priorities");
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &param);
	stress_begin(argc, argv, 3, "who waits waits for the owner alone");
	stress_needs_its_harts();
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, stress.wrong ? PTHREAD_PRIO_NONE :
						PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &attr);
	sem_init(&go_high, 0, 0);
	sem_init(&go_middle, 0, 0);
	sem_init(&round_over, 0, 0);
	for (int i = 0; i < 3; i++)
		tap_thread(&threads[i], NULL, all[i], NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return stress_end();
}
