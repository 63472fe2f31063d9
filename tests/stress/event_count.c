/*
 * tests/stress/event_count.c
 *
 * Claim    A read of an eventfd takes what is counted and leaves 0 in one: what
 *          comes in between is neither lost nor taken twice.
 * Method   Nobody waits: two threads write ones as fast as they can, two read,
 *          at the same counter, until the writers are done.
 * Oracle   What was taken, with what is left at the end, is what was written.
 * Catches  A read without the lock of the counter. It is a matter of a few
 *          instructions, so event_storm, whose threads sleep, does not see it.
 * -X       A reader forgets one of its reads.
 */
#define _GNU_SOURCE
#include "libstress.h"

#include <sys/eventfd.h>

enum { WRITERS = 2, READERS = 2, EACH = 1000 };

static int event;
static unsigned long nr_taken;
static int nr_writing;
static struct meeting start;

static void *write_ones(void)
{
	uint64_t one = 1;

	for (int i = 0; i < EACH; i++)
		if (!stress_check(write(event, &one, sizeof(one)) == sizeof(one),
				  "write: errno %d", errno))
			break;
	__atomic_fetch_sub(&nr_writing, 1, __ATOMIC_RELEASE);
	return NULL;
}

static uint64_t take(void)
{
	uint64_t value = 0;

	if (read(event, &value, sizeof(value)) < 0)
		stress_check(errno == EAGAIN, "read: errno %d", errno);
	return value;
}

static void *read_all(void)
{
	unsigned long mine = 0;

	while (__atomic_load_n(&nr_writing, __ATOMIC_ACQUIRE) != 0)
		mine += take();
	if (stress.wrong && mine != 0)
		mine--;
	__atomic_fetch_add(&nr_taken, mine, __ATOMIC_RELAXED);
	return NULL;
}

static void *read_or_write(void *me)
{
	meet(&start, WRITERS + READERS);
	return (long)me < WRITERS ? write_ones() : read_all();
}

static void one_round(void)
{
	event = eventfd(0, EFD_NONBLOCK);
	nr_taken = 0;
	nr_writing = WRITERS;
	stress_threads(WRITERS + READERS, read_or_write);
	nr_taken += take();
	stress_check(nr_taken == WRITERS * EACH || stress_failed(),
		     "%lu were taken, %d written", nr_taken, WRITERS * EACH);
	close(event);
	stress_round();
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv, WRITERS + READERS, "an eventfd counts what it is given");
	while (stress_go_on())
		one_round();
	return stress_end();
}
