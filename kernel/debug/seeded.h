#pragma once

/*
 * debug/seeded.h - runs whose interleaving is a number (schedule=seeded).
 *
 * An emulator that counts instructions (QEMU's -icount) lets one hart run at
 * a time, and another one when a timer of the machine is due.  Who arms the
 * timers so decides who runs when.  In a seeded run every hart has its clock
 * interrupted at distances drawn from seed=, most of them short and some
 * long; on such a tick it may stand still for a while, whatever it was doing,
 * or let another thread run.  All that is random in the kernel follows from
 * the seed too.  So the same seed gives the same run, instruction by
 * instruction, and another seed another one: docs/seeded.md.
 *
 * What happens is folded into a hash, which is printed when the machine is
 * switched off: equal hashes, equal runs.
 *
 * Lab build only.
 */

#include "lib/compiler.h"
#include "lib/hartmask.h"
#include "lib/types.h"

/* Other uses of the seed than the ticks of a hart. */
enum seeded_use {
	SEEDED_RUN = MAX_HARTS, /* what goes for the whole run */
	SEEDED_RANDOM,          /* proc/task/random.h */
};

#if LAB

extern bool seeded_on; /* (c) after boot */

#define is_seeded() unlikely(seeded_on)

/* Boot: from here on all of the run follows from @seed. */
void seeded_switch_on(uint64_t seed);
/* Boot: no end after @seconds of the machine's own time is a panic. */
void seeded_end_within(uint64_t seconds);
/* A generator for a hart (its number) or for another use, each its own. */
struct rng;
void seeded_rng(struct rng *rng, unsigned use);

/* This hart ticks from now on.  Interrupts off. */
void seeded_start_hart(void);
/* When this hart's clock has to ring if it should at @deadline.  Interrupts off. */
uint64_t seeded_deadline(uint64_t deadline);
/* A clock interrupt, which came at @pc; may stand still.  True: the running
 * thread should make room for another.  Interrupts off. */
bool seeded_tick(uint64_t pc);
/* Stand still for about @turns turns of a spin loop. */
void seeded_pause(uint64_t turns);

/* This hart is about to run thread @tid, or to idle.  Interrupts off. */
void seeded_switch(int tid, bool idle);
/* The end of the machine: print the hash; then, that the emulator sees nothing
 * more to do, let the other harts stop without another word. */
void seeded_report(void);
void seeded_stop_others(void);
bool seeded_is_over(void);

#else

#define is_seeded() false
#define seeded_start_hart() ((void)0)
#define seeded_deadline(deadline) (deadline)
#define seeded_tick(pc) ((void)(pc), false)
#define seeded_switch(tid, idle) ((void)0)
#define seeded_report() ((void)0)
#define seeded_stop_others() ((void)0)
#define seeded_is_over() false

#endif
