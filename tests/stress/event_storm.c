/*
 * tests/stress/event_storm.c
 *
 * Claim    An eventfd loses and doubles no count, a timerfd that rings is
 *          read once, and whoever waits for either, in read(), write(), poll()
 *          or select(), is woken; one that is closed rings no more.
 * Method   Threads write to an eventfd and read it. The counts are so large
 *          that only three fit, so writers wait, too; or it is a semaphore of
 *          small ones. A thread sets a timerfd to a moment, another one waits
 *          for it; a third one asks for the time left, and makes, sets and
 *          closes timers of its own, which ring by then, or not. One timerfd
 *          is set by all of them.
 * Oracle   As much is read as was written; each ring is one. A watch sees that
 *          nobody gets on.
 * Catches  A count that is changed without its lock; an end that does not wake
 *          the other; poll() that looks before it watches, or forgets a note
 *          that came while it looked; a timer that is freed while it is set.
 * -X       The timerfd that should ring once rings again, a nanosecond later.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>

#define LARGE (1UL << 62)

enum { EACH = 40, WRITERS = 2, TOTAL = EACH * WRITERS, LONGEST_NS = 100000 };

/* Shared with the watch. */
static struct shared {
	unsigned long moved;
} *shared;

static void got_on(void)
{
	__atomic_fetch_add(&shared->moved, 1, __ATOMIC_RELAXED);
}

/* ---- waiting, in several ways ---- */

enum way { BY_CALL, BY_POLL, BY_SELECT, NR_WAYS };

static void wait_for(int fd, short events, enum way way)
{
	struct pollfd p = { .fd = fd, .events = events };
	bool in = events == POLLIN;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (way == BY_POLL)
		stress_check(poll(&p, 1, -1) == 1, "poll: errno %d", errno);
	else if (way == BY_SELECT)
		stress_check(select(fd + 1, in ? &set : NULL,
				    in ? NULL : &set, NULL, NULL) == 1,
			     "select: errno %d", errno);
}

/* ---- an eventfd ---- */

static int event;
static uint64_t unit;
static long nr_taken;

/* An eventfd that does not block is waited for by poll() and select(). */
static void put(struct rng *rng, uint64_t value)
{
	enum way way = rng_below(rng, NR_WAYS);

	while (wait_for(event, POLLOUT, way),
	       write(event, &value, sizeof(value)) < 0) {
		if (!stress_check(errno == EAGAIN, "write: errno %d", errno))
			break;
		sched_yield();
	}
	got_on();
}

static uint64_t take(struct rng *rng)
{
	enum way way = 1 + rng_below(rng, NR_WAYS - 1);
	uint64_t value = 0;

	while (read(event, &value, sizeof(value)) < 0) {
		if (!stress_check(errno == EAGAIN, "read: errno %d", errno))
			break;
		wait_for(event, POLLIN, way);
	}
	return value;
}

static void *write_event(void *me)
{
	struct rng rng = rng_of((long)me);

	for (int i = 0; i < EACH; i++) {
		put(&rng, unit);
		rng_dither(&rng);
	}
	return NULL;
}

static long taken(void)
{
	return __atomic_load_n(&nr_taken, __ATOMIC_ACQUIRE);
}

/* Who takes the last one tells the other reader by one more. */
static void *read_event(void *me)
{
	struct rng rng = rng_of((long)me);

	while (taken() < TOTAL) {
		uint64_t value = take(&rng);
		long units = (long)(value / unit);

		if (taken() >= TOTAL)
			break;
		stress_check(value % unit == 0 && units > 0 && units < TOTAL,
			     "an eventfd of counts of %lu reads as %lu",
			     (unsigned long)unit, (unsigned long)value);
		if (__atomic_add_fetch(&nr_taken, units, __ATOMIC_ACQ_REL) ==
		    TOTAL)
			put(&rng, unit);
		got_on();
	}
	return NULL;
}

static void *read_or_write(void *me)
{
	return (long)me < WRITERS ? write_event(me) : read_event(me);
}

static void one_event(struct rng *rng)
{
	bool semaphore = rng_below(rng, 2), blocks = rng_below(rng, 2);

	unit = semaphore ? 1 : LARGE;
	nr_taken = 0;
	event = eventfd(0, (semaphore ? EFD_SEMAPHORE : 0) |
				   (blocks ? 0 : EFD_NONBLOCK));
	stress_threads(WRITERS + 2, read_or_write);
	stress_check(nr_taken == TOTAL || stress_failed(),
		     "%ld were taken, %d written", nr_taken, TOTAL);
	close(event);
}

/* ---- a timerfd ---- */

static int timer;
static int wild;		/* that all set at once, and nobody waits for */
static long nr_rung;

static void set(int fd, long ns, long interval)
{
	struct itimerspec its = {
		.it_value = { 0, ns }, .it_interval = { 0, interval },
	};

	stress_check(timerfd_settime(fd, 0, &its, NULL) == 0,
		     "timerfd_settime: errno %d", errno);
}

static long rung(void)
{
	return __atomic_load_n(&nr_rung, __ATOMIC_ACQUIRE);
}

/* A second time half of the time: the first one is then forgotten. */
static void set_timers(struct rng *rng)
{
	for (long i = 1; i <= EACH && !stress_failed(); i++) {
		if (rng_below(rng, 2))
			set(timer, 900000000, 0);
		set(wild, 1 + rng_below(rng, LONGEST_NS), 30000);
		rng_dither(rng);
		set(timer, 1 + rng_below(rng, LONGEST_NS), stress.wrong);
		while (rung() < i && !stress_failed())
			sched_yield();
	}
}

static void read_timers(struct rng *rng)
{
	for (int i = 0; i < EACH && !stress_failed(); i++) {
		uint64_t rings = 0;

		wait_for(timer, POLLIN, rng_below(rng, NR_WAYS));
		if (read(timer, &rings, sizeof(rings)) != sizeof(rings))
			stress_check(false, "read: errno %d", errno);
		stress_check(rings == 1, "it rang %lu times",
			     (unsigned long)rings);
		if (read(wild, &rings, sizeof(rings)) < 0)
			stress_check(errno == EAGAIN, "read: errno %d", errno);
		got_on();
		__atomic_fetch_add(&nr_rung, 1, __ATOMIC_RELEASE);
	}
}

static void make_and_close(struct rng *rng)
{
	while (rung() < EACH && !stress_failed()) {
		int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
		struct itimerspec left;

		set(fd, 1 + rng_below(rng, LONGEST_NS),
		    rng_below(rng, 2) * 200000);
		set(wild, 1 + rng_below(rng, LONGEST_NS), 20000);
		timerfd_gettime(timer, &left);
		stress_check(left.it_value.tv_sec < 2,
			     "a timer has %ld s left",
			     (long)left.it_value.tv_sec);
		rng_dither(rng);
		close(fd);
	}
}

static void *use_timers(void *me)
{
	struct rng rng = rng_of((long)me + 10);

	if (me == 0)
		set_timers(&rng);
	else if ((long)me == 1)
		read_timers(&rng);
	else
		make_and_close(&rng);
	return NULL;
}

static void one_timer(void)
{
	nr_rung = 0;
	timer = timerfd_create(CLOCK_MONOTONIC, 0);
	wild = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	stress_threads(3, use_timers);
	close(wild);
	close(timer);
}

/* ---- both ---- */

static void look(void)
{
	static struct stress_seen seen;

	if (stress_stands(&seen, shared->moved))
		stress_check(false, "somebody waits for an event that has come, or was never counted");
}

int main(int argc, char **argv)
{
	struct rng rng;
	pid_t watch;

	stress_begin(argc, argv, WRITERS + 2, "events are counted, and tell who waits");
	rng = rng_of(0);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	while (stress_go_on()) {
		one_event(&rng);
		one_timer();
		stress_round();
	}
	stress_watch_end(watch);
	return stress_end();
}
