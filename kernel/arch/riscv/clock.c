/*
 * arch/riscv/clock.c - the time of day.
 *
 * By what function of the counter it is read stands in the vDSO's page, so
 * that there is one for programs and kernel, or before there is that page,
 * here.
 */

#include "arch/clock.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/compiler.h"

static struct time_of_day early;
static struct time_of_day *day = &early; /* (c) once a thread runs */

void clock_publish(struct time_of_day *published)
{
	*published = *day;
	day = published;
}

uint64_t clock_realtime_ns(void)
{
	return time_of_day_at(day, clock_monotonic_ns());
}

struct time_of_day clock_time_of_day(void)
{
	return *day;
}

static void write_words(const struct time_of_day *new)
{
	for (unsigned i = 0; i < NR_SLEWS; i++) {
		WRITE_ONCE(day->slew[i].rate, new->slew[i].rate);
		WRITE_ONCE(day->slew[i].until, new->slew[i].until);
	}
	WRITE_ONCE(day->rate, new->rate);
	WRITE_ONCE(day->since, new->since);
	WRITE_ONCE(day->offset, new->offset);
	WRITE_ONCE(day->zone[0], new->zone[0]);
	WRITE_ONCE(day->zone[1], new->zone[1]);
}

/*
 * Readers try again while the turn is odd, or when it has changed.  Nobody
 * here reads meanwhile, in an interrupt: he would for ever.
 */
void clock_adjust_to(const struct time_of_day *new)
{
	unsigned long irq = irq_save();
	uint32_t turn = day->turn;

	WRITE_ONCE(day->turn, turn + 1);
	/* ORDER time-of-day, opening side; the other is time_of_day_at().
	 * Who reads a new word finds the turn odd, or further. */
	smp_wmb();
	write_words(new);
	/* ORDER time-of-day, closing side; the other is time_of_day_at(). */
	store_release(&day->turn, turn + 2);
	irq_restore(irq);
}

void clock_set_realtime(uint64_t ns)
{
	day->offset = ns - clock_monotonic_ns();
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

static bool drifts(uint64_t now)
{
	bool slews = false;

	for (unsigned i = 0; i < NR_SLEWS; i++)
		slews |= READ_ONCE(day->slew[i].until) > now;
	return slews || READ_ONCE(day->rate) != 0;
}

/* It is at most a tenth faster than the counter; so some dozen looks are
 * enough, however far away it is. */
uint64_t deadline_next_look(uint64_t deadline)
{
	uint64_t left = deadline_left(deadline);

	if (deadline_is_realtime(deadline) && drifts(clock_monotonic_ns()))
		left -= left / 8;
	return clock_ticks() + left;
}
