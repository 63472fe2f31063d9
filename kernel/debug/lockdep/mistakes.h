#pragma once

/*
 * debug/lockdep/mistakes.h - what debug/provoke.h does wrong with locks:
 *
 *	lock-circle	two locks are taken in one order, then in the other
 *	lock-pair	two of one rank, the one at the higher address first
 *	lock-twice	one lock, by who has it
 *	lock-interrupt	an interrupt takes one that is taken with interrupts on
 *	lock-kept	an interrupt ends with a lock held
 *	lock-flush	one is held over a shootdown, and then awaited with
 *			interrupts off
 *	lock-sleep	a spinlock is held over what may sleep
 *	lock-memory	memory is asked for with a lock below the allocator's
 */

/* NULL: no such mistake. */
void (*lockdep_find_mistake(const char *name))(void);
