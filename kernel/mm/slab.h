#pragma once

/*
 * mm/slab.h - small kernel objects.
 *
 * A cache hands out objects of one size from pages it takes as needed, with
 * a short per-hart stack in front.  kmalloc() picks a cache by size; what is
 * larger than KMALLOC_SLAB_MAX, up to KMALLOC_MAX, gets pages of its own.  Contents
 * undefined, in the lab build poison; NULL when there is no memory.  Any
 * context.
 */

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"

struct slab_cache;

/* For a cache that lives for ever; boot only; panics without memory. */
struct slab_cache *slab_create(const char *name, size_t size);
/* The same for objects that are read without a lock: they are freed by functions
 * that call_rcu() was told of (sync/rcu.h). */
struct slab_cache *slab_create_rcu(const char *name, size_t size);
void slab_free(struct slab_cache *cache, void *object);
void *slab_alloc(struct slab_cache *cache) FREED_BY(slab_free, 2);
void *slab_alloc_zeroed(struct slab_cache *cache) FREED_BY(slab_free, 2);

#define KMALLOC_MAX (1UL << 20)
/* Two fit into a page, with what the lab build says of them. */
#define KMALLOC_SLAB_MAX 2032UL
/* NULL is allowed. */
void kfree(void *object);
void *kmalloc(size_t size) FREED_BY(kfree, 1);
void *kzalloc(size_t size) FREED_BY(kfree, 1);
char *kstrdup(const char *s) FREED_BY(kfree, 1);

#if CHECKED
/* The object that @address is in, or in the gap of; false: in no slab. */
struct slab_object {
	const char *cache;
	void *start;
	size_t size, stride;
};

bool slab_find(const void *address, struct slab_object *o);
#endif

#if LAB
/* Objects of one cache that somebody has who took them at one place. */
struct slab_site {
	const char *cache;
	uintptr_t place; /* what a call returned to; 0: no such entry */
	uint64_t count;
};

/* All there are, into the zeroed @table of @room entries, a power of two, of
 * which some stay empty.  -ENOSPC: there are more.  Sleeps. */
int slab_sites(struct slab_site *table, unsigned room);
#endif

/* This hart keeps nothing at hand any more.  Interrupts off. */
void slab_leave_hart(void);

/* Pages of slabs that would be free if the harts gave back the free objects
 * they keep at hand.  A snapshot, exact when nothing happens meanwhile. */
uint64_t slab_idle_pages(void);

void slab_init(void);
