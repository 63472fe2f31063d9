/*
 * robust_storm.c - owners of robust mutexes that die in all ways.
 *
 * Claim:  a robust mutex excludes, and who waits for one whose owner dies gets
 *         it, and is told.
 * Method: processes and their threads lock a few mutexes in shared memory.
 *         Some owners unlock; others end, by the end of their thread, by
 *         exit(), by SIGKILL or by exec, holding one or two, while others wait
 *         for these.
 * Oracle: the two counts that a mutex guards are the same, unless the last
 *         owner has died, and then whoever gets the mutex is told.  Waiters
 *         who are all found asleep at look after look were forgotten.
 * -X:     now and then who unlocks leaves the counts different.
 */
#define _GNU_SOURCE
#include "libstuck.h"

enum { MUTEXES = 2, WORKERS_MAX = 8 };

static struct shared {
	struct {
		pthread_mutex_t mutex;
		long one, two;
	} guarded[MUTEXES];
	volatile pid_t pid[WORKERS_MAX];
} *shared;

/* Ours now.  An owner who died may have been between the two counts. */
static void lock(int i)
{
	int err = pthread_mutex_lock(&shared->guarded[i].mutex);

	if (err == EOWNERDEAD) {
		shared->guarded[i].two = shared->guarded[i].one;
		err = pthread_mutex_consistent(&shared->guarded[i].mutex);
	}
	stress_check(err == 0, "lock: error %d", err);
	stress_check(shared->guarded[i].one == shared->guarded[i].two,
		     "a mutex guards %ld and %ld, and nobody died",
		     shared->guarded[i].one, shared->guarded[i].two);
}

static void unlock(int i, bool wrong)
{
	if (!wrong)
		shared->guarded[i].two++;
	pthread_mutex_unlock(&shared->guarded[i].mutex);
}

/* Locks in one order; a few times in peace. */
static void use(struct rng *rng)
{
	for (long n = (long)rng_below(rng, 8); n >= 0; n--) {
		int i = (int)rng_below(rng, MUTEXES);

		lock(i);
		shared->guarded[i].one++;
		if (rng_below(rng, 4) == 0)
			sched_yield();
		unlock(i, stress.wrong && rng_below(rng, 16) == 0);
		rng_dither(rng);
	}
}

static void *die_with_two(void *unused)
{
	for (int i = 0; i < MUTEXES; i++) {
		lock(i);
		shared->guarded[i].one++;
	}
	sched_yield();
	return unused;
}

static void live_and_die(struct rng *rng)
{
	unsigned way = (unsigned)rng_below(rng, 4);
	pthread_t t;

	use(rng);
	if (way == 0) {
		tap_thread(&t, NULL, die_with_two, NULL);
		pthread_join(t, NULL);
		use(rng);
		_exit(0);
	}
	lock(0);
	shared->guarded[0].one++;
	sched_yield();
	if (way == 1)
		raise(SIGKILL);
	if (way == 2)
		execl("/proc/self/exe", "robust_storm", "new", NULL);
	_exit(0);
}

static void keep_one_alive(long me)
{
	struct rng rng = rng_of((uint64_t)me);

	while (stress_go_on()) {
		pid_t pid = tap_fork();

		if (pid == 0)
			live_and_die(&rng);
		shared->pid[me] = pid;
		waitpid(pid, NULL, 0);
		rng_next(&rng);
		stress_round();
	}
	shared->pid[me] = 0;
}

static void look(void)
{
	static struct stress_seen seen;
	int alive = 0, asleep = 0;

	for (int i = 0; i < WORKERS_MAX; i++) {
		pid_t pid = shared->pid[i];

		alive += pid != 0;
		asleep += pid != 0 && process_sleeps(pid);
	}
	if (alive == 0 || asleep != alive)
		seen.looks = 0;
	else if (stress_stands(&seen, stress_rounds()))
		stress_check(false, "all %d wait for a mutex, and nobody has it",
			     alive);
}

static void init_mutexes(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < MUTEXES; i++)
		pthread_mutex_init(&shared->guarded[i].mutex, &attr);
}

int main(int argc, char **argv)
{
	pid_t watch;

	if (argc == 2 && strcmp(argv[1], "new") == 0)
		return 0;
	if (under_qemu_user())
		skip_all("qemu-user: no robust lists");
	stress_begin(argc, argv, 4, "a robust mutex outlives its owners");
	if (stress.threads > WORKERS_MAX)
		stress.threads = WORKERS_MAX;
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	init_mutexes();
	watch = stress_watch(look);
	for (long i = 0; i < stress.threads; i++) {
		if (tap_fork() == 0) {
			keep_one_alive(i);
			_exit(0);
		}
	}
	for (int i = 0; i < stress.threads; i++)
		waitpid(-1, NULL, 0);
	stress_watch_end(watch);
	return stress_end();
}
