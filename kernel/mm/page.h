#pragma once

/*
 * mm/page.h - physical pages.
 *
 * Every page frame of RAM has a struct page.  Its count says how many hold
 * it: each page-table entry that maps it, each page cache that contains it,
 * and whoever uses it for a moment.  The last put frees it.  The zero page
 * alone is not counted: it is never freed.
 *
 * Free frames stand in a buddy system under one lock; each hart keeps a
 * small stack of single frames, so that most allocations touch no lock.
 */

#include "arch/barrier.h"
#include "arch/memory.h"
#include "debug/race.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"

enum page_kind {
	PAGE_RESERVED, /* never allocated: kernel image, firmware, holes */
	PAGE_FREE,
	PAGE_KERNEL,   /* stacks, buffers */
	PAGE_SLAB,     /* objects of one slab cache */
	PAGE_TABLE,    /* a page table; lock is its leaf lock */
	PAGE_ANON,     /* user memory of its own */
	PAGE_CACHE,    /* belongs to a page cache (file or shared memory) */
	PAGE_ZERO,     /* the zero page */
};

/*
 * 64 bytes: two harts that work on different pages share no cache line.
 *
 *	(f)	free-page lock, or the hart whose stack it is on, while free
 *	(c)	constant while allocated
 *	(owner)	by the lock of who has it: a slab cache, a reserve, a page cache
 *		with a store
 *	(a)	atomic
 */
struct page {
	struct refcount refs;   /* users, 0 when free */
	uint8_t kind;           /* (f)/(c) enum page_kind */
	uint8_t order;          /* (f)/(c) of the block this page heads */
	union {
		uint16_t slab_objects GUARDED_BY(C_slab); /* in use; PAGE_SLAB */
		uint16_t dirty GUARDED_BY(C_pagecache); /* parts; WAS_DIRTY: store.h */
	};
	struct LOCK_OF(spinlock, leaf) lock; /* RANK_PAGE_TABLE: entries of a PAGE_TABLE */
	union {
		uint32_t slab_idle GUARDED_BY(C_slab); /* of slab_idle_pages() */
		uint32_t icache_synced; /* (a) icache.h: every hart fetches what is there */
		uint32_t mapped; /* (a) of a leaf table: pages; mm_add_resident() */
	};
	struct list link;       /* (f)/(owner) its list */
	void *owner;            /* (c) slab cache, or struct pagecache */
	union {
		uint64_t index;     /* (c) page number in its page cache */
		void *slab_free GUARDED_BY(C_slab); /* first free; PAGE_SLAB */
	};
} __aligned(64);

_Static_assert(sizeof(struct page) == 64, "one cache line");

/* (c) Indexed by frame number; only RAM's part of it exists. */
extern struct page *page_array;

static inline struct page *page_of_frame(uint64_t frame)
{
	return &page_array[frame];
}

static inline uint64_t page_frame(const struct page *page)
{
	return (uint64_t)(page - page_array);
}

static inline struct page *page_of_pa(paddr_t pa)
{
	return page_of_frame(pa >> PAGE_SHIFT);
}

static inline paddr_t page_pa(const struct page *page)
{
	return page_frame(page) << PAGE_SHIFT;
}

static inline void *page_address(const struct page *page)
{
	return phys_to_virt(page_pa(page));
}

static inline struct page *page_of_address(const void *va)
{
	return page_of_pa(virt_to_phys(va));
}

/* A physical address that has a struct page (RAM, not a device). */
bool page_exists(paddr_t pa);
/* The frames that have one: from the first up to the end. */
uint64_t page_first_frame(void);
uint64_t page_end_frame(void);

/*
 * One page, or 2^order contiguous ones, with count 1; NULL when there are
 * none.  Contents undefined except for page_alloc_zeroed().  Any context.
 */
struct page *page_alloc(enum page_kind kind);
struct page *page_alloc_zeroed(enum page_kind kind);
struct page *pages_alloc(unsigned order, enum page_kind kind);

static inline void page_get(struct page *page)
{
	refcount_get(&page->refs);
}

/*
 * A page whose only reference is that of an index can be closed: from then on
 * nobody gets one more by having found it there (page_get_found()).  What else
 * counts goes on as if the count were as much larger.
 */
#define PAGE_CLOSED 0x40000000U

/*
 * One more reference to @page, which was found without a lock, in a glance
 * (sync/glance.h): so it has one that is not given up meanwhile.  False: it is
 * closed, and about to leave the index where it was found.
 */
static inline bool MUST_CHECK page_get_found(struct page *page)
{
	uint32_t old = atomic_fetch_add_relaxed(&page->refs.count, 1);

	if (likely(old - 1 < PAGE_CLOSED - 1))
		return true;
	assert(old != 0);
	(void)atomic_fetch_add_relaxed(&page->refs.count, -1U);
	return false;
}

/*
 * Close @page: true, it has one reference, which is that of an index; the caller
 * has the lock of that, under which nobody finds it closed.  False: somebody else
 * has one too.
 *
 * ORDER page-exclusive, closing side; the other is in page_put().  What others
 * did with the page, and where they made it known that they had written to it,
 * comes before what we do with it.
 */
static inline bool MUST_CHECK page_close(struct page *page)
{
	uint32_t one = 1;

	return __atomic_compare_exchange_n(&page->refs.count, &one,
					   PAGE_CLOSED + 1, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Open it again: it stays; or it has left the index, and nobody glances any more
 * who has found it there. */
static inline void page_open(struct page *page)
{
	(void)atomic_fetch_add_relaxed(&page->refs.count, -PAGE_CLOSED);
}

static inline uint32_t page_refs(const struct page *page)
{
	return refcount_read(&page->refs);
}

/*
 * May the one who found @page in a page-table entry, and holds that entry's
 * lock, write to it in place?  The only rule there is: it is user memory of
 * its own, and nobody else has a reference of any kind.
 *
 * ORDER page-exclusive, reuse side; the other is in page_put().  The former
 * sharers read the page before they gave their references up, we write after
 * we saw that they did.
 */
static inline bool page_is_exclusive(const struct page *page)
{
	uint32_t refs = load_acquire(&page->refs.count);

	return page->kind == PAGE_ANON && refs == 1;
}

/* Give up a reference; the last one frees the page (the whole block). */
void page_put(struct page *page);
/*
 * Give up a reference, but not the last one.  False: it is the last, so nobody
 * else can reach the page, and it is for the caller to clear and free.
 */
static inline bool MUST_CHECK page_put_unless_last(struct page *page)
{
	/*
	 * ORDER page-last, keeping side; the other is below, in
	 * page_put_unless_last().  Acquire: what the others did with the page
	 * comes before what the last one does.
	 */
	uint32_t refs = load_acquire(&page->refs.count);

	while (refs != 1) {
		assert(refs != 0);
		/* ORDER page-last, giving side; the other is above, in
		 * page_put_unless_last(). */
		if (__atomic_compare_exchange_n(&page->refs.count, &refs,
						refs - 1, true, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return true;
	}
	return false;
}

/* Give up @n references to @page, of which the caller has no more. */
void page_put_some(struct page *page, uint32_t n);
/* Give up one to each of up to PAGE_PUT_MAX single pages.  What the array
 * holds afterwards means nothing: chains of calls that get here are deep. */
#define PAGE_PUT_MAX 64
void page_put_many(struct page *pages[], unsigned n);
/* As page_put() of the last reference to a page whose bytes are all known
 * to be zero: it is kept for the next page_alloc_zeroed(). */
void page_put_zeroed(struct page *page);

/* This hart leaves: what it keeps at hand, pages, blocks and objects of slabs,
 * is everybody's again.  Interrupts off. */
void page_leave_hart(void);

/* The one page that reads of untouched memory share. */
extern struct page *zero_page;

/* For /proc and the leak checks.  What harts keep at hand counts as free:
 * pages, and pages with no object but free ones. */
extern uint64_t nr_pages_total;
static inline uint64_t pages_total(void)
{
	return READ_ONCE(nr_pages_total);
}

uint64_t pages_free(void);

struct fdt;
/*
 * Boot: find RAM, subtract what is reserved, make every page known.  The
 * range of the initrd is kept out until page_release_initrd() gives it back.
 */
void page_init(const struct fdt *fdt, paddr_t fdt_pa, uint64_t fdt_size);
/* For kernel_map_init(): a zeroed page, and where memory ends. */
paddr_t page_alloc_boot(void);
paddr_t page_ram_end(void);
/* The archive handed over with -initrd, or an empty range. */
void page_initrd(paddr_t *start, paddr_t *end);
/* What lies before @upto is not needed any more: whole pages of it are free. */
void page_release_initrd(paddr_t upto);
