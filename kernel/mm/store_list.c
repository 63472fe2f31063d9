/*
 * mm/store_list.c - all caches with a store: going through them, and getting
 * memory back from them.
 *
 * Whoever goes through a list has a reference to the cache where he is, so it
 * stays in the list, and its place can be left for that of the next one.  A
 * cache of which nobody has one any more is left to who takes it down.
 */

#include "mm/store_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "mm/mm.h"
#include "mm/reserve.h"
#include "sync/block.h"

/* Looked at in one turn with a cache's lock; freed at once: chains of calls that
 * get here are deep. */
#define SCAN 32
#define BATCH 12
/* Written of a cache before it is the next one's turn. */
#define WRITE_AT_ONCE 64
/* Frames that clean pages leave free, as many as are kept from users again. */
#define KEEP_FREE (2 * RESERVE_MAX)

static struct spinlock stores_lock = SPINLOCK_INIT(RANK_STORES);
static struct list lists GUARDED_BY(stores_lock) = LIST_INIT(lists);

struct waitq store_work = WAITQ_INIT(store_work);

void store_list_init(struct store_list *list)
{
	list_init(&list->stores);
	list->nr_dirty = 0;
	spin_lock(&stores_lock);
	list_push_back(&lists, &list->link);
	spin_unlock(&stores_lock);
}

void store_list_destroy(struct store_list *list)
{
	assert(list_is_empty(&list->stores) && list->nr_dirty == 0);
	spin_lock(&stores_lock);
	list_remove(&list->link);
	spin_unlock(&stores_lock);
}

void store_attach(struct pagecache *m)
{
	m->store->pagecache = m;
	spin_lock(&stores_lock);
	list_push_back(&m->store->in->stores, &m->store->link);
	spin_unlock(&stores_lock);
}

void store_detach(struct pagecache *m)
{
	spin_lock(&stores_lock);
	list_remove(&m->store->link);
	spin_unlock(&stores_lock);
}

/* ---- going through one list ---- */

static struct pagecache *cache_of(struct list *link)
{
	return list_entry(link, struct store, link)->pagecache;
}

/* The next one behind @at in @list that is in use, with a reference; NULL: there
 * is none. */
static struct pagecache *next_locked(struct store_list *list, struct list *at)
	REQUIRES(stores_lock)
{
	while ((at = at->next) != &list->stores) {
		struct pagecache *m = cache_of(at);

		if (m->store->ops->try_get(m))
			return m;
	}
	return NULL;
}

/* The one behind @m, whose reference is given up; NULL: the first. */
static struct pagecache *step(struct store_list *list, struct pagecache *m)
{
	spin_lock(&stores_lock);
	struct pagecache *next = next_locked(list, m != NULL ? &m->store->link :
							       &list->stores);

	spin_unlock(&stores_lock);
	if (m != NULL)
		m->store->ops->put(m);
	return next;
}

int store_list_write_back(struct store_list *list)
{
	struct pagecache *m = NULL;
	int err = 0;

	while ((m = step(list, m)) != NULL) {
		int result = store_write_back(m);

		err = err != 0 ? err : result;
		cond_resched();
	}
	return err;
}

/* ---- going through all, each time from where the last one ended ---- */

/* One cache that is in use, with a reference, and it goes to the end, and its
 * list: so all have their turn.  NULL: there is none. */
static struct pagecache *next_of_all(void)
{
	struct pagecache *m = NULL;
	struct store_list *list;

	spin_lock(&stores_lock);
	list_for_each_entry(list, &lists, link) {
		m = next_locked(list, &list->stores);
		if (m != NULL) {
			list_move_back(&list->stores, &m->store->link);
			list_move_back(&lists, &list->link);
			break;
		}
	}
	spin_unlock(&stores_lock);
	return m;
}

static unsigned nr_stores(void)
{
	const struct store_list *list;
	unsigned n = 0;

	spin_lock(&stores_lock);
	list_for_each_entry(list, &lists, link) {
		const struct list *at;

		list_for_each(at, &list->stores)
			n++;
	}
	spin_unlock(&stores_lock);
	return n;
}

void store_write_back_some(uint64_t enough)
{
	unsigned left = nr_stores();

	for (; left > 0; left--) {
		struct pagecache *m = next_of_all();

		if (m == NULL)
			return;

		bool dirty = READ_ONCE(m->store->nr_dirty) != 0;

		if (dirty)
			store_write_some(m, WRITE_AT_ONCE);
		m->store->ops->put(m);
		if (dirty && store_nr_dirty() <= enough)
			return;
		cond_resched();
	}
}

/* ---- clean pages ---- */

/* Take up to @n clean pages of @m that nobody uses out of the index, and put
 * what was found in use behind the others; how many. */
static unsigned take_clean(struct pagecache *m, struct page *pages[], unsigned n)
{
	struct list *clean;
	unsigned taken = 0;

	spin_lock(&m->lock);
	clean = store_clean_pages(m->store);
	for (unsigned i = 0; i < SCAN && taken < n && !list_is_empty(clean); i++) {
		struct page *page = list_entry(list_first(clean), struct page, link);

		/* Who wants one finds it in the index, under the lock. */
		if (page_refs(page) > 1) {
			list_move_back(clean, &page->link);
			continue;
		}
		pagecache_remove(m, page);
		pages[taken++] = page;
	}
	spin_unlock(&m->lock);
	return taken;
}

static unsigned drop_clean(struct pagecache *m, unsigned n)
{
	struct page *pages[BATCH];
	unsigned taken = take_clean(m, pages, min(n, (unsigned)BATCH));

	page_put_many(pages, taken);
	count_many(pages_reclaimed, taken);
	return taken;
}

void store_drop_clean(struct pagecache *m)
{
	uint64_t left = READ_ONCE(m->nr_pages) + BATCH;

	for (; left >= BATCH; left -= BATCH) {
		(void)drop_clean(m, BATCH);
		cond_resched();
	}
}

unsigned store_reclaim(unsigned n)
{
	unsigned freed = 0, empty = 0, all = nr_stores();

	while (freed < n && empty < all) {
		struct pagecache *m = next_of_all();

		if (m == NULL)
			break;

		unsigned now = drop_clean(m, n - freed);

		m->store->ops->put(m);
		freed += now;
		empty = now != 0 ? 0 : empty + 1;
	}
	return freed;
}

void store_make_room(void)
{
	if (unlikely(pages_free() <
		     reserve_from(CLAIM_USER, pages_total()) + KEEP_FREE))
		(void)store_reclaim(2 * BATCH);
}
