/*
 * tests/abi/membarrier.c
 *
 * Claim    membarrier() says what it knows, wants private commands announced,
 *          passes that on by fork and not by exec; and when it returns each
 *          other thread has executed a full fence, wherever it was.
 * Method   Two threads do the store-buffering pattern again and again, one
 *          with nothing but a compiler barrier between its store and its load,
 *          the other with membarrier(): never may both read what was before.
 *          They meet before each round, and each must have been late and
 *          early in some.
 * Oracle   Linux.  (On a host whose own loads and stores are in order, what is
 *          seen is that the call comes back while others compute.)
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <linux/membarrier.h>
#include <sched.h>

enum { ROUNDS = 1000 };

static long membarrier(int command, unsigned flags)
{
	return syscall(SYS_membarrier, command, flags, 0);
}

static int registrations(void *unused TAP_UNUSED)
{
	return (int)membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) == 0;
}

static void test_calls(void)
{
	long known = membarrier(MEMBARRIER_CMD_QUERY, 0);
	long private = MEMBARRIER_CMD_PRIVATE_EXPEDITED |
		       MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |
		       MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;

	ok((known & private) == private, "knows the private commands: %lx",
	   known);
	fails(membarrier(MEMBARRIER_CMD_QUERY, 1), EINVAL, "a flag");
	fails(membarrier(1 << 20, 0), EINVAL, "no such command");
	fails(membarrier(3, 0), EINVAL, "two commands at once");
	fails(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), EPERM,
	      "not announced");
	is_int(membarrier(MEMBARRIER_CMD_GLOBAL, 0), 0, "that of all needs none");
	is_int(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0), 0,
	       "announced");
	is_int(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), 0, "now it may");
	fails(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0), EPERM,
	      "but not that for new instructions");
	is_int(membarrier(
		MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0), 0,
	       "announced");
	is_int(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0), 0,
	       "now it may");
	is_exit(in_child(registrations, NULL), 1, "a child has announced it");
}

/* --- the pattern ---------------------------------------------------------- */

static int x, y;            /* what the two write */
static int fast_saw, slow_saw;
static int fast_round, slow_round; /* that each is ready for */

#define ONCE(v) (*(volatile int *)&(v))
#define compiler_barrier() __asm__ volatile("" ::: "memory")

static void meet(int *mine, int *other, int round)
{
	__atomic_store_n(mine, round, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(other, __ATOMIC_SEQ_CST) < round)
		sched_yield();
}

static void *fast_side(void *unused TAP_UNUSED)
{
	for (int round = 1; round <= ROUNDS; round++) {
		meet(&fast_round, &slow_round, 2 * round);
		ONCE(x) = round;
		compiler_barrier();
		fast_saw = ONCE(y);
		meet(&fast_round, &slow_round, 2 * round + 1);
	}
	return NULL;
}

static int slow_failures, refused;

static void slow_side(void)
{
	for (int round = 1; round <= ROUNDS; round++) {
		meet(&slow_round, &fast_round, 2 * round);
		ONCE(y) = round;
		refused += membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) != 0;
		slow_saw = ONCE(x);
		meet(&slow_round, &fast_round, 2 * round + 1);
		slow_failures += slow_saw != round && fast_saw != round;
	}
}

static void test_pattern(void)
{
	pthread_t t;

	tap_thread(&t, NULL, fast_side, NULL);
	slow_side();
	pthread_join(t, NULL);
	is_int(refused, 0, "no call of %d is refused", ROUNDS);
	is_int(slow_failures, 0, "nobody missed the other");
}

/* --- threads that compute, while two others call ------------------------- */

static volatile int stop;
static volatile unsigned long turns;

static void *compute(void *unused TAP_UNUSED)
{
	while (!stop)
		turns++;
	return NULL;
}

static void *call_often(void *failed)
{
	for (int i = 0; i < ROUNDS; i++)
		*(int *)failed |= membarrier(MEMBARRIER_CMD_GLOBAL, 0) != 0;
	return NULL;
}

static void test_many(void)
{
	int failed[2] = { 0, 0 };
	pthread_t busy, callers[2];

	tap_thread(&busy, NULL, compute, NULL);
	while (!turns)
		sched_yield();
	for (int i = 0; i < 2; i++)
		tap_thread(&callers[i], NULL, call_often, &failed[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(callers[i], NULL);
	stop = 1;
	pthread_join(busy, NULL);
	ok(!failed[0] && !failed[1], "two call at once, a third computes");
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: knows no command");
	plan(15);
	test_calls();
	test_pattern();
	test_many();
	return done_testing();
}
