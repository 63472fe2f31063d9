/*
 * fs/proc/core.c - what cores are called, and what is in them:
 * /proc/sys/kernel/core_pattern, core_uses_pid; PID/coredump_filter.
 *
 * Source: core(5).
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/signal/core.h"
#include "proc/task/proc.h"

int procfs_show_core_pattern(struct text *t, const struct procfs_entry *e UNUSED)
{
	char pattern[CORE_PATTERN_MAX];

	core_pattern_get(pattern);
	text_printf(t, "%s\n", pattern);
	return 0;
}

int procfs_store_core_pattern(const char *word,
			      const struct procfs_entry *e UNUSED)
{
	return core_pattern_set(word);
}

int procfs_show_core_uses_pid(struct text *t,
			      const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(core_uses_pid));
	return 0;
}

int procfs_store_core_uses_pid(const char *word,
			       const struct procfs_entry *e UNUSED)
{
	const char *end;
	uint64_t n;

	if (!parse_u64(word, &end, 10, &n) || *end != '\0' || n > INT32_MAX)
		return -EINVAL;
	WRITE_ONCE(core_uses_pid, (uint32_t)n);
	return 0;
}

int procfs_show_pid_coredump_filter(struct text *t, const struct procfs_entry *e)
{
	text_printf(t, "%08x\n", READ_ONCE(e->proc->core_filter));
	return 0;
}

/* A number as C writes it. */
int procfs_store_pid_coredump_filter(const char *word,
				     const struct procfs_entry *e)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	unsigned base = hex ? 16 : word[0] == '0' ? 8 : 10;
	const char *end;
	uint64_t n;

	if (!parse_u64(word + (hex ? 2 : 0), &end, base, &n) || *end != '\0')
		return -EINVAL;
	WRITE_ONCE(e->proc->core_filter, (uint32_t)n & CORE_FILTER_ALL);
	return 0;
}
