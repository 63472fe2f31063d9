#pragma once

/*
 * debug/datarace.h - data races, seen when they happen.
 *
 * Two accesses to the same bytes, by two harts at the same time, of which one
 * is a write and one is plain C, are a data race: the compiler may tear,
 * repeat or leave out the plain one, and nothing orders what it belongs to.
 * Marked accesses (READ_ONCE(), WRITE_ONCE(), atomics) may meet each other.
 *
 * With -fsanitize=thread the compiler calls a function of ours before each
 * access.  One plain access in some hundred is made slow: its hart sets a
 * watchpoint on it, waits a little, and looks at the value before and after.
 * Who touches those bytes meanwhile has been caught in the act, and is told
 * of together with the other: both accesses, both chains of calls, the value.
 * Nothing is reported that has not happened; what does not happen in a run is
 * not reported in it.  The choices follow from seed=, so a report of a seeded
 * run comes again.
 *
 * With weak=on on the command line a release that is missing shows as well,
 * although the machine below does what was written in that order.
 *
 * Not looked at are pages that belong to programs: who races there is the
 * program.  PROFILE=watched has it; /proc/drover/dataraces lists what was found.
 */

#include "lib/compiler.h"
#include "lib/types.h"

#if WATCHED

/* Boot: from here on accesses are watched. */
void datarace_init(uint64_t seed);

/* Different pairs of places that raced. */
unsigned datarace_count(void);

/* Print one of those that were found and not told of; false: there is none.  No
 * lock held: a race may be found where the console's is. */
bool datarace_tell(void);

/* The end of the machine: what its status is, when nothing else is wrong. */
unsigned datarace_status(unsigned status);

/* For /proc/drover/dataraces: the places of pair @n, and how often they met;
 * false behind the last one. */
bool datarace_pair(unsigned n, uint64_t *first, uint64_t *second, uint32_t *times);

/* Between the two this hart's accesses are not looked at.  No sleep between. */
void datarace_pause(void);
void datarace_resume(void);

/* weak=on: a plain store may be seen late (debug/datarace/late.c); boot. */
void datarace_weaken(void);
/* What this hart has stored comes before what it will store. */
void datarace_order(void);

/* Race on purpose, make sure of what is told: debug/provoke.h. */
void datarace_test(void);

/*
 * @expr reads what others write meanwhile, in plain C, and that is right,
 * because of @why: a text for the reader.
 */
#define data_race(expr, why)						\
	({								\
		datarace_pause();					\
		__auto_type value_ = (expr);				\
		datarace_resume();					\
		(void)sizeof("" why);					\
		value_;							\
	})

#else

#define datarace_init(seed) ((void)(seed))
#define datarace_count() 0U
#define datarace_tell() false
#define datarace_status(status) (status)
#define datarace_weaken() panic("weak=on: allowed with PROFILE=watched")
#define datarace_order() ((void)0)
#define data_race(expr, why) (expr)

#endif
