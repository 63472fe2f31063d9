/*
 * tests/abi/affinity.c
 *
 * Claim    A thread runs only on harts its mask allows, moves at once when the
 *          mask excludes its hart, and passes its mask to its children.
 * Method   For each hart: bind, then getcpu() must name it, also after sleeps
 *          and yields, and for busy threads that are bound by another.
 * Oracle   Linux.
 */
#define _GNU_SOURCE
#include "../tap.h"

#include <pthread.h>
#include <sched.h>

enum { MOVES = 400 };

static cpu_set_t all;

static void bind_to(pid_t tid, int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	if (sched_setaffinity(tid, sizeof(set), &set) < 0)
		bail_out("sched_setaffinity: %s", strerror(errno));
}

static int hart_in_child(void *unused TAP_UNUSED)
{
	sched_yield();
	return sched_getcpu();
}

static void test_each_hart(void)
{
	int wrong = 0, wrong_child = 0, n = CPU_COUNT(&all);
	unsigned cpu, node;

	for (int hart = 0; hart < CPU_SETSIZE; hart++) {
		if (!CPU_ISSET(hart, &all))
			continue;
		bind_to(0, hart);
		wrong += sched_getcpu() != hart;
		for (int i = 0; i < 20; i++) {
			sched_yield();
			wrong += getcpu(&cpu, &node) != 0 || (int)cpu != hart;
		}
		usleep(1000);
		wrong += sched_getcpu() != hart;
		wrong_child += WEXITSTATUS(in_child(hart_in_child, NULL)) !=
			       hart;
	}
	is_int(wrong, 0, "bound to each of %d harts, it runs there", n);
	is_int(wrong_child, 0, "so does its child");
	sched_setaffinity(0, sizeof(all), &all);
}

/* --- a busy thread, moved by another ------------------------------------- */

static volatile int where = -1, stop;
static volatile unsigned long answers;
static volatile pid_t tid;

static void *tell_where(void *unused TAP_UNUSED)
{
	tid = gettid();
	while (!stop) {
		where = sched_getcpu();
		answers++;
	}
	return NULL;
}

static void wait_for_answer(void)
{
	unsigned long before = answers;

	while (answers == before)
		usleep(100);
}

static void test_moved(void)
{
	pthread_t t;
	int moved = 0, wrong = 0;

	tap_thread(&t, NULL, tell_where, NULL);
	while (!tid)
		sched_yield();
	for (int hart = 0; hart < CPU_SETSIZE; hart++) {
		if (!CPU_ISSET(hart, &all))
			continue;
		bind_to(tid, hart);
		while (where != hart)
			usleep(500);
		moved++;
		for (int i = 0; i < 20; i++) {
			wait_for_answer();
			wrong += where != hart;
		}
	}
	is_int(moved, CPU_COUNT(&all), "a busy thread is moved by another");
	is_int(wrong, 0, "and stays");
	stop = 1;
	pthread_join(t, NULL);
}

/* Who has asked twice since has done so where he may be. */
static void test_at_once(void)
{
	int late = 0, first = -1, last = -1;
	pthread_t t;

	for (int hart = 0; hart < CPU_SETSIZE; hart++) {
		if (!CPU_ISSET(hart, &all))
			continue;
		first = first < 0 ? hart : first;
		last = hart;
	}
	tid = stop = 0;
	tap_thread(&t, NULL, tell_where, NULL);
	while (!tid)
		sched_yield();
	for (int i = 0; i < MOVES; i++) {
		int hart = i % 2 ? first : last;
		unsigned long before;

		bind_to(tid, hart);
		before = answers;
		while (answers < before + 2)
			sched_yield();
		late += where != hart;
	}
	is_int(late, 0, "when the call is over it is where it was sent");
	stop = 1;
	pthread_join(t, NULL);
}

static void test_calls(void)
{
	cpu_set_t none, got;

	CPU_ZERO(&none);
	fails(sched_setaffinity(0, sizeof(none), &none), EINVAL, "no hart");
	CPU_SET(CPU_SETSIZE - 1, &none);
	fails(sched_setaffinity(0, sizeof(none), &none), EINVAL,
	      "a hart that is not there");
	fails(sched_getaffinity(0, 3, &got), EINVAL, "a mask too small");
	fails(sched_setaffinity(1 << 21, sizeof(all), &all), ESRCH,
	      "no such thread");
	bind_to(0, sched_getcpu());
	sched_getaffinity(0, sizeof(got), &got);
	is_int(CPU_COUNT(&got), 1, "the mask is kept");
	is_int(sched_setaffinity(0, sizeof(all), &all), 0, "set back");
	sched_getaffinity(0, sizeof(got), &got);
	ok(CPU_EQUAL(&got, &all), "to all");
	is_int(sysconf(_SC_NPROCESSORS_ONLN), CPU_COUNT(&all),
	       "as many as sysconf() says");
}

int main(void)
{
	if (under_qemu_user())
		skip_all("qemu-user: getcpu() is the host's");
	plan(13);
	sched_getaffinity(0, sizeof(all), &all);
	test_each_hart();
	test_moved();
	test_at_once();
	test_calls();
	return done_testing();
}
