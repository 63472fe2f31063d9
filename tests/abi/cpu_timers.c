/*
 * tests/abi/cpu_timers.c
 *
 * Claim    ITIMER_VIRTUAL and ITIMER_PROF ring when a process has run so long,
 *          not when so much time has passed; again and again with an interval;
 *          all threads count; a child has none.  Who runs longer than his
 *          RLIMIT_CPU gets SIGXCPU, and at the hard limit he ends.
 * Method   Computing until it rings, and a look at how much was used; sleeping
 *          for longer than is set; a child that computes for ever.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>

enum { TICK = 10000 }; /* us: Linux samples, and rounds */

static volatile int rings;

static void ring(int sig TAP_UNUSED)
{
	rings++;
}

static long used_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void set(int which, long us, long interval)
{
	struct itimerval it = { { 0, interval }, { 0, us } };

	if (setitimer(which, &it, NULL) < 0)
		bail_out("setitimer: %s", strerror(errno));
}

static void compute_until(int n)
{
	volatile unsigned long turns = 0;

	while (rings < n)
		turns++;
}

/*
 * What was used is counted from before a timer is set: a host that is itself a
 * guest counts time that it was not given, and between the two calls, too.
 */

static void test_once(int which, int sig, const char *name)
{
	struct itimerval it;
	long used, before = used_us();

	rings = 0;
	signal(sig, ring);
	set(which, 100000, 0);
	is_int(getitimer(which, &it), 0, "%s is read", name);
	ok(it.it_value.tv_sec == 0 && (it.it_value.tv_usec > 0 || rings) &&
	   it.it_value.tv_usec <= 100000 + TICK, "it has %ld us left",
	   (long)it.it_value.tv_usec);
	compute_until(1);
	used = used_us() - before;
	ok(used >= 100000 - 4 * TICK, "it rings after %ld us of 100,000", used);
	getitimer(which, &it);
	is_int(it.it_value.tv_sec + it.it_value.tv_usec, 0, "and is off");
}

static void test_interval(void)
{
	long used, before = used_us();

	rings = 0;
	set(ITIMER_PROF, 20000, 20000);
	compute_until(4);
	used = used_us() - before;
	set(ITIMER_PROF, 0, 0);
	ok(used >= 80000 - 4 * TICK, "four times in %ld us", used);
}

static void test_asleep(void)
{
	struct itimerval it;

	rings = 0;
	set(ITIMER_PROF, 400000, 0);
	usleep(500000);
	is_int(rings, 0, "it does not ring for who sleeps");
	getitimer(ITIMER_PROF, &it);
	ok(it.it_value.tv_usec > 0, "and is still set");
	set(ITIMER_PROF, 0, 0);
}

/* --- all threads ---------------------------------------------------------- */

static volatile int stop;

static void *compute(void *unused TAP_UNUSED)
{
	while (!stop)
		;
	return NULL;
}

static void test_threads(void)
{
	pthread_t t;

	rings = 0;
	tap_thread(&t, NULL, compute, NULL);
	set(ITIMER_VIRTUAL, 50000, 0);
	while (rings == 0)
		usleep(1000);
	stop = 1;
	pthread_join(t, NULL);
	ok(used_us() >= 50000, "another thread's time counts");
}

/* --- children ------------------------------------------------------------- */

static int left_in_child(void *unused TAP_UNUSED)
{
	struct itimerval it;

	getitimer(ITIMER_VIRTUAL, &it);
	return it.it_value.tv_sec || it.it_value.tv_usec;
}

/* How often before the hard limit was set, and since. */
static volatile int *told;
static volatile bool is_hard;

static void count_told(int sig TAP_UNUSED)
{
	told[is_hard]++;
}

/* So many seconds it has run when the hard limit was set. */
static volatile long *ran;

/* The hard limit comes when the soft one has been seen, and a while later, in which
 * it is not to be told again: none leaps over it. */
static int compute_for_ever(void *unused TAP_UNUSED)
{
	struct rlimit soft = { 1, RLIM_INFINITY }, hard = { 2, 2 };
	long more;

	signal(SIGXCPU, count_told);
	setrlimit(RLIMIT_CPU, &soft);
	while (*told == 0)
		;
	for (more = used_us() + 200000; used_us() < more;)
		;
	*ran = used_us() / 1000000;
	setrlimit(RLIMIT_CPU, &hard);
	is_hard = true;
	while (getppid() != 0)
		;
	return 0;
}

static void test_children(void)
{
	int status;

	set(ITIMER_VIRTUAL, 500000, 0);
	is_exit(in_child(left_in_child, NULL), 0, "a child has no timer");
	set(ITIMER_VIRTUAL, 0, 0);
	told = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ran = (volatile long *)told + 1;
	status = in_child(compute_for_ever, NULL);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	   "two seconds are the hard limit: status %x", status);
	ok(told[0] >= 1, "after one, it was told: %d", told[0]);
	ok(told[0] <= *ran, "once a second: in %ld", *ran);
	is_int(told[1], 0, "and not of the hard one, which is the soft one now");
}

int main(void)
{
	struct itimerval it;

	plan(19);
	fails(getitimer(3, &it), EINVAL, "no such timer");
	fails(setitimer(3, &it, NULL), EINVAL, "no such timer to set");
	if (!skip_under_qemu(4, "its own work counts"))
		test_once(ITIMER_VIRTUAL, SIGVTALRM, "ITIMER_VIRTUAL");
	test_once(ITIMER_PROF, SIGPROF, "ITIMER_PROF");
	test_interval();
	test_asleep();
	signal(SIGVTALRM, ring);
	test_threads();
	test_children();
	return done_testing();
}
