/*
 * debug/watchdog.c - see watchdog.h: harts, and rounds.
 *
 * The look is made in a clock interrupt, so it takes locks only if they are
 * free.  Whatever it accuses it has seen several times, and the hart that is
 * accused, or was to help, had as many occasions to do something: a time
 * proves nothing, for the host may have stopped the machine, or one hart.
 */

#include "debug/watchdog.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/lockwatch.h"
#include "debug/watchdog_internal.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"

#define LOOKS_PER_SECOND 4U
#define HUNG_LOOKS 10
#define STUCK_SECONDS 2
#define STUCK_LOOKS 5

#if LAB

/* Of one hart; by whoever looks, but looks. */
static struct hart_watch {
	uint64_t looks;                  /* (a) its hart writes */
	uint64_t round_looks;            /* those before this round */
	uint64_t seen_switches, idle_at; /* it idled with a thread on its queue */
	unsigned idle_looks;
} watches[MAX_HARTS];

/* When hart A looks at B: how often B had looked then, and how often A has
 * looked without finding more.  (its hart) */
static struct {
	uint64_t looks;
	unsigned missed;
} beats[MAX_HARTS][MAX_HARTS];

static uint32_t looking; /* (a) a hart looks at what all harts share */
uint32_t watchdog_round;

uint64_t watchdog_deadline(void)
{
	return clock_ticks() +
	       max(nr_harts, LOOKS_PER_SECOND) * ticks_per_second / LOOKS_PER_SECOND;
}

/* ---- rounds ---- */

uint32_t watchdog_rounds_since(uint32_t round)
{
	uint32_t rounds = READ_ONCE(watchdog_round) - round;

	return rounds == 0 ? 0 : rounds - 1;
}

uint64_t watchdog_looks(unsigned hart)
{
	return READ_ONCE(watches[hart].looks);
}

static bool all_have_looked(void)
{
	for_each_present_hart(hart)
		if (hart_is_online(hart) &&
		    READ_ONCE(watches[hart].looks) == watches[hart].round_looks)
			return false;
	return true;
}

static void end_round_if_over(void)
{
	if (!all_have_looked())
		return;
	for_each_present_hart(hart)
		watches[hart].round_looks = READ_ONCE(watches[hart].looks);
	WRITE_ONCE(watchdog_round, watchdog_round + 1);
}

/* ---- harts ---- */

/* Our own looks are the measure: each is an occasion that the other had too. */
static void look_at_beat(unsigned hart)
{
	uint64_t looks = READ_ONCE(watches[hart].looks);
	unsigned self = hart_id();

	if (looks != beats[self][hart].looks || !hart_is_online(hart)) {
		beats[self][hart].looks = looks;
		beats[self][hart].missed = 0;
		return;
	}
	if (++beats[self][hart].missed < HUNG_LOOKS)
		return;
	lockwatch_print();
	watchdog_will_report();
	panic("hart %u has taken no interrupt while hart %u looked %d times",
	      hart, self, HUNG_LOOKS);
}

static void look_at_idle(unsigned hart, uint64_t now)
{
	struct hart_watch *w = &watches[hart];
	uint64_t switches = READ_ONCE(harts[hart].counters[COUNT_switches]);

	if (!sched_is_idle(hart) || sched_runq_length(hart) == 0 ||
	    switches != w->seen_switches) {
		w->seen_switches = switches;
		w->idle_at = now;
		w->idle_looks = 0;
		return;
	}
	if (++w->idle_looks < STUCK_LOOKS ||
	    now - w->idle_at <= STUCK_SECONDS * ticks_per_second)
		return;
	watchdog_will_report();
	panic("lost wake-up: hart %u idles although %u threads are ready on it",
	      hart, sched_runq_length(hart));
}

static void look_at_harts(void)
{
	uint64_t now = clock_ticks();

	for_each_present_hart(hart)
		if (hart != hart_id())
			look_at_idle(hart, now);
	end_round_if_over();
}

void watchdog_tick(void)
{
	struct hart_watch *own = &watches[hart_id()];

	WRITE_ONCE(own->looks, own->looks + 1);
	for_each_present_hart(hart)
		if (hart != hart_id())
			look_at_beat(hart);
	watchdog_look_at_readers();
	/* ORDER watchdog-look, looking side; the other is in watchdog_tick(). */
	if (!atomic_replace(&looking, 0, 1))
		return;
	look_at_harts();
	watchdog_look_at_threads();
	/* ORDER watchdog-look, done side; the other is in watchdog_tick(). */
	store_release(&looking, 0);
}

#endif
