/*
 * tests/abi/posix_timer.c
 *
 * Claim    A timer that rings again and again has one signal in the queue,
 *          which tells how often it rang unheard, however short its period; so
 *          does a timer that is a file; others' signals find room,
 *          and programs find time. Who stops a timer and is told that there was
 *          time left hears no signal of it; told or not, it is stopped. Another
 *          program hears no signal of the timers that were there before it.
 * Method   A blocked real-time signal, some dozen rings, and a small limit of
 *          queued signals; then as many timers as there may be, each as fast
 *          as it can, in processes that compute. Timers are stopped about when
 *          they ring: later after one that was early, and the other way.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

enum { RINGS = 40, VALUE = 17, QUEUED = 64, TIMERS = 30, PROCESSES = 8 };

static sigset_t ours;

static timer_t start(int sig, long ns)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = sig,
				  .sigev_value.sival_int = VALUE };
	struct itimerspec every = { { 0, ns }, { 0, ns } };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
	    timer_settime(timer, 0, &every, NULL) < 0)
		bail_out("timer: %s", strerror(errno));
	return timer;
}

static int take(siginfo_t *info)
{
	struct timespec now = { 0, 0 };

	return sigtimedwait(&ours, info, &now);
}

/* Signals in the queue, at most @max. */
static int drain(int max)
{
	siginfo_t info;
	int n = 0;

	while (n < max && take(&info) > 0)
		n++;
	return n;
}

static void test_one_entry(int sig)
{
	struct itimerspec off = { { 0, 0 }, { 0, 0 } };
	timer_t timer = start(sig, 1000000);
	siginfo_t info = { .si_overrun = -1 };

	usleep(RINGS * 1000);
	is_int(take(&info), sig, "signal %d is pending", sig);
	is_int(info.si_code, SI_TIMER, "from a timer");
	is_int(info.si_value.sival_int, VALUE, "with its value");
	ok(info.si_overrun >= RINGS / 2 && info.si_overrun < 100 * RINGS,
	   "which rang %d times more", info.si_overrun);
	is_int(timer_getoverrun(timer), info.si_overrun, "timer_getoverrun()");
	usleep(RINGS * 1000);
	timer_settime(timer, 0, &off, NULL);
	ok(drain(3) <= 1, "one more at most, not %d", RINGS);
	is_int(timer_delete(timer), 0, "deleted");
}

/* A timer does not use up what there is for others. */
static int leave_room(void *unused TAP_UNUSED)
{
	struct rlimit few = { QUEUED, QUEUED };
	union sigval value = { .sival_int = 1 };
	int sig = SIGRTMIN + 2;

	setrlimit(RLIMIT_SIGPENDING, &few);
	start(SIGRTMIN + 1, 200000);
	usleep(10 * QUEUED * 200);
	return sigqueue(getpid(), sig, value) != 0;
}

/* As many timers as may be, as fast as they can. */
static int compute_meanwhile(void)
{
	for (int i = 0; i < TIMERS; i++)
		start(SIGRTMIN + 1, 1);
	for (volatile long i = 0; i < 1000000; i++)
		;
	return 0;
}

/* A timer's signal joins one that waits already, and leaves it what it says. */
static void test_another_first(void)
{
	struct itimerspec at = { .it_value.tv_nsec = 20000000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN + 1 };
	timer_t every, later;
	siginfo_t info;
	sigset_t last;

	sigemptyset(&last);
	sigaddset(&last, SIGRTMIN + 1);
	tap_kill(getpid(), SIGUSR1);
	every = start(SIGUSR1, 1000000);
	if (timer_create(CLOCK_MONOTONIC, &event, &later) < 0 ||
	    timer_settime(later, 0, &at, NULL) < 0)
		bail_out("timer: %s", strerror(errno));
	sigwaitinfo(&last, NULL);
	timer_delete(later);
	is_int(take(&info), SIGUSR1, "the signal that was sent before a timer rang");
	is_int(info.si_code, SI_USER, "is still of who sent it");
	is_int(info.si_pid, getpid(), "says who that was");
	is_int((long)info.si_uid, getuid(), "and whose");
	timer_delete(every);
	drain(QUEUED);
}

static void test_many(void)
{
	int status, bad = 0;

	for (int i = 0; i < PROCESSES; i++)
		if (tap_fork() == 0)
			_exit(compute_meanwhile());
	while (wait(&status) > 0)
		bad += status != 0;
	is_int(bad, 0, "timers without end leave time to compute");
}

/* As many as there may be; and the refusal of more keeps nothing. */
static int make_too_many(void *unused TAP_UNUSED)
{
	enum { LIMIT = 100, REFUSED = 4 };
	struct rlimit limit = { LIMIT, LIMIT };
	int made = 0, refused = 0;
	timer_t timer;

	if (setrlimit(RLIMIT_SIGPENDING, &limit) < 0)
		return 99;
	while (made <= LIMIT && refused < REFUSED)
		if (timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0)
			made++;
		else if (errno == EAGAIN)
			refused++;
		else
			return 98;
	return made > 0 && refused == REFUSED ? 0 : 1;
}

/* ---- at the same moment ---- */

static struct timespec in_a_moment(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 50000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* Of those that were started on one hart the first rings first. */
static void test_together(void)
{
	enum { TOGETHER = 5 };
	struct itimerspec at = { .it_value = in_a_moment() };
	timer_t timer[TOGETHER];
	siginfo_t info;
	cpu_set_t one, all;
	int in_order = 0;

	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < TOGETHER; i++) {
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
					  .sigev_signo = SIGRTMIN + 1,
					  .sigev_value.sival_int = i };

		if (timer_create(CLOCK_MONOTONIC, &event, &timer[i]) < 0 ||
		    timer_settime(timer[i], TIMER_ABSTIME, &at, NULL) < 0)
			bail_out("timer: %s", strerror(errno));
	}
	for (int i = 0; i < TOGETHER; i++)
		in_order += sigwaitinfo(&ours, &info) > 0 && info.si_value.sival_int == i;
	is_int(in_order, TOGETHER, "timers of the same moment ring in their order");
	for (int i = 0; i < TOGETHER; i++)
		timer_delete(timer[i]);
	sched_setaffinity(0, sizeof(all), &all);
}

/* ---- stopped as it rings ---- */

static struct itimerspec soon = { { 0, 0 }, { 0, 30000 } }, never;
static timer_t one;

static void begin_posix(void)
{
	timer_settime(one, 0, &soon, NULL);
}

/* Was there time left? */
static bool stop_posix(void)
{
	struct itimerspec old;

	timer_settime(one, 0, &never, &old);
	return old.it_value.tv_sec || old.it_value.tv_nsec;
}

static void begin_real(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 30 } };

	setitimer(ITIMER_REAL, &it, NULL);
}

static bool stop_real(void)
{
	struct itimerval off = { { 0, 0 }, { 0, 0 } }, old;

	setitimer(ITIMER_REAL, &off, &old);
	return old.it_value.tv_sec || old.it_value.tv_usec;
}

static void test_stopped(void (*begin)(void), bool (*stop)(void), const char *what)
{
	int early = 0, late = 0, both = 0;
	unsigned long spins = 1000;

	for (int i = 0; i < 5000 && !both; i++) {
		begin();
		for (volatile unsigned long n = spins; n; n--)
			;
		bool left = stop(), rang = drain(1) == 1;

		spins += left ? spins / 16 + 1 : -(spins / 16);
		both += left && rang;
		early += left;
		late += !left; /* and newer Linux takes its signal back */
	}
	is_int(both, 0, "%s has rung or there was time left", what);
	ok(early && late, "each of which happened");
}

static void test_told_nowhere(void)
{
	struct itimerspec later = { { 0, 0 }, { 100, 0 } }, now;
	struct itimerval it = { { 0, 0 }, { 100000, 0 } };	/* tap.h sets less */
	unsigned left;
	long result;

	fails(syscall(SYS_timer_settime, one, 0, &later, (void *)1), EFAULT,
	      "who cannot be told how a timer stood");
	timer_gettime(one, &now);
	ok(now.it_value.tv_sec > 50, "has set it");
	result = syscall(SYS_setitimer, ITIMER_REAL, &it, (void *)1);
	left = alarm(0);
	fails(result, EFAULT, "so has who cannot be told how the process's stood");
	ok(left > 50000, "that one");
	timer_delete(one);
}

static void test_old_settings(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };

	sigaddset(&ours, SIGALRM);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	drain(QUEUED);
	if (timer_create(CLOCK_MONOTONIC, &event, &one) < 0)
		bail_out("timer_create: %s", strerror(errno));
	test_stopped(begin_posix, stop_posix, "a timer");
	test_stopped(begin_real, stop_real, "the process's timer");
	test_told_nowhere();
}

/* A period may be shorter than what can be heard, and end between two ticks: what
 * was not heard is counted, up to what an int can hold. */
static void test_short_period(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN + 1 };
	struct itimerspec at, now;
	siginfo_t info = { .si_overrun = -1 };
	timer_t timer;

	if (timer_create(CLOCK_REALTIME, &event, &timer) < 0)
		bail_out("timer_create: %s", strerror(errno));
	at = (struct itimerspec){ { 0, 333 }, { 0, 1000 } };
	timer_settime(timer, 0, &at, NULL);
	timer_gettime(timer, &now);
	is_int(now.it_interval.tv_nsec, 333, "a short period is told as it was set");
	usleep(1000);
	take(&info);
	ok(info.si_overrun > 2000, "in a millisecond it has rung %d times",
	   info.si_overrun);
	/* More than an int ago, by its own period. */
	clock_gettime(CLOCK_REALTIME, &at.it_value);
	at.it_value.tv_sec -= 3;
	at.it_interval.tv_nsec = 1;
	info.si_overrun = -1;
	drain(3);
	timer_settime(timer, TIMER_ABSTIME, &at, NULL);
	while (take(&info) <= 0)
		;
	is_int(info.si_overrun, INT_MAX, "three seconds are more than are counted");
	timer_delete(timer);
	drain(3);
}

static double since(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin->tv_sec) * 1e9 + now.tv_nsec - begin->tv_nsec;
}

/* A file that rings each @ns, and is read for a fifth of a second: no more often than
 * since before it was set, nor less than from then until before it was read last. */
static void test_count(long ns)
{
	struct itimerspec every = { { 0, ns }, { 0, ns } };
	struct timespec before, after;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	double passed, all;
	uint64_t rings, sum = 0;

	clock_gettime(CLOCK_MONOTONIC, &before);
	timerfd_settime(fd, 0, &every, NULL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	do {
		passed = since(&after);
		if (read(fd, &rings, sizeof(rings)) == sizeof(rings))
			sum += rings;
	} while (passed < 2e8);
	all = since(&before);
	ok(sum >= passed / ns - 1 && sum <= all / ns,
	   "%lu rings in %.0f to %.0f periods of %ld ns", (unsigned long)sum,
	   passed / ns, all / ns, ns);
	close(fd);
}

/* ---- exec ---- */

/* It is a program of its own that says what it finds. */
static int tell_pending(void)
{
	sigset_t set;

	sigpending(&set);
	if (sigismember(&set, SIGRTMIN + 1) || sigismember(&set, SIGUSR1))
		return 1;
	return sigismember(&set, SIGRTMIN + 2) ? 33 : 2;
}

static void ring_once(int sig)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = sig };
	struct itimerspec soon = { .it_value.tv_nsec = 1000 };
	timer_t timer;
	sigset_t set;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
	    timer_settime(timer, 0, &soon, NULL) < 0)
		_exit(100);
	do
		sigpending(&set);
	while (!sigismember(&set, sig));
}

static int exec_with_pending(void *unused TAP_UNUSED)
{
	char *args[] = { "posix_timer", "pending", NULL };

	ring_once(SIGRTMIN + 1);
	ring_once(SIGUSR1);
	if (sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = 1 }) < 0)
		return 101;
	execv("/proc/self/exe", args);
	return 102;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "pending") == 0)
		return tell_pending();
	sigemptyset(&ours);
	sigaddset(&ours, SIGRTMIN + 1);
	sigaddset(&ours, SIGRTMIN + 2);
	sigaddset(&ours, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	if (skip_under_qemu(35, "counts no overruns"))
		return done_testing();
	test_one_entry(SIGRTMIN + 1);
	test_one_entry(SIGUSR1);
	is_exit(in_child(leave_room, NULL), 0, "there is room for others");
	test_another_first();
	test_many();
	is_exit(in_child(make_too_many, NULL), 0, "there is not room for any number");
	test_together();
	test_old_settings();
	test_short_period();
	test_count(333);
	test_count(1234567);
	is_exit(in_child(exec_with_pending, NULL), 33,
		"exec takes what timers have sent, and nothing else");
	return done_testing();
}
