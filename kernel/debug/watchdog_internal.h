#pragma once

/*
 * debug/watchdog_internal.h - between the parts of the watchdog:
 *
 *	watchdog.c		harts, and the rounds in which time is counted
 *	watchdog_sleep.c	what is wrong with a thread, seen from outside
 *	watchdog_poke.c		and seen by itself: what a sleeper calls
 *	watchdog_progress.c	who does not get on, and no wake-up was lost
 *	watchdog_list.c		who waits for what
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct sleep_watch;
struct thread;

/* So many whole rounds long the same has to be true of a sleep. */
#define PATIENCE_ROUNDS 3U

/* Rounds that are over.  (a) written by the hart that looks. */
extern uint32_t watchdog_round;

/* Whole rounds since @round began. */
uint32_t watchdog_rounds_since(uint32_t round);

/* How often @hart has looked. */
uint64_t watchdog_looks(unsigned hart);

/* One look at all threads; panics, with no lock held, if it has seen enough.
 * Interrupts off. */
void watchdog_look_at_threads(void);

/* This hart has not come by for long where a grace period awaits it. */
void watchdog_look_at_readers(void);

/* It has gone to sleep, and nobody has woken it. */
bool watchdog_is_asleep(const struct thread *t);
/* What its sleep says of itself; false: it has ended meanwhile. */
bool watchdog_copy(struct sleep_watch *copy, const struct thread *t);

/* @t has been ready, and not been run, for longer than its hart's turns
 * explain.  Under the signal lock of its process; once for each look. */
bool watchdog_is_starved(struct thread *t);
void watchdog_accuse_hart(const struct thread *t) __noreturn;
/* It has to die, and has been in a sleep for long of which only its waker can
 * wake it: what is doubted of it then. */
bool watchdog_is_unkillable(const struct thread *t);
extern const char watchdog_unkillable[];
void watchdog_accuse_sleep(const struct thread *t) __noreturn;

/* A panic of the watchdog's follows: print the list with it. */
void watchdog_will_report(void);
