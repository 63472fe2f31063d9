/*
 * tests/abi/rseq.c
 *
 * Claim    rseq() registers one area a thread, which says where the thread
 *          runs whenever it looks, and a number that no other thread of the
 *          process has meanwhile.  A sequence that is interrupted by another
 *          thread, a signal, a move or membarrier() goes on at its abort
 *          handler, and only there; what makes no sense, or lacks the
 *          signature, ends the process by SIGSEGV.  A child of fork() has the
 *          registration, a thread has none but its own.
 * Method   Sequences that turn for ever, so that only an abort ends them.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"
#include "../librseq.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/mman.h>
#include <time.h>

#ifndef AT_RSEQ_FEATURE_SIZE
#define AT_RSEQ_FEATURE_SIZE 27
#define AT_RSEQ_ALIGN 28
#endif
enum { SIZE = 32 };

static long last_cpu;

static void stay_on(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set) < 0)
		bail_out("sched_setaffinity: %s", strerror(errno));
}

static void run_anywhere(void)
{
	cpu_set_t set;

	memset(&set, -1, sizeof(set));
	sched_setaffinity(0, sizeof(set), &set);
}

static void test_place(void)
{
	long wrong = 0;
	unsigned cpu;

	ok(getauxval(AT_RSEQ_FEATURE_SIZE) >= 28, "the kernel knows mm_cid");
	ok(getauxval(AT_RSEQ_ALIGN) >= 32, "and says how it is aligned");
	for (int i = 0; i < 100; i++) {
		stay_on(0, i % (last_cpu + 1));
		syscall(SYS_getcpu, &cpu, NULL, NULL);
		wrong += rseq_own()->cpu_id != cpu ||
			 rseq_own()->cpu_id_start != cpu;
	}
	run_anywhere();
	is_int(wrong, 0, "the area says where we run, however often we move");
	is_int(rseq_own()->node_id, 0, "the node");
	is_int(rseq_own()->mm_cid, 0, "one thread has number 0");
}

static void test_registration(void)
{
	static struct rseq_area other __attribute__((aligned(32)));
	volatile struct rseq_area *own = rseq_own();
	int flag = RSEQ_FLAG_UNREGISTER;

	fails(rseq_call(own, SIZE, 0, RSEQ_SIG), EBUSY, "it is registered");
	fails(rseq_call(&other, SIZE, 0, RSEQ_SIG), EINVAL, "no second one");
	fails(rseq_call(own, SIZE, 0, 1), EPERM, "another signature");
	fails(rseq_call(own, SIZE, 2, RSEQ_SIG), EINVAL, "no such flag");
	fails(rseq_call(&other, SIZE, flag, RSEQ_SIG), EINVAL, "not this one");
	fails(rseq_call(own, 64, flag, RSEQ_SIG), EINVAL, "nor so long");
	fails(rseq_call(own, SIZE, flag, 1), EPERM, "nor by who knows it not");
	fails(rseq_call(own, SIZE, flag | 2, RSEQ_SIG), EINVAL,
	      "nor with another flag");
	is_int(rseq_call(own, SIZE, flag, RSEQ_SIG), 0, "it is taken back");
	is_int((int)own->cpu_id, -1, "and says so");
	fails(rseq_call(own, SIZE, flag, RSEQ_SIG), EINVAL, "once");
	fails(rseq_call(&other, SIZE - 1, 0, RSEQ_SIG), EINVAL, "too short");
	fails(rseq_call((char *)&other + 16, SIZE, 0, RSEQ_SIG), EINVAL,
	      "at an odd place");
	fails(rseq_call((void *)(-1UL << 40), SIZE, 0, RSEQ_SIG), EFAULT,
	      "in nobody's memory");
	is_int(rseq_call(&other, SIZE, 0, 77), 0, "any area, any signature");
	ok(other.cpu_id <= (unsigned)last_cpu, "is told at once");
	is_int(rseq_call(&other, SIZE, flag, 77), 0, "and taken back");
	is_int(rseq_call(own, SIZE, 0, RSEQ_SIG), 0, "the library's again");
}

/* --- aborts ---------------------------------------------------------------- */

static volatile int begun, rings, done;
static volatile pid_t spinner;

static void ring(int sig TAP_UNUSED)
{
	rings++;
}

static void test_signal(void)
{
	struct itimerspec it = { .it_value = { 0, 50000000 } };
	timer_t timer;

	signal(SIGALRM, ring);
	tap.patience = 0;
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	timer_settime(timer, 0, &it, NULL);
	while (rings == 0) /* on one hart others may end it first */
		rseq_spin(&begun);
	is_int(rings, 1, "a signal ends a sequence, after its handler");
	is_int(rseq_own()->rseq_cs, 0, "of which nothing is left");
	timer_delete(timer);
}

static void *spin(void *cpu)
{
	rseq_begin();
	stay_on(0, (int)(long)cpu);
	spinner = gettid();
	rseq_spin(&begun);
	done = 1;
	return NULL;
}

/* In its sequence.  One that others have ended before anybody looked is followed
 * by another. */
static pthread_t start_spinner(long cpu)
{
	pthread_t t;

	for (;;) {
		spinner = begun = done = 0;
		tap_thread(&t, NULL, spin, (void *)cpu);
		while (!begun && !done)
			usleep(1000);
		if (begun)
			return t;
		pthread_join(t, NULL);
	}
}

static void test_preempted(void)
{
	pthread_t t = start_spinner(0);

	stay_on(0, 0);
	while (!done)
		;
	pthread_join(t, NULL);
	ok(done, "another thread on the same hart ends it");
	run_anywhere();
}

static void test_moved(void)
{
	pthread_t t;

	if (last_cpu == 0) {
		skip(1, "one hart");
		return;
	}
	stay_on(0, 0);
	t = start_spinner(last_cpu);
	stay_on(spinner, 0);
	pthread_join(t, NULL);
	ok(done, "a move to another hart ends it");
	run_anywhere();
}

static int membarrier(int command, unsigned flags, int cpu)
{
	return syscall(SYS_membarrier, command, flags, cpu);
}

static void test_membarrier(void)
{
	int command = MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ;
	pthread_t t;

	ok(membarrier(MEMBARRIER_CMD_QUERY, 0, 0) & command, "membarrier()");
	fails(membarrier(command, 0, 0), EPERM, "who has not said so before");
	is_int(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0),
	       0, "says so");
	fails(membarrier(command, 2, 0), EINVAL, "no such flag");
	if (last_cpu == 0) {
		skip(2, "one hart");
		return;
	}
	stay_on(0, 0);
	t = start_spinner(last_cpu);
	is_int(membarrier(command, 0, 0), 0, "sequences everywhere begin anew");
	pthread_join(t, NULL);
	t = start_spinner(last_cpu);
	is_int(membarrier(command, MEMBARRIER_CMD_FLAG_CPU, (int)last_cpu), 0,
	       "or on one hart");
	pthread_join(t, NULL);
	run_anywhere();
}

/* --- what is and is not a sequence ------------------------------------------- */

static struct rseq_descriptor descriptor;

/* A short sleep can be over before it begins: then nobody was switched. */
static void let_others_run(void)
{
	struct rusage before, now;

	getrusage(RUSAGE_THREAD, &before);
	do {
		usleep(1000);
		getrusage(RUSAGE_THREAD, &now);
	} while (now.ru_nvcsw == before.ru_nvcsw);
}

static void test_outside(void)
{
	uint64_t here = (uint64_t)(uintptr_t)test_outside & ~3UL;

	descriptor = (struct rseq_descriptor){ 0, 0, here, 2, here - 4096 };
	/* Who is in none needs no signature, but the kernel looks first. */
	rseq_call(rseq_own(), SIZE, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
	rseq_call(rseq_own(), SIZE, 0, *(uint32_t *)(here - 4100));
	rseq_own()->rseq_cs = (uint64_t)(uintptr_t)&descriptor;
	let_others_run();
	is_int(rseq_own()->rseq_cs, 0, "who is in none has none afterwards");
	rseq_call(rseq_own(), SIZE, RSEQ_FLAG_UNREGISTER,
		  *(uint32_t *)(here - 4100));
	rseq_call(rseq_own(), SIZE, 0, RSEQ_SIG);
}

enum bad { NO_MEMORY, KERNEL, VERSION, INSIDE, BEYOND, UNSIGNED, NR_BAD };

static void be_handled(int sig TAP_UNUSED)
{
	_exit(0);
}

static int be_bad(void *how)
{
	static const struct rseq_descriptor of[NR_BAD] = {
		[VERSION] = { 1, 0, 0x10000, 8, 0x20000 },
		[INSIDE] = { 0, 0, 0x10000, 8, 0x10004 },
		[BEYOND] = { 0, 0, 0x10000, -1UL, 0x20000 },
	};
	uint64_t at = (uint64_t)(uintptr_t)&descriptor;
	uint64_t here = (uint64_t)(uintptr_t)be_bad & ~3UL;

	signal(SIGSEGV, be_handled);
	descriptor = of[(long)how];
	if ((long)how == UNSIGNED)
		descriptor = (struct rseq_descriptor){ 0, 0, here, 2, here + 64 };
	if ((long)how == NO_MEMORY)
		at = 64;
	else if ((long)how == KERNEL)
		at = -1UL << 32;
	rseq_own()->rseq_cs = at;
	let_others_run();
	return 1;
}

static void test_bad(void)
{
	static const char *const names[NR_BAD] = {
		"nowhere", "in the kernel", "of another version",
		"aborted into itself", "without an end", "without signature",
	};

	for (long i = 0; i < NR_BAD; i++)
		is_killed(in_child(be_bad, (void *)i), SIGSEGV,
			  "a sequence %s, whoever handles it", names[i]);
}

/* --- processes and threads ---------------------------------------------------- */

static int has_registration(void *unused TAP_UNUSED)
{
	unsigned cpu;

	if (rseq_call(rseq_own(), SIZE, 0, RSEQ_SIG) == 0 || errno != EBUSY)
		return 1;
	syscall(SYS_getcpu, &cpu, NULL, NULL);
	return rseq_own()->mm_cid != 0;
}

static volatile unsigned cids[2] = { -1U, -1U };

static void *keep_cid(void *unused TAP_UNUSED)
{
	rseq_begin();
	while (!done)
		cids[1] = rseq_own()->mm_cid;
	return NULL;
}

/* Both at once, as often as we see the other one running between two looks. */
static void test_cids(void)
{
	long same = 0, high = 0;
	pthread_t t;

	done = 0;
	tap_thread(&t, NULL, keep_cid, NULL);
	for (int i = 0; i < 1000; i++) {
		cids[1] = -1U;
		cids[0] = rseq_own()->mm_cid;
		for (int n = 0; n < 1000 && cids[1] == -1U; n++)
			;
		if (cids[1] == -1U || rseq_own()->mm_cid != cids[0])
			continue;
		same += cids[1] == cids[0];
		high += cids[1] > 1;
	}
	done = 1;
	pthread_join(t, NULL);
	if (last_cpu == 0)
		skip(1, "one hart");
	else
		ok(same < 100, "two that run have two numbers (%ld)", same);
	is_int(high, 0, "of two");
}

int main(void)
{
	if (!rseq_begin())
		skip_all("there are no restartable sequences here");
	plan(43);
	last_cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	test_place();
	test_registration();
	test_signal();
	test_preempted();
	test_moved();
	test_membarrier();
	test_outside();
	test_bad();
	is_exit(in_child(has_registration, NULL), 0, "a child has it, too");
	test_cids();
	return done_testing();
}
