/*
 * fs/proc/meminfo.c - /proc/meminfo: what memory is used for.
 *
 *	MemFree		frames that nobody has; so are those that harts keep at hand
 *	MemAvailable	and clean pages of what is on a disk, which go when memory is
 *			short
 *	Buffers		pages of disks as files, /dev/vda
 *	Cached		pages of all other files, and what Shmem says
 *	Shmem		pages that have no disk behind them: files of a tmpfs, memfds,
 *			shared memory
 *	Dirty		of Buffers and Cached, what is to be written to a disk
 *	AnonPages	memory of processes' own, each page once
 *	Mapped		of Cached, what programs have mapped, or somebody has just now
 *	Slab		small objects of the kernel; none can be had again elsewhere,
 *			so all of it is SUnreclaim
 *	KernelStack	a stack for each thread
 *	PageTables	tables of address spaces, without those of the kernel's own
 *
 * The numbers are of about the same moment, no more. There is no swap, and nothing
 * is sorted by age (Active, Inactive).
 */
#include "fs/proc/procfs_internal.h"

#include "arch/context.h"
#include "disk/disk.h"
#include "lib/bits.h"
#include "mm/census.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/slab.h"
#include "mm/store.h"
#include "proc/sched/thread.h"

static void show(struct text *t, const char *name, uint64_t pages)
{
	text_printf(t, "%-16s%8lu kB\n", name, pages * (PAGE_SIZE / 1024));
}

/* @less was counted a moment later. */
static uint64_t without(uint64_t pages, uint64_t less)
{
	return pages - min(pages, less);
}

static void show_free(struct text *t)
{
	uint64_t free = pages_free();

	show(t, "MemTotal:", pages_total());
	show(t, "MemFree:", free);
	show(t, "MemAvailable:", free + without(pagecache_pages_stored(), store_nr_dirty()));
}

static void show_files(struct text *t)
{
	uint64_t buffers = disk_cached_pages();

	show(t, "Buffers:", buffers);
	show(t, "Cached:", without(pagecache_pages_stored(), buffers) +
				   pagecache_pages_in_memory());
}

static void show_slabs(struct text *t, uint64_t slabs)
{
	show(t, "Slab:", slabs);
	show(t, "SReclaimable:", 0);
	show(t, "SUnreclaim:", slabs);
}

int procfs_show_meminfo(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct page_census census;

	page_census_take(&census);
	show_free(t);
	show_files(t);
	show(t, "SwapCached:", 0);
	show(t, "Active:", 0);
	show(t, "Inactive:", 0);
	show(t, "SwapTotal:", 0);
	show(t, "SwapFree:", 0);
	show(t, "Dirty:", store_nr_dirty());
	show(t, "AnonPages:", census.anon);
	show(t, "Mapped:", census.mapped);
	show(t, "Shmem:", pagecache_pages_in_memory());
	show_slabs(t, without(census.slabs, slab_idle_pages()));
	show(t, "KernelStack:", nr_threads_total() * (KSTACK_SIZE / PAGE_SIZE));
	show(t, "PageTables:", census.tables);
	return 0;
}
