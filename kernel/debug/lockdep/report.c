/*
 * debug/lockdep/report.c - what is told of the orders that were seen: with a
 * panic why they are wrong, and all of them to who asks.
 */
#include "debug/lockdep/lockdep_internal.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/printk.h"
#include "lib/printf.h"
#include "sync/lockorder.h"

#if LAB

static const char *const use_names[NR_LOCK_USES] = {
	[USE_IN_IRQ] = "by-interrupt",
	[USE_IRQ_ON] = "interrupts-on",
	[USE_IRQ_OFF] = "interrupts-off",
};

const char *lockdep_name(unsigned class)
{
	return class == LOCKDEP_FLUSH ? "FLUSH" : lock_rank_name((enum lock_rank)class);
}

/* ---- the fault that was found ---- */

/* Of the first hart that finds one. */
static struct {
	uint32_t hart; /* (a) + 1; the rest is that hart's */
	bool is_twice; /* it is one class, which needs no way */
	struct lock_path way; /* none: nobody went there yet */
	enum lock_use first, last; /* NR_LOCK_USES: none */
} fault;

/* No ORDER: the first hart has it, and nobody else reads it. */
static bool is_ours(void)
{
	return atomic_replace(&fault.hart, 0, hart_id() + 1);
}

void lockdep_accuse(unsigned from, unsigned to)
{
	if (!is_ours())
		return;
	fault.first = fault.last = NR_LOCK_USES;
	fault.is_twice = from == to;
	if (!fault.is_twice)
		lock_graph_path(&lockdep_graph, to, from, &fault.way);
}

void lockdep_accuse_use(uint64_t starts, unsigned end, enum lock_use first,
			enum lock_use last)
{
	if (!is_ours())
		return;
	fault.first = first;
	fault.last = last;
	if (starts & BIT(end)) {
		fault.way.node[0] = (uint8_t)end;
		fault.way.nr = 1;
		return;
	}
	while (lock_graph_path(&lockdep_graph, ctz64(starts), end, &fault.way) == 0)
		starts &= starts - 1;
}

static void print_use(enum lock_use use, unsigned class)
{
	if (use == NR_LOCK_USES)
		return;
	printk("  %s was taken, %s,\n", lockdep_name(class), use_names[use]);
	witness_print(&lockdep_users[use][class]);
}

static void print_order(unsigned from, unsigned to)
{
	printk("  %s, then %s,\n", lockdep_name(from), lockdep_name(to));
	witness_print(&lockdep_orders[from][to]);
}

static void print_way(void)
{
	printk("seen before it:\n");
	print_use(fault.first, fault.way.node[0]);
	for (unsigned i = 0; i + 1 < fault.way.nr; i++)
		print_order(fault.way.node[i], fault.way.node[i + 1]);
	print_use(fault.last, fault.way.node[fault.way.nr - 1]);
}

void lockdep_print(void)
{
	if (READ_ONCE(fault.hart) != hart_id() + 1)
		return;
	if (fault.way.nr != 0)
		print_way();
	else if (fault.is_twice)
		printk("another thread may do the same with the two exchanged\n");
	else
		printk("the other order has not been seen yet\n");
}

/* ---- all that was seen ---- */

static void list_line(const char *what, const char *first, const char *second,
		      const struct witness *w,
		      void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	char text[60];

	put(ctx, text, (size_t)ksnprintf(text, sizeof(text), "%s %s %s", what,
					 first, second));
	witness_put(w, put, ctx);
}

static void list_orders(unsigned from,
			void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	for (unsigned to = 0; to < NR_LOCK_CLASSES; to++)
		if (lock_graph_has(&lockdep_graph, from, to))
			list_line("order", lockdep_name(from), lockdep_name(to),
				  &lockdep_orders[from][to], put, ctx);
}

static void list_uses(enum lock_use use,
		      void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	for (unsigned class = 0; class < NR_LOCK_CLASSES; class++)
		if (READ_ONCE(lockdep_uses[use]) & BIT(class))
			list_line("use", use_names[use], lockdep_name(class),
				  &lockdep_users[use][class], put, ctx);
}

void lockdep_list(void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	for (unsigned class = 0; class < NR_LOCK_CLASSES; class++)
		list_orders(class, put, ctx);
	for (unsigned use = 0; use < NR_LOCK_USES; use++)
		list_uses(use, put, ctx);
}

#endif
