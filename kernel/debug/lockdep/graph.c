/*
 * debug/lockdep/graph.c - see graph.h.
 */
#include "debug/lockdep/graph.h"

#include "arch/barrier.h"

#if LAB

bool lock_graph_add(struct lock_graph *g, unsigned from, unsigned to)
{
	/*
	 * ORDER lock-graph, adding side; the other is in look_for_faults().
	 * Store buffering: who adds an edge looks at those of others then.
	 * Two who close a circle together: one of them sees it.
	 */
	return !(atomic_fetch_or_full(&g->after[from], BIT(to)) & BIT(to));
}

static uint64_t one_step(const struct lock_graph *g, uint64_t from)
{
	uint64_t to = 0;

	for (; from != 0; from &= from - 1)
		to |= READ_ONCE(g->after[ctz64(from)]);
	return to;
}

uint64_t lock_graph_reach(const struct lock_graph *g, uint64_t from)
{
	uint64_t all = from, next;

	while ((next = all | one_step(g, all)) != all)
		all = next;
	return all;
}

/* Waves from @from on, until one has @to: after how many steps, or 0. */
static unsigned spread(const struct lock_graph *g, unsigned from, unsigned to,
		       uint64_t rings[LOCK_GRAPH_MAX + 1])
{
	uint64_t seen = 0;
	unsigned n = 0;

	rings[0] = BIT(from);
	while (n < LOCK_GRAPH_MAX && rings[n] != 0) {
		uint64_t next = one_step(g, rings[n]) & ~seen;

		seen |= next;
		rings[++n] = next;
		if (next & BIT(to))
			return n;
	}
	return 0;
}

unsigned lock_graph_path(const struct lock_graph *g, unsigned from, unsigned to,
			 struct lock_path *path)
{
	unsigned n = spread(g, from, to, path->rings);

	path->nr = n == 0 ? 0 : n + 1;
	path->node[n] = (uint8_t)to;
	while (n-- > 0) {
		uint64_t before = path->rings[n];

		while (!lock_graph_has(g, ctz64(before), path->node[n + 1]))
			before &= before - 1;
		path->node[n] = (uint8_t)ctz64(before);
	}
	return path->nr;
}

#endif
