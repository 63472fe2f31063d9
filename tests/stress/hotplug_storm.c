/*
 * tests/stress/hotplug_storm.c
 *
 * Claim    Whatever threads do while a hart leaves, is away and comes back, all of
 *          them go on: who runs, sleeps for a while, waits for another, is bound
 *          to that hart alone, maps and forgets pages, makes processes, or waits
 *          for a fence of all harts. Who is bound to a hart that is there runs on
 *          that one, and nobody reads a page that is no more.
 * Method   Each kind of work has a thread or two, which binds itself to a hart
 *          now and then, the one that leaves next more often than others. Harts
 *          leave one after the other, sometimes two at once, and none comes back
 *          before each thread has gone on a few times without it.
 * Catches  A thread on the queue of a hart that is gone, a timer on it, an answer
 *          that is waited for; a stale translation on one that came back.
 * Seen to fail  races/timer_left_behind, queued_on_gone, satp_kept_by_gone.
 * -X       One thread sleeps for ever.
 * Harts: 2
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

enum {
	PAGES = 64,
	TURNS = 2,		/* of each thread, while a hart is away */
	LONGEST_SLEEP_US = 400,
	LONG_SLEEP_US = 12000,	/* longer than a choreography holds anybody */
	MEMBARRIER_GLOBAL = 1,
};

static cpu_set_t all;
static int nr_harts, file, timer, ping[2], pong[2];
static volatile int next_to_leave;
static volatile int is_over;
static volatile unsigned long turns[MAX_THREADS];

/* ---- harts ---- */

static int set_online(int hart, bool online)
{
	char path[64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", hart);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, online ? "1" : "0", 1) != 1)
		err = errno;
	close(fd);
	return err;
}

static cpu_set_t only(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	return set;
}

/* To a hart, or to all; one that is away refuses. Who is bound to it alone when
 * it leaves is bound no longer, and may be anywhere. */
static void wander(struct rng *rng)
{
	int hart = rng_below(rng, 2) ? next_to_leave :
				       (int)rng_below(rng, nr_harts);
	cpu_set_t set = rng_below(rng, 4) ? only(hart) : all, is;
	int where;

	if (sched_setaffinity(0, sizeof(set), &set) < 0) {
		stress_check(errno == EINVAL, "setaffinity: errno %d", errno);
		return;
	}
	where = sched_getcpu();
	sched_getaffinity(0, sizeof(is), &is);
	stress_check(CPU_COUNT(&is) != 1 || CPU_ISSET(where, &is),
		     "bound to one hart, it runs on %d", where);
}

/* ---- kinds of work: one turn each ---- */

static void run(struct rng *rng)
{
	rng_dither(rng);
}

static void sleep_a_while(struct rng *rng)
{
	usleep(rng_below(rng, LONGEST_SLEEP_US));
}

static void sleep_long(struct rng *rng)
{
	usleep(rng_below(rng, LONG_SLEEP_US));
}

/* By a clock that can be set, which another list of timers is for. */
static void sleep_until(struct rng *rng)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += rng_below(rng, LONGEST_SLEEP_US) * 1000L;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL);
}

/* Two threads start and cancel one timer, from where they are. */
static void set_timer(struct rng *rng)
{
	struct itimerspec when = {
		.it_value.tv_nsec = rng_below(rng, LONGEST_SLEEP_US) * 1000L,
	};

	stress_check(timerfd_settime(timer, 0, &when, NULL) == 0,
		     "timerfd_settime: errno %d", errno);
}

static void pass_on(int from, int to)
{
	char byte;

	if (read(from, &byte, 1) == 1 && write(to, &byte, 1) != 1)
		stress_check(false, "write: errno %d", errno);
}

static void answer(struct rng *rng TAP_UNUSED)
{
	pass_on(ping[0], pong[1]);
}

static void ask(struct rng *rng TAP_UNUSED)
{
	pass_on(pong[0], ping[1]);
}

/* Page @n of the file says so; @window shows one page after the other. */
static volatile long *window;
static long shown;

static void show_next(struct rng *rng TAP_UNUSED)
{
	long n = shown + 1;

	if (mmap((void *)window, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file,
		 n % PAGES * PAGE) == MAP_FAILED)
		stress_check(false, "mmap: errno %d", errno);
	__atomic_store_n(&shown, n, __ATOMIC_RELEASE);
}

/* Not older than what was shown before, nor newer than what is about to be. */
static void look(struct rng *rng TAP_UNUSED)
{
	long before = __atomic_load_n(&shown, __ATOMIC_ACQUIRE);
	long seen = *window;
	long after = __atomic_load_n(&shown, __ATOMIC_ACQUIRE) + 1;

	if (after - before < PAGES)
		stress_check((seen + PAGES - before % PAGES) % PAGES <= after - before,
			     "page %ld, but %ld to %ld were shown", seen, before,
			     after);
}

/* The page tables of the child go while its hart may be away. */
static void make_process(struct rng *rng)
{
	int status;
	pid_t pid = tap_fork();

	if (pid == 0) {
		wander(rng);
		_exit(0);
	}
	stress_check(waitpid(pid, &status, 0) == pid && status == 0,
		     "a child: wait status %#x", status);
}

/* So do these. */
static void map_much(struct rng *rng)
{
	char *p = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	for (long at = 0; at < 8 << 20; at += 2 << 20)
		p[at + rng_below(rng, PAGE)] = 1;
	munmap(p, 8 << 20);
}

static void fence(struct rng *rng TAP_UNUSED)
{
	stress_check(syscall(SYS_membarrier, MEMBARRIER_GLOBAL, 0, 0) == 0,
		     "membarrier: errno %d", errno);
}

static void sleep_for_ever(void)
{
	while (!is_over && !stress_failed())
		usleep(1000);
}

static const struct {
	const char *name;
	void (*turn)(struct rng *rng);
} work[] = {
	{ "who runs", run },
	{ "who sleeps", sleep_a_while },
	{ "who sleeps long", sleep_long },
	{ "who sleeps until", sleep_until },
	{ "who sets a timer", set_timer },
	{ "who sets it, too", set_timer },
	{ "who asks", ask },
	{ "who answers", answer },
	{ "who shows pages", show_next },
	{ "who looks at them", look },
	{ "who makes processes", make_process },
	{ "who maps much", map_much },
	{ "who wants fences", fence },
};

#define NR_WORK ((long)(sizeof(work) / sizeof(work[0])))

static void *do_work(void *arg)
{
	long me = (long)arg;
	struct rng rng = rng_of(me);

	while (!is_over && !stress_failed()) {
		if (stress.wrong && me == 1 && turns[me] > 100)
			sleep_for_ever();
		wander(&rng);
		work[me].turn(&rng);
		turns[me]++;
	}
	return NULL;
}

/* ---- who has harts leave ---- */

/* Nobody needs the harts that are away. */
static void wait_for_all(int hart)
{
	unsigned long goals[NR_WORK];

	for (long i = 0; i < NR_WORK; i++)
		goals[i] = turns[i] + TURNS;
	stress_pause_ms(1);
	for (long i = 0; i < NR_WORK; i++) {
		struct stress_seen seen = { 0 };

		while (turns[i] < goals[i] && !stress_failed()) {
			stress_pause_ms(WATCH_MS);
			stress_check(!stress_stands(&seen, turns[i]),
				     "without hart %d, %s stands still", hart,
				     work[i].name);
		}
	}
}

static void check_left(int hart, int err)
{
	stress_check(err == 0, "hart %d does not leave: errno %d", hart, err);
}

static void *have_them_leave(void *unused TAP_UNUSED)
{
	struct rng rng = rng_of(99);

	while (stress_go_on()) {
		int hart = (int)rng_below(&rng, nr_harts);
		int second = (int)rng_below(&rng, nr_harts);
		bool both = nr_harts > 2 && second != hart && rng_below(&rng, 2);

		next_to_leave = hart;
		stress_pause_ms(1);
		check_left(hart, set_online(hart, false));
		if (both)
			check_left(second, set_online(second, false));
		wait_for_all(hart);
		stress_check(set_online(hart, true) == 0 &&
			     (!both || set_online(second, true) == 0),
			     "hart %d or %d does not come back: errno %d", hart,
			     second, errno);
		stress_round();
	}
	is_over = 1;
	return NULL;
}

/* Whoever stands still keeps the process from ending: then this ends it. */
static void look_for_end(void)
{
}

int main(int argc, char **argv)
{
	pthread_t workers[MAX_THREADS], leaver;
	pid_t watch;

	stress_begin(argc, argv, 1, "all go on while harts leave and come back");
	stress_needs_its_harts();
	sched_getaffinity(0, sizeof(all), &all);
	nr_harts = (int)sysconf(_SC_NPROCESSORS_CONF);
	if (nr_harts < 2 || CPU_COUNT(&all) < 2 || set_online(0, true) != 0) {
		stress_round();
		ok(true, "%s # SKIP no hart can leave", stress.claim);
		return done_testing();
	}
	file = stress_numbered_file("/tmp/hotplug_storm", PAGES);
	window = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (window == MAP_FAILED || timer < 0 || pipe(ping) < 0 ||
	    pipe(pong) < 0 || write(ping[1], "x", 1) != 1)
		bail_out("not what is needed: %s", strerror(errno));
	watch = stress_watch(look_for_end);
	for (long i = 0; i < NR_WORK; i++)
		tap_thread(&workers[i], NULL, do_work, (void *)i);
	tap_thread(&leaver, NULL, have_them_leave, NULL);
	pthread_join(leaver, NULL);
	if (write(ping[1], "x", 1) != 1 || write(pong[1], "x", 1) != 1)
		bail_out("write: %s", strerror(errno));
	for (long i = 0; i < NR_WORK; i++)
		pthread_join(workers[i], NULL);
	for (int hart = 0; hart < nr_harts; hart++)
		set_online(hart, true);
	stress_watch_end(watch);
	return stress_end();
}
