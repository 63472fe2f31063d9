/*
 * debug/datarace/report.c - pairs of places that raced, each told of once.
 *
 * A race may be found under any lock, the console's too.  So it is only noted
 * here, and printed by the next thread that is on its way to user mode.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/backtrace.h"
#include "debug/datarace/datarace_internal.h"
#include "debug/printk.h"

#if WATCHED

#define NR_PAIRS 256
#define FAILED_STATUS 98

static struct pair {
	struct access first, second;
	uint64_t before, after;
	uint32_t times;
} pairs[NR_PAIRS];            /* (table) to write; constant below nr_pairs, but times */
static uint32_t nr_pairs;     /* (table) to write; (a) ORDER datarace-pairs */
static uint32_t nr_told;      /* (a) */
static uint32_t table_locked; /* (a) ORDER datarace-table */

/* ---- noting ---- */

static void lock_table(void)
{
	/* ORDER datarace-table, taking side; the other is in unlock_table(). */
	while (!atomic_replace(&table_locked, 0, 1))
		cpu_relax();
}

static void unlock_table(void)
{
	/* ORDER datarace-table, releasing side; the other is in lock_table(). */
	store_release(&table_locked, 0);
}

/* In either order: who watches whom is chance. */
static bool is_pair(const struct pair *p, uint64_t a, uint64_t b)
{
	uint64_t x = access_place(&p->first), y = access_place(&p->second);

	return (x == a && y == b) || (x == b && y == a);
}

static struct pair *find_pair(uint64_t a, uint64_t b)
{
	for (unsigned i = 0; i < nr_pairs; i++)
		if (is_pair(&pairs[i], a, b))
			return &pairs[i];
	return NULL;
}

void datarace_found(const struct access *first, const struct access *second,
		    uint64_t before, uint64_t after)
{
	lock_table();

	struct pair *p = find_pair(access_place(first), access_place(second));

	if (p != NULL) {
		WRITE_ONCE(p->times, p->times + 1);
	} else if (nr_pairs < NR_PAIRS) {
		pairs[nr_pairs] = (struct pair){ *first, *second, before, after, 1 };
		/* ORDER datarace-pairs, noting side; the other is in
		 * datarace_count(). */
		store_release(&nr_pairs, nr_pairs + 1);
	}
	unlock_table();
}

/* ---- telling ---- */

static void print_access(const char *when, const struct access *a)
{
	printk("  %s%s %s of %lu bytes at %#lx by hart %u, thread %d\n", when,
	       a->kind & IS_MARKED ? "marked" : "plain",
	       a->kind & IS_WRITE ? "write" : "read", a->size, a->addr,
	       a->hart, a->tid);
	backtrace_print_callers(a->callers, a->nr_callers);
}

static void print_pair(const struct pair *p)
{
	printk("data race:\n");
	print_access("", &p->first);
	if (p->second.nr_callers != 0)
		print_access("and meanwhile ", &p->second);
	else
		printk("  and meanwhile it was changed by nobody who was seen\n");
	if (p->before != p->after)
		printk("  the value went from %#lx to %#lx\n", p->before, p->after);
	else
		printk("  the value was %#lx all the time\n", p->before);
}

unsigned datarace_count(void)
{
	/* ORDER datarace-pairs, looking side; the other is in datarace_found(). */
	return load_acquire(&nr_pairs);
}

bool datarace_is_found(unsigned from, const void *start, uint64_t size, bool both)
{
	for (unsigned i = from; i < datarace_count(); i++)
		if (pairs[i].first.addr - (uint64_t)start < size &&
		    (!both || pairs[i].second.nr_callers != 0))
			return true;
	return false;
}

bool datarace_tell(void)
{
	/* In user mode the program orders, and nobody sees it. */
	datarace_order();

	uint32_t n = READ_ONCE(nr_told);

	if (likely(n == datarace_count()))
		return false;
	/* No ORDER: one of many tells it; datarace_count() has ordered the pair. */
	if (atomic_replace(&nr_told, n, n + 1)) {
		printk_set_level(PRINTK_LEVEL_ALL);
		print_pair(&pairs[n]);
	}
	return true;
}

unsigned datarace_status(unsigned status)
{
	while (datarace_tell())
		;
	return status != 0 || datarace_count() == 0 ? status : FAILED_STATUS;
}

bool datarace_pair(unsigned n, uint64_t *first, uint64_t *second, uint32_t *times)
{
	if (n >= datarace_count())
		return false;
	*first = access_place(&pairs[n].first);
	*second = access_place(&pairs[n].second);
	*times = READ_ONCE(pairs[n].times);
	return true;
}

#endif
