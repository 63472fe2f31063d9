/*
 * libswitch.c - rows that give the hart to another thread, or wake one.
 *
 * The argument of a round trip is the hart of the other side: 0 is ours, so
 * that each hand-over is a switch; 1 makes it a wake-up of another hart.
 */
#define _GNU_SOURCE
#include "libbench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void yield_times(struct bench *b)
{
	bench_start(b);
	for (long i = 0; i < b->ops; i++)
		raw0(SYS_sched_yield);
	bench_stop(b);
}

static void yield_alone(struct bench *b, long unused)
{
	(void)unused;
	yield_times(b);
}

static void yield_until(volatile long *stop)
{
	while (!*stop)
		raw0(SYS_sched_yield);
}

static void yield_processes(struct bench *b, long unused)
{
	volatile long *stop = &b->shared[0];
	pid_t pid;

	(void)unused;
	*stop = 0;
	pid = bench_check(fork(), "fork");
	if (pid == 0) {
		yield_until(stop);
		_exit(0);
	}
	raw0(SYS_sched_yield);
	yield_times(b);
	*stop = 1;
	wait_for(pid);
}

static void *yielding_thread(void *stop)
{
	yield_until(stop);
	return NULL;
}

static void yield_threads(struct bench *b, long unused)
{
	volatile long *stop = &b->shared[0];
	pthread_t thread;

	(void)unused;
	*stop = 0;
	bench_check(-pthread_create(&thread, NULL, yielding_thread,
				    (void *)stop), "pthread_create");
	raw0(SYS_sched_yield);
	yield_times(b);
	*stop = 1;
	pthread_join(thread, NULL);
}

/* Sends back each byte, until the other end is closed. */
static void echo(int in, int out)
{
	char byte;

	while (raw3(SYS_read, in, (long)&byte, 1) == 1)
		raw3(SYS_write, out, (long)&byte, 1);
}

static void pipe_round_trip(struct bench *b, long hart)
{
	int to[2], from[2];
	char byte = 0;
	pid_t pid;

	bench_check(pipe(to), "pipe");
	bench_check(pipe(from), "pipe");
	pid = bench_check(fork(), "fork");
	if (pid == 0) {
		close(to[1]);
		pin_to_hart(hart);
		echo(to[0], from[1]);
		_exit(0);
	}

	usleep(2000);
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		raw3(SYS_write, to[1], (long)&byte, 1);
		raw3(SYS_read, from[0], (long)&byte, 1);
	}
	bench_stop(b);
	close(to[1]);
	wait_for(pid);
	close(to[0]);
	close(from[0]);
	close(from[1]);
}

/* Two words; each side waits for its own to become what it expects. */
struct futex_pair {
	int ours, theirs;
	int hart;
};

enum { EMPTY, FULL, END };

static void give(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	raw6(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

static int take(int *word)
{
	int value;

	while ((value = __atomic_load_n(word, __ATOMIC_ACQUIRE)) == EMPTY)
		raw6(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, EMPTY, 0, 0, 0);
	__atomic_store_n(word, EMPTY, __ATOMIC_RELAXED);
	return value;
}

static void *futex_echo(void *arg)
{
	struct futex_pair *pair = arg;

	pin_to_hart(pair->hart);
	while (take(&pair->theirs) != END)
		give(&pair->ours, FULL);
	return NULL;
}

static void futex_round_trip(struct bench *b, long hart)
{
	struct futex_pair pair = { .hart = hart };
	pthread_t thread;

	bench_check(-pthread_create(&thread, NULL, futex_echo, &pair),
		    "pthread_create");
	usleep(2000);
	bench_start(b);
	for (long i = 0; i < b->ops; i++) {
		give(&pair.theirs, FULL);
		take(&pair.ours);
	}
	bench_stop(b);
	give(&pair.theirs, END);
	pthread_join(thread, NULL);
}

const struct row switch_rows[] = {
	{ "sched_yield, alone", yield_alone, 0, 500, 5, 0 },
	{ "sched_yield, two processes", yield_processes, 0, 200, 5, 0 },
	{ "sched_yield, two threads", yield_threads, 0, 200, 5, 0 },
	{ "pipe round trip, one hart", pipe_round_trip, 0, 100, 7, 0 },
	{ "pipe round trip, two harts", pipe_round_trip, 1, 100, 3, 2 },
	{ "futex round trip, one hart", futex_round_trip, 0, 100, 7, 0 },
	{ "futex round trip, two harts", futex_round_trip, 1, 100, 3, 2 },
	{ 0 },
};
