/*
 * libgrowth_signal.c - signals and wake-ups, among n that wait.
 */
#define _GNU_SOURCE
#include "libgrowth.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static void block_all(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

static void queue(int sig, long n)
{
	for (long i = 0; i < n; i++)
		bench_check(sigqueue(getpid(), sig, (union sigval){ 0 }),
			    "sigqueue");
}

static long take(int sig)
{
	const struct timespec now = { 0 };
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, sig);
	return sigtimedwait(&wanted, NULL, &now);
}

static double take_each(long n)
{
	block_all();
	queue(SIGRTMIN, n);
	growth_start();
	for (long i = 0; i < n; i++)
		bench_check(take(SIGRTMIN), "sigtimedwait");
	return growth_stop(n);
}

static long queue_and_take(void)
{
	queue(SIGRTMIN + 1, 1);
	return take(SIGRTMIN + 1);
}

/* One that came after n of another number. */
static double take_behind(long n)
{
	block_all();
	queue(SIGRTMIN, n);
	return cheapest(16, queue_and_take);
}

/* ---- a byte for one of n readers ---- */

static int bytes[2];
static volatile long *nr_read;

_Noreturn static void read_for_ever(void)
{
	char byte;

	while (read(bytes[0], &byte, 1) == 1)
		(*nr_read)++;
	_exit(0);
}

/* All that it takes until somebody has read it, and sleeps again. */
static long write_a_byte(void)
{
	long before = *nr_read;
	long n = write(bytes[1], "x", 1);

	while (*nr_read == before)
		sched_yield();
	sched_yield();
	return n;
}

static double write_to_readers(long n)
{
	nr_read = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bench_check(pipe(bytes), "pipe");
	for (long i = 0; i < n; i++)
		if (bench_check(fork(), "fork") == 0)
			read_for_ever();
	/* Each has run once, and copied what fork() shares. */
	for (long i = 0; i < n; i++)
		write_a_byte();
	return cheapest(16, write_a_byte);
}

const struct growth signal_growth[] = {
	{ "taking one of n queued signals", take_each, { 16, 128, 1024 } },
	{ "taking one behind n others", take_behind, { 16, 128, 1024 } },
	{ "write to a pipe, n readers sleep", write_to_readers, { 2, 16, 128 } },
	{ 0 },
};
