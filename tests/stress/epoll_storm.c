/*
 * tests/stress/epoll_storm.c
 *
 * Claim    An epoll loses no event: whoever waits in it for a file that was
 *          made ready is woken, level, edge or once, alone or among others,
 *          also through an epoll in it, while other files come and go.
 * Method   Threads put tokens into eventfds and go on when all are taken, so
 *          one event that is lost stops everybody. Others wait for them in one
 *          epoll, and half of the time in one around it. Another one adds
 *          pipes to both, makes them ready and closes them, watched as they
 *          are; and epolls, with a pipe in them.
 * Oracle   As many tokens are taken as were put. A watch sees that nobody gets
 *          on.
 * Catches  An item that is taken off the ready list after its file was asked;
 *          a sleeper that looks at the list before it is in the queue; one who
 *          is woken, takes a part and does not wake the next; a file that goes
 *          while an epoll asks it.
 * -X       A file that reports once is not watched anew.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { FILES = 4, WRITERS = 2, READERS = 2, EACH = 60, STOP = 1000, OTHER };

/* Shared with the watch. */
static struct shared {
	unsigned long moved;
} *shared;

static int set, around;		/* the epoll, and one that watches it */
static int event[FILES], stop;
static unsigned how;
static bool through_both;
static long nr_put, nr_taken, nr_writers;

static void got_on(void)
{
	__atomic_fetch_add(&shared->moved, 1, __ATOMIC_RELAXED);
}

static long load(long *n)
{
	return __atomic_load_n(n, __ATOMIC_ACQUIRE);
}

static void put(int fd)
{
	uint64_t one = 1;

	stress_check(write(fd, &one, sizeof(one)) == sizeof(one),
		     "write: errno %d", errno);
}

static int control(int ep, int op, int fd, unsigned events, unsigned name)
{
	struct epoll_event e = { .events = events, .data.u32 = name };

	return epoll_ctl(ep, op, fd, &e);
}

static void add(int ep, int fd, unsigned events, unsigned name)
{
	stress_check(control(ep, EPOLL_CTL_ADD, fd, events, name) == 0,
		     "epoll_ctl: errno %d", errno);
}

/* ---- writers ---- */

static void write_tokens(struct rng *rng)
{
	for (int i = 0; i < EACH && !stress_failed(); i++) {
		long put_by_now = __atomic_add_fetch(&nr_put, 1,
						     __ATOMIC_ACQ_REL);

		put(event[rng_below(rng, FILES)]);
		while (load(&nr_taken) < put_by_now && !stress_failed())
			sched_yield();
		rng_dither(rng);
	}
	if (__atomic_sub_fetch(&nr_writers, 1, __ATOMIC_ACQ_REL) == 0)
		put(stop);
}

/* ---- readers ---- */

static void take(unsigned name)
{
	uint64_t n;

	if (read(event[name], &n, sizeof(n)) == sizeof(n)) {
		__atomic_fetch_add(&nr_taken, (long)n, __ATOMIC_ACQ_REL);
		got_on();
	}
	if ((how & EPOLLONESHOT) && !stress.wrong)
		stress_check(control(set, EPOLL_CTL_MOD, event[name],
				     EPOLLIN | how, name) == 0,
			     "epoll_ctl: errno %d", errno);
}

/* False: all is over. */
static bool serve(const struct epoll_event *got, int n)
{
	bool go_on = true;

	for (int i = 0; i < n; i++) {
		if (got[i].data.u32 == STOP)
			go_on = false;
		else if (got[i].data.u32 < FILES)
			take(got[i].data.u32);
	}
	return go_on;
}

static void read_tokens(struct rng *rng)
{
	struct epoll_event got[3];
	bool go_on = true;

	while (go_on && !stress_failed()) {
		int n;

		if (through_both && epoll_wait(around, got, 1, -1) < 0)
			stress_check(false, "epoll_wait: errno %d", errno);
		n = epoll_wait(set, got, 1 + (int)rng_below(rng, 3),
			       through_both ? 0 : -1);
		stress_check(n >= 0, "epoll_wait: errno %d", errno);
		go_on = serve(got, n);
	}
}

/* ---- files that come and go ---- */

static void come_and_go(struct rng *rng)
{
	int ep = epoll_create1(0), p[2];

	if (ep < 0 || pipe(p) < 0) {
		stress_check(false, "pipe: errno %d", errno);
		return;
	}
	add(ep, p[0], EPOLLIN, OTHER);
	add(set, p[0], EPOLLIN | how, OTHER);
	add(around, ep, EPOLLIN, OTHER);
	put(p[1]);
	rng_dither(rng);
	close(p[rng_below(rng, 2)]);
	rng_dither(rng);
	close(ep);
	close(p[0]);
	close(p[1]);
}

static void disturb(struct rng *rng)
{
	while (load(&nr_writers) > 0 && !stress_failed())
		come_and_go(rng);
}

static void *work(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of((unsigned long)me);

	if (me < WRITERS)
		write_tokens(&rng);
	else if (me < WRITERS + READERS)
		read_tokens(&rng);
	else
		disturb(&rng);
	return NULL;
}

/* ---- rounds ---- */

static void one_set(struct rng *rng)
{
	static const unsigned ways[] = { 0, EPOLLET, EPOLLONESHOT };

	how = stress.wrong ? EPOLLONESHOT : ways[rng_below(rng, 3)];
	through_both = rng_below(rng, 2);
	nr_put = nr_taken = 0;
	nr_writers = WRITERS;
	set = epoll_create1(0);
	around = epoll_create1(0);
	stop = eventfd(0, EFD_NONBLOCK);
	add(around, set, EPOLLIN, 0);
	for (unsigned i = 0; i < FILES; i++) {
		event[i] = eventfd(0, EFD_NONBLOCK);
		add(set, event[i], EPOLLIN | how, i);
	}
	add(set, stop, EPOLLIN, STOP);
	stress_threads(WRITERS + READERS + 1, work);
	stress_check(nr_taken == nr_put || stress_failed(),
		     "%ld were taken, %ld put", nr_taken, nr_put);
	for (unsigned i = 0; i < FILES; i++)
		close(event[i]);
	close(stop);
	close(set);
	close(around);
}

static void look(void)
{
	static struct stress_seen seen;

	if (stress_stands(&seen, shared->moved))
		stress_check(false, "somebody waits for a file that is ready");
}

int main(int argc, char **argv)
{
	struct rng rng;
	pid_t watch;

	stress_begin(argc, argv, WRITERS + READERS + 1,
		     "an epoll tells of each file that is ready");
	rng = rng_of(0);
	shared = stress_map(sizeof(*shared), MAP_SHARED);
	watch = stress_watch(look);
	while (stress_go_on()) {
		one_set(&rng);
		stress_round();
	}
	stress_watch_end(watch);
	return stress_end();
}
