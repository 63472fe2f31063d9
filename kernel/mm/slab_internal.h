#pragma once

/*
 * mm/slab_internal.h - what a slab cache is: slab.c, which hands objects out, and
 * slab_sites.c, which counts by whom they were taken.
 */

#include "arch/barrier.h"
#include "arch/memory.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"

#define MAX_CACHES 32

struct magazine;

struct slab_cache {
	struct LOCK_OF(spinlock, slab) lock; /* RANK_SLAB */
	const char *name;           /* (c) */
	uint32_t size;              /* (c) from one object to the next */
	uint32_t used;              /* (c) bytes of it that are an object's */
	uint32_t per_slab;          /* (c) objects in a page */
	bool is_read;               /* (c) without a lock: slab_create_rcu() */
	struct list partial GUARDED_BY(C_slab); /* struct page.link */
	struct magazine *magazines; /* (c) one per hart */
};

/* (c) after boot. */
extern struct slab_cache slab_caches[MAX_CACHES];
extern unsigned nr_slab_caches;

/*
 * In the lab build the end of a slab has a word for each of its objects: where in
 * the kernel's text it was taken, counted from the text's beginning; 0: it is free.
 * Who has the object writes it; slab_sites() reads.  Where a function ends with the
 * call that takes it, that is where the function's caller goes on.
 */
#define SITE_BYTES (LAB ? sizeof(uint32_t) : 0UL)

static inline uint32_t *slab_sites_of(const struct slab_cache *cache, void *slab)
{
	return (uint32_t *)((char *)slab + PAGE_SIZE) - cache->per_slab;
}

/* @object is taken by the code at @site, or free: 0. */
static inline void slab_site_set(const struct slab_cache *cache, void *object, uintptr_t site)
{
	uint64_t offset = (uint64_t)object % PAGE_SIZE;
	uint32_t *sites = slab_sites_of(cache, (char *)object - offset);

	WRITE_ONCE(sites[offset / cache->size],
		   site == 0 ? 0 : (uint32_t)(site - (uintptr_t)kernel_start));
}
