/*
 * arch/riscv/clock.c - the time of day.
 *
 * Its offset is in the vDSO's page, so that there is one for programs and
 * kernel, or before there is that page, here.  One word, so it is always
 * whole.
 */

#include "arch/clock.h"

#include "lib/compiler.h"

static uint64_t early_offset;
static uint64_t *offset = &early_offset; /* (c) once a thread runs */

void clock_publish(uint64_t *published)
{
	*published = *offset;
	offset = published;
}

uint64_t clock_realtime_ns(void)
{
	return clock_monotonic_ns() + READ_ONCE(*offset);
}

void clock_set_realtime(uint64_t ns)
{
	WRITE_ONCE(*offset, ns - clock_monotonic_ns());
}

/* A time that no number of its kind says never comes. */
uint64_t clock_monotonic_deadline(uint64_t ns)
{
	uint64_t ticks = ns_to_ticks(ns);

	return ticks < DEADLINE_REALTIME ? ticks : TIMER_NEVER;
}

uint64_t clock_realtime_deadline(uint64_t ns)
{
	uint64_t ticks = ns_to_ticks(ns);

	return ticks < DEADLINE_REALTIME - 1 ? ticks | DEADLINE_REALTIME :
					       TIMER_NEVER;
}

/* Deadlines are rounded up, so what the clock shows is rounded down. */
uint64_t deadline_now(uint64_t deadline)
{
	if (!deadline_is_realtime(deadline))
		return clock_ticks();
	return (ns_to_ticks(clock_realtime_ns() + 1) - 1) | DEADLINE_REALTIME;
}
