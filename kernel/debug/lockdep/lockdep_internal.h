#pragma once

/*
 * debug/lockdep/lockdep_internal.h - what has been seen, for its report.
 */

#include "debug/lockdep/graph.h"
#include "debug/lockdep/lockdep.h"
#include "debug/lockdep/witness.h"

#if LAB

#define NR_LOCK_CLASSES 48U
/* A shootdown that is waited for, as a class. */
#define LOCKDEP_FLUSH (NR_LOCK_CLASSES - 1)

_Static_assert(NR_LOCK_CLASSES <= LOCK_GRAPH_MAX, "a class is a bit");

extern struct lock_graph lockdep_graph;
extern uint64_t lockdep_uses[NR_LOCK_USES]; /* (a) a bit for each class */
/* Of each edge, [from][to], and of each use, who was the first. */
extern struct witness lockdep_orders[NR_LOCK_CLASSES][NR_LOCK_CLASSES];
extern struct witness lockdep_users[NR_LOCK_USES][NR_LOCK_CLASSES];

const char *lockdep_name(unsigned class);

/* One of the classes @starts is used as @first says and leads to @end, which
 * is used as @last says (NR_LOCK_USES: is what it is): a panic follows. */
void lockdep_accuse_use(uint64_t starts, unsigned end, enum lock_use first,
			enum lock_use last);

#endif
