/*
 * fs/proc/drover.c - /proc/drover: what only this kernel has.
 *
 * counters is what it counts:
 *
 *	name total hart0 hart1 ...
 *
 * Gauges have only the total; data_races is 0 where nobody looks for them. In
 * the lab build two lines follow for each rank of locks: how often one was
 * taken, and how often it was not free.
 *
 * threads, in the lab build, has a line for each: who waits for what, and who
 * should come (debug/watchdog_list.c); locks says how long they were waited
 * for and held (debug/lockdep/contention.h), lockgraph the orders in which locks
 * have been taken, and who did so first (debug/lockdep/lockdep.h); objects who has
 * what slabs have given out, and what root is charged with (objects.c).
 */
#include "fs/proc/procfs_internal.h"

#include "arch/hart.h"
#include "debug/datarace.h"
#include "debug/failalloc.h"
#include "debug/lockdep/contention.h"
#include "debug/lockdep/lockdep.h"
#include "debug/provoke.h"
#include "debug/shadow.h"
#include "debug/watchdog.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "proc/task/proc.h"
#include "sync/lockorder.h"
#include "sync/retry.h"

static const char *const counter_names[] = {
#define X(name, what) #name,
#include "lib/counters.def"
#undef X
};

static void write_counter(struct text *t, enum counter c)
{
	text_printf(t, "%s %lu", counter_names[c], counter_sum(c));
	for_each_present_hart(hart)
		text_printf(t, " %lu", READ_ONCE(harts[hart].counters[c]));
	text_put(t, "\n", 1);
}

static void write_gauges(struct text *t)
{
	text_printf(t, "frames_total %lu\n", pages_total());
	text_printf(t, "frames_free %lu\n", pages_free());
	text_printf(t, "threads %u\n", nr_threads_total());
	text_printf(t, "procs %u\n", nr_procs());
	text_printf(t, "data_races %u\n", datarace_count());
}

#if LAB
static int show_nothing(struct text *t UNUSED,
			const struct procfs_entry *e UNUSED)
{
	return 0;
}

static void write_rank(struct text *t, const char *what, enum lock_rank rank,
		       uint64_t (*of_hart)(enum lock_rank, unsigned))
{
	uint64_t total = 0;

	for_each_present_hart(hart)
		total += of_hart(rank, hart);
	text_printf(t, "lock_%s_%s %lu", what, lock_rank_name(rank), total);
	for_each_present_hart(hart)
		text_printf(t, " %lu", of_hart(rank, hart));
	text_put(t, "\n", 1);
}

static int store_provoke(const char *word, const struct procfs_entry *e UNUSED)
{
	return provoke(word);
}

static int store_failalloc(const char *word, const struct procfs_entry *e UNUSED)
{
	return failalloc_ask(word);
}

static int show_failalloc(struct text *t, const struct procfs_entry *e UNUSED)
{
	char line[80];

	failalloc_tell(line, sizeof(line));
	text_put(t, line, strlen(line));
	return 0;
}

static void write_locks(struct text *t)
{
	text_printf(t, "shadow_forgotten %lu\n", shadow_model_forgotten());
	for (unsigned rank = 0; rank < NR_LOCK_RANKS; rank++) {
		write_rank(t, "acquired", rank, lockorder_acquired);
		write_rank(t, "contended", rank, lockorder_contended);
	}
}
#else
static void write_locks(struct text *t UNUSED)
{
}
#endif

#if LAB
static void put_line(void *ctx, const char *line, size_t n)
{
	text_put(ctx, line, n);
}

/* The tree may be busy, but not for long. */
static int show_threads(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct retry r = { 0 };

	while (!watchdog_list(put_line, t))
		if (!retry_again(&r))
			return -EINTR;
	return 0;
}

static int show_locks(struct text *t, const struct procfs_entry *e UNUSED)
{
	contention_list(put_line, t);
	return 0;
}

static int show_lockgraph(struct text *t, const struct procfs_entry *e UNUSED)
{
	lockdep_list(put_line, t);
	return 0;
}
#endif

static int show_counters(struct text *t, const struct procfs_entry *e UNUSED)
{
	for (unsigned c = 0; c < NR_COUNTERS; c++)
		write_counter(t, c);
	write_gauges(t);
	write_locks(t);
	return 0;
}

const struct procfs_node procfs_drover_children[] = {
	{ .name = "counters", .mode = S_IFREG | 0444, .show = show_counters },
#if LAB
	{ .name = "races", .mode = S_IFREG | 0644, .show = procfs_show_races,
	  .store = procfs_store_races },
	{ .name = "trace", .mode = S_IFREG | 0644, .show = procfs_show_trace,
	  .store = procfs_store_trace },
	{ .name = "provoke", .mode = S_IFREG | 0200, .show = show_nothing,
	  .store = store_provoke },
	{ .name = "failalloc", .mode = S_IFREG | 0600, .show = show_failalloc,
	  .store = store_failalloc },
	{ .name = "threads", .mode = S_IFREG | 0444, .show = show_threads },
	{ .name = "objects", .mode = S_IFREG | 0444, .show = procfs_show_objects },
	{ .name = "locks", .mode = S_IFREG | 0444, .show = show_locks },
	{ .name = "lockgraph", .mode = S_IFREG | 0444, .show = show_lockgraph },
	{ .name = "bugs", .mode = S_IFREG | 0444, .show = procfs_show_bugs },
#endif
#if WATCHED
	{ .name = "dataraces", .mode = S_IFREG | 0444, .show = procfs_show_dataraces },
#endif
	{ .name = NULL },
};
