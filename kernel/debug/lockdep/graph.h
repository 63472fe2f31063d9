#pragma once

/*
 * debug/lockdep/graph.h - which lock was taken while which was held.
 *
 * A node is a class of locks, an edge from A to B says that somebody held A
 * when he took B.  A lock belongs to one class and a hart can be told to hold
 * one and wait for another, so what can wait for what is a walk along edges;
 * a circle of edges is a deadlock that some interleaving has.
 *
 * Edges are only added, each by one atomic operation: whoever adds the last
 * one of a circle finds all of it, also when two add theirs at once.  Plain C
 * beside that, so it runs in a unit test.
 */

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/types.h"

#define LOCK_GRAPH_MAX 64

struct lock_graph {
	uint64_t after[LOCK_GRAPH_MAX]; /* (a) a bit for each edge; ORDER lock-graph */
};

static inline bool lock_graph_has(const struct lock_graph *g, unsigned from,
				  unsigned to)
{
	return READ_ONCE(g->after[from]) & BIT(to);
}

/* True when it is new. */
bool lock_graph_add(struct lock_graph *g, unsigned from, unsigned to);

/* All nodes of @from, and those that can be reached from them. */
uint64_t lock_graph_reach(const struct lock_graph *g, uint64_t from);

/* What a search needs: too much for the stack of who is about to panic. */
struct lock_path {
	unsigned nr;                        /* nodes; 0: there is no path */
	uint8_t node[LOCK_GRAPH_MAX + 1];
	uint64_t rings[LOCK_GRAPH_MAX + 1]; /* what takes so many steps */
};

/* Makes @path a shortest way from @from to @to along one edge at least, both
 * ends in it: how many nodes. */
unsigned lock_graph_path(const struct lock_graph *g, unsigned from, unsigned to,
			 struct lock_path *path);
