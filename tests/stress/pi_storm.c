/*
 * tests/stress/pi_storm.c
 *
 * Claim    Mutexes that lend priority have one owner at a time, whatever their
 *          owners and waiters do: wait for each other, give up, change their
 *          priority, die with a mutex. Who waits gets it in the end, is told
 *          that it would wait for itself, or that the owner is gone.
 * Method   Processes that lock one or two of some shared mutexes, in any order,
 *          by the calls themselves, and count in two words beside each, which
 *          are equal unless their owner died; a parent that kills them now and
 *          then and starts others.
 * Catches  Two owners (destroy_if_idle() before the word is written: drop
 *          is_to_be_written), an owner who is gone and keeps his waiters (drop
 *          futex_pi_exit(): seen, it hangs), a waiter that is told of the
 *          last owner (drop the second look at the word: seen).
 * -X       The mutex is not taken.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/futex.h>

enum { MUTEXES = 3, CHILDREN = 6 };

static struct shared {
	uint32_t word;
	volatile long first, second;
	char pad[40];
} *mutexes;

static uint32_t me;

static bool swap(uint32_t *word, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(word, &old, new, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static long call(uint32_t *word, int op, const struct timespec *until)
{
	return syscall(SYS_futex, word, op, 0, until, NULL, 0);
}

/* The owner died without a list of what he had: whoever is first takes it. */
static bool take_over(uint32_t *word, uint32_t seen)
{
	uint32_t tid = seen & FUTEX_TID_MASK;

	return tid && tid != me && syscall(SYS_sched_getscheduler, tid) < 0 &&
	       errno == ESRCH && swap(word, seen, me | FUTEX_OWNER_DIED);
}

static bool lock(uint32_t *word, struct rng *rng)
{
	struct timespec until;
	uint32_t seen;

	while (!stress.wrong && !swap(word, 0, me)) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += rng_below(rng, 3000000);
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		seen = __atomic_load_n(word, __ATOMIC_SEQ_CST);
		if (call(word, FUTEX_LOCK_PI,
			 rng_below(rng, 2) ? &until : NULL) == 0)
			return true;
		if (errno == ETIMEDOUT || errno == EDEADLK)
			return false;
		if (errno == ESRCH && take_over(word, seen))
			return true;
		stress_check(errno == ESRCH || errno == EINTR || errno == EAGAIN,
			     "lock: errno %d", errno);
		if (!stress_go_on())
			return false;
	}
	return true;
}

static void unlock(uint32_t *word)
{
	if (stress.wrong || swap(word, me, 0))
		return;
	stress_check(call(word, FUTEX_UNLOCK_PI, NULL) == 0,
		     "unlock: errno %d, word %#x, me %#x", errno, *word, me);
}

/* We have it, and if nobody died with it the two are equal. */
static void use(struct shared *m, struct rng *rng)
{
	if (__atomic_load_n(&m->word, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED) {
		m->second = m->first;
		__atomic_fetch_and(&m->word, ~FUTEX_OWNER_DIED, __ATOMIC_SEQ_CST);
	}
	stress_check(m->first == m->second, "two have it: %ld, %ld", m->first,
		     m->second);
	m->first++;
	for (volatile int i = rng_below(rng, 2000); i > 0; i--)
		;
	if (rng_below(rng, 8) == 0)
		sched_yield();
	m->second++;
}

static void take_policy(struct rng *rng)
{
	int policy = rng_below(rng, 2) ? SCHED_OTHER : SCHED_FIFO;
	struct sched_param param = {
		.sched_priority = policy == SCHED_OTHER ? 0 :
							  1 + rng_below(rng, 5),
	};

	(void)!sched_setscheduler(0, policy, &param);
}

static int work(struct rng *rng)
{
	me = gettid();
	while (stress_go_on()) {
		struct shared *a = &mutexes[rng_below(rng, MUTEXES)];
		struct shared *b = &mutexes[rng_below(rng, MUTEXES)];

		if (lock(&a->word, rng)) {
			use(a, rng);
			if (b != a && rng_below(rng, 2) && lock(&b->word, rng)) {
				use(b, rng);
				unlock(&b->word);
			}
			unlock(&a->word);
			stress_round();
		}
		if (rng_below(rng, 30) == 0)
			take_policy(rng);
	}
	return 0;
}

static pid_t start(struct rng *rng)
{
	struct rng own = *rng;
	pid_t pid;

	rng_below(rng, 2);
	pid = tap_fork();
	if (pid == 0)
		_exit(work(&own));
	return pid;
}

int main(int argc, char **argv)
{
	pid_t children[CHILDREN];
	struct rng rng;

	if (under_qemu_user())
		skip_all("qemu-user: tids are the host's");
	stress_begin(argc, argv, CHILDREN, "a mutex has one owner");
	rng = rng_of(1);
	mutexes = stress_map(MUTEXES * sizeof(*mutexes), MAP_SHARED);
	for (int i = 0; i < CHILDREN; i++)
		children[i] = start(&rng);
	while (stress_go_on()) {
		int i = rng_below(&rng, CHILDREN);

		usleep(rng_below(&rng, 20000));
		tap_kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
		children[i] = start(&rng);
	}
	for (int i = 0; i < CHILDREN; i++)
		waitpid(children[i], NULL, 0);
	return stress_end();
}
