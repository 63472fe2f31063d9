/*
 * mm/pagecache.c - the page cache.
 *
 * Each page has one reference from the index, one from each entry that maps
 * it, and one from whoever copies from or to it.  So taking it out of the
 * index never pulls it from under anybody; it only keeps new users away.
 */

#include "mm/pagecache.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/icache.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/store_internal.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "sync/block.h"
#include "sync/glance.h"

/* No file is larger: offsets are signed. */
#define SIZE_LIMIT (1UL << 62)
#define TRUNCATE_BATCH 32

static const struct radix_ops index_ops = { .alloc = kmalloc, .free = kfree };

void pagecache_init(struct pagecache *m, const struct pagecache_ops *ops,
		    struct room *room)
{
	is_private(pagecache);
	is_private(mappers);
	m->ops = ops;
	m->room = room;
	m->store = NULL;
	m->serial = mm_new_serial();
	spin_init(&m->lock, RANK_PAGE_CACHE);
	radix_init(&m->pages, &index_ops);
	m->size = 0;
	m->nr_pages = 0;
	mutex_init(&m->users_lock, RANK_MAPPERS);
	list_init(&m->users);
	m->nr_mapping = 0;
	m->seals = 0;
}

void pagecache_init_stored(struct pagecache *m, const struct pagecache_ops *ops,
			   struct store *store)
{
	pagecache_init(m, ops, NULL);
	m->store = store;
	store_attach(m);
}

/* ---- single pages ---- */

void pagecache_added(struct pagecache *m, struct page *page)
{
	WRITE_ONCE(m->nr_pages, m->nr_pages + 1);
	if (m->store == NULL) {
		count(memory_pages_added);
		return;
	}
	count(stored_pages_added);
	store_page_added(m, page);
}

void pagecache_pages_find(struct pagecache *m, uint64_t first, unsigned n,
			  struct page *pages[])
{
	glance_begin();
	const struct radix_node *root = radix_root(&m->pages);

	race_point(index_found, m);
	radix_get_run(root, first, n, (void **)pages);
	race_point(page_found, m);
	for (unsigned i = 0; i < n; i++)
		if (pages[i] != NULL && !page_get_found(pages[i]))
			pages[i] = NULL;
	glance_end();
}

/* It was closed: under the lock it is open again, or gone. */
static NOINLINE struct page *find_again(struct pagecache *m, uint64_t index)
{
	spin_lock(&m->lock);
	struct page *page = radix_get(pagecache_index(m), index);

	if (page != NULL)
		page_get(page);
	spin_unlock(&m->lock);
	count(pages_found_closed);
	return page;
}

struct page *pagecache_page_find(struct pagecache *m, uint64_t index)
{
	lockorder_might_take(RANK_PAGE_CACHE);
	glance_begin();
	const struct radix_node *root = radix_root(&m->pages);

	race_point(index_found, m);
	struct page *page = radix_get_below(root, index);

	race_point(page_found, m);
	bool closed = page != NULL && !page_get_found(page);

	glance_end();
	race_point(page_asked, page);
	return unlikely(closed) ? find_again(m, index) : page;
}

static bool take_room(struct pagecache *m)
{
	return m->room == NULL || room_take(m->room, 1);
}

void pagecache_give_room(struct pagecache *m, unsigned n)
{
	if (m->room != NULL)
		room_give(m->room, n);
}

/*
 * Put @new into the index, unless another was faster: the page that is there
 * then, or NULL, with a reference for the caller.  @new's own reference goes
 * to the index if it is used.  The size is looked at under the lock, once:
 * it may grow again before the caller could look.
 */
static struct page *add_page(struct pagecache *m, uint64_t index,
			     struct page *new, bool within, int *err)
{
	spin_lock(&m->lock);
	struct page *page = radix_get(pagecache_index(m), index);

	if (within && index >= pagecache_size_in_pages(m))
		*err = -ENXIO;
	else if (page == NULL && radix_set(pagecache_index(m), index, new) == 0) {
		page = new;
		pagecache_added(m, new);
	}
	if (page != NULL)
		page_get(page);
	spin_unlock(&m->lock);
	return page;
}

void pagecache_remove(struct pagecache *m, struct page *page)
{
	radix_take_out(pagecache_index(m), page->index);
	WRITE_ONCE(m->nr_pages, m->nr_pages - 1);
	if (m->store == NULL) {
		count(memory_pages_removed);
		return;
	}
	count(stored_pages_removed);
	store_page_removed(m, page);
}

/* Who is counted as removed was counted as added. */
static uint64_t present(enum counter added, enum counter removed)
{
	uint64_t gone = counter_sum(removed);

	return counter_sum(added) - gone;
}

uint64_t pagecache_pages_stored(void)
{
	return present(COUNT_stored_pages_added, COUNT_stored_pages_removed);
}

uint64_t pagecache_pages_in_memory(void)
{
	return present(COUNT_memory_pages_added, COUNT_memory_pages_removed);
}

struct page *pagecache_page_create(struct pagecache *m, uint64_t index,
				   bool within, int *err)
{
	struct page *page = pagecache_page_find(m, index), *new;

	if (page != NULL)
		return page;
	if (m->store != NULL)
		return pagecache_fill_page(m, index, within, err);
	*err = -ENOSPC;
	if (!take_room(m))
		return NULL;
	*err = -ENOMEM;
	new = page_alloc_zeroed(PAGE_CACHE);
	if (new != NULL) {
		new->owner = m;
		new->index = index;
		page = add_page(m, index, new, within, err);
		if (page == new)
			return page;
		page_put(new);
	}
	pagecache_give_room(m, 1);
	return page;
}

struct page *pagecache_page_read(struct pagecache *m, uint64_t index, int *err)
{
	return m->store != NULL ? pagecache_page_create(m, index, true, err) :
				  pagecache_page_find(m, index);
}

/* ---- copying ---- */

/*
 * One copy, piece by piece.  The four public functions differ in what is at
 * the other end and in the direction.
 */
struct transfer {
	uint64_t offset;
	size_t left, done;
	vaddr_t user;      /* the other end; or, when 0, */
	void *to;          /* one of these */
	const void *from;
};

/* Copy @n bytes out of the page at @src (NULL: a hole); how many it were. */
static size_t piece_out(const struct transfer *t, const char *src, size_t n)
{
	if (t->to != NULL) {
		char *to = (char *)t->to + t->done;

		if (src == NULL)
			memset(to, 0, n);
		else
			memcpy(to, src, n);
		return n;
	}
	if (src != NULL)
		return copy_to_user_partial(t->user + t->done, src, n);
	return zero_user(t->user + t->done, n) == 0 ? n : 0;
}

static size_t piece_in(const struct transfer *t, char *dst, size_t n)
{
	if (t->from == NULL)
		return copy_from_user_partial(dst, t->user + t->done, n);
	memcpy(dst, (const char *)t->from + t->done, n);
	return n;
}

static size_t piece_size(const struct transfer *t)
{
	return min(t->left, PAGE_SIZE - t->offset % PAGE_SIZE);
}

static void advance(struct transfer *t, size_t n)
{
	t->offset += n;
	t->done += n;
	t->left -= n;
}

static ssize_t transfer_result(const struct transfer *t, int err)
{
	return t->done != 0 ? (ssize_t)t->done : err;
}

static ssize_t read_pages(struct pagecache *m, struct transfer *t)
{
	uint64_t size = pagecache_size(m);

	if (t->offset >= size)
		return 0;
	t->left = min(t->left, size - t->offset);
	while (t->left > 0) {
		int err = 0;
		struct page *page = pagecache_page_read(
			m, t->offset >> PAGE_SHIFT, &err);
		const char *src = NULL;
		size_t n = piece_size(t);

		if (err != 0) /* -ENXIO: it has just become shorter */
			return transfer_result(t, err == -ENXIO ? 0 : err);
		if (page != NULL)
			src = (char *)page_address(page) + t->offset % PAGE_SIZE;
		size_t copied = piece_out(t, src, n);

		if (page != NULL)
			page_put(page);
		advance(t, copied);
		if (copied < n)
			return transfer_result(t, -EFAULT);
		if (!block_go_on())
			return transfer_result(t, -EINTR);
	}
	return (ssize_t)t->done;
}

/* Bytes up to @size are there, and nobody is writing behind the end. */
static void extend(struct pagecache *m, uint64_t size)
{
	spin_lock(&m->lock);
	/*
	 * ORDER file-size, writing side; the other is in pagecache_size().
	 * Release: to take the lock does not hold back what was stored before.
	 */
	store_release(&m->size, max(m->size, size));
	if (m->store != NULL)
		m->store->growing = 0;
	spin_unlock(&m->lock);
}

/* The page for the @n bytes at @offset, with room for them in the store. */
static struct page *page_to_write(struct pagecache *m, uint64_t offset, size_t n,
				  int *err)
{
	struct page *page;

	if (m->store != NULL) {
		store_throttle(m);
		*err = pagecache_reserve_end(m, offset);
		if (*err != 0)
			return NULL;
	}
	page = pagecache_page_create(m, offset >> PAGE_SHIFT, false, err);
	if (page == NULL || m->store == NULL)
		return page;
	*err = pagecache_reserve(m, page, offset, offset + n);
	if (*err == 0)
		return page;
	page_put(page);
	return NULL;
}

/* The next @n bytes of @t, into their page; how many it were. */
static size_t write_piece(struct pagecache *m, struct transfer *t,
			  struct page *page, size_t n)
{
	const bool grows = t->offset + n > READ_ONCE(m->size);
	const bool stored = m->store != NULL;

	if (grows && stored)
		pagecache_begin_growing(m, t->offset + n);
	size_t copied = piece_in(t, (char *)page_address(page) +
					    t->offset % PAGE_SIZE, n);

	page_was_written(page);
	if (grows && stored)
		race_point(file_grows, m);
	if (grows)
		extend(m, copied > 0 ? t->offset + copied : 0);
	/* All of them: what was not written is behind the end. */
	if (stored)
		store_page_dirty(m, page, parts_of(t->offset, n));
	return copied;
}

static ssize_t write_pages(struct pagecache *m, struct transfer *t)
{
	if (t->offset > SIZE_LIMIT || t->left > SIZE_LIMIT - t->offset)
		return -EFBIG;
	while (t->left > 0) {
		int err = 0;
		size_t n = piece_size(t);
		struct page *page = page_to_write(m, t->offset, n, &err);

		if (page == NULL)
			return transfer_result(t, err);
		size_t copied = write_piece(m, t, page, n);

		page_put(page);
		advance(t, copied);
		if (copied < n)
			return transfer_result(t, -EFAULT);
		if (!block_go_on())
			return transfer_result(t, -EINTR);
	}
	return (ssize_t)t->done;
}

ssize_t pagecache_read(struct pagecache *m, uint64_t offset, vaddr_t addr, size_t n)
{
	struct transfer t = { .offset = offset, .left = n, .user = addr };

	return read_pages(m, &t);
}

ssize_t pagecache_write(struct pagecache *m, uint64_t offset, vaddr_t addr,
		      size_t n)
{
	struct transfer t = { .offset = offset, .left = n, .user = addr };

	return write_pages(m, &t);
}

ssize_t pagecache_read_kernel(struct pagecache *m, uint64_t offset, void *buf,
			    size_t n)
{
	struct transfer t = { .offset = offset, .left = n, .to = buf };

	return read_pages(m, &t);
}

ssize_t pagecache_write_kernel(struct pagecache *m, uint64_t offset,
			     const void *buf, size_t n)
{
	struct transfer t = { .offset = offset, .left = n, .from = buf };

	return write_pages(m, &t);
}

/* ---- shrinking ---- */

struct radix_node *pagecache_removed(struct pagecache *m)
{
	return radix_take_unused(pagecache_index(m));
}

void pagecache_nobody_looks(struct pagecache *m, struct radix_node *nodes)
{
	race_point(pages_removed, m);
	glances_wait();
	radix_free_unused(&m->pages, nodes);
}

/* Take up to TRUNCATE_BATCH pages from number @index on out of the index; how
 * many. */
static unsigned take_pages(struct pagecache *m, uint64_t index, struct page *pages[])
	REQUIRES(C_pagecache)
{
	unsigned n = 0;

	while (n < TRUNCATE_BATCH) {
		struct page *page = radix_next(pagecache_index(m), &index);

		if (page == NULL)
			break;
		pagecache_remove(m, page);
		pages[n++] = page;
	}
	return n;
}

/* The same, and drop the index's references. */
static unsigned drop_pages(struct pagecache *m, uint64_t first)
{
	struct page *pages[TRUNCATE_BATCH];

	spin_lock(&m->lock);
	unsigned n = take_pages(m, first, pages);
	struct radix_node *nodes = pagecache_removed(m);

	spin_unlock(&m->lock);
	if (n == 0)
		return 0;
	pagecache_nobody_looks(m, nodes);
	page_put_many(pages, n);
	pagecache_give_room(m, n);
	return n;
}

/* The same of all, where nobody looks. */
static unsigned drop_last_pages(struct pagecache *m)
{
	struct page *pages[TRUNCATE_BATCH];

	is_private(pagecache);
	unsigned n = take_pages(m, 0, pages);

	page_put_many(pages, n);
	pagecache_give_room(m, n);
	return n;
}

/* The bytes of @page, the last one, that are beyond the end: who makes the file
 * longer again finds zeros. */
static void zero_tail(struct pagecache *m, struct page *page, uint64_t size)
{
	size_t used = size % PAGE_SIZE;

	memset((char *)page_address(page) + used, 0, PAGE_SIZE - used);
	if (m->store != NULL)
		store_page_dirty(m, page, parts_of(size, PAGE_SIZE - used));
}

/* The page in which a file that has shrunk to @size ends, if it is to be
 * cleared behind that: what a store has is read for it. */
static int last_page(struct pagecache *m, uint64_t size, struct page **page)
{
	int err = 0;

	*page = NULL;
	if (size % PAGE_SIZE != 0 && size < READ_ONCE(m->size))
		*page = pagecache_page_read(m, size >> PAGE_SHIFT, &err);
	return err;
}

static void shrunk(struct pagecache *m, uint64_t first)
{
	while (drop_pages(m, first) == TRUNCATE_BATCH)
		cond_resched();
	/*
	 * ORDER truncate-size, shrink side; the other is in make_table().
	 * The size is lowered, and pages are taken out, before page tables are
	 * looked at; a fault makes its page table before it looks at the size, or
	 * for a page.  Either it sees the new size, and no page, or we see its
	 * table, and wait there for its lock.
	 */
	smp_mb();
	mm_zap_pagecache(m, first);
	if (m->store != NULL)
		store_has_changed(m);
}

/* Only the file's lock lets it grow or shrink, and that is held. */
int pagecache_truncate(struct pagecache *m, uint64_t size)
{
	struct page *last;
	int err = last_page(m, size, &last);

	if (err == 0 && m->store != NULL)
		err = pagecache_reserve_end(m, size);
	if (err != 0) {
		if (last != NULL)
			page_put(last);
		return err;
	}
	spin_lock(&m->lock);
	bool shrinks = size < m->size;

	WRITE_ONCE(m->size, size);
	spin_unlock(&m->lock);
	if (shrinks)
		shrunk(m, pagecache_size_in_pages(m));
	if (last != NULL) {
		zero_tail(m, last, size);
		page_put(last);
	}
	return 0;
}

void pagecache_destroy(struct pagecache *m)
{
	is_private(pagecache);
	assert(list_is_empty(&m->users));
	if (m->store != NULL)
		store_detach(m);
	while (drop_last_pages(m) == TRUNCATE_BATCH)
		cond_resched();
	assert(m->nr_pages == 0);
	radix_destroy(&m->pages);
}

/* ---- shared anonymous memory ---- */

struct shared_memory {
	struct pagecache pagecache;
	struct refcount refs; /* VMAs that map it */
};

static void shared_get(struct pagecache *m)
{
	refcount_get(&container_of(m, struct shared_memory, pagecache)->refs);
}

static void shared_put(struct pagecache *m)
{
	struct shared_memory *memory =
		container_of(m, struct shared_memory, pagecache);

	if (!refcount_put(&memory->refs))
		return;
	pagecache_destroy(m);
	kfree(memory);
}

static const struct pagecache_ops shared_ops = {
	.get = shared_get,
	.put = shared_put,
};

struct pagecache *pagecache_create_shared(uint64_t size)
{
	struct shared_memory *memory = kmalloc(sizeof(*memory));

	if (memory == NULL)
		return NULL;
	is_private(pagecache);
	pagecache_init(&memory->pagecache, &shared_ops, NULL);
	memory->pagecache.size = size;
	memory->refs = REFCOUNT_INIT(1);
	return &memory->pagecache;
}
