#pragma once

/*
 * mm/store.h - what is behind a page cache: a disk, or a file on one.
 *
 * Most caches have nothing behind them: a page that is not there is a hole of
 * zeros, and one that is there stays.  A cache with a store is filled from it
 * and written back to it, by the operations of who keeps the bytes:
 *
 *	store_init(&node->store, &my_store_ops, &my_list);
 *	pagecache_init_stored(&node->pagecache, &ops, &node->store);
 *
 * Such a page is clean or dirty.  It becomes dirty when somebody has written to
 * it, or may: an entry that lets a program write is made only for a dirty page,
 * and when a page becomes clean its entries lose that right (mm/clean.c).  Then
 * it is written.  So what is stored between the two makes it dirty again:
 *
 *	who stores through a mapping		who writes back
 *	fault: dirty, entry writable		takes it for clean
 *	stores					takes the right away
 *	fault: dirty again			writes what is there
 *
 * Room in the store is made for a page that is in the cache, which is dirty before
 * there is any; and who makes a file shorter takes pages out before he frees room.
 * Both have a lock of the store's own for the room.  So no room is left that holds
 * somebody else's bytes and that nobody is going to write to:
 *
 *	who stores through a mapping		who makes the file shorter
 *	has found the page			the file ends here
 *	lock of the store: is it there?		takes the pages behind out
 *	  dirty; makes room			lock of the store: frees room
 *
 * A clean page that nobody uses can be had again from the store, so it goes when
 * memory is short.  Of dirty ones there are never more than an eighth of memory:
 * who makes more writes back himself, before he makes another.
 *
 * Locks.  RANK_WRITEBACK is one cache's: who writes its pages back holds it, for
 * all of them, so who has had it knows that what was taken for clean before is
 * stored; and who takes room away from the store holds it, so nothing is
 * written to where somebody else's bytes are by now.
 */

#include "lib/list.h"
#include "lib/types.h"
#include "mm/page.h"
#include "sync/mutex.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"

struct pagecache;

/* Who is about to write to a page. */
enum store_writer {
	BY_FILE,    /* he has the file's lock, and may make it longer */
	BY_MAPPING, /* others may make it shorter meanwhile */
};

/* All sleep.  RANK_MAP_SEM may be held, and what stands above; 0 or -errno. */
struct store_ops {
	/* Fill @page, whose number in the cache is page->index; what the store
	 * does not have is zeros. */
	int (*read)(struct pagecache *m, struct page *page);
	/* Write the parts of @page (a bit for each SECTOR_BYTES) that it has
	 * room for.  The cache's writeback lock is held. */
	int (*write)(struct pagecache *m, struct page *page, unsigned parts);
	/* Have room for the bytes of @page from @start up to @end, which are
	 * about to be written to.  NULL: there always is.  What is new asks
	 * store_page_takes_room() first; -EAGAIN: it must not be had. */
	int (*reserve)(struct pagecache *m, struct page *page, uint64_t start,
		       uint64_t end, enum store_writer writer);
	/* As ops->get() of a cache that is perhaps about to go: false if it is.
	 * Under a spinlock. */
	bool (*try_get)(struct pagecache *m);
	void (*put)(struct pagecache *m); /* that one */
};

#define SECTOR_BYTES 512UL
#define ALL_PARTS 0xffU

/*
 *	(c)	constant
 *	(p)	lock of the page cache
 *	(l)	stores_lock
 *	(a)	atomic, or one word
 */
struct store {
	const struct store_ops *ops; /* (c) */
	struct pagecache *pagecache; /* (c) */
	struct store_list *in;       /* (c) */
	struct mutex writeback;      /* RANK_WRITEBACK */
	struct list dirty GUARDED_BY(C_pagecache); /* page.link, oldest first */
	struct list clean GUARDED_BY(C_pagecache); /* the same */
	uint64_t nr_dirty GUARDED_BY(C_pagecache);
	/* Who reads a page from the store does so without a lock; if one was
	 * taken out meanwhile, what he has may be older than what was there. */
	uint64_t removals GUARDED_BY(C_pagecache);
	/* Somebody is writing up to here, behind the end; 0: nobody is. */
	uint64_t growing GUARDED_BY(C_pagecache);
	int error;                   /* (a) of writing back, and nobody knows yet */
	struct list link;            /* (l) */
	uint64_t came;               /* (c) the larger, the later, as in the list */
};

extern struct spinlock stores_lock; /* RANK_STORES */

/* All caches that belong together: the files of a file system. */
struct store_list {
	struct list stores GUARDED_BY(stores_lock); /* in the order in which they came */
	struct list *turn GUARDED_BY(stores_lock); /* whose turn was last, or the list */
	struct list link GUARDED_BY(stores_lock); /* of all lists */
	uint64_t nr_dirty; /* (a) pages */
	unsigned present GUARDED_BY(stores_lock); /* which of the two turns it is */
	uint64_t within[2] GUARDED_BY(stores_lock); /* who goes through it, since which */
};

void store_list_init(struct store_list *list);
/* Nothing is in it any more.  May sleep. */
void store_list_destroy(struct store_list *list);
/* Whoever goes through @list, to write back or reclaim, has a reference to where he
 * is.  Who is within now has given his back: a file that has no other user is put
 * for the last time.  May sleep. */
void store_list_passed(struct store_list *list);
/* For who goes through the same files by a list of his own; leave with what enter
 * said, after the reference was put. */
unsigned store_list_enter(struct store_list *list);
void store_list_leave(struct store_list *list, unsigned turn);

void store_init(struct store *s, const struct store_ops *ops,
		struct store_list *list);

/* ---- of one cache ---- */

/* @page, which is in the cache, was written to; or @parts of it. */
void store_page_dirty(struct pagecache *m, struct page *page, unsigned parts);
/*
 * The @n bytes of @page at @start of the file are about to have room in the store:
 * they are dirty from now on, for what the room holds nobody knows.  False: somebody
 * has taken the page out, or has let the file end before @start, and has freed the
 * room there, or is about to; the caller, who keeps others from doing that until
 * the room is there, makes none.
 */
bool store_page_takes_room(struct pagecache *m, struct page *page, uint64_t start,
			   size_t n, enum store_writer writer);
/* Bytes of @page that nobody needs are not written back. */
void store_page_forget(struct pagecache *m, struct page *page, unsigned parts);
/*
 * All pages that are dirty now are written, or -errno: what went wrong since it
 * was asked last.  No more than that: what is behind the store has a flush() of
 * its own.  Takes RANK_WRITEBACK.
 */
int store_write_back(struct pagecache *m);
/* @page is about to be written to the store, by who has the writeback lock: what
 * of it is behind the end of the file is zeros from now on. */
void pagecache_clear_behind_end(struct pagecache *m, struct page *page);
/* Pages may be made dirty: if there are too many, some are written first. */
void store_throttle(struct pagecache *m);
/* Clean pages that nobody uses go: what is read next comes from the store. */
void store_drop_clean(struct pagecache *m);
/* What is being read from the store now is out of date. */
void store_has_changed(struct pagecache *m);

/* ---- of many ---- */

/* store_write_back() of each cache that is in @list now; the first error. */
int store_list_write_back(struct store_list *list);
/* Up to @n clean pages that nobody uses are freed; how many.  Takes spinlocks
 * only, from RANK_STORES on. */
unsigned store_reclaim(unsigned n);
/* Before a page is added: memory is short, so others go. */
void store_make_room(void);
/* Dirty pages of all; and how many there may be. */
uint64_t store_nr_dirty(void);
uint64_t store_max_dirty(void);
/* Write a part of what is dirty of each cache in its turn, as long as more than
 * @enough pages are. */
void store_write_back_some(uint64_t enough);
/* Woken when pages are dirty, and when they are many. */
extern struct waitq store_work;

/* ---- for pagecache.c; lock held ---- */

void store_page_added(struct pagecache *m, struct page *page)
	REQUIRES(C_pagecache);
void store_page_removed(struct pagecache *m, struct page *page)
	REQUIRES(C_pagecache);
void store_attach(struct pagecache *m);
void store_detach(struct pagecache *m);
