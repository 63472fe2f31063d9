#pragma once

/*
 * libstress.h - what every stress test shares.
 *
 *	NAME [-d SECONDS | -n ROUNDS] [-s SEED] [-t THREADS] [-X]
 *
 *	int main(int argc, char **argv)
 *	{
 *		stress_begin(argc, argv, 4, "what this test claims");
 *		while (stress_go_on()) {
 *			...
 *			stress_check(seen == want, "saw %ld", seen);
 *			stress_round();
 *		}
 *		return stress_end();
 *	}
 *
 * A test runs for about SECONDS (1 by default), but for a round at least, or
 * until it has counted ROUNDS, its random choices come from SEED, and it prints
 * one TAP result and "# rounds=N". -X makes the test wrong on purpose, in the
 * way its head comment says: it must then fail, which shows that it looks at
 * what it claims to look at. A mistake by chance is made again and again.
 *
 * Results live in shared memory, so that every thread and every child may
 * call stress_check(); the first failure makes all of them stop. A hang is
 * ended by a watchdog when the test should have ended long since and counts no
 * more rounds; a test that knows what a hang looks like has its own
 * (stress_watch()).
 *
 * How fast the host is must not matter: a test waits for another thread's
 * count to grow, not for some milliseconds, and where only time can tell that
 * nothing will come any more, it looks STUCK_LOOKS (or libstuck.h's LOOKS) times.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE	/* cpu_set_t */
#endif
#include "../tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

enum {
	PAGE = 4096,
	STRESS_TEXTS = 6,
	STRESS_TEXT = 200,
	MAX_THREADS = 64,
	WATCH_MS = 20,
	STUCK_LOOKS = 250,
	STUCK_MS = STUCK_LOOKS * WATCH_MS,	/* at least */
};

struct stress_shared {
	unsigned long rounds;
	int nr_failures, nr_texts;
	char text[STRESS_TEXTS][STRESS_TEXT];	/* of the first failures */
};

static struct {
	int seconds, threads;
	unsigned long rounds;		/* 0: go by the time */
	unsigned long seed;
	bool wrong;			/* -X */
	const char *claim;
	long end_ms;
	struct stress_shared *shared;
} stress;

TAP_UNUSED static long stress_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

static long stress_now_ms(void)
{
	return stress_us(CLOCK_MONOTONIC) / 1000;
}

/* Computes for so long by @clock; by CLOCK_THREAD_CPUTIME_ID with a hart. */
TAP_UNUSED static void stress_spin_us(clockid_t clock, long us)
{
	long end = stress_us(clock) + us;

	while (stress_us(clock) < end)
		;
}

TAP_UNUSED static void *stress_map(size_t bytes, int flags)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		bail_out("mmap %zu bytes: %s", bytes, strerror(errno));
	return p;
}

/* An empty file that nobody else finds and that goes with its last user. */
TAP_UNUSED static int stress_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		bail_out("%s: %s", name, strerror(errno));
	unlink(name);
	return fd;
}

/* Such a file of @pages pages, which says by a long which page one reads. */
TAP_UNUSED static int stress_numbered_file(const char *name, long pages)
{
	int fd = stress_file(name);

	for (long k = 0; k < pages; k++)
		if (pwrite(fd, &k, sizeof(k), k * PAGE) != sizeof(k))
			bail_out("pwrite: %s", strerror(errno));
	if (ftruncate(fd, pages * PAGE) < 0)
		bail_out("ftruncate: %s", strerror(errno));
	return fd;
}

/* What COW tests map with: -X shares what should be private. */
TAP_UNUSED static int stress_private(void)
{
	return stress.wrong ? MAP_SHARED : MAP_PRIVATE;
}

static unsigned long stress_rounds(void)
{
	return __atomic_load_n(&stress.shared->rounds, __ATOMIC_RELAXED);
}

/* The watchdog looks twice: a slow host is not a hang. */
static void stress_timeout(int sig)
{
	static unsigned long seen = -1UL;

	if (getpid() != tap.pid || stress_rounds() == seen)
		tap_timeout(sig);
	seen = stress_rounds();
	alarm(stress.rounds ? 10 : 60);
}

TAP_UNUSED static void stress_begin(int argc, char **argv, int threads,
				    const char *claim)
{
	int c;

	stress.seconds = 1;
	stress.seed = 1;
	stress.threads = threads;
	stress.claim = claim;
	while ((c = getopt(argc, argv, "d:n:s:t:X")) != -1) {
		if (c == 'd')
			stress.seconds = atoi(optarg);
		else if (c == 'n')
			stress.rounds = strtoul(optarg, NULL, 0);
		else if (c == 's')
			stress.seed = strtoul(optarg, NULL, 0);
		else if (c == 't')
			stress.threads = atoi(optarg);
		else if (c == 'X')
			stress.wrong = true;
		else
			exit(2);
	}
	if (stress.threads < 1 || stress.threads > MAX_THREADS)
		stress.threads = threads;
	stress.shared = stress_map(sizeof(*stress.shared), MAP_SHARED);
	plan(1);
	signal(SIGALRM, stress_timeout);
	alarm(stress.rounds ? 20 : stress.seconds + 60);
	stress.end_ms = stress_now_ms() + stress.seconds * 1000L;
}

/* Harts come and go meanwhile (run-tests stress -H): who was bound to one may be
 * anywhere, and bound to none. */
TAP_UNUSED static bool stress_harts_leave(void)
{
	return getenv("HARTS_LEAVE") != NULL;
}

/* After stress_begin(): this test is about harts that stay. */
TAP_UNUSED static void stress_needs_its_harts(void)
{
	if (!stress_harts_leave())
		return;
	ok(true, "%s # SKIP harts leave", stress.claim);
	exit(done_testing());
}

TAP_UNUSED static bool stress_failed(void)
{
	return __atomic_load_n(&stress.shared->nr_failures,
			       __ATOMIC_RELAXED) != 0;
}

TAP_UNUSED static bool stress_go_on(void)
{
	if (stress_failed())
		return false;
	if (stress.rounds)
		return stress_rounds() < stress.rounds;
	return stress_now_ms() < stress.end_ms || stress_rounds() == 0;
}

TAP_UNUSED static void stress_round(void)
{
	__atomic_fetch_add(&stress.shared->rounds, 1, __ATOMIC_RELAXED);
}

/* drover's lab kernel keeps what each hart did up to here; others have no
 * such file. */
TAP_UNUSED static void stress_stop_trace(const char *why)
{
	int fd = open("/proc/drover/trace", O_WRONLY | O_CLOEXEC);
	char text[180];

	if (fd < 0)
		return;
	snprintf(text, sizeof(text), "stop %.150s", why);
	if (write(fd, text, strlen(text)) < 0)
		perror("/proc/drover/trace");
	close(fd);
}

TAP_FORMAT(2) static bool stress_check(bool good, const char *fmt, ...)
{
	int n;
	va_list ap;

	if (good)
		return true;
	/* Who sees that something has failed may kill us: first what it is. */
	n = __atomic_fetch_add(&stress.shared->nr_texts, 1, __ATOMIC_RELAXED);
	if (n < STRESS_TEXTS) {
		va_start(ap, fmt);
		vsnprintf(stress.shared->text[n],
			  sizeof(stress.shared->text[n]), fmt, ap);
		va_end(ap);
	}
	if (n == 0)
		stress_stop_trace(stress.shared->text[0]);
	__atomic_fetch_add(&stress.shared->nr_failures, 1, __ATOMIC_RELEASE);
	return false;
}

static int stress_texts(void)
{
	int n = stress.shared->nr_texts;

	return n < STRESS_TEXTS ? n : STRESS_TEXTS;
}

/* How many of the texts say what text @i says; 0: an earlier one has said it. */
static int stress_times_said(int i)
{
	int n = 0;

	for (int k = 0; k < stress_texts(); k++)
		if (strcmp(stress.shared->text[k], stress.shared->text[i]) == 0 &&
		    n++ == 0 && k != i)
			return 0;
	return n;
}

static void stress_tell_failures(void)
{
	for (int i = 0; i < stress_texts(); i++) {
		int times = stress_times_said(i);

		if (stress.shared->text[i][0] == '\0')
			continue; /* who was to say it was killed */
		if (times == 1)
			diag("%s", stress.shared->text[i]);
		else if (times > 1)
			diag("%s (%d times)", stress.shared->text[i], times);
	}
}

/* That no round was done is a failure of its own only where nothing else is. */
TAP_UNUSED static int stress_end(void)
{
	struct stress_shared *s = stress.shared;

	stress_check(s->rounds > 0 || s->nr_failures > 0,
		     "not one round was done");
	ok_without_errno(s->nr_failures == 0, "%s", stress.claim);
	stress_tell_failures();
	if (s->nr_failures)
		diag("seed %lu, %d failures", stress.seed, s->nr_failures);
	diag("rounds=%lu", s->rounds);
	return done_testing();
}

/* --- random numbers: one state a thread ---------------------------------- */

struct rng {
	uint64_t state;
};

TAP_UNUSED static struct rng rng_of(uint64_t who)
{
	return (struct rng){ stress.seed * 0x9e3779b97f4a7c15 + who + 1 };
}

/* splitmix64 */
TAP_UNUSED static uint64_t rng_next(struct rng *rng)
{
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

TAP_UNUSED static uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return rng_next(rng) % n;
}

/* A short wait of random length, to shift threads against each other. */
TAP_UNUSED static void rng_dither(struct rng *rng)
{
	for (uint64_t n = rng_below(rng, 300); n > 0; n--)
		asm volatile("" ::: "memory");
}

/* --- threads and children ------------------------------------------------ */

/* Runs @fn(0) to @fn(@n - 1) in threads and waits for all of them. */
TAP_UNUSED static void stress_threads(int n, void *(*fn)(void *))
{
	pthread_t t[MAX_THREADS];

	for (long i = 0; i < n; i++)
		tap_thread(&t[i], NULL, fn, (void *)i);
	for (int i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

/* Binds the calling thread. */
TAP_UNUSED static void stay_on(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Waits for every child; each must exit with 0. */
TAP_UNUSED static void stress_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = wait(&status)) > 0 || errno == EINTR)
		if (pid > 0)
			stress_check(status == 0, "child %d: wait status %#x",
				     pid, status);
}

/* Runs @fn(0) to @fn(@n - 1) in children and waits for all of them. */
TAP_UNUSED static void stress_children(int n, void (*fn)(long))
{
	for (long i = 0; i < n; i++) {
		if (tap_fork() == 0) {
			fn(i);
			_exit(0);
		}
	}
	stress_reap();
}

/* A time of @clock, @most nanoseconds from now or less; @most: below a second. */
TAP_UNUSED static struct timespec stress_soon(struct rng *rng, clockid_t clock,
					      long most)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += (long)rng_below(rng, most);
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

/* --- a watch over what may hang ------------------------------------------ */

/* Not to sleep in a way that the test is about: only the clock wakes it. */
TAP_UNUSED static void stress_pause_ms(int ms)
{
	struct timespec ts = { 0, ms * 1000000L };

	nanosleep(&ts, NULL);
}

/*
 * A count that should go on, as somebody sees it who looks now and then: in
 * looks, and not in time, since a host that stops us stops the count as well.
 */
struct stress_seen {
	unsigned long count;
	int looks;		/* that found it so; at first, none */
};

/* It is @count now. True: STUCK_LOOKS have found it so, it stands still. */
TAP_UNUSED static bool stress_stands(struct stress_seen *seen,
				     unsigned long count)
{
	if (count != seen->count)
		seen->looks = 0;
	seen->count = count;
	return ++seen->looks > STUCK_LOOKS;
}

/*
 * A process that calls @look() every WATCH_MS, which reports a hang by
 * stress_check(). When something has failed and the test has not ended a
 * second later, it prints the result in its place and kills the group.
 */
TAP_UNUSED static pid_t stress_watch(void (*look)(void))
{
	pid_t pid, group;

	if (setpgid(0, 0) < 0 && getpgrp() != getpid())
		bail_out("no group of one's own: %s", strerror(errno));
	group = getpid();
	pid = tap_fork();
	if (pid > 0)
		return pid;
	while (!stress_failed()) {
		stress_pause_ms(WATCH_MS);
		look();
	}
	for (int i = 0; i < 50; i++)
		stress_pause_ms(WATCH_MS);
	stress_end();
	tap_say_who_waits();
	fflush(stdout);
	tap_kill_group(group, SIGKILL);
	_exit(1);
}

/* Before the children are waited for. */
TAP_UNUSED static void stress_watch_end(pid_t watch)
{
	tap_kill(watch, SIGKILL);
	waitpid(watch, NULL, 0);
}

/*
 * A spinning barrier: tight where two threads should meet in time. Plain
 * memory may be shared across it: noipa, because gcc 12 else looks into meet(),
 * finds no store to a static variable there and moves its loads over the call.
 */
struct meeting {
	int arrived, generation;
};

__attribute__((unused, noipa)) static void meet(struct meeting *m, int n)
{
	int generation = __atomic_load_n(&m->generation, __ATOMIC_ACQUIRE);

	if (__atomic_add_fetch(&m->arrived, 1, __ATOMIC_ACQ_REL) == n) {
		__atomic_store_n(&m->arrived, 0, __ATOMIC_RELAXED);
		__atomic_fetch_add(&m->generation, 1, __ATOMIC_RELEASE);
	}
	/* Spin a little, then let others use this hart. */
	for (int i = 0; __atomic_load_n(&m->generation, __ATOMIC_ACQUIRE) ==
			generation; i++)
		if (i > 2000)
			sched_yield();
}
