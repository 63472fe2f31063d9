/*
 * tests/abi/futex_requeue_pi.c
 *
 * Claim    Who waits for a word and names a mutex that lends priority is moved
 *          to it in his sleep, and comes back as its owner: at once where it is
 *          free, else when it is given up, the highest first. From the moment
 *          he is moved, the owner runs by his priority. Whose time is up, or
 *          who is interrupted, owns nothing. What does not belong together is
 *          refused.
 * Method   The calls themselves: threads that wait, and the first one, which
 *          has the mutex or not and moves so many of them.
 * Oracle   Linux, futex(2).
 */
#define _GNU_SOURCE
#include "libasleep.h"
#include "../librealtime.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

enum { EDGES = 9, MISMATCHES = 5, FREE = 3, ORDER = 5, FEW = 4, TIMES = 7,
       SIGNALS = 4, NOBODYS = 3, LENT = 3, WAITERS = 3 };

static uint32_t word, mutex;

static long futex(uint32_t *at, int op, uint32_t value, const void *arg,
		  uint32_t *at2, uint32_t value3)
{
	return syscall(SYS_futex, at, op | FUTEX_PRIVATE_FLAG, value, arg, at2,
		       value3);
}

/* Up to 1 + @more, where the word is still 0. */
static long move_to(uint32_t *to, long more)
{
	return futex(&word, FUTEX_CMP_REQUEUE_PI, 1, (void *)more, to, 0);
}

static void lock(void)
{
	if (futex(&mutex, FUTEX_LOCK_PI, 0, NULL, NULL, 0) < 0)
		bail_out("FUTEX_LOCK_PI: %s", strerror(errno));
}

static long unlock(void)
{
	return futex(&mutex, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
}

static uint32_t mutex_is(void)
{
	return __atomic_load_n(&mutex, __ATOMIC_SEQ_CST);
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* --- threads that wait --------------------------------------------------------- */

static struct waiter {
	int op, priority;
	bool has_time;		/* it gives up after a while */
	volatile pid_t tid;
	volatile int error;	/* of the wait */
	volatile uint32_t seen;	/* the mutex, as it came back */
	volatile int place;	/* the how manyeth it was to come back */
	pthread_t thread;
} waiters[WAITERS];

static int came_back;

static void *wait_for_word(void *arg)
{
	struct waiter *w = arg;
	struct timespec until = in_ms(300);

	if (w->priority)
		be_urgent(w->priority);
	w->tid = gettid();
	w->error = 0;
	if (futex(&word, w->op, 0, w->has_time ? &until : NULL, &mutex, 0) < 0)
		w->error = errno;
	w->seen = mutex_is();
	w->place = __atomic_add_fetch(&came_back, 1, __ATOMIC_SEQ_CST);
	if (w->error == 0 && w->op == FUTEX_WAIT_REQUEUE_PI)
		unlock();
	return NULL;
}

static void begin(struct waiter *w)
{
	w->tid = w->place = 0;
	tap_thread(&w->thread, NULL, wait_for_word, w);
}

static void start(struct waiter *w)
{
	begin(w);
	wait_until_thread_asleep(&w->tid);
}

static void start_all(void)
{
	came_back = 0;
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI };
		start(&waiters[i]);
	}
}

static void join_all(void)
{
	for (int i = 0; i < WAITERS; i++)
		pthread_join(waiters[i].thread, NULL);
}

/* --- edges --------------------------------------------------------------------- */

static void test_edges(void)
{
	struct timespec past = { 0 };

	word = mutex = 0;
	fails(futex(&word, FUTEX_WAIT_REQUEUE_PI, 1, NULL, &mutex, 0), EAGAIN,
	      "it waits for a word that is as expected");
	fails(futex(&word, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &word, 0), EINVAL,
	      "and for a mutex that is another word");
	fails(futex(&word, FUTEX_WAIT_REQUEUE_PI, 0, &past, &mutex, 0), ETIMEDOUT,
	      "until a point in time");
	fails(futex(&word, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 0,
		    &past, &mutex, 0), ETIMEDOUT, "of either clock");
	is_int(move_to(&mutex, INT_MAX), 0, "nobody is there to be moved");
	fails(move_to(&word, INT_MAX), EINVAL, "nobody is moved to where he is");
	fails(futex(&word, FUTEX_CMP_REQUEUE_PI, 1, (void *)1L, &mutex, 1),
	      EAGAIN, "nor if the word is not as expected");
	fails(futex(&word, FUTEX_CMP_REQUEUE_PI, 2, (void *)1L, &mutex, 0),
	      EINVAL, "one may wake, not two");
	fails(futex(&word, FUTEX_CMP_REQUEUE_PI, 0, (void *)1L, &mutex, 0),
	      EINVAL, "and not none");
}

static void test_mismatches(void)
{
	static uint32_t other;
	struct waiter *w = &waiters[0];

	word = mutex = 0;
	*w = (struct waiter){ .op = FUTEX_WAIT };
	start(w);
	fails(move_to(&mutex, INT_MAX), EINVAL, "who names no mutex is not moved");
	is_int(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "but woken");
	pthread_join(w->thread, NULL);
	*w = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI };
	start(w);
	fails(move_to(&other, INT_MAX), EINVAL, "who names another neither");
	is_int(move_to(&mutex, INT_MAX), 1, "but to the one that he named");
	pthread_join(w->thread, NULL);
	is_int(w->error, 0, "and he has it");
}

/* --- who gets it ----------------------------------------------------------------- */

static void test_free(void)
{
	struct waiter *w = &waiters[0];

	word = mutex = 0;
	*w = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI };
	start(w);
	is_int(move_to(&mutex, 0), 1, "one is moved to a mutex that is free");
	pthread_join(w->thread, NULL);
	ok(w->error == 0 && (w->seen & FUTEX_TID_MASK) == (uint32_t)w->tid,
	   "and comes back as its owner");
	is_int(mutex_is(), 0, "who gives it up");
}

static void test_order(void)
{
	word = mutex = 0;
	start_all();
	lock();
	is_int(move_to(&mutex, INT_MAX), WAITERS, "all are moved to one that is taken");
	for (int i = 0; i < WAITERS; i++)
		wait_until_thread_asleep(&waiters[i].tid);
	is_int(__atomic_load_n(&came_back, __ATOMIC_SEQ_CST), 0,
	       "and sleep on");
	is_int(mutex_is(), gettid() | FUTEX_WAITERS, "its word says that some wait");
	unlock();
	join_all();
	ok(waiters[0].place == 1 && waiters[1].place == 2 && waiters[2].place == 3,
	   "then each has it, the oldest first: %d %d %d", waiters[0].place,
	   waiters[1].place, waiters[2].place);
	is_int(mutex_is(), 0, "and nobody in the end");
}

static void test_few(void)
{
	word = mutex = 0;
	start_all();
	lock();
	is_int(move_to(&mutex, 1), 2, "two are moved: one, and one more");
	unlock();
	pthread_join(waiters[0].thread, NULL);
	pthread_join(waiters[1].thread, NULL);
	wait_until_thread_asleep(&waiters[2].tid);
	is_int(waiters[2].place, 0, "the third waits for the word yet");
	is_int(move_to(&mutex, 0), 1, "and is moved by the next");
	pthread_join(waiters[2].thread, NULL);
	is_int(waiters[2].place, 3, "then it comes, too");
}

/* --- who gives up ------------------------------------------------------------------ */

/* Before its time was up, or it has come back. */
static bool is_moved_in_time(struct waiter *w)
{
	long moved;

	begin(w);
	do {
		usleep(1000);
		moved = move_to(&mutex, INT_MAX);
	} while (moved == 0 && w->place == 0);
	pthread_join(w->thread, NULL);
	return moved == 1;
}

static void test_times(void)
{
	struct waiter *w = &waiters[0];

	word = mutex = 0;
	*w = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI, .has_time = true };
	begin(w);
	pthread_join(w->thread, NULL);
	is_int(w->error, ETIMEDOUT, "the time is up before it is moved");
	is_int(move_to(&mutex, INT_MAX), 0, "it is not there any more");
	lock();
	while (!is_moved_in_time(w))
		;
	is_int(w->error, ETIMEDOUT, "or when it waits for the mutex");
	is_int(w->seen & FUTEX_TID_MASK, gettid(), "which is another's");
	is_int(unlock(), 0, "who gives it up");
	is_int(mutex_is(), 0, "to nobody");
	is_int(futex(&mutex, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), 0,
	       "so it can be had");
	unlock();
}

static volatile int heard;

static void hear(int sig TAP_UNUSED)
{
	heard++;
}

/* It sleeps again, or has come back. */
static void interrupt(struct waiter *w)
{
	int before = heard;

	pthread_kill(w->thread, SIGUSR1);
	while (heard == before)
		usleep(1000);
}

static void test_signals(void)
{
	struct waiter *w = &waiters[0];

	signal(SIGUSR1, hear);
	word = mutex = 0;
	came_back = 0;
	*w = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI };
	start(w);
	interrupt(w);
	wait_until_asleep(getpid(), w->tid);
	is_int(came_back, 0, "who is interrupted waits for the word again");
	lock();
	is_int(move_to(&mutex, INT_MAX), 1, "and is moved from there");
	interrupt(w);
	pthread_join(w->thread, NULL);
	is_int(w->error, EAGAIN, "who waits for the mutex is told, and owns nothing");
	unlock();
	is_int(mutex_is(), 0, "nor leaves anything behind");
}

static void test_nobodys(void)
{
	struct waiter *w = &waiters[0];

	word = 0;
	*w = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI };
	start(w);
	mutex = w->tid;
	fails(move_to(&mutex, 0), EDEADLK, "nobody waits for what he has himself");
	mutex = 0x3ffffff0;
	fails(move_to(&mutex, 0), ESRCH, "nor for who never was");
	mutex = 0;
	is_int(move_to(&mutex, 0), 1, "and is where he was");
	pthread_join(w->thread, NULL);
}

/* --- priorities ---------------------------------------------------------------------- */

static long own_priority(void)
{
	char path[60], text[400] = "";
	long priority = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", gettid());
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
	sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
	       " %*u %*u %*d %*d %ld", &priority);
	return priority;
}

static void test_lent(void)
{
	long before = own_priority();

	word = mutex = 0;
	came_back = 0;
	lock();
	for (int i = 0; i < WAITERS; i++) {
		waiters[i] = (struct waiter){ .op = FUTEX_WAIT_REQUEUE_PI,
					      .priority = 10 + 10 * (i % 2) };
		start(&waiters[i]);
	}
	move_to(&mutex, INT_MAX);
	is_int(own_priority(), -21, "the owner has the priority of who is moved");
	unlock();
	join_all();
	is_int(own_priority(), before, "and his own again");
	ok(waiters[1].place == 1 && waiters[0].place == 2 && waiters[2].place == 3,
	   "the highest first: %d %d %d", waiters[1].place, waiters[0].place,
	   waiters[2].place);
}

int main(void)
{
	plan(EDGES + MISMATCHES + FREE + ORDER + FEW + TIMES + SIGNALS + NOBODYS +
	     LENT);
	test_edges();
	test_mismatches();
	test_free();
	test_order();
	test_few();
	test_times();
	test_signals();
	test_nobodys();
	if (under_qemu_user() || geteuid() != 0)
		skip(LENT, "no real-time priorities");
	else
		test_lent();
	return done_testing();
}
