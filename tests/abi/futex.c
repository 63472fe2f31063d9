/*
 * tests/abi/futex.c
 *
 * Claim    The futex call waits only while the word has the value, wakes,
 *          moves and counts as many waiters as asked, the most urgent first and
 *          then the oldest, honours bitsets and timeouts, and finds waiters of
 *          other processes in shared memory.
 * Method   Raw calls. A waiter that was moved to another word and back has been
 *          counted: then it does wait.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "../librealtime.h"
#include "libasleep.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

static long futex(volatile int *word, int op, int value, const void *timeout,
		  volatile int *word2, int value3)
{
	return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static volatile int word, word2;

static void test_refusals(void)
{
	struct timespec bad = { 0, 2000000000 }, none = { 0, 0 };

	word = 5;
	fails(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN,
	      "the word has another value");
	fails(futex(&word, FUTEX_WAIT, 5, &bad, NULL, 0), EINVAL,
	      "a bad timeout");
	fails(futex(&word, FUTEX_WAIT, 5, &none, NULL, 0), ETIMEDOUT,
	      "no time at all");
	fails(futex(&word, 77, 0, NULL, NULL, 0), ENOSYS, "no such operation");
	fails(futex((int *)((char *)&word + 1), FUTEX_WAIT, 5, NULL, NULL, 0),
	      EINVAL, "a misaligned word");
	fails(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), EINVAL,
	      "an empty bitset");
	fails(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1L, &word2, 4),
	      EAGAIN, "CMP_REQUEUE compares");
	is_int(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "nobody waits");
	if (!skip_under_qemu(1, "follows the pointer"))
		fails(futex((int *)64, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT,
		      "no such memory");
}

static void test_timeouts(void)
{
	struct timespec rel = { 0, 10000000 }, abs, start, now;

	word = 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	fails(futex(&word, FUTEX_WAIT_PRIVATE, 0, &rel, NULL, 0), ETIMEDOUT,
	      "a relative timeout");
	clock_gettime(CLOCK_MONOTONIC, &now);
	ok((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec -
	   start.tv_nsec >= 10000000, "lasts as long as asked");
	abs = now;
	fails(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &abs, NULL, -1),
	      ETIMEDOUT, "an absolute time that has passed");
	clock_gettime(CLOCK_REALTIME, &abs);
	fails(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &abs,
		    NULL, -1), ETIMEDOUT, "by the real-time clock");
}

/* --- waiters in threads -------------------------------------------------- */

enum { WAITERS = 6 };

static volatile int woken;

static void *wait_on_word(void *me)
{
	while (futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
		     1 << ((long)me % 2)) < 0 && errno == EINTR)
		;
	__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static long move_all(volatile int *from, volatile int *to)
{
	return futex(from, FUTEX_REQUEUE_PRIVATE, 0, (void *)(long)INT_MAX, to,
		     0);
}

static void wait_until_all_wait(void)
{
	static volatile int aside;

	for (long n = 0; n < WAITERS; n += move_all(&word, &aside))
		usleep(500);
	if (move_all(&aside, &word) != WAITERS)
		bail_out("futex: a waiter is lost");
}

static void start_waiters(pthread_t *t)
{
	word = word2 = woken = 0;
	for (long i = 0; i < WAITERS; i++)
		tap_thread(&t[i], NULL, wait_on_word, (void *)i);
	wait_until_all_wait();
}

static void join_waiters(pthread_t *t)
{
	for (int i = 0; i < WAITERS; i++)
		pthread_join(t[i], NULL);
}

static void test_wake(void)
{
	pthread_t t[WAITERS];

	start_waiters(t);
	is_int(futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0), 0,
	       "a shared wake does not find private waiters");
	is_int(futex(&word2, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0,
	       "another word has no waiters");
	is_int(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0), 2,
	       "two are woken");
	while (woken < 2)
		usleep(500);
	is_int(woken, 2, "two go on");
	is_int(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0),
	       WAITERS - 2, "then the rest");
	join_waiters(t);
}

static void test_bitset(void)
{
	pthread_t t[WAITERS];

	start_waiters(t);
	is_int(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 4), 0,
	       "nobody has bit 2");
	is_int(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 2),
	       WAITERS / 2, "half have bit 1");
	is_int(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, -1),
	       WAITERS / 2, "the others any");
	join_waiters(t);
}

static void test_requeue(void)
{
	pthread_t t[WAITERS];

	start_waiters(t);
	is_int(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)3L, &word2,
		     0), 4, "wake 1 and move 3");
	is_int(futex(&word2, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 3,
	       "the moved ones wait there");
	is_int(futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)10L, &word2, 0),
	       WAITERS - 4, "the rest is moved");
	is_int(futex(&word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0,
	       "nobody stayed behind");
	is_int(futex(&word2, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0),
	       WAITERS - 4, "they are woken");
	join_waiters(t);
}

static void test_wake_op(void)
{
	pthread_t t[WAITERS];

	start_waiters(t);
	word2 = 3;
	is_int(futex(&word, FUTEX_WAKE_OP_PRIVATE, 2, (void *)1L, &word2,
		     FUTEX_OP(FUTEX_OP_ADD, 4, FUTEX_OP_CMP_EQ, 3)), 2,
	       "WAKE_OP wakes on the first word");
	is_int(word2, 7, "and changes the second");
	is_int(futex(&word2, FUTEX_WAKE_OP_PRIVATE, 0, (void *)10L, &word,
		     FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_NE, 1)),
	       WAITERS - 2, "its condition wakes on the second");
	is_int(word, 1, "which was set");
	join_waiters(t);
}

/* On the second word, which is 0: each comparison where it is equal, and those that
 * then fail where they do not.  As many hold as wait. */
static void test_comparisons(void)
{
	static const struct {
		int comparison, with, holds;
	} all[] = {
		{ FUTEX_OP_CMP_EQ, 0, 1 }, { FUTEX_OP_CMP_NE, 0, 0 },
		{ FUTEX_OP_CMP_LT, 0, 0 }, { FUTEX_OP_CMP_LE, 0, 1 },
		{ FUTEX_OP_CMP_GT, 0, 0 }, { FUTEX_OP_CMP_GE, 0, 1 },
		{ FUTEX_OP_CMP_NE, 1, 1 }, { FUTEX_OP_CMP_LT, 1, 1 },
		{ FUTEX_OP_CMP_GT, -1, 1 },
	};
	pthread_t t[WAITERS];

	start_waiters(t);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		is_int(futex(&word2, FUTEX_WAKE_OP_PRIVATE, 0, (void *)1L, &word,
			     FUTEX_OP(FUTEX_OP_ADD, 0, all[i].comparison, all[i].with)),
		       all[i].holds, "WAKE_OP, comparison %d of 0 with %d",
		       all[i].comparison, all[i].with);
	join_waiters(t);
}

/* --- other processes, signals -------------------------------------------- */

static int wait_in_child(void *shared)
{
	return futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0) != 0;
}

static void test_shared(void)
{
	volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = tap_fork();
	int status;

	if (pid == 0)
		_exit(wait_in_child((void *)shared));
	while (futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0) != 1)
		usleep(500);
	waitpid(pid, &status, 0);
	is_exit(status, 0, "a waiter of another process is woken");
}

static void on_signal(int sig TAP_UNUSED)
{
}

static volatile int started;

static void *wait_for_signal(void *unused TAP_UNUSED)
{
	started = 1;
	return (void *)(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0) < 0
			? (long)errno : 0);
}

static void test_signal(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	pthread_t t;
	void *err;

	sigaction(SIGUSR1, &act, NULL);
	word = 0;
	started = 0;
	tap_thread(&t, NULL, wait_for_signal, NULL);
	while (!started)
		usleep(500);
	while (pthread_tryjoin_np(t, &err) != 0) {
		pthread_kill(t, SIGUSR1);
		usleep(1000);
	}
	is_int((long)err, EINTR, "a handler without SA_RESTART: EINTR");
}

/* --- in which order -------------------------------------------------------- */

enum { URGENT = 4 };

static const int priorities[URGENT] = { 0, 10, 30, 10 };
static volatile int order[URGENT], nr_ordered;
static volatile pid_t waiter_tid;

static void *wait_urgently(void *number)
{
	int priority = priorities[(long)number];

	if (priority != 0)
		be_urgent(priority);
	waiter_tid = gettid();
	futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0);
	order[__atomic_fetch_add(&nr_ordered, 1, __ATOMIC_SEQ_CST)] = (int)(long)number;
	return NULL;
}

/* They begin to wait one after the other; @requeue: and are moved. */
static void test_order(bool requeue)
{
	volatile int *at = requeue ? &word2 : &word;
	pthread_t t[URGENT];

	nr_ordered = 0;
	for (long i = 0; i < URGENT; i++) {
		waiter_tid = 0;
		tap_thread(&t[i], NULL, wait_urgently, (void *)i);
		wait_until_thread_asleep(&waiter_tid);
	}
	if (requeue)
		futex(&word, FUTEX_REQUEUE, 0, (void *)(long)URGENT, &word2, 0);
	for (int i = 0; i < URGENT; i++) {
		futex(at, FUTEX_WAKE, 1, NULL, NULL, 0);
		while (nr_ordered == i)
			usleep(1000);
	}
	for (int i = 0; i < URGENT; i++)
		pthread_join(t[i], NULL);
	ok(order[0] == 2 && order[1] == 1 && order[2] == 3 && order[3] == 0,
	   "the most urgent first, then the oldest%s: %d %d %d %d",
	   requeue ? ", also when they were moved" : "", order[0], order[1],
	   order[2], order[3]);
}

int main(void)
{
	plan(34 + 9);
	test_refusals();
	test_timeouts();
	test_wake();
	test_bitset();
	test_requeue();
	test_wake_op();
	test_comparisons();
	test_shared();
	test_signal();
	if (geteuid() == 0 && !skip_under_qemu(2, "the priorities are the host's")) {
		test_order(false);
		test_order(true);
	} else if (geteuid() != 0) {
		skip(2, "not root");
	}
	return done_testing();
}
