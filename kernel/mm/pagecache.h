#pragma once

/*
 * mm/pagecache.h - the page cache of one file or shared-memory object.
 *
 * read(), write() and mappings all use the same pages, found by page number.
 * Without a store behind it a page once made stays until it is truncated or
 * the page cache is destroyed, and one that is not there reads as zero.  With
 * one (mm/store.h) pages come from there, go back, and are had again.
 *
 * The lock is for who changes the index.  Who looks a page up takes none and
 * writes nothing but the page's count: he glances (sync/glance.h).  So a page goes
 * in three steps, and its reference, which the index had, is given up at once
 * when the third is done: what it held is free when the call returns.
 *
 *	looks up			takes out
 *					lock: page and empty nodes leave the index
 *	glance: the slot		glances_wait()
 *	glance: one more reference	nodes are freed, the reference is given up
 *
 * Whoever had found the page before it went gets his reference in time, and uses
 * it: it is as if he had come before the page was taken out.  That is good where a
 * file is cut: who writes to it has the file's lock, as who cuts it.  But a page that
 * goes because nobody has it, and that is to come again from its store or
 * as zeros, must not be had by anybody.  So it is closed first, which its count says
 * (mm/page.h:page_close): who has a reference already has come first, and the page
 * stays; who asks for one finds it closed, and asks again with the lock.
 *
 * Truncation: lower `size`, take the pages out of the index, wait for glances, then
 * remove them from every address space that maps them (`users`).  A fault looks a
 * page up and installs it under the leaf lock.  If its turn with that lock comes
 * before truncation's, truncation finds the entry; if it comes after, the lock has
 * handed on that the slots are empty, and the lookup fails.  If truncation does not
 * find the table at all, it was made later, and what is made then is looked up
 * later still (ORDER truncate-size).
 */

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/radix.h"
#include "lib/types.h"
#include "mm/page.h"
#include "mm/room.h"
#include "mm/store.h"
#include "sync/mutex.h"
#include "sync/spinlock.h"

struct pagecache;

/* What keeps the object alive; fs/ fills this in. */
struct pagecache_ops {
	void (*get)(struct pagecache *m);
	void (*put)(struct pagecache *m); /* may sleep; no lock below NAMES held */
};

/*
 *	(c)	constant
 *	(s)	read without the lock it is a snapshot
 */
struct pagecache {
	const struct pagecache_ops *ops; /* (c) */
	struct room *room;             /* (c) its pages count there; NULL: nowhere */
	struct store *store;           /* (c) NULL: there is none */
	uint64_t serial;               /* (c) mm_new_serial() */
	struct LOCK_OF(spinlock, pagecache) lock; /* RANK_PAGE_CACHE */
	/* struct page by number; radix_get() without the lock: in a glance */
	struct radix pages GUARDED_BY(C_pagecache);
	/* (s) bytes; a fault beyond is SIGBUS */
	uint64_t size GUARDED_BY(C_pagecache);
	uint64_t nr_pages GUARDED_BY(C_pagecache); /* (s) */
	struct LOCK_OF(mutex, mappers) users_lock; /* RANK_MAPPERS */
	struct list users GUARDED_BY(C_mappers); /* struct vma.cache_link */
	unsigned nr_mapping GUARDED_BY(C_mappers); /* about to be users that write */
	/* What is not done to it any more, for ever; written under the file's
	 * lock and users_lock, read under either. */
	unsigned seals GUARDED_BY(C_mappers);
};

/* Of fcntl(F_ADD_SEALS). */
#define F_SEAL_SEAL 1U         /* add seals */
#define F_SEAL_SHRINK 2U       /* make it shorter */
#define F_SEAL_GROW 4U         /* make it longer */
#define F_SEAL_WRITE 8U        /* write, or have it mapped to write */
#define F_SEAL_FUTURE_WRITE 16U /* the same, but what is mapped stays */
#define F_SEAL_EXEC 32U        /* change the right to execute it */
#define SEALS_OF_WRITING (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

void pagecache_init(struct pagecache *m, const struct pagecache_ops *ops,
		    struct room *room);
/* With a store, for which store_init() was called. */
void pagecache_init_stored(struct pagecache *m, const struct pagecache_ops *ops,
			   struct store *store);
/* Drop every page, dirty or not; nobody maps it any more. */
void pagecache_destroy(struct pagecache *m);

/* Pages in all caches that have a store, and in all others (files in memory, shared
 * memory), a moment ago. */
uint64_t pagecache_pages_stored(void);
uint64_t pagecache_pages_in_memory(void);

/* The index, for who holds its lock. */
static inline struct radix *pagecache_index(struct pagecache *m)
	REQUIRES(C_pagecache)
{
	return &m->pages;
}

static inline const struct list *pagecache_users(const struct pagecache *m)
	REQUIRES(C_mappers)
{
	return &m->users;
}

/* NULL is anonymous memory. */
static inline bool pagecache_is_stored(const struct pagecache *m)
{
	return m != NULL && m->store != NULL;
}

/*
 * Its size, for who goes on to what is there: bytes up to it are those that were
 * written, whether he finds their page or learns what a mapping of his own has.
 *
 * ORDER file-size, reading side; the other is in extend() of kernel/mm/pagecache.c.
 */
static inline uint64_t pagecache_size(const struct pagecache *m)
{
	return load_acquire(&m->size);
}

/* Pages that a file of its size has; a fault on a later one is SIGBUS. */
static inline uint64_t pagecache_size_in_pages(const struct pagecache *m)
{
	return (READ_ONCE(m->size) + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* An object of @size bytes, all zero, for shared anonymous memory, with one
 * reference; NULL: no memory. */
struct pagecache *pagecache_create_shared(uint64_t size);

/*
 * The page at @index with a reference, or NULL when it is not there: without a
 * store that is a hole.  pagecache_page_create() makes one, zeroed or as the
 * store has it; where it returns NULL, *@err is -ENOMEM, -ENOSPC (no room for
 * it), what the store says, or, if it is to be @within the size and is not,
 * -ENXIO.  Takes lock to add one, and to look up one that is about to go; may
 * be called under a leaf lock (lookup only).
 */
struct page *pagecache_page_find(struct pagecache *m, uint64_t index);
struct page *pagecache_page_create(struct pagecache *m, uint64_t index,
				   bool within, int *err);
/* As it is to be read: NULL is a hole of zeros, or *@err is not 0 any more. */
struct page *pagecache_page_read(struct pagecache *m, uint64_t index, int *err);
/* pagecache_page_find() for @n pages from number @first on, with no lock at all:
 * one that is about to go may be missing. */
void pagecache_pages_find(struct pagecache *m, uint64_t first, unsigned n,
			struct page *pages[]);

/* Of the pages from number @first up to @last, how many are there, and how many
 * of them have to be written to the store.  0, or -EINTR: the caller is to die. */
struct pagecache_count {
	uint64_t pages, dirty;
};

int pagecache_count(struct pagecache *m, uint64_t first, uint64_t last,
		    struct pagecache_count *count);

/* The bytes of @page, as far as the file has them, get room in the store: 0 or
 * -errno. */
int pagecache_reserve_page(struct pagecache *m, struct page *page);
/* @page, perhaps of a cache with a store, could be stored into until now. */
void pagecache_page_stored(struct page *page);

/*
 * shmdt(): unmap what is left in @mm of a mapping of a cache with @ops whose
 * first byte was at @start; -EINVAL: there is none.  unmap.c
 */
struct mm;
int mm_unmap_object(struct mm *mm, vaddr_t start,
		    const struct pagecache_ops *ops);

/*
 * Copy between the cache and user memory at @addr of the running process;
 * bytes copied, or a negative errno when none were.  Reading stops at size;
 * writing extends it.  The caller holds the file's lock for writing.
 */
ssize_t pagecache_read(struct pagecache *m, uint64_t offset, vaddr_t addr,
		     size_t n);
ssize_t pagecache_write(struct pagecache *m, uint64_t offset, vaddr_t addr,
		      size_t n);
/* The same from and to kernel memory (exec, initramfs). */
ssize_t pagecache_read_kernel(struct pagecache *m, uint64_t offset, void *buf,
			    size_t n);
ssize_t pagecache_write_kernel(struct pagecache *m, uint64_t offset,
			     const void *buf, size_t n);

/*
 * Seals: -EBUSY, when it may be written to by a mapping.  Who maps it shared
 * says so before and after: so of the two that come together one is seen by
 * the other.  pagecache_begin_mapping() is -EPERM where it is sealed.
 */
int pagecache_add_seals(struct pagecache *m, unsigned seals);
int pagecache_begin_mapping(struct pagecache *m);
void pagecache_end_mapping(struct pagecache *m);
/* The file's lock is held, or they may be more a moment later. */
static inline unsigned pagecache_seals(const struct pagecache *m)
{
	return READ_ONCE(m->seals);
}

/* Bytes from @start up to @end read as zeros.  Pages that nobody has are given
 * back; what is mapped is cleared where it is.  The file's lock is held, and
 * there is no store. */
void pagecache_punch(struct pagecache *m, uint64_t start, uint64_t end);
/* @page, which the caller has had made, is not wanted: it goes, unless somebody has
 * mapped it, or stored something there.  The same is held. */
void pagecache_unmake(struct pagecache *m, struct page *page);

/* Set the size; shrinking removes pages here and from all address spaces and
 * zeroes the rest of the last page.  The file's lock is held.  0; of one with a
 * store -errno, and nothing has changed: the last page cannot be read. */
int pagecache_truncate(struct pagecache *m, uint64_t size);

/* Remove page @first of @m, and all behind it, from every address space;
 * users_lock is taken inside: unmap.c. */
void mm_zap_pagecache(struct pagecache *m, uint64_t first);
/* Whoever stores into page @index of @m has to fault first: clean.c. */
void mm_clean_pagecache(struct pagecache *m, uint64_t index);
