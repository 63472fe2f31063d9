/*
 * fs/proc/oom.c - PID/oom_score, oom_score_adj: whether it goes when memory
 * runs out (proc/task/oom.h).
 *
 * Source: proc(5).
 */
#include "fs/proc/procfs_internal.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/task/oom.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

int procfs_show_oom_score(struct text *t, const struct procfs_entry *e)
{
	text_printf(t, "%u\n", oom_score(e->proc));
	return 0;
}

int procfs_show_oom_score_adj(struct text *t, const struct procfs_entry *e)
{
	text_printf(t, "%d\n", READ_ONCE(e->proc->oom_adj));
	return 0;
}

/* -1000 to 1000. */
static bool parse_adj(const char *word, int *adj)
{
	bool negative = *word == '-';
	const char *end;
	uint64_t n;

	if (!parse_u64(word + negative, &end, 10, &n) || *end != '\0' ||
	    n > OOM_ADJ_MAX)
		return false;
	*adj = negative ? -(int)n : (int)n;
	return true;
}

/* Whoever is not root may offer himself, and take back no more than that. */
int procfs_store_oom_score_adj(const char *word, const struct procfs_entry *e)
{
	bool root = cred_can(current_cred(), CAP_SYS_RESOURCE);
	int adj;

	if (!parse_adj(word, &adj))
		return -EINVAL;
	if (!root && adj < READ_ONCE(e->proc->oom_adj_floor))
		return -EACCES;
	if (root)
		WRITE_ONCE(e->proc->oom_adj_floor, adj);
	WRITE_ONCE(e->proc->oom_adj, adj);
	return 0;
}
