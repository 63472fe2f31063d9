/*
 * debug/seeded.c - the clock of a seeded run, and its hash.
 *
 * How far the next tick is: see rng_skewed(); its bounds grow with the number
 * of harts, since all of them share the machine's time and a tick has to be
 * served before the next one is due.  How long the longest distances are is
 * drawn once for the run: some seeds cut finely, some coarsely.
 *
 * A hart that stands still waits for an interrupt, so the others get its
 * time.  It goes on serving shootdowns, as a hart that spins does.
 *
 * That a run has no end can be said in the machine's own time (within=), which
 * is the same on every host: the first tick after it is a panic.
 */

#include "debug/seeded.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/printf.h"
#include "lib/rng.h"

#if LAB

/* In ticks of the clock for each hart of the machine.  A tick costs about
 * 150 of them to serve: the mean distance has to be above. */
#define TICK_MIN 64
#define TICK_LOG2_LOW 5
#define TICK_LOG2_HIGH 11
#define TICK_LOG2_SPREAD 4
#define PAUSE_LOG2_LOW 2
#define PAUSE_LOG2_HIGH 11

/* Ticks cost the host.  A hart that idles has little to be interrupted in, and
 * one that alone has work has nobody to race with. */
#define IDLE_FACTOR 16
#define ALONE_FACTOR 4

#define PAUSE_ONE_IN 4
#define PREEMPT_ONE_IN 2

/* A turn of a spin loop, in ticks of the clock. */
#define TICKS_PER_TURN 4

bool seeded_on;

static bool is_over;             /* (a) the hash is printed */

static uint64_t run_seed;        /* (c) after boot */
static unsigned tick_log2_high;  /* (c) after boot */
static uint64_t end_tick;        /* (c) after boot; 0: however long it takes */
static uint32_t nr_busy;         /* (a) harts that do not idle */

static struct hart_seeded {
	struct rng rng;     /* (hi) */
	uint64_t next_tick; /* (hi) */
	bool idle;          /* (hi) no thread to interrupt */
	uint64_t hash;      /* (hi) */
} __aligned(64) seeded[MAX_HARTS];

void seeded_rng(struct rng *rng, unsigned use)
{
	struct rng mix;

	rng_seed(&mix, run_seed);
	rng_seed(rng, rng_next(&mix) + use);
}

void seeded_switch_on(uint64_t seed)
{
	struct rng rng;

	run_seed = seed;
	for (unsigned h = 0; h < MAX_HARTS; h++) {
		seeded_rng(&seeded[h].rng, h);
		seeded[h].next_tick = TIMER_NEVER;
	}
	seeded_rng(&rng, SEEDED_RUN);
	tick_log2_high = TICK_LOG2_HIGH + rng_below(&rng, TICK_LOG2_SPREAD);
	seeded_on = true;
}

void seeded_end_within(uint64_t seconds)
{
	end_tick = seconds * ticks_per_second;
}

/* ---- the hash ---- */

enum event {
	EVENT_TICK,   /* the pc it interrupted */
	EVENT_SWITCH, /* the thread that runs now */
};

/* FNV-1a, a word at a time, with a rotation that brings high bits down. */
static uint64_t fold(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x100000001b3UL;
	return hash << 29 | hash >> 35;
}

static void note(enum event event, uint64_t what)
{
	struct hart_seeded *own = &seeded[hart_id()];

	own->hash = fold(own->hash, (uint64_t)event);
	own->hash = fold(own->hash, what);
	own->hash = fold(own->hash, clock_ticks());
}

/* ---- ticks ---- */

static void draw_tick(struct hart_seeded *own)
{
	uint64_t distance = TICK_MIN +
			    rng_skewed(&own->rng, TICK_LOG2_LOW, tick_log2_high);

	if (own->idle)
		distance *= IDLE_FACTOR;
	else if (READ_ONCE(nr_busy) == 1)
		distance *= ALONE_FACTOR;
	own->next_tick = clock_ticks() + distance * nr_harts;
}

void seeded_start_hart(void)
{
	if (!seeded_on)
		return;
	seeded[hart_id()].idle = true;
	draw_tick(&seeded[hart_id()]);
	hart_timer_set(hart_self()->timer_deadline);
}

uint64_t seeded_deadline(uint64_t deadline)
{
	if (likely(!seeded_on))
		return deadline;
	return min(deadline, seeded[hart_id()].next_tick);
}

static void stand_still(uint64_t ticks)
{
	uint64_t deadline = hart_self()->timer_deadline;
	uint64_t end = clock_ticks() + ticks;

	seeded[hart_id()].next_tick = TIMER_NEVER;
	hart_timer_set(end);
	while (clock_ticks() < end) {
		ipi_poll();
		hart_idle_wait();
	}
	draw_tick(&seeded[hart_id()]);
	hart_timer_set(deadline);
}

bool seeded_tick(uint64_t pc)
{
	struct hart_seeded *own = &seeded[hart_id()];

	if (!seeded_on || clock_ticks() < own->next_tick)
		return false;
	if (unlikely(end_tick != 0 && clock_ticks() > end_tick))
		panic("no end within %lu s of the machine's time",
		      end_tick / ticks_per_second);
	note(EVENT_TICK, pc);
	if (!own->idle && rng_below(&own->rng, PAUSE_ONE_IN) == 0)
		stand_still(nr_harts * rng_skewed(&own->rng, PAUSE_LOG2_LOW,
						  PAUSE_LOG2_HIGH));
	else
		draw_tick(own);
	return rng_below(&own->rng, PREEMPT_ONE_IN) == 0;
}

void seeded_switch(int tid, bool idle)
{
	struct hart_seeded *own = &seeded[hart_id()];
	bool was_idle = own->idle;

	if (likely(!seeded_on))
		return;
	note(EVENT_SWITCH, (uint64_t)tid);
	own->idle = idle;
	if (was_idle == idle)
		return;
	atomic_fetch_add_relaxed(&nr_busy, idle ? -1 : 1);
	if (was_idle)
		draw_tick(own);
}

void seeded_pause(uint64_t turns)
{
	unsigned long irq = irq_save();

	stand_still(turns * TICKS_PER_TURN);
	irq_restore(irq);
}

/* ---- the end ---- */

void seeded_report(void)
{
	uint64_t hash = 0xcbf29ce484222325UL;
	char line[32];

	if (!seeded_on)
		return;
	seeded_on = false; /* a panic in here, and the last lines, are not of it */
	WRITE_ONCE(is_over, true);
	for_each_present_hart(h)
		hash = fold(hash, READ_ONCE(seeded[h].hash));
	hash = fold(hash, clock_ticks());

	int n = ksnprintf(line, sizeof(line), "run hash %016lx\n", hash);

	console_write(line, (size_t)n);
}

void seeded_stop_others(void)
{
	if (!READ_ONCE(is_over))
		return;
	for_each_present_hart(h)
		if (h != hart_id())
			ipi_send(h, IPI_STOP);
}

bool seeded_is_over(void)
{
	return READ_ONCE(is_over);
}

#endif
