/*
 * tests/abi/futex_waitv.c
 *
 * Claim    futex_waitv() waits for any of up to 128 words: it returns the
 *          number of one that was woken, does not sleep where one is not as
 *          expected, misses no wake-up of any, and leaves all queues.
 * Method   Each refusal.  Then a thread waits for all its words again and
 *          again while another changes and wakes them one after the other, and
 *          goes on only when the waiter has seen the change; so one lost
 *          wake-up is a hang.  Shared words are woken by a child.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { MOST = 128, ROUNDS = 3000, SIZE_U32 = 2, PRIVATE = 128 };

struct word {
	uint64_t value, addr;
	uint32_t flags, reserved;
};

static uint32_t words[MOST];
static struct word list[MOST];

static long futex_waitv(struct word *from, unsigned n, unsigned flags,
			struct timespec *timeout, clockid_t clock)
{
	return syscall(SYS_futex_waitv, from, n, flags, timeout, clock);
}

static long wake(uint32_t *word, bool private)
{
	return syscall(SYS_futex, word, private ? 129 : 1, 1, NULL, NULL, 0);
}

static void expect_all(uint32_t *from, uint32_t flags)
{
	for (int i = 0; i < MOST; i++)
		list[i] = (struct word){
			.value = __atomic_load_n(&from[i], __ATOMIC_SEQ_CST),
			.addr = (uintptr_t)&from[i],
			.flags = flags,
		};
}

static void test_refusals(void)
{
	struct timespec past = { 0, 0 }, wrong = { 0, -1 };

	expect_all(words, SIZE_U32 | PRIVATE);
	fails(futex_waitv(list, 1, 1, NULL, 0), EINVAL, "a flag");
	fails(futex_waitv(list, 0, 0, NULL, 0), EINVAL, "no word");
	fails(futex_waitv(list, MOST + 1, 0, NULL, 0), EINVAL, "too many");
	fails(futex_waitv(NULL, 1, 0, NULL, 0), EINVAL, "no list");
	fails(futex_waitv((void *)8, 1, 0, NULL, 0), EFAULT, "no such list");
	fails(futex_waitv(list, 1, 0, &past, CLOCK_BOOTTIME), EINVAL,
	      "no clock for it");
	fails(futex_waitv(list, 1, 0, &wrong, CLOCK_MONOTONIC), EINVAL,
	      "no time");
	fails(futex_waitv(list, MOST, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT,
	      "a time that is past");
	fails(futex_waitv(list, MOST, 0, &past, CLOCK_REALTIME), ETIMEDOUT,
	      "by the other clock, too");
	list[3].value++;
	fails(futex_waitv(list, MOST, 0, NULL, 0), EAGAIN, "another value");
	list[3].reserved = 1;
	fails(futex_waitv(list, MOST, 0, NULL, 0), EINVAL, "what is reserved");
	list[3] = (struct word){ 0, (uintptr_t)&words[3], PRIVATE, 0 };
	fails(futex_waitv(list, MOST, 0, NULL, 0), EINVAL, "no size");
	list[3] = (struct word){ 0, 8, SIZE_U32 | PRIVATE, 0 };
	fails(futex_waitv(list, MOST, 0, NULL, 0), EFAULT, "no such word");
	list[3].addr = (uintptr_t)&words[3] + 1;
	fails(futex_waitv(list, MOST, 0, NULL, 0), EINVAL, "not aligned");
	is_int(wake(&words[0], true), 0, "none of them has left a waiter");
}

/* --- none is missed ------------------------------------------------------- */

static int seen; /* rounds that the waiter has noticed */
static int wrong_numbers;

/* The word of this round; or of the last, whose change was seen before it was
 * woken for. */
static bool is_right(long woken, int round)
{
	return woken == round % MOST || woken == (round - 1) % MOST;
}

static volatile pid_t waiter;

static void *wait_for_any(void *unused TAP_UNUSED)
{
	waiter = (pid_t)syscall(SYS_gettid);
	for (int round = 1; round <= ROUNDS; round++) {
		int changed = round % MOST;
		long woken = 0;

		while (__atomic_load_n(&words[changed], __ATOMIC_SEQ_CST) !=
		       (uint32_t)round) {
			expect_all(words, SIZE_U32 | PRIVATE);
			if (list[changed].value == (uint32_t)round)
				break;
			woken = futex_waitv(list, MOST, 0, NULL, 0);
			if (woken < 0 && errno == EAGAIN)
				continue;
			wrong_numbers += !is_right(woken, round);
		}
		__atomic_store_n(&seen, round, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void test_none_is_missed(void)
{
	pthread_t t;
	long woken = 0;

	tap_thread(&t, NULL, wait_for_any, NULL);
	for (int round = 1; round <= ROUNDS; round++) {
		uint32_t *word = &words[round % MOST];

		if (round % 300 == 0) /* let it go to sleep now and then */
			wait_until_thread_asleep(&waiter);
		__atomic_store_n(word, round, __ATOMIC_SEQ_CST);
		woken += wake(word, true);
		while (__atomic_load_n(&seen, __ATOMIC_SEQ_CST) < round)
			sched_yield();
	}
	pthread_join(t, NULL);
	is_int(wrong_numbers, 0, "the number is that of the word");
	ok(woken > 0, "in %ld of %d rounds it slept", woken, ROUNDS);
	for (int i = 0; i < MOST; i++)
		woken = i == 0 ? wake(&words[i], true) :
				 woken + wake(&words[i], true);
	is_int(woken, 0, "nobody waits any more");
}

/* --- between processes ---------------------------------------------------- */

static int wait_shared(void *shared)
{
	expect_all(shared, SIZE_U32);
	return (int)futex_waitv(list, MOST, 0, NULL, 0);
}

/* --- woken, and not as expected ------------------------------------------ */

enum { CALLS = 20000 };

static long nr_told;
static int caller_is_done; /* told by tap_tell() */

/* The second word is never as expected: so nobody sleeps, and one wake-up in some
 * comes while it is looked at. */
static void *wait_in_vain(void *unused TAP_UNUSED)
{
	struct word two[2] = {
		{ 0, (uintptr_t)&words[0], SIZE_U32 | PRIVATE, 0 },
		{ 1, (uintptr_t)&words[1], SIZE_U32 | PRIVATE, 0 },
	};

	for (int i = 0; i < CALLS; i++)
		nr_told += futex_waitv(two, 2, 0, NULL, 0) == 0;
	tap_tell(&caller_is_done, 1);
	return NULL;
}

static void test_woken_in_vain(void)
{
	long woken = 0;
	pthread_t t;

	memset(words, 0, sizeof(words));
	tap_thread(&t, NULL, wait_in_vain, NULL);
	while (!tap_told(&caller_is_done))
		woken += wake(&words[0], true);
	pthread_join(t, NULL);
	is_int(nr_told, woken, "who was woken says so, whatever another word is");
}

static void test_shared(void)
{
	uint32_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = tap_fork();
	int status;

	if (pid == 0)
		_exit(wait_shared(shared));
	while (wake(&shared[77], false) == 0)
		usleep(1000);
	waitpid(pid, &status, 0);
	is_exit(status, 77, "a shared word is woken by another process");
}

/* --- a signal ------------------------------------------------------------- */

static void nothing(int sig TAP_UNUSED)
{
}

static void test_signal(void)
{
	struct sigaction action = { .sa_handler = nothing };
	struct timespec late;

	no_watchdog();
	sigaction(SIGALRM, &action, NULL);
	clock_gettime(CLOCK_MONOTONIC, &late);
	late.tv_sec += 100;
	expect_all(words, SIZE_U32 | PRIVATE);
	ualarm(1000, 10000);
	fails(futex_waitv(list, MOST, 0, &late, CLOCK_MONOTONIC), EINTR,
	      "a handler ends it");
	ualarm(0, 0);
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: old ones have no such call");
	plan(21);
	test_refusals();
	test_none_is_missed();
	test_woken_in_vain();
	test_shared();
	test_signal();
	return done_testing();
}
