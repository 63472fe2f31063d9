/*
 * fs/proc/sched.c - how much real-time threads get if others wait, and for how
 * long those who take turns have one: /proc/sys/kernel/sched_rt_period_us,
 * sched_rt_runtime_us, sched_rr_timeslice_ms.
 *
 * Source: sched(7).
 */
#include "fs/proc/procfs_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "proc/sched/rt.h"

#define PERIOD_MIN_US 1000

int procfs_show_rt_period(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(sched_rt_period_us));
	return 0;
}

int procfs_show_rt_runtime(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%d\n", READ_ONCE(sched_rt_runtime_us));
	return 0;
}

static bool parse(const char *word, uint64_t *n)
{
	const char *end;

	return parse_u64(word, &end, 10, n) && *end == '\0' && *n <= INT32_MAX;
}

/* Two who set both at once may end with a runtime above the period: that is as
 * much as there is. */
int procfs_store_rt_period(const char *word, const struct procfs_entry *e UNUSED)
{
	uint64_t n;

	if (!parse(word, &n) || n < PERIOD_MIN_US ||
	    (int64_t)n < READ_ONCE(sched_rt_runtime_us))
		return -EINVAL;
	WRITE_ONCE(sched_rt_period_us, (uint32_t)n);
	return 0;
}

/* -1: all of it. */
int procfs_store_rt_runtime(const char *word,
			    const struct procfs_entry *e UNUSED)
{
	bool all = strcmp(word, "-1") == 0;
	uint64_t n = 0;

	if (!all && (!parse(word, &n) || n > READ_ONCE(sched_rt_period_us)))
		return -EINVAL;
	WRITE_ONCE(sched_rt_runtime_us, all ? -1 : (int32_t)n);
	return 0;
}

int procfs_show_rr_slice(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(sched_rr_slice_ms));
	return 0;
}

/* None, or less: as at the beginning. */
int procfs_store_rr_slice(const char *word, const struct procfs_entry *e UNUSED)
{
	bool none = *word == '-';
	uint64_t n;

	if (!parse(word + none, &n))
		return -EINVAL;
	WRITE_ONCE(sched_rr_slice_ms, none || n == 0 ? RR_SLICE_MS : (uint32_t)n);
	return 0;
}
