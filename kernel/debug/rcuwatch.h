#pragma once

/*
 * debug/rcuwatch.h - who reads without a lock, and what is freed below him.
 * Lab build only.
 *
 *	a reader sleeps, or returns to the user
 *	a hart reads that grace periods take for one that does not
 *	something is freed while somebody reads who began before it was given up
 *	an object of a cache that is for such readers is freed by who does not
 *	wait for them (mm/slab.h:slab_create_rcu())
 *	a hart is awaited, and has looked at its clock many times since
 *
 * Readers say nothing to grace periods, so nothing of what a period goes by is
 * believed here: each hart notes beside it since when it has been reading.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct rcu_head;

#if LAB

/* The running thread, or an interrupt on this hart, begins and ends to read. */
void rcu_watch_begins(void);
void rcu_watch_ends(void);
/* It is to be doing no such thing. */
void rcu_watch_none_reads(void);
/* The number of this hart was @number, as odd as @parity. */
void rcu_watch_parity(uint64_t number, unsigned parity);

/* @head is given up; is about to be freed after a grace period; none is being
 * freed any more. */
void rcu_watch_given(struct rcu_head *head);
void rcu_watch_frees(const struct rcu_head *head);
void rcu_watch_freed(void);
/* The running thread frees an object of the cache @name. */
void rcu_watch_object(const char *name);

/* The watchdog's look of this hart: is it awaited, and has not come by for
 * @patience looks? */
void rcu_watch_look(unsigned patience);

#else

#define rcu_watch_begins() barrier()
#define rcu_watch_ends() barrier()
#define rcu_watch_none_reads() ((void)0)
#define rcu_watch_parity(number, parity) ((void)(number))
#define rcu_watch_given(head) ((void)0)
#define rcu_watch_frees(head) ((void)0)
#define rcu_watch_freed() ((void)0)
#define rcu_watch_object(name) ((void)0)

#endif
