/*
 * tests/abi/clock_set.c
 *
 * Claim    Who waits for a time of day goes on when the clock is set to it,
 *          and waits longer when it is set back: in clock_nanosleep(), in a
 *          futex, with a POSIX timer, at a timerfd, whichever hart set the
 *          clock.  Who waits for so long is not moved.  A timerfd says
 *          ECANCELED, once for each time, if it was asked to, to its reader
 *          and to poll().
 * Method   A wait for an hour from now, seen asleep on each hart in turn; then
 *          the clock goes an hour forward, and back again by the monotonic
 *          clock.  Only where the machine is the test's own: it sets no one
 *          else's clock.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

enum { HOUR = 3600, RESULTS = 32 };

static struct timespec now_of(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		bail_out("clock_gettime: %s", strerror(errno));
	return ts;
}

static struct timespec in_an_hour(void)
{
	struct timespec ts = now_of(CLOCK_REALTIME);

	ts.tv_sec += HOUR;
	return ts;
}

/* By how much the time of day is ahead of the monotonic clock, in seconds. */
static long right_offset;

static void set_ahead(long seconds)
{
	struct timespec ts = now_of(CLOCK_MONOTONIC);

	ts.tv_sec += right_offset + seconds;
	if (clock_settime(CLOCK_REALTIME, &ts) < 0)
		bail_out("clock_settime: %s", strerror(errno));
}

/* --- who sleeps ------------------------------------------------------------ */

static struct timespec goal;
static volatile pid_t sleeper;
static volatile int is_up;

static void *sleep_until_goal(void *unused TAP_UNUSED)
{
	sleeper = gettid();
	is_up = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &goal, NULL) ?
			-1 : 1;
	return NULL;
}

static void *wait_until_goal(void *unused TAP_UNUSED)
{
	static int word;

	sleeper = gettid();
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0,
		&goal, NULL, FUTEX_BITSET_MATCH_ANY);
	is_up = errno == ETIMEDOUT ? 1 : -1;
	return NULL;
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bail_out("sched_setaffinity: %s", strerror(errno));
}

/* It goes to sleep on @there, and the clock is set from @here. */
static void test_sleeper(void *(*fn)(void *), int here, int there,
			 const char *name)
{
	pthread_t t;

	goal = in_an_hour();
	sleeper = is_up = 0;
	stay_on(there);
	tap_thread(&t, NULL, fn, NULL);
	wait_until_thread_asleep(&sleeper);
	stay_on(here);
	set_ahead(HOUR - 10);
	wait_until_thread_asleep(&sleeper);
	is_int(is_up, 0, "%s, harts %d and %d: it is not time yet", name, here,
	       there);
	set_ahead(HOUR + 1);
	pthread_join(t, NULL);
	is_int(is_up, 1, "%s: and now it is", name);
	set_ahead(0);
}

static void *sleep_for_a_moment(void *unused TAP_UNUSED)
{
	struct timespec moment = { 0, 300000000 };

	sleeper = gettid();
	is_up = clock_nanosleep(CLOCK_REALTIME, 0, &moment, NULL) ? -1 : 1;
	return NULL;
}

static void test_not_moved(void)
{
	struct timespec begin = now_of(CLOCK_MONOTONIC), end;
	pthread_t t;

	sleeper = is_up = 0;
	tap_thread(&t, NULL, sleep_for_a_moment, NULL);
	while (sleeper == 0)
		usleep(1000);
	set_ahead(HOUR);
	set_ahead(-HOUR);
	pthread_join(t, NULL);
	set_ahead(0);
	end = now_of(CLOCK_MONOTONIC);
	ok(is_up == 1 && (end.tv_sec - begin.tv_sec) * 1000 +
	   (end.tv_nsec - begin.tv_nsec) / 1000000 >= 299,
	   "who sleeps for a while sleeps for it");
}

/* --- timers ---------------------------------------------------------------- */

static volatile int rings;

static void ring(int sig TAP_UNUSED)
{
	rings++;
}

static void test_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	struct itimerspec it = { .it_value = in_an_hour() }, left;
	timer_t timer;

	signal(SIGUSR1, ring);
	timer_create(CLOCK_REALTIME, &event, &timer);
	timer_settime(timer, TIMER_ABSTIME, &it, NULL);
	set_ahead(HOUR - 10);
	timer_gettime(timer, &left);
	ok(left.it_value.tv_sec >= 1 && left.it_value.tv_sec < 10,
	   "a timer has %ld s left", (long)left.it_value.tv_sec);
	is_int(rings, 0, "and has not rung");
	set_ahead(-HOUR);
	timer_gettime(timer, &left);
	ok(left.it_value.tv_sec > HOUR, "%ld s when the clock goes back",
	   (long)left.it_value.tv_sec);
	set_ahead(HOUR + 1);
	while (rings == 0)
		usleep(1000);
	is_int(rings, 1, "it rings once");
	timer_delete(timer);
	set_ahead(0);
}

static bool is_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

static int timer_at(int flags)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	struct itimerspec it = { .it_value = in_an_hour() };

	it.it_interval.tv_sec = 2 * HOUR;
	if (timerfd_settime(fd, TFD_TIMER_ABSTIME | flags, &it, NULL) < 0)
		bail_out("timerfd_settime: %s", strerror(errno));
	return fd;
}

static void test_timerfd(void)
{
	int fd = timer_at(0);
	uint64_t n = 0;

	set_ahead(HOUR - 10);
	fails(read(fd, &n, sizeof(n)), EAGAIN, "a timerfd has not rung");
	set_ahead(5 * HOUR + 1);
	ok(is_ready(fd), "poll() says that it has");
	is_int(read(fd, &n, sizeof(n)), sizeof(n), "it is read");
	is_int(n, 3, "all rings that the clock has passed count");
	close(fd);
	set_ahead(0);
}

static void test_told(void)
{
	struct itimerspec it = { .it_value = in_an_hour() };
	int fd = timer_at(TFD_TIMER_CANCEL_ON_SET);
	uint64_t n;

	ok(!is_ready(fd), "nobody has set the clock yet");
	set_ahead(-HOUR);
	ok(is_ready(fd), "somebody has");
	fails(read(fd, &n, sizeof(n)), ECANCELED, "it says so");
	fails(read(fd, &n, sizeof(n)), EAGAIN, "once");
	set_ahead(0);
	fails(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			      &it, NULL), ECANCELED, "to who sets it, too");
	fails(read(fd, &n, sizeof(n)), EAGAIN, "and that was all");
	timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL);
	set_ahead(-HOUR);
	ok(!is_ready(fd), "who does not ask is not told");
	close(fd);
	set_ahead(0);
}

static int told_fd;

static void *read_told(void *unused TAP_UNUSED)
{
	uint64_t n;

	sleeper = gettid();
	is_up = read(told_fd, &n, sizeof(n)) == -1 && errno == ECANCELED ? 1 : -1;
	return NULL;
}

static void *poll_told(void *unused TAP_UNUSED)
{
	struct pollfd p = { .fd = told_fd, .events = POLLIN };

	sleeper = gettid();
	is_up = poll(&p, 1, -1) == 1 ? 1 : -1;
	return NULL;
}

static void test_told_asleep(void *(*fn)(void *), const char *name)
{
	pthread_t t;

	told_fd = timer_at(TFD_TIMER_CANCEL_ON_SET);
	fcntl(told_fd, F_SETFL, 0);
	sleeper = is_up = 0;
	tap_thread(&t, NULL, fn, NULL);
	wait_until_thread_asleep(&sleeper);
	set_ahead(-HOUR);
	pthread_join(t, NULL);
	is_int(is_up, 1, "who waits in %s is told", name);
	close(told_fd);
	set_ahead(0);
}

static void test_edges(void)
{
	struct timespec invalid = { 0, 1000000000 }, before = { -1, 0 };
	struct timespec far = { 8277292036, 0 }, boot = { 0, 1 };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct itimerspec it = { .it_value = { HOUR, 0 } };
	struct timeval tv = { 0, 1000000 };

	fails(clock_settime(CLOCK_REALTIME, &invalid), EINVAL, "no nanoseconds");
	fails(clock_settime(CLOCK_REALTIME, &before), EINVAL, "before 1970");
	fails(clock_settime(CLOCK_REALTIME, &far), EINVAL, "too far away");
	fails(clock_settime(CLOCK_REALTIME, &boot), EINVAL,
	      "the machine began after 1970");
	fails(syscall(SYS_settimeofday, &tv, NULL), EINVAL, "no microseconds");
	is_int(timerfd_settime(fd, TFD_TIMER_CANCEL_ON_SET, &it, NULL), 0,
	       "of another clock nobody is told");
	set_ahead(0);
	ok(!is_ready(fd), "and nothing happens");
	it.it_value.tv_sec += now_of(CLOCK_MONOTONIC).tv_sec;
	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &it, NULL);
	set_ahead(0);
	ok(!is_ready(fd), "nor at a time of that clock");
	close(fd);
}

int main(void)
{
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	plan(RESULTS);
	if (!on_drover()) {
		skip(RESULTS, "the clock is somebody's");
		return done_testing();
	}
	right_offset = now_of(CLOCK_REALTIME).tv_sec -
		       now_of(CLOCK_MONOTONIC).tv_sec;
	test_sleeper(sleep_until_goal, 0, 0, "clock_nanosleep()");
	test_sleeper(sleep_until_goal, 0, last, "clock_nanosleep()");
	test_sleeper(wait_until_goal, last, 0, "a futex");
	test_not_moved();
	test_timer();
	test_timerfd();
	test_told();
	test_told_asleep(read_told, "read()");
	test_told_asleep(poll_told, "poll()");
	test_edges();
	return done_testing();
}
