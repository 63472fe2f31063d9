/*
 * tests/abi/rt.c
 *
 * Claim    SCHED_FIFO and SCHED_RR run before all who share, by priority: who
 *          is woken preempts a lower one at once, equals wait (FIFO) or take
 *          turns (RR), sched_yield() lets equals run. Who is higher than all
 *          on his hart runs on another that runs a lower one, if he may. Who
 *          shares gets a little even so. Policies are kept, inherited, reset,
 *          and asked for as on Linux, limits and rights included.
 * Method   Threads bound to one hart that count or write down the order in
 *          which they run; spinners that only a higher one ends.
 * Oracle   Linux, sched(7).
 */
#define _GNU_SOURCE
#include "libasleep.h"

#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>

enum { RESET = 0x40000000, ROUNDS = 50 };

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static int set_policy(pid_t tid, int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return syscall(SYS_sched_setscheduler, tid, policy, &param);
}

static int get_policy(pid_t tid)
{
	return syscall(SYS_sched_getscheduler, tid);
}

static void must_be(int policy, int priority)
{
	if (set_policy(0, policy, priority) < 0)
		bail_out("policy %d, %d: %s", policy, priority, strerror(errno));
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bail_out("sched_setaffinity: %s", strerror(errno));
}

static void run_anywhere(void)
{
	cpu_set_t set;

	memset(&set, -1, sizeof(set));
	sched_setaffinity(0, sizeof(set), &set);
}

/* --- what is kept ---------------------------------------------------------- */

static int policy_of_child(void *unused TAP_UNUSED)
{
	return get_policy(0);
}

static int nice_of_child(void *unused TAP_UNUSED)
{
	return 20 - getpriority(PRIO_PROCESS, 0);
}

static void test_calls(void)
{
	struct attr attr = { .size = sizeof(attr) };
	struct sched_param param;
	struct timespec ts;

	is_int(get_policy(0), SCHED_OTHER, "one begins by sharing");
	is_int(set_policy(0, SCHED_RR, 7), 0, "SCHED_RR");
	is_int(get_policy(0), SCHED_RR, "is what it is");
	sched_getparam(0, &param);
	is_int(param.sched_priority, 7, "with its priority");
	sched_rr_get_interval(0, &ts);
	is_int(ts.tv_nsec, 100000000, "and its slice");
	is_exit(in_child(policy_of_child, NULL), SCHED_RR, "a child has it, too");
	param.sched_priority = 9;
	is_int(syscall(SYS_sched_setparam, 0, &param), 0, "another priority");
	is_int(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0), 0,
	       "with attributes");
	ok(attr.policy == SCHED_RR && attr.priority == 9 && attr.flags == 0,
	   "policy %u, priority %u", attr.policy, attr.priority);
	must_be(SCHED_FIFO | RESET, 5);
	is_int(get_policy(0), SCHED_FIFO | RESET, "SCHED_RESET_ON_FORK");
	is_exit(in_child(policy_of_child, NULL), SCHED_OTHER,
		"gives a child none of it");
	sched_rr_get_interval(0, &ts);
	is_int(ts.tv_nsec, 0, "SCHED_FIFO has no slice");
	must_be(SCHED_OTHER | RESET, 0);
	setpriority(PRIO_PROCESS, 0, -5);
	is_exit(in_child(nice_of_child, NULL), 20, "nor a nice value below 0");
	setpriority(PRIO_PROCESS, 0, 5);
	is_exit(in_child(nice_of_child, NULL), 15, "but one above");
	setpriority(PRIO_PROCESS, 0, 0);
	must_be(SCHED_OTHER, 0);
	attr = (struct attr){ .size = 48, .policy = SCHED_BATCH, .nice = 3 };
	is_int(syscall(SYS_sched_setattr, 0, &attr, 0), 0, "SCHED_BATCH");
	is_int(getpriority(PRIO_PROCESS, 0), 3, "with a nice value");
	setpriority(PRIO_PROCESS, 0, 0);
	must_be(SCHED_OTHER, 0);
}

static int store_slice(const char *ms)
{
	int fd = open("/proc/sys/kernel/sched_rr_timeslice_ms", O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, ms, strlen(ms)) < 0 ? errno : 0;

	close(fd);
	return err;
}

static long slice_ms(void)
{
	struct timespec ts;

	sched_rr_get_interval(0, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void test_slice(void)
{
	must_be(SCHED_RR, 1);
	is_int(store_slice("2000"), 0, "longer turns");
	is_int(slice_ms(), 2000, "for all");
	is_int(store_slice("x"), EINVAL, "no number");
	is_int(store_slice("-1"), 0, "as at the beginning");
	is_int(slice_ms(), 100, "a tenth of a second");
	must_be(SCHED_OTHER, 0);
}

static void test_refused(void)
{
	struct attr attr = { .size = 20 };

	fails(set_policy(0, SCHED_FIFO, 0), EINVAL, "no priority");
	fails(set_policy(0, SCHED_FIFO, 100), EINVAL, "too high");
	fails(set_policy(0, SCHED_OTHER, 1), EINVAL, "nobody who shares has one");
	fails(set_policy(0, 4, 0), EINVAL, "no such policy");
	fails(set_policy(0, SCHED_DEADLINE, 0), EINVAL, "no deadline");
	fails(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG, "too short");
	is_int(attr.size, 56, "it says how long");
	attr = (struct attr){ .size = 56, .flags = 1UL << 40 };
	fails(syscall(SYS_sched_setattr, 0, &attr, 0), EINVAL, "no such flag");
	fails(syscall(SYS_sched_getattr, 0, &attr, 40, 0), EINVAL,
	      "too short to be told");
}

static int as_user(void *unused TAP_UNUSED)
{
	struct rlimit limit = { 10, 10 };

	setrlimit(RLIMIT_RTPRIO, &limit);
	if (set_policy(0, SCHED_OTHER | RESET, 0) < 0 || setuid(1234) < 0)
		return 1;
	if (set_policy(0, SCHED_OTHER, 0) != -1 || errno != EPERM)
		return 2;
	if (set_policy(0, SCHED_FIFO | RESET, 11) != -1 || errno != EPERM)
		return 3;
	if (set_policy(0, SCHED_FIFO | RESET, 10) != 0)
		return 4;
	if (set_policy(0, SCHED_RR | RESET, 3) != 0)
		return 5;
	if (set_policy(getppid(), SCHED_OTHER, 0) != -1 || errno != EPERM)
		return 6;
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_RTPRIO, &limit);
	if (set_policy(0, SCHED_RR | RESET, 2) != 0)
		return 7;
	if (set_policy(0, SCHED_RR | RESET, 3) != -1 || errno != EPERM)
		return 8;
	if (set_policy(0, SCHED_FIFO | RESET, 2) != -1 || errno != EPERM)
		return 9;
	return 0;
}

/* --- who runs ---------------------------------------------------------------- */

static volatile int stop, order[4], nr_order;
static volatile long counts[4];
static volatile pid_t tids[4];
static sem_t go;

struct plan {
	int id, policy, priority, cpu;
	bool yields, waits;
};

static void begin(const struct plan *p)
{
	if (p->cpu >= 0)
		stay_on(p->cpu);
	must_be(p->policy, p->priority);
	tids[p->id] = gettid();
}

static void *write_down(void *arg)
{
	struct plan *p = arg;

	begin(p);
	while (sem_wait(&go) < 0)
		;
	order[__atomic_fetch_add(&nr_order, 1, __ATOMIC_RELAXED)] = p->id;
	return NULL;
}

static void *count(void *arg)
{
	struct plan *p = arg;

	begin(p);
	while (p->waits && sem_wait(&go) < 0)
		;
	while (!stop) {
		counts[p->id]++;
		if (p->yields)
			sched_yield();
	}
	return NULL;
}

static void start(pthread_t *t, void *(*fn)(void *), struct plan *p)
{
	tids[p->id] = 0;
	tap_thread(t, NULL, fn, p);
}

/* Three wait; we are the highest, and wake all of them. */
static void test_order(void)
{
	static struct plan plans[3] = {
		{ 0, SCHED_FIFO, 10, 0, false, false },
		{ 1, SCHED_FIFO, 30, 0, false, false },
		{ 2, SCHED_RR, 20, 0, false, false },
	};
	pthread_t t[3];

	sem_init(&go, 0, 0);
	nr_order = 0;
	for (int i = 0; i < 3; i++) {
		start(&t[i], write_down, &plans[i]);
		wait_until_thread_asleep(&tids[i]);
	}
	stay_on(0);
	must_be(SCHED_FIFO, 50);
	for (int i = 0; i < 3; i++)
		sem_post(&go);
	is_int(nr_order, 0, "nobody runs before who is higher");
	must_be(SCHED_FIFO, 1);
	is_int(nr_order, 3, "all do before who is lower");
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	ok(order[0] == 1 && order[1] == 2 && order[2] == 0,
	   "by priority: %d %d %d", order[0], order[1], order[2]);
	must_be(SCHED_OTHER, 0);
	run_anywhere();
}

/* We sleep, at 40, on the hart that somebody at 20 never gives up. */
static void test_preempts(void)
{
	static struct plan spinner = { 0, SCHED_FIFO, 20, 0, false, false };
	pthread_t t;

	stop = 0;
	must_be(SCHED_FIFO, 40);
	stay_on(0);
	start(&t, count, &spinner);
	for (int i = 0; i < ROUNDS; i++)
		usleep(500);
	ok(counts[0] > 0, "who sleeps lets the lower one run");
	stop = 1;
	pthread_join(t, NULL);
	ok(true, "and gets the hart back each time");
	must_be(SCHED_OTHER, 0);
	run_anywhere();
}

/* Equals, woken one after the other: the first never gives the hart up, or does so
 * to the one that waits longest, and not always to the same. */
static void test_equals(int policy, bool yields, bool all, const char *name)
{
	struct plan plans[3] = { { 0, policy, 20, 0, yields, true },
				 { 1, policy, 20, 0, yields, true },
				 { 2, policy, 20, 0, yields, true } };
	pthread_t t[3];

	stop = 0;
	counts[0] = counts[1] = counts[2] = 0;
	must_be(SCHED_FIFO, 40);
	stay_on(0);
	sem_init(&go, 0, 0);
	for (int i = 0; i < 3; i++) {
		start(&t[i], count, &plans[i]);
		wait_until_thread_asleep(&tids[i]);
	}
	for (int i = 0; i < 3; i++)
		sem_post(&go);
	while (counts[0] == 0)
		usleep(500);
	if (all)
		while (counts[1] == 0 || counts[2] == 0)
			usleep(1000);
	else
		usleep(400000);
	ok(!!counts[1] == all && !!counts[2] == all, "%s: the others have %s", name,
	   all ? "their turns" : "none");
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	must_be(SCHED_OTHER, 0);
	run_anywhere();
}

/* Who shares has the rest of the hart. */
static void test_shares(void)
{
	static struct plan spinner = { 0, SCHED_FIFO, 20, 0, false, false };
	static struct plan poor = { 1, SCHED_OTHER, 0, 0, false, false };
	pthread_t t[2];
	long before;

	stop = 0;
	counts[0] = counts[1] = 0;
	must_be(SCHED_FIFO, 40);
	start(&t[0], count, &spinner);
	while (counts[0] == 0)
		usleep(500);
	start(&t[1], count, &poor);
	must_be(SCHED_OTHER, 0);
	while (counts[1] == 0)
		usleep(10000);
	before = counts[0];
	while (counts[0] == before)
		usleep(10000);
	ok(counts[1] > 0, "a loop at 20 leaves something to who shares");
	stop = 1;
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
}

/* One more than harts, anywhere: the two lowest have one hart between them. */
static void test_harts(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN);
	static struct plan low = { 0, SCHED_FIFO, 10, -1, false, false };
	static struct plan high = { 1, SCHED_FIFO, 30, 0, false, false };
	pthread_t t[2];

	if (harts < 2) {
		skip(2, "one hart");
		return;
	}
	stop = 0;
	counts[0] = counts[1] = 0;
	must_be(SCHED_FIFO, 40);
	start(&t[0], count, &low);
	while (counts[0] == 0)
		usleep(500);
	start(&t[1], count, &high);
	for (int i = 0; i < 20; i++) {
		long seen[2] = { counts[0], counts[1] };

		while (counts[0] == seen[0] || counts[1] == seen[1])
			usleep(1000);
	}
	ok(true, "who is preempted goes on where a lower one runs");
	is_int(get_policy(tids[0]), SCHED_FIFO, "both are what they were");
	stop = 1;
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	must_be(SCHED_OTHER, 0);
}

/* Until it is waited for it has what its last thread had. */
static void test_ended(void)
{
	struct sched_param param = { .sched_priority = -1 };
	pid_t child = tap_fork();
	siginfo_t info;

	if (child == 0) {
		must_be(SCHED_RR | RESET, 7);
		_exit(0);
	}
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	is_int(get_policy(child), SCHED_RR | RESET, "who has ended has his policy");
	is_int(syscall(SYS_sched_getparam, child, &param), 0, "and");
	is_int(param.sched_priority, 7, "his priority");
	waitpid(child, NULL, 0);
	fails(get_policy(child), ESRCH, "until he is waited for");
}

int main(void)
{
	if (geteuid() != 0 || set_policy(0, SCHED_FIFO, 1) < 0)
		skip_all("nobody lets us have a real-time policy");
	must_be(SCHED_OTHER, 0);
	if (under_qemu_user())
		skip_all("the harts are somebody's");
	plan(42 + 4);
	test_calls();
	test_slice();
	test_refused();
	is_exit(in_child(as_user, NULL), 0, "what limits and rights allow");
	test_order();
	test_preempts();
	test_equals(SCHED_FIFO, false, false, "SCHED_FIFO");
	test_equals(SCHED_FIFO, true, true, "SCHED_FIFO and sched_yield()");
	test_equals(SCHED_RR, false, true, "SCHED_RR");
	test_shares();
	test_harts();
	test_ended();
	return done_testing();
}
