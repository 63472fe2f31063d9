/*
 * mm/pagecache.c - the page cache.
 *
 * Each page has one reference from the index, one from each entry that maps
 * it, and one from whoever copies from or to it.  So taking it out of the
 * index never pulls it from under anybody; it only keeps new users away.
 */

#include "mm/pagecache.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/icache.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "sync/block.h"

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

/* ---- single pages ---- */

void pagecache_pages_find(struct pagecache *m, uint64_t first, unsigned n,
			struct page *pages[])
{
	spin_lock(&m->lock);
	for (unsigned i = 0; i < n; i++) {
		pages[i] = radix_get(pagecache_index(m), first + i);
		if (pages[i] != NULL)
			page_get(pages[i]);
	}
	spin_unlock(&m->lock);
}

struct page *pagecache_page_find(struct pagecache *m, uint64_t index)
{
	struct page *page;

	pagecache_pages_find(m, index, 1, &page);
	return page;
}

static bool take_room(struct pagecache *m)
{
	return m->room == NULL || room_take(m->room, 1);
}

static void give_room(struct pagecache *m, unsigned n)
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
		WRITE_ONCE(m->nr_pages, m->nr_pages + 1);
	}
	if (page != NULL)
		page_get(page);
	spin_unlock(&m->lock);
	return page;
}

struct page *pagecache_page_create(struct pagecache *m, uint64_t index,
				   bool within, int *err)
{
	struct page *page = pagecache_page_find(m, index), *new;

	if (page != NULL)
		return page;
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
	give_room(m, 1);
	return page;
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
	uint64_t size = READ_ONCE(m->size);

	if (t->offset >= size)
		return 0;
	t->left = min(t->left, size - t->offset);
	while (t->left > 0) {
		struct page *page = pagecache_page_find(m, t->offset >> PAGE_SHIFT);
		const char *src = NULL;
		size_t n = piece_size(t);

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

static void extend(struct pagecache *m, uint64_t size)
{
	if (size <= READ_ONCE(m->size))
		return;
	spin_lock(&m->lock);
	WRITE_ONCE(m->size, max(m->size, size));
	spin_unlock(&m->lock);
}

static ssize_t write_pages(struct pagecache *m, struct transfer *t)
{
	if (t->offset > SIZE_LIMIT || t->left > SIZE_LIMIT - t->offset)
		return -EFBIG;
	while (t->left > 0) {
		int err = 0;
		struct page *page = pagecache_page_create(
			m, t->offset >> PAGE_SHIFT, false, &err);
		size_t n = piece_size(t);

		if (page == NULL)
			return transfer_result(t, err);
		size_t copied = piece_in(t, (char *)page_address(page) +
						    t->offset % PAGE_SIZE, n);

		page_was_written(page);
		page_put(page);
		advance(t, copied);
		if (copied > 0)
			extend(m, t->offset);
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

/* Take up to TRUNCATE_BATCH pages from number @first on out of the index and
 * drop the index's references; how many. */
static unsigned drop_pages(struct pagecache *m, uint64_t first)
{
	struct page *pages[TRUNCATE_BATCH];
	uint64_t index = first;
	unsigned n = 0;

	spin_lock(&m->lock);
	while (n < TRUNCATE_BATCH) {
		struct page *page = radix_next(pagecache_index(m), &index);

		if (page == NULL)
			break;
		radix_delete(pagecache_index(m), index);
		pages[n++] = page;
	}
	WRITE_ONCE(m->nr_pages, m->nr_pages - n);
	spin_unlock(&m->lock);
	page_put_many(pages, n);
	give_room(m, n);
	return n;
}

/* The bytes of the last page that are beyond the end: who makes the file
 * longer again finds zeros. */
static void zero_tail(struct pagecache *m, uint64_t size)
{
	size_t used = size % PAGE_SIZE;
	struct page *page;

	if (used == 0)
		return;
	page = pagecache_page_find(m, size >> PAGE_SHIFT);
	if (page == NULL)
		return;
	memset((char *)page_address(page) + used, 0, PAGE_SIZE - used);
	page_put(page);
}

void pagecache_truncate(struct pagecache *m, uint64_t size)
{
	spin_lock(&m->lock);
	bool shrinks = size < m->size;

	WRITE_ONCE(m->size, size);
	spin_unlock(&m->lock);
	if (!shrinks)
		return;

	uint64_t first = pagecache_size_in_pages(m);

	while (drop_pages(m, first) == TRUNCATE_BATCH)
		cond_resched();
	/*
	 * ORDER truncate-size, shrink side; the other is in install_copy().
	 * The size is lowered before the page tables are looked at; a fault
	 * makes its page table before it looks at the size.  Either it sees
	 * the new size, or we see its table, and wait there for its lock.
	 */
	smp_mb();
	mm_zap_pagecache(m, first, UINT64_MAX);
	zero_tail(m, size);
}

void pagecache_destroy(struct pagecache *m)
{
	is_private(pagecache);
	assert(list_is_empty(&m->users));
	while (drop_pages(m, 0) == TRUNCATE_BATCH)
		cond_resched();
	assert(m->nr_pages == 0);
	radix_destroy(&m->pages);
}

/* ---- holes ---- */

/* The page at or behind *@index goes out of the index, if there it has its
 * only reference; else it is *@used, with one more. */
static bool drop_unused(struct pagecache *m, uint64_t *index, uint64_t last,
			struct page **used)
{
	bool dropped = false;

	*used = NULL;
	spin_lock(&m->lock);
	struct page *page = radix_next(pagecache_index(m), index);

	if (page != NULL && *index <= last) {
		/* Whoever wants one finds it in the index, under the lock. */
		dropped = page_refs(page) == 1;
		if (dropped) {
			radix_delete(pagecache_index(m), *index);
			WRITE_ONCE(m->nr_pages, m->nr_pages - 1);
		} else {
			page_get(page);
			*used = page;
		}
	}
	spin_unlock(&m->lock);
	if (!dropped)
		return *used != NULL;
	page_put(page);
	give_room(m, 1);
	return true;
}

static void clear(struct page *page, size_t from, size_t to)
{
	memset((char *)page_address(page) + from, 0, to - from);
	page_was_written(page);
	page_put(page);
}

/* Whole pages, @first to before @end. */
static void punch_pages(struct pagecache *m, uint64_t first, uint64_t end)
{
	struct page *used;

	while (first < end && drop_unused(m, &first, end - 1, &used)) {
		if (used != NULL)
			clear(used, 0, PAGE_SIZE);
		first++;
		cond_resched();
	}
}

/* Bytes of one page, if it is there. */
static void punch_part(struct pagecache *m, uint64_t start, uint64_t end)
{
	struct page *page = start < end ?
		pagecache_page_find(m, start >> PAGE_SHIFT) : NULL;

	if (page != NULL)
		clear(page, start % PAGE_SIZE, start % PAGE_SIZE + end - start);
}

void pagecache_punch(struct pagecache *m, uint64_t start, uint64_t end)
{
	uint64_t first = align_up(start, PAGE_SIZE);
	uint64_t last = align_down(end, PAGE_SIZE);

	if (first > last) { /* within one page */
		punch_part(m, start, end);
		return;
	}
	punch_part(m, start, first);
	punch_pages(m, first >> PAGE_SHIFT, last >> PAGE_SHIFT);
	punch_part(m, last, end);
}

/* ---- seals ---- */

static bool is_mapped_to_write(const struct pagecache *m) REQUIRES(C_mappers)
{
	const struct vma *vma;

	if (m->nr_mapping > 0)
		return true;
	list_for_each_entry(vma, &m->users, cache_link)
		if ((READ_ONCE(vma->flags) & (VMA_SHARED | VMA_DENY_WRITE)) ==
		    VMA_SHARED)
			return true;
	return false;
}

int pagecache_add_seals(struct pagecache *m, unsigned seals)
{
	int err = 0;

	mutex_lock(&m->users_lock);
	if ((seals & ~m->seals & F_SEAL_WRITE) && is_mapped_to_write(m))
		err = -EBUSY;
	else
		WRITE_ONCE(m->seals, m->seals | seals);
	mutex_unlock(&m->users_lock);
	return err;
}

int pagecache_begin_mapping(struct pagecache *m)
{
	int err = 0;

	mutex_lock(&m->users_lock);
	if (m->seals & SEALS_OF_WRITING)
		err = -EPERM;
	else
		m->nr_mapping++;
	mutex_unlock(&m->users_lock);
	return err;
}

void pagecache_end_mapping(struct pagecache *m)
{
	mutex_lock(&m->users_lock);
	m->nr_mapping--;
	mutex_unlock(&m->users_lock);
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
