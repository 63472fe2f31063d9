/*
 * tests/abi/cpu_clocks.c
 *
 * Claim    A timer by processor time rings when its process, or its thread,
 *          has run for so long, and again and again with an interval; it may
 *          be of another process; sleep does not count.  clock_nanosleep()
 *          waits for the time of others, and of one's process.  Clocks of
 *          threads are known in their own process alone.
 * Method   Computing until it rings, and a look at the clock; a busy child or
 *          thread, and one that sleeps.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <time.h>

enum { TICK = 10000000 /* ns: Linux samples */, MS = 1000000 };

static volatile int rings;

static void ring(int sig TAP_UNUSED)
{
	rings++;
}

static long ns_of(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	if (clock_gettime(clock, &ts) < 0)
		bail_out("clock_gettime: %s", strerror(errno));
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static struct timespec timespec_of(long ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* As Linux numbers them. */
static clockid_t clock_of(int id, int kind, bool thread)
{
	return (clockid_t)((~(unsigned)id << 3) | (thread ? 4 : 0) | kind);
}

static timer_t timer_of(clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t timer;

	if (timer_create(clock, &event, &timer) < 0)
		bail_out("timer_create: %s", strerror(errno));
	return timer;
}

static void set(timer_t timer, int flags, long ns, long interval)
{
	struct itimerspec it = { timespec_of(interval), timespec_of(ns) };

	if (timer_settime(timer, flags, &it, NULL) < 0)
		bail_out("timer_settime: %s", strerror(errno));
}

static long left(timer_t timer)
{
	struct itimerspec it = { { 0, 0 }, { 0, 0 } };

	timer_gettime(timer, &it);
	return it.it_value.tv_sec * 1000000000L + it.it_value.tv_nsec;
}

/* How much more than @before @clock shows when it has rung @n times. */
static long compute_until(int n, clockid_t clock, long before)
{
	volatile unsigned long turns = 0;

	while (rings < n)
		turns++;
	return ns_of(clock) - before;
}

static void test_own(clockid_t clock, const char *name)
{
	timer_t timer = timer_of(clock);
	long ran, before = ns_of(clock);

	rings = 0;
	set(timer, 0, 100 * MS, 0);
	ok(left(timer) <= 100 * MS, "%s: %ld ns left", name, left(timer));
	usleep(150000);
	ok(rings == 0 || ns_of(clock) - before >= 100 * MS,
	   "sleep does not count");
	ran = compute_until(1, clock, before);
	ok(ran >= 100 * MS - 2 * TICK, "it rings after %ld ns of 100,000,000",
	   ran);
	is_int(left(timer), 0, "and is off");
	before = ns_of(clock);
	set(timer, TIMER_ABSTIME, before + 50 * MS, 20 * MS);
	ran = compute_until(4, clock, before);
	ok(ran >= 90 * MS - 2 * TICK, "at a time, and with an interval: %ld ns",
	   ran);
	rings = 0;
	set(timer, TIMER_ABSTIME, 1, 0);
	compute_until(1, clock, 0);
	is_int(rings, 1, "a time that is over rings at once");
	timer_delete(timer);
}

/* --- of others ------------------------------------------------------------- */

static int be_busy(void *unused TAP_UNUSED)
{
	pid_t parent = getppid();

	while (getppid() == parent)
		;
	return 0;
}

static pid_t start_busy(void)
{
	pid_t pid = tap_fork();

	if (pid == 0)
		_exit(be_busy(NULL));
	return pid;
}

static void end(pid_t pid)
{
	tap_kill(pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		bail_out("waitpid: %s", strerror(errno));
}

static int sleep_for_ever(void *unused TAP_UNUSED)
{
	return pause();
}

static void test_other(void)
{
	pid_t busy = start_busy(), asleep = start_sleeper(sleep_for_ever, NULL);
	clockid_t clock, quiet;
	struct timespec ts;
	timer_t timer;

	is_int(clock_getcpuclockid(busy, &clock), 0, "a child's clock");
	clock_getcpuclockid(asleep, &quiet);
	rings = 0;
	timer = timer_of(clock);
	set(timer, TIMER_ABSTIME, ns_of(clock) + 60 * MS, 0);
	while (rings == 0)
		usleep(1000);
	ok(ns_of(clock) >= 60 * MS, "its time rings here");
	set(timer, TIMER_ABSTIME, ns_of(clock) + 20 * MS, 20 * MS);
	while (rings < 4)
		usleep(1000);
	ok(ns_of(clock) >= 120 * MS - 2 * TICK, "with an interval, too");
	set(timer, 0, 0, 0);
	ts = timespec_of(ns_of(clock) + 50 * MS);
	is_int(clock_nanosleep(clock, TIMER_ABSTIME, &ts, NULL), 0,
	       "somebody sleeps until it has run so long");
	ok(ns_of(clock) >= ts.tv_sec * 1000000000L + ts.tv_nsec, "and it has");
	timer_delete(timer);
	rings = 0;
	timer = timer_of(quiet);
	set(timer, TIMER_ABSTIME, 1, 0);
	is_int(rings, 1, "who sleeps has run for a nanosecond: it has rung");
	set(timer, 0, 20 * MS, 0);
	usleep(100000);
	is_int(rings, 1, "and runs no more");
	end(busy);
	end(asleep);
	is_int(left(timer), 0, "a timer of who is gone is off");
	timer_delete(timer);
	ok(clock_gettime(clock, &ts) < 0 && errno == EINVAL,
	   "who is gone has no clock");
}

/* --- threads ---------------------------------------------------------------- */

static volatile int stop;
static volatile pid_t busy_tid, sleeper;
static volatile int slept;

static void *compute(void *unused TAP_UNUSED)
{
	busy_tid = gettid();
	while (!stop)
		;
	return NULL;
}

#define LONG (1000L * MS)

static void *sleep_by_process(void *unused TAP_UNUSED)
{
	struct timespec ts = timespec_of(LONG);

	sleeper = gettid();
	slept = clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &ts, NULL) ? -1 : 1;
	return NULL;
}

/* By a child: who looks runs, and so the process that is slept by must not look. */
static void wait_until_seen_asleep(const volatile pid_t *tid)
{
	pid_t looker;

	while (*tid == 0)
		usleep(LOOK_US);
	looker = tap_fork();
	if (looker == 0) {
		wait_until_asleep(getppid(), *tid);
		_exit(0);
	}
	is_int(end_of(looker), 0, "a thread sleeps by the time of the process");
}

static void test_threads(void)
{
	long before = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	clockid_t clock, own;
	pthread_t busy, asleep;
	struct timespec ts;
	timer_t timer;

	tap_thread(&asleep, NULL, sleep_by_process, NULL);
	wait_until_seen_asleep(&sleeper);
	is_int(slept, 0, "nobody runs, and who waits for it waits");
	stop = 0;
	tap_thread(&busy, NULL, compute, NULL);
	pthread_join(asleep, NULL);
	is_int(slept, 1, "a thread runs, and he goes on");
	ok(ns_of(CLOCK_PROCESS_CPUTIME_ID) - before >= LONG,
	   "when all together have run so long");

	pthread_getcpuclockid(busy, &clock);
	rings = 0;
	timer = timer_of(clock);
	set(timer, TIMER_ABSTIME, ns_of(clock) + 50 * MS, 0);
	while (rings == 0)
		usleep(1000);
	ok(ns_of(clock) >= 50 * MS, "a thread's timer rings");
	timer_delete(timer);
	ts = timespec_of(ns_of(clock) + 50 * MS);
	is_int(clock_nanosleep(clock, TIMER_ABSTIME, &ts, NULL), 0,
	       "another waits for its time");
	pthread_getcpuclockid(pthread_self(), &own);
	is_int(clock_nanosleep(own, 0, &ts, NULL), EINVAL,
	       "nobody for his own");
	fails(clock_gettime(clock_of(busy_tid, 2, false), &ts), EINVAL,
	      "a thread's number is no process's");
	stop = 1;
	pthread_join(busy, NULL);
}

/* --- edges -------------------------------------------------------------------- */

static void test_edges(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct timespec ts = { 0, 0 };
	pid_t child = start_sleeper(sleep_for_ever, NULL);
	timer_t timer;

	fails(clock_gettime(clock_of(child, 2, true), &ts), EINVAL,
	      "a thread of another process has no clock here");
	fails(clock_gettime(clock_of(getpid(), 3, false), &ts), EINVAL,
	      "no such kind");
	is_int(clock_gettime(clock_of(gettid(), 0, false), &ts), 0,
	       "who has run, the kernel's work included");
	is_int(clock_gettime(clock_of(getpid(), 1, false), &ts), 0,
	       "and what the program ran");
	fails(clock_settime(clock_of(getpid(), 2, false), &ts), EPERM,
	      "nobody sets how long he has run");
	fails(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &ts), EINVAL,
	      "and this one is not asked");
	fails(syscall(SYS_timer_create, clock_of(0x1ffffff, 2, false), &event,
		      &timer), EINVAL, "nobody's clock");
	fails(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, &event, &timer),
	      EOPNOTSUPP, "a clock without timers");
	fails(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &ts,
		      NULL), EOPNOTSUPP, "and one that nobody sleeps by");
	end(child);
}

int main(void)
{
	plan(38);
	signal(SIGUSR1, ring);
	test_own(CLOCK_PROCESS_CPUTIME_ID, "the process");
	test_own(CLOCK_THREAD_CPUTIME_ID, "the thread");
	test_other();
	test_threads();
	test_edges();
	return done_testing();
}
