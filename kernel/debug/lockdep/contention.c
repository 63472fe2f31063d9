/*
 * debug/lockdep/contention.c - see contention.h.
 */
#include "debug/lockdep/contention.h"

#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/page.h"
#include "sync/lockorder.h"

#if LAB

struct contention {
	struct lock_contention of[NR_LOCK_RANKS];
};

#define CONTENTION_ORDER 3
_Static_assert(sizeof(struct contention) <= PAGE_SIZE << CONTENTION_ORDER,
	       "one block a hart");

/* (c) once the hart runs.  The one that boots takes locks from the start. */
static struct contention of_boot_hart, *contention[MAX_HARTS] = { &of_boot_hart };

bool contention_add_hart(unsigned hart)
{
	struct page *page = pages_alloc(CONTENTION_ORDER, PAGE_KERNEL);

	if (page == NULL)
		return false;
	contention[hart] = memset(page_address(page), 0, sizeof(struct contention));
	return true;
}

static struct lock_contention *own(unsigned rank)
{
	return &contention[hart_id()]->of[rank];
}

/* ---- counting ---- */

static void add(uint64_t *sum, uint64_t n)
{
	WRITE_ONCE(*sum, *sum + n);
}

static void note(struct lock_times *times, uint64_t ticks)
{
	unsigned bin = ticks == 0 ? 0 : ilog2(ticks) + 1;

	add(&times->count, 1);
	add(&times->ticks, ticks);
	add(&times->bins[min(bin, CONTENTION_BINS - 1U)], 1);
	if (ticks > times->longest)
		WRITE_ONCE(times->longest, ticks);
}

void contention_acquired(unsigned rank)
{
	add(&own(rank)->acquired, 1);
}

void contention_waited(unsigned rank, uint64_t ticks)
{
	note(&own(rank)->waits, ticks);
}

void contention_held(unsigned rank, uint64_t ticks)
{
	note(&own(rank)->holds, ticks);
}

const struct lock_contention *contention_of(unsigned rank, unsigned hart)
{
	return &contention[hart]->of[rank];
}

/* ---- telling ---- */

struct sink {
	void (*put)(void *ctx, const char *s, size_t n);
	void *ctx;
};

static void __printf(2, 3) put_text(const struct sink *sink, const char *fmt, ...)
{
	char text[80];
	va_list ap;

	va_start(ap, fmt);
	sink->put(sink->ctx, text, (size_t)kvsnprintf(text, sizeof(text), fmt, ap));
	va_end(ap);
}

static void put_times(const struct sink *sink, const struct lock_times *times)
{
	put_text(sink, " %lu %lu %lu", READ_ONCE(times->count),
		 ticks_to_ns(READ_ONCE(times->ticks)),
		 ticks_to_ns(READ_ONCE(times->longest)));
}

static void put_bins(const struct sink *sink, const char *what, unsigned rank,
		     unsigned hart, const struct lock_times *times)
{
	if (READ_ONCE(times->count) == 0)
		return;
	put_text(sink, "%s %s %u", what, lock_rank_name(rank), hart);
	for (unsigned i = 0; i < CONTENTION_BINS; i++)
		put_text(sink, " %lu", READ_ONCE(times->bins[i]));
	put_text(sink, "\n");
}

static void put_lock(const struct sink *sink, unsigned rank, unsigned hart)
{
	const struct lock_contention *c = contention_of(rank, hart);

	if (READ_ONCE(c->acquired) == 0)
		return;
	put_text(sink, "lock %s %u %lu", lock_rank_name(rank), hart,
		 READ_ONCE(c->acquired));
	put_times(sink, &c->waits);
	put_times(sink, &c->holds);
	put_text(sink, "\n");
	put_bins(sink, "waits", rank, hart, &c->waits);
	put_bins(sink, "holds", rank, hart, &c->holds);
}

void contention_list(void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	const struct sink sink = { put, ctx };

	put_text(&sink, "tick %lu\n", ticks_to_ns(1));
	for (unsigned rank = 0; rank < NR_LOCK_RANKS; rank++)
		for_each_present_hart(hart)
			put_lock(&sink, rank, hart);
}

#endif
