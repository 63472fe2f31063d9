/*
 * tests/abi/clocks.c
 *
 * Claim    Clocks go forward, on every hart and between harts, and whether
 *          the C library reads them or a system call does; CPU clocks and
 *          times() count work and not sleep; timers made by timer_create()
 *          and timerfd fire.
 * Method   Threads pass the newest time they saw to each other; CPU time is
 *          compared before and after work whose end it decides itself.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <time.h>

static long ns_of(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void test_clocks(void)
{
	static const struct { clockid_t id; const char *name; } clocks[] = {
		{ CLOCK_REALTIME, "real time" },
		{ CLOCK_MONOTONIC, "monotonic" },
		{ CLOCK_MONOTONIC_RAW, "monotonic raw" },
		{ CLOCK_BOOTTIME, "boot time" },
		{ CLOCK_REALTIME_COARSE, "coarse real time" },
		{ CLOCK_MONOTONIC_COARSE, "coarse monotonic" },
	};
	struct timespec ts;
	struct timeval tv;
	long before, now_us;

	for (int i = 0; i < 6; i++) {
		long last = ns_of(clocks[i].id), backwards = 0;

		for (int n = 0; n < 1000; n++) {
			long now = ns_of(clocks[i].id);

			backwards += now < last;
			last = now;
		}
		ok(backwards == 0 && last > 0, "%s", clocks[i].name);
	}
	is_int(clock_getres(CLOCK_MONOTONIC, &ts), 0, "clock_getres");
	ok(ts.tv_sec == 0 && ts.tv_nsec > 0, "is less than a second");
	fails(clock_gettime(77, &ts), EINVAL, "no such clock");
	before = ns_of(CLOCK_REALTIME) / 1000;
	gettimeofday(&tv, NULL);
	now_us = tv.tv_sec * 1000000L + tv.tv_usec;
	ok(now_us >= before && now_us <= ns_of(CLOCK_REALTIME) / 1000,
	   "gettimeofday() agrees");
}

/* --- read by the program and by the kernel ------------------------------- */

static long ns_by_call(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	syscall(SYS_clock_gettime, clock, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

/* Where there is a vDSO the two ways are different code. */
static void test_both_ways(clockid_t clock, const char *name)
{
	long last = ns_of(clock), start = last;
	int backwards = 0;

	for (int n = 0; n < 2000; n++) {
		long now = n % 2 == 0 ? ns_by_call(clock) : ns_of(clock);

		backwards += now < last;
		last = now;
	}
	is_int(backwards, 0, "%s: library and system call agree", name);
	ok(last > start, "and time passes");
}

/* Only where no other program minds. */
static void test_set_time(void)
{
	bool ours = on_drover();
	struct timespec old, set;
	struct timeval tv;

	clock_gettime(CLOCK_REALTIME, &old);
	set = old;
	set.tv_sec += ours ? 1000 : 0;
	if (ours)
		clock_settime(CLOCK_REALTIME, &set);
	gettimeofday(&tv, NULL);
	ok(ns_of(CLOCK_REALTIME) >= set.tv_sec * 1000000000L + set.tv_nsec &&
	   ns_by_call(CLOCK_REALTIME) / 1000000000L - set.tv_sec < 100 &&
	   tv.tv_sec - set.tv_sec < 100, "a clock that was set shows it");
	if (ours)
		clock_settime(CLOCK_REALTIME, &old);
	ok(ns_of(CLOCK_REALTIME) / 1000000000L - old.tv_sec < 100,
	   "and shows it when it is set back");
}

/* --- between harts ------------------------------------------------------- */

static long newest;
static int nr_backwards;

static void *pass_time(void *unused)
{
	for (int i = 0; i < 20000; i++) {
		long seen = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
		long now = ns_of(CLOCK_MONOTONIC);

		if (now < seen)
			__atomic_fetch_add(&nr_backwards, 1, __ATOMIC_RELAXED);
		while (seen < now &&
		       !__atomic_compare_exchange_n(&newest, &seen, now, 0,
						    __ATOMIC_ACQ_REL,
						    __ATOMIC_ACQUIRE))
			;
		if (i % 1000 == 0)
			sched_yield();
	}
	return unused;
}

static void test_between_harts(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		tap_thread(&t[i], NULL, pass_time, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	is_int(nr_backwards, 0, "time never goes back from hart to hart");
}

/* --- CPU time ------------------------------------------------------------ */

static void work_until(clockid_t clock, long ns)
{
	while (ns_of(clock) < ns)
		for (volatile int i = 0; i < 1000; i++)
			;
}

/* A machine that stands still before the sleep or after it is at work. */
static void test_sleep_is_no_work(void)
{
	long work = 1, wall = 1;

	for (int i = 0; i < 10 && work >= wall / 2; i++) {
		work = -ns_of(CLOCK_THREAD_CPUTIME_ID);
		wall = -ns_of(CLOCK_MONOTONIC);
		usleep(300000);
		work += ns_of(CLOCK_THREAD_CPUTIME_ID);
		wall += ns_of(CLOCK_MONOTONIC);
	}
	ok(work < wall / 2, "but not sleep: %ld us of %ld", work / 1000,
	   wall / 1000);
}

static void test_cpu_time(void)
{
	long start = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage usage;
	struct tms tms;

	work_until(CLOCK_PROCESS_CPUTIME_ID, start + 30000000);
	ok(true, "CPU time grows with work");
	getrusage(RUSAGE_SELF, &usage);
	ok(usage.ru_utime.tv_sec > 0 || usage.ru_utime.tv_usec +
	   usage.ru_stime.tv_usec >= 20000, "getrusage() counts it");
	ok(usage.ru_maxrss > 0, "and memory");
	ok(times(&tms) > 0 && tms.tms_utime + tms.tms_stime >= 1,
	   "times() counts it");
	test_sleep_is_no_work();
	ok(ns_of(CLOCK_THREAD_CPUTIME_ID) <= ns_of(CLOCK_PROCESS_CPUTIME_ID),
	   "a thread's time is not more than its process's");
}

/* --- timers -------------------------------------------------------------- */

static volatile sig_atomic_t nr_fired, fired_value;

static void on_timer(int sig TAP_UNUSED, siginfo_t *info, void *uc TAP_UNUSED)
{
	nr_fired++;
	fired_value = info->si_value.sival_int;
}

static void test_timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 88 };
	struct itimerspec spec = { { 0, 3000000 }, { 0, 3000000 } }, left;
	struct sigaction act = { .sa_sigaction = on_timer,
				 .sa_flags = SA_SIGINFO };
	uint64_t expired = 0;
	timer_t timer;
	int fd;

	sigaction(SIGUSR1, &act, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 &&
	    errno == ENOSYS) {
		skip(3, "no timer_create");
	} else {
		timer_settime(timer, 0, &spec, NULL);
		while (nr_fired < 3)
			pause();
		ok(true, "timer_create(): fires again and again");
		is_int(fired_value, 88, "with its value");
		is_int(timer_delete(timer), 0, "timer_delete()");
	}
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	if (fd < 0 && errno == ENOSYS) {
		skip(4, "no timerfd");
		return;
	}
	is_int(timerfd_settime(fd, 0, &spec, NULL), 0, "timerfd");
	ok(read(fd, &expired, 8) == 8 && expired >= 1, "fires");
	ok(timerfd_gettime(fd, &left) == 0 &&
	   left.it_interval.tv_nsec == 3000000, "timerfd_gettime()");
	usleep(7000);
	ok(timerfd_gettime(fd, &left) == 0 && left.it_value.tv_sec == 0 &&
	   left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 3000000,
	   "that it has rung unheard takes nothing from the next time");
	close(fd);
}

int main(void)
{
	plan(10 + 6 + 1 + 6 + 7);
	test_clocks();
	test_both_ways(CLOCK_MONOTONIC, "monotonic");
	test_both_ways(CLOCK_REALTIME, "real time");
	test_set_time();
	test_between_harts();
	test_cpu_time();
	test_timers();
	return done_testing();
}
