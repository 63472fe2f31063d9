/*
 * tests/stress/pi_owner_ends.c
 *
 * Claim    Who waits for a mutex that lends priority, and whose owner ends at that
 *          moment, gets it, or is told that the owner is gone; and always gets it
 *          where the owner has it on his robust list.
 * Method   A thread that has the mutex ends, and two come for it, by the calls
 *          themselves, a little before or after. Every other owner has said to the
 *          kernel what he has.
 * Oracle   What the call returns. -ESRCH for a robust mutex is what glibc ends a
 *          program for.
 * Catches  Who begins to wait for one that is gone, and whom nobody hears (race
 *          owner_not_asked_again); who looks whether the owner is gone, before the
 *          words of his list say that he died (drop look_again(): seen; futex_pi_exit()
 *          before the walk: seen).
 * -X       Nobody has said what he has.
 *
 * Linux says EINVAL to who comes while the mutex of one without a list goes to the
 * first who waited.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <linux/futex.h>

enum { COMERS = 2, SPIN_BITS = 16, PATIENCE = 20 /* s */ };

static uint32_t word;
static bool robust;		/* this round's owner has it on his list */
static bool ended;		/* there is no further round */
static pthread_barrier_t owned, over;

/* The list of an owner: @entry and the word, which lends priority (bit 0). */
static struct robust_list entry;
static struct robust_list_head head;

static long call(int op, const struct timespec *until)
{
	return syscall(SYS_futex, &word, op | FUTEX_PRIVATE_FLAG, 0, until,
		       NULL, 0);
}

static void spin(struct rng *rng)
{
	for (volatile int i = 1 << rng_below(rng, SPIN_BITS); i > 0; i--)
		;
}

static void *own(void *rng)
{
	if (robust && !stress.wrong &&
	    syscall(SYS_set_robust_list, &head, sizeof(head)) != 0)
		bail_out("set_robust_list: %s", strerror(errno));
	__atomic_store_n(&word, (uint32_t)gettid(), __ATOMIC_SEQ_CST);
	pthread_barrier_wait(&owned);
	spin(rng);
	return NULL;
}

static void unlock(void)
{
	uint32_t me = (uint32_t)gettid(), seen = me;

	if (!__atomic_compare_exchange_n(&word, &seen, 0, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST) &&
	    call(FUTEX_UNLOCK_PI, NULL) != 0)
		stress_check(false, "unlock: errno %d, word %#x, me %#x", errno,
			     seen, me);
}

static void come(void)
{
	struct timespec until;
	long err;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	do
		err = call(FUTEX_LOCK_PI, &until) == 0 ? 0 : errno;
	while (err == EINTR || err == EAGAIN);
	if (err == 0)
		unlock();
	else if (err == ESRCH || (err == EINVAL && !on_drover()))
		stress_check(!robust, "the owner of a robust mutex is said to be gone");
	else if (err == ETIMEDOUT)
		stress_check(false, "a mutex stays with who is gone, word %#x", word);
	else
		stress_check(false, "lock: errno %ld", err);
}

static void *comer(void *n)
{
	struct rng rng = rng_of(1 + (unsigned long)n);

	for (;;) {
		pthread_barrier_wait(&owned);
		if (ended)
			return NULL;
		spin(&rng);
		come();
		pthread_barrier_wait(&over);
	}
}

static void one_round(struct rng *rng)
{
	pthread_t owner;

	robust = rng_below(rng, 2);
	tap_thread(&owner, NULL, own, rng);
	pthread_join(owner, NULL);
	pthread_barrier_wait(&over);
	word = 0;
	stress_round();
}

int main(int argc, char **argv)
{
	pthread_t comers[COMERS];
	struct rng rng;

	if (under_qemu_user())
		skip_all("qemu-user: tids are the host's");
	stress_begin(argc, argv, COMERS + 1, "a mutex of who ends is given on");
	rng = rng_of(0);
	entry.next = &head.list;
	head.list.next = (struct robust_list *)((uintptr_t)&entry | 1);
	head.futex_offset = (char *)&word - (char *)&entry;
	pthread_barrier_init(&owned, NULL, COMERS + 1);
	pthread_barrier_init(&over, NULL, COMERS + 1);
	for (long i = 0; i < COMERS; i++)
		tap_thread(&comers[i], NULL, comer, (void *)i);
	while (stress_go_on())
		one_round(&rng);
	ended = true;
	pthread_barrier_wait(&owned);
	for (int i = 0; i < COMERS; i++)
		pthread_join(comers[i], NULL);
	return stress_end();
}
