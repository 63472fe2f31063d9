/*
 * tests/stress/timer_storm.c
 *
 * Claim    A POSIX timer that is set once rings once, with the value it was
 *          made with; one that is deleted, set anew or left behind by an exit
 *          while it rings does no harm; the interval timer of a process rings
 *          when it was set last, whichever threads set it.
 * Method   Threads make timers, wait for their ring and delete them; delete
 *          and set timers that ring all the time, also those that another
 *          thread is using; leave some to a thread that has ended; and set
 *          and stop the interval timer of their process, which then exits
 *          with all of that going on.
 * Oracle   Rings are counted, values are known. Who sets a timer that another
 *          has deleted may set its successor, which has the same id: what is
 *          counted was made while nobody was about that. A ring does not come when
 *          others have rung a thousand times since, and a watch has looked as often
 *          as at anything that hangs; or when that watch sees that nothing rings
 *          any more. On a busy host a ring may take a millisecond, and a hart stand
 *          still for many. A lab kernel sees a timer that is used after it was freed.
 * Catches  A timer that is freed while its interrupt runs, or while its signal
 *          is pending; a table of timers that two threads change at once; an
 *          interval timer that two threads start at once.
 * -X       Now and then a timer is not set.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum {
	WORKERS = 3, TURNS = 12, LONGEST_NS = 60000,
	PATIENCE = 1000,		/* rings of others */
	MAGIC = 0x5a000000, ONCE = 0x5a800000, SERIAL = 0x100,
};

static struct shared {
	unsigned long moved;		/* for the watch: rings, and more */
	unsigned long looks;		/* of the watch */
} *shared;

static volatile int rings[WORKERS];	/* of the one that rings once */
static volatile int once[WORKERS];	/* its value */
static unsigned setting[WORKERS];	/* odd: sets what may be gone */
static volatile int alarms;
static timer_t common;			/* all set and delete it */

static void got_on(void)
{
	__atomic_fetch_add(&shared->moved, 1, __ATOMIC_RELAXED);
}

static unsigned long moved(void)
{
	return __atomic_load_n(&shared->moved, __ATOMIC_RELAXED);
}

static unsigned long looks(void)
{
	return __atomic_load_n(&shared->looks, __ATOMIC_RELAXED);
}

static void on_ring(int sig TAP_UNUSED, siginfo_t *info,
		    void *context TAP_UNUSED)
{
	int value = info->si_value.sival_int, worker = value & 0xff;

	got_on();
	if (!stress_check((value & ~0xffffff) == MAGIC && worker < WORKERS,
			  "a timer rings with value %#x", value))
		return;
	if (value == once[worker])
		__atomic_fetch_add(&rings[worker], 1, __ATOMIC_SEQ_CST);
}

static void on_alarm(int sig TAP_UNUSED)
{
	got_on();
	__atomic_fetch_add(&alarms, 1, __ATOMIC_SEQ_CST);
}

/* ---- timers ---- */

static timer_t make_timer(int value, pid_t thread)
{
	struct sigevent event = {
		.sigev_notify = thread ? SIGEV_THREAD_ID : SIGEV_SIGNAL,
		.sigev_signo = SIGRTMIN,
		.sigev_value = { .sival_int = value },
	};
	timer_t t = 0;

	if (thread)
		event.sigev_notify_thread_id = thread;
	stress_check(timer_create(CLOCK_MONOTONIC, &event, &t) == 0,
		     "timer_create: errno %d", errno);
	return t;
}

static int set_timer(timer_t t, long ns, long interval)
{
	struct itimerspec its = {
		.it_value = { 0, ns }, .it_interval = { 0, interval },
	};

	return timer_settime(t, 0, &its, NULL);
}

static long short_time(struct rng *rng)
{
	return 1 + rng_below(rng, LONGEST_NS);
}

/* How often anybody has begun or ended to set what may be gone. */
static unsigned settings(bool *under_way)
{
	unsigned sum = 0;

	*under_way = false;
	for (int w = 0; w < WORKERS; w++) {
		unsigned n = __atomic_load_n(&setting[w], __ATOMIC_SEQ_CST);

		*under_way |= n & 1;
		sum += n;
	}
	return sum;
}

/* A value that only one timer has had: what one rings that is deleted at once
 * may be heard later. */
static int new_value(long me)
{
	static int serials[WORKERS];

	return ONCE | (serials[me]++ % 0x7fff) * SERIAL | (int)me;
}

/* A timer that nobody takes for an older one. */
static timer_t make_known(long me, int *value)
{
	unsigned before, after;
	bool under_way, ignored;
	timer_t t;

	for (;;) {
		*value = new_value(me);
		before = settings(&under_way);
		t = make_timer(*value, 0);
		after = settings(&ignored);
		if ((!under_way && before == after) || stress_failed())
			return t;
		timer_delete(t);
		sched_yield();
	}
}

/* Until *@rings is no longer @before. */
static void await_ring(const volatile int *rings, int before)
{
	unsigned long began = moved(), looked = looks();

	while (*rings == before && !stress_failed()) {
		stress_check(moved() - began < PATIENCE || looks() - looked < STUCK_LOOKS,
			     "a timer that was set does not ring, others do");
		sched_yield();
	}
}

static void ring_once(struct rng *rng, long me)
{
	int value, before = rings[me];
	timer_t t = make_known(me, &value);

	once[me] = value;
	if (!stress.wrong || rng_below(rng, 8) != 0)
		set_timer(t, short_time(rng), 0);
	await_ring(&rings[me], before);
	stress_check(rings[me] == before + 1 || stress_failed(),
		     "a timer that was set once rang %d times",
		     rings[me] - before);
	timer_delete(t);
}

static void delete_while_it_rings(struct rng *rng, long me)
{
	timer_t t = make_timer(MAGIC | me, 0);

	set_timer(t, short_time(rng), 20000);
	rng_dither(rng);
	if (rng_below(rng, 2))
		set_timer(t, short_time(rng), 30000);
	rng_dither(rng);
	stress_check(timer_delete(t) == 0, "timer_delete: errno %d", errno);
}

/* One of all that do so has made it last, and somebody deletes that one. */
static void use_common(struct rng *rng, long me)
{
	timer_t t;

	switch (rng_below(rng, 3)) {
	case 0:
		t = make_timer(MAGIC | me, 0);
		set_timer(t, short_time(rng), 50000);
		t = __atomic_exchange_n(&common, t, __ATOMIC_SEQ_CST);
		if (t)
			timer_delete(t);
		break;
	case 1:
		__atomic_add_fetch(&setting[me], 1, __ATOMIC_SEQ_CST);
		t = __atomic_load_n(&common, __ATOMIC_SEQ_CST);
		if (t && set_timer(t, short_time(rng), 50000) < 0)
			stress_check(errno == EINVAL,
				     "timer_settime: errno %d", errno);
		__atomic_add_fetch(&setting[me], 1, __ATOMIC_SEQ_CST);
		break;
	default:
		t = __atomic_exchange_n(&common, NULL, __ATOMIC_SEQ_CST);
		if (t)
			timer_delete(t);
	}
}

static void *end_at_once(void *tid)
{
	*(volatile pid_t *)tid = gettid();
	while (*(volatile pid_t *)tid != 0)
		sched_yield();
	return NULL;
}

/* It rings for a thread that is no more. */
static void leave_to_dead(struct rng *rng, long me)
{
	volatile pid_t tid = 0;
	pthread_t thread;
	timer_t t;

	tap_thread(&thread, NULL, end_at_once, (void *)&tid);
	while (tid == 0)
		sched_yield();
	t = make_timer(MAGIC | me, tid);
	set_timer(t, short_time(rng), 40000);
	tid = 0;
	pthread_join(thread, NULL);
	rng_dither(rng);
	timer_delete(t);
}

/* ---- the interval timer ---- */

static void set_interval(long us, long interval)
{
	struct itimerval it = {
		.it_value = { 0, us }, .it_interval = { 0, interval },
	};

	setitimer(ITIMER_REAL, &it, NULL);
}

static void set_and_stop(struct rng *rng)
{
	set_interval(1 + rng_below(rng, 50), rng_below(rng, 2) * 100);
	rng_dither(rng);
	if (rng_below(rng, 2))
		set_interval(0, 0);
}

/* When nobody else sets it any more, it rings as it was set last. */
static void ring_a_last_time(void)
{
	int before;

	set_interval(0, 0);
	before = alarms;
	set_interval(10, 0);
	await_ring(&alarms, before);
}

/* ---- a process ---- */

static void *work(void *me)
{
	struct rng rng = rng_of((long)me);

	for (int i = 0; i < TURNS && !stress_failed(); i++) {
		ring_once(&rng, (long)me);
		delete_while_it_rings(&rng, (long)me);
		use_common(&rng, (long)me);
		set_and_stop(&rng);
		if (i % 4 == 0)
			leave_to_dead(&rng, (long)me);
	}
	return NULL;
}

static void be_process(void)
{
	struct sigaction act = { .sa_sigaction = on_ring,
				 .sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(SIGRTMIN, &act, NULL);
	signal(SIGALRM, on_alarm);
	stress_threads(WORKERS, work);
	ring_a_last_time();
	set_timer(make_timer(MAGIC, 0), 1, 20000);
	set_interval(1, 20);
	_exit(0);
}

static void look(void)
{
	static struct stress_seen seen;

	__atomic_fetch_add(&shared->looks, 1, __ATOMIC_RELAXED);
	if (stress_stands(&seen, moved()))
		stress_check(false, "a timer that was set does not ring");
}

int main(int argc, char **argv)
{
	pid_t watch, pid;
	int status;

	stress_begin(argc, argv, WORKERS, "timers ring as they were set");
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	while (stress_go_on()) {
		pid = tap_fork();
		if (pid == 0)
			be_process();
		waitpid(pid, &status, 0);
		stress_check(status == 0, "a process: wait status %#x", status);
		stress_round();
	}
	stress_watch_end(watch);
	return stress_end();
}
