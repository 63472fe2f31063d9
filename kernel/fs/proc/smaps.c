/*
 * fs/proc/smaps.c - what each mapping has in memory: PID/smaps, and the sum of
 * all, smaps_rollup.
 *
 * Written under map_sem, shared, as PID/maps is.
 *
 * Source: proc_pid_smaps(5).
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "mm/maplock.h"
#include "mm/usage.h"

static void write_kib(struct text *t, const char *name, uint64_t bytes)
{
	text_printf(t, "%-16s%8lu kB\n", name, bytes / 1024);
}

/* What drover does not have (huge pages, swap) is 0. */
static void write_usage(struct text *t, const struct mm_usage *u,
			uint64_t locked)
{
	write_kib(t, "Rss:", u->resident);
	write_kib(t, "Pss:", u->shares >> USAGE_SHARE_SHIFT);
	write_kib(t, "Pss_Dirty:", u->dirty_shares >> USAGE_SHARE_SHIFT);
	write_kib(t, "Shared_Clean:", u->shared_clean);
	write_kib(t, "Shared_Dirty:", u->shared_dirty);
	write_kib(t, "Private_Clean:", u->private_clean);
	write_kib(t, "Private_Dirty:", u->private_dirty);
	write_kib(t, "Referenced:", u->accessed);
	write_kib(t, "Anonymous:", u->anonymous);
	write_kib(t, "LazyFree:", 0);
	write_kib(t, "AnonHugePages:", 0);
	write_kib(t, "ShmemPmdMapped:", 0);
	write_kib(t, "FilePmdMapped:", 0);
	write_kib(t, "Shared_Hugetlb:", 0);
	write_kib(t, "Private_Hugetlb:", 0);
	write_kib(t, "Swap:", 0);
	write_kib(t, "SwapPss:", 0);
	write_kib(t, "Locked:", locked);
}

static const struct {
	unsigned flag;
	const char *name;
} vma_flag_names[] = {
	{ VMA_READ, "rd " },	  { VMA_WRITE, "wr " },
	{ VMA_EXEC, "ex " },	  { VMA_SHARED, "sh " },
	{ VMA_GROWSDOWN, "gd " }, { VMA_LOCKED, "lo " },
	{ VMA_NORESERVE, "nr " }, { VMA_DONTDUMP, "dd " },
};

static void write_flags(struct text *t, const struct vma *vma)
{
	text_printf(t, "VmFlags: ");
	for (unsigned i = 0; i < ARRAY_SIZE(vma_flag_names); i++)
		if (vma->flags & vma_flag_names[i].flag)
			text_printf(t, "%s", vma_flag_names[i].name);
	text_put(t, "\n", 1);
}

static uint64_t locked_shares(const struct vma *vma, const struct mm_usage *u)
{
	return vma->flags & VMA_LOCKED ? u->shares >> USAGE_SHARE_SHIFT : 0;
}

static void write_vma_usage(struct text *t, const struct mm *mm,
			    const struct vma *vma) REQUIRES_SHARED(C_map)
{
	struct mm_usage u = { 0 };

	mm_usage_add(&u, mm, vma);
	procfs_write_vma(t, mm, vma);
	write_kib(t, "Size:", vma->end - vma->start);
	write_kib(t, "KernelPageSize:", PAGE_SIZE);
	write_kib(t, "MMUPageSize:", PAGE_SIZE);
	write_usage(t, &u, locked_shares(vma, &u));
	text_printf(t, "THPeligible:           0\n");
	write_flags(t, vma);
}

static int show_each(struct text *t, struct mm *mm)
{
	procfs_write_vmas(t, mm, write_vma_usage);
	return 0;
}

static int show_sum(struct text *t, struct mm *mm)
{
	struct mm_usage sum = { 0 };
	vaddr_t start = 0, end = 0;
	uint64_t locked = 0;

	map_lock_shared(mm);
	for (struct vma *vma = vma_first(mm_vmas(mm)); vma != NULL;
	     vma = vma_next(vma)) {
		struct mm_usage u = sum;

		mm_usage_add(&sum, mm, vma);
		u.shares = sum.shares - u.shares;
		locked += locked_shares(vma, &u);
		start = start == 0 ? vma->start : start;
		end = vma->end;
	}
	map_unlock_shared(mm);
	text_printf(t, "%08lx-%08lx ---p 00000000 00:00 0%32s[rollup]\n", start,
		    end, "");
	write_usage(t, &sum, locked);
	return 0;
}

int procfs_show_pid_smaps(struct text *t, const struct procfs_entry *e)
{
	return procfs_show_memory(t, e, show_each);
}

int procfs_show_pid_smaps_rollup(struct text *t, const struct procfs_entry *e)
{
	return procfs_show_memory(t, e, show_sum);
}
