/*
 * tests/abi/pthread_locks.c
 *
 * Claim    glibc's mutexes, condition variables, barriers, read-write locks
 *          and semaphores exclude and wake as they should.
 * Method   Eight threads change plain (not atomic) data under each kind of
 *          lock; a lost update or a lost wake-up shows as a wrong sum or as a
 *          hang, which the watchdog ends.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

enum { THREADS = 8, ROUNDS = 1000 };

static long counter;		/* deliberately not atomic */

static void run_threads(void *(*fn)(void *))
{
	pthread_t t[THREADS];

	for (long i = 0; i < THREADS; i++)
		tap_thread(&t[i], NULL, fn, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

/* --- mutexes ------------------------------------------------------------- */

static pthread_mutex_t mutex;

static void *count_under_mutex(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void test_mutex_type(int type, const char *name)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutex_init(&mutex, &attr);
	counter = 0;
	run_threads(count_under_mutex);
	is_int(counter, THREADS * ROUNDS, "%s mutex", name);
}

static void test_mutex_rules(void)
{
	struct timespec past = { 1, 0 };
	pthread_mutexattr_t attr;
	pthread_mutex_t m;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&m, &attr);
	is_int(pthread_mutex_unlock(&m), EPERM, "unlock by another");
	pthread_mutex_lock(&m);
	is_int(pthread_mutex_lock(&m), EDEADLK, "locking twice");
	is_int(pthread_mutex_trylock(&m), EBUSY, "trylock of a held one");
	pthread_mutex_init(&mutex, NULL);
	pthread_mutex_lock(&mutex);
	is_int(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT, "timedlock");
	pthread_mutex_unlock(&mutex);
}

/* --- robust mutex -------------------------------------------------------- */

static void *die_holding(void *unused)
{
	pthread_mutex_lock(&mutex);
	return unused;
}

static void test_robust(void)
{
	pthread_mutexattr_t attr;
	pthread_t t;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attr);
	tap_thread(&t, NULL, die_holding, NULL);
	pthread_join(t, NULL);
	if (skip_under_qemu(3, "no robust lists"))
		return;
	is_int(pthread_mutex_lock(&mutex), EOWNERDEAD, "the owner has died");
	is_int(pthread_mutex_consistent(&mutex), 0, "made consistent");
	pthread_mutex_unlock(&mutex);
	is_int(pthread_mutex_lock(&mutex), 0, "and lockable again");
}

/* In memory that processes share, and by a process that is killed. */
static void test_robust_process(void)
{
	pthread_mutex_t *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	pid_t pid;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &attr);
	pid = tap_fork();
	if (pid == 0) {
		pthread_mutex_lock(m);
		raise(SIGKILL);
	}
	waitpid(pid, NULL, 0);
	if (!skip_under_qemu(1, "no robust lists"))
		is_int(pthread_mutex_lock(m), EOWNERDEAD,
		       "the owner's process was killed");
	munmap(m, 4096);
}

/* --- condition variables: a bounded buffer ------------------------------- */

static pthread_mutex_t buffer_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static long buffer[4], nr_in, nr_out;

static void put_one(long value)
{
	pthread_mutex_lock(&buffer_lock);
	while (nr_in - nr_out == 4)
		pthread_cond_wait(&not_full, &buffer_lock);
	buffer[nr_in++ % 4] = value;
	pthread_cond_signal(&not_empty);
	pthread_mutex_unlock(&buffer_lock);
}

static long take_one(void)
{
	long value;

	pthread_mutex_lock(&buffer_lock);
	while (nr_in == nr_out)
		pthread_cond_wait(&not_empty, &buffer_lock);
	value = buffer[nr_out++ % 4];
	pthread_cond_signal(&not_full);
	pthread_mutex_unlock(&buffer_lock);
	return value;
}

static void *produce_or_consume(void *me)
{
	long sum = 0;

	for (long i = 1; i <= ROUNDS; i++) {
		if ((long)me % 2)
			put_one(i);
		else
			sum += take_one();
	}
	__atomic_fetch_add(&counter, sum, __ATOMIC_RELAXED);
	return NULL;
}

static void test_condvar(void)
{
	struct timespec soon;
	int err = 0;

	counter = 0;
	run_threads(produce_or_consume);
	is_int(counter, (long)THREADS / 2 * ROUNDS * (ROUNDS + 1) / 2,
	       "all that was produced was consumed once");
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 5000000;
	if (soon.tv_nsec >= 1000000000) {
		soon.tv_sec++;
		soon.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&buffer_lock);
	while (err == 0)
		err = pthread_cond_timedwait(&not_full, &buffer_lock, &soon);
	pthread_mutex_unlock(&buffer_lock);
	is_int(err, ETIMEDOUT, "a timed wait that nobody ends");
}

/* --- broadcast ----------------------------------------------------------- */

static int nr_waiting, go;

static void *wait_for_go(void *unused)
{
	pthread_mutex_lock(&mutex);
	nr_waiting++;
	while (!go)
		pthread_cond_wait(&not_empty, &mutex);
	counter++;
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *say_go(void *me)
{
	if (me)
		return wait_for_go(me);
	pthread_mutex_lock(&mutex);
	while (nr_waiting < THREADS - 1) {
		pthread_mutex_unlock(&mutex);
		usleep(500);
		pthread_mutex_lock(&mutex);
	}
	go = 1;
	pthread_cond_broadcast(&not_empty);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* --- barriers, read-write locks, semaphores ------------------------------ */

static pthread_barrier_t barrier;
static long slots[THREADS];
static int serials, mismatches;

static void *step_together(void *me)
{
	for (long step = 1; step <= 300; step++) {
		slots[(long)me] = step;
		if (pthread_barrier_wait(&barrier) ==
		    PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&serials, 1, __ATOMIC_RELAXED);
		for (int i = 0; i < THREADS; i++)
			if (slots[i] != step)
				__atomic_fetch_add(&mismatches, 1,
						   __ATOMIC_RELAXED);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2];

static void *read_or_write(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((i + (long)me) % 4 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			pair[1]++;
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			if (pair[0] != pair[1])
				__atomic_fetch_add(&mismatches, 1,
						   __ATOMIC_RELAXED);
			pthread_rwlock_unlock(&rwlock);
		}
	}
	return NULL;
}

static sem_t sem;
static int inside, most_inside;

static void *pass_semaphore(void *unused)
{
	for (int i = 0; i < ROUNDS / 4; i++) {
		sem_wait(&sem);
		int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);

		if (now > __atomic_load_n(&most_inside, __ATOMIC_RELAXED))
			__atomic_store_n(&most_inside, now, __ATOMIC_RELAXED);
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		sem_post(&sem);
	}
	return unused;
}

static void test_others(void)
{
	pthread_barrier_init(&barrier, NULL, THREADS);
	run_threads(step_together);
	is_int(mismatches, 0, "nobody passes a barrier early");
	is_int(serials, 300, "one serial thread at each");
	run_threads(read_or_write);
	is_int(mismatches, 0, "readers never see half a write");
	is_int(pair[0], THREADS * ROUNDS / 4, "every write was done");
	is_int(pthread_rwlock_tryrdlock(&rwlock), 0, "tryrdlock");
	is_int(pthread_rwlock_trywrlock(&rwlock), EBUSY, "no writer beside");
	pthread_rwlock_unlock(&rwlock);
	sem_init(&sem, 0, 2);
	run_threads(pass_semaphore);
	ok(most_inside <= 2, "a semaphore of 2 lets in at most 2");
	sem_getvalue(&sem, &inside);
	is_int(inside, 2, "and is 2 in the end");
}

int main(void)
{
	plan(22);
	test_mutex_type(PTHREAD_MUTEX_NORMAL, "plain");
	test_mutex_type(PTHREAD_MUTEX_RECURSIVE, "recursive");
	test_mutex_type(PTHREAD_MUTEX_ADAPTIVE_NP, "adaptive");
	test_mutex_rules();
	test_robust();
	test_robust_process();
	test_condvar();
	pthread_mutex_init(&mutex, NULL);
	counter = 0;
	run_threads(say_go);
	is_int(counter, THREADS - 1, "a broadcast wakes all");
	test_others();
	return done_testing();
}
