/*
 * mm/store_list.c - all caches with a store: going through them, and getting
 * memory back from them.
 *
 * Whoever goes through a list has a reference to the cache where he is, so it
 * stays in the list, at its place, which can be left for that of the next one.  A
 * cache of which nobody has one any more is left to who takes it down.
 *
 * Two go through it at once: who syncs, from the first to the last, and who writes
 * a part or frees clean pages, each time from where the last one ended.  So
 * nobody moves a cache within its list: the other, who is just there, would take
 * what comes behind it for done.  And who syncs goes no further than to what was
 * there when he began, however many files others make meanwhile.
 *
 * So a file that is removed goes when the last of those has passed it.  Who finds
 * the disk full waits for that: store_list_passed().  They are counted in two
 * turns.  Who enters belongs to the present one, and when nobody is left of the
 * past one, the two change places.  After two changes whoever was within at the
 * beginning has left, however many have come since (as in Linux's SRCU).
 */

#include "mm/store_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
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

struct spinlock stores_lock = SPINLOCK_INIT(RANK_STORES);
static struct list lists GUARDED_BY(stores_lock) = LIST_INIT(lists);
static unsigned nr_stores GUARDED_BY(stores_lock); /* in all of them */
static uint64_t last_came GUARDED_BY(stores_lock);

struct waitq store_work = WAITQ_INIT(store_work);
static struct waitq passed = WAITQ_INIT(passed);

void store_list_init(struct store_list *list)
{
	list->nr_dirty = 0;
	spin_lock(&stores_lock);
	list_init(&list->stores);
	list->turn = &list->stores;
	list->present = 0;
	list->within[0] = list->within[1] = 0;
	list_push_back(&lists, &list->link);
	spin_unlock(&stores_lock);
}

void store_list_destroy(struct store_list *list)
{
	assert(list_is_empty(&list->stores) && list->nr_dirty == 0);
	store_list_passed(list); /* give_back() of the last of its caches */
	spin_lock(&stores_lock);
	list_remove(&list->link);
	spin_unlock(&stores_lock);
}

void store_attach(struct pagecache *m)
{
	m->store->pagecache = m;
	spin_lock(&stores_lock);
	m->store->came = ++last_came;
	list_push_back(&m->store->in->stores, &m->store->link);
	WRITE_ONCE(nr_stores, nr_stores + 1);
	spin_unlock(&stores_lock);
}

void store_detach(struct pagecache *m)
{
	struct store_list *list = m->store->in;
	struct list *link = &m->store->link;

	spin_lock(&stores_lock);
	if (list->turn == link)
		list->turn = link->prev;
	list_remove(link);
	WRITE_ONCE(nr_stores, nr_stores - 1);
	spin_unlock(&stores_lock);
}

/* ---- going through one list ---- */

static struct pagecache *cache_of(struct list *link)
{
	return list_entry(link, struct store, link)->pagecache;
}

/* One that somebody who goes through a list has a reference to; @m NULL: none. */
struct held {
	struct pagecache *m;
	unsigned turn;
};

static unsigned enter_locked(struct store_list *list) REQUIRES(stores_lock)
{
	list->within[list->present]++;
	return list->present;
}

unsigned store_list_enter(struct store_list *list)
{
	spin_lock(&stores_lock);
	unsigned turn = enter_locked(list);

	spin_unlock(&stores_lock);
	return turn;
}

void store_list_leave(struct store_list *list, unsigned turn)
{
	bool last;

	spin_lock(&stores_lock);
	last = --list->within[turn] == 0;
	spin_unlock(&stores_lock); /* from here on @list may be gone */
	if (last)
		waitq_wake_all(&passed);
}

static void give_back(struct held held)
{
	struct pagecache *m = held.m;
	struct store_list *list = m->store->in;

	race_point(store_in_hand, 0);
	m->store->ops->put(m);
	store_list_leave(list, held.turn);
}

/* The next one behind @at in @list that is in use, up to the one that came as number
 * @last. */
static struct held next_locked(struct store_list *list, struct list *at,
			       uint64_t last) REQUIRES(stores_lock)
{
	while ((at = at->next) != &list->stores) {
		struct pagecache *m = cache_of(at);

		if (m->store->came > last)
			break;
		if (m->store->ops->try_get(m))
			return (struct held){ m, enter_locked(list) };
	}
	return (struct held){ NULL, 0 };
}

/* The one behind @from, which is given back; that is none: the first. */
static struct held step(struct store_list *list, struct held from, uint64_t last)
{
	spin_lock(&stores_lock);
	struct held next = next_locked(list, from.m != NULL ? &from.m->store->link :
							      &list->stores, last);

	spin_unlock(&stores_lock);
	if (from.m != NULL)
		give_back(from);
	return next;
}

static uint64_t came_so_far(void)
{
	spin_lock(&stores_lock);
	uint64_t last = last_came;

	spin_unlock(&stores_lock);
	return last;
}

int store_list_write_back(struct store_list *list)
{
	const uint64_t last = came_so_far();
	struct held at = { NULL, 0 };
	int err = 0;

	while ((at = step(list, at, last)).m != NULL) {
		int result = store_write_back(at.m);

		err = err != 0 ? err : result;
		cond_resched();
	}
	return err;
}

/* If nobody is left of the past turn. */
static bool change_turns(struct store_list *list)
{
	bool may;

	spin_lock(&stores_lock);
	may = list->within[!list->present] == 0;
	if (may)
		list->present = !list->present;
	spin_unlock(&stores_lock);
	return may;
}

void store_list_passed(struct store_list *list)
{
	waitq_wait(&passed, change_turns(list));
	race_point(turn_changed, 0);
	waitq_wait(&passed, change_turns(list));
}

/* ---- going through all, each time from where the last one ended ---- */

/* Whose turn it is in @list: the one behind the last, or the first again. */
static struct held next_turn_locked(struct store_list *list) REQUIRES(stores_lock)
{
	struct held next = next_locked(list, list->turn, UINT64_MAX);

	if (next.m == NULL && list->turn != &list->stores)
		next = next_locked(list, &list->stores, UINT64_MAX);
	if (next.m != NULL)
		list->turn = &next.m->store->link;
	return next;
}

/* One cache that is in use, and its list goes to the end: so all have their turn. */
static struct held next_of_all(void)
{
	struct held next = { NULL, 0 };
	struct store_list *list;

	spin_lock(&stores_lock);
	list_for_each_entry(list, &lists, link) {
		next = next_turn_locked(list);
		if (next.m != NULL) {
			list_move_back(&lists, &list->link);
			break;
		}
	}
	spin_unlock(&stores_lock);
	return next;
}

void store_write_back_some(uint64_t enough)
{
	unsigned left = READ_ONCE(nr_stores);

	for (; left > 0; left--) {
		struct held at = next_of_all();

		if (at.m == NULL)
			return;

		bool dirty = READ_ONCE(at.m->store->nr_dirty) != 0;

		if (dirty)
			store_write_some(at.m, WRITE_AT_ONCE);
		give_back(at);
		if (dirty && store_nr_dirty() <= enough)
			return;
		cond_resched();
	}
}

/* ---- clean pages ---- */

/*
 * Take up to @n clean pages of @m that nobody uses out of the index, and put
 * what was found in use behind the others; how many.  Who looks one up without the
 * lock has got it before it is closed, and uses it; or finds it closed, and waits
 * for the lock.
 */
static unsigned take_clean(struct pagecache *m, struct page *pages[], unsigned n,
			   struct radix_node **nodes)
{
	struct list *clean;
	unsigned taken = 0;

	spin_lock(&m->lock);
	clean = store_clean_pages(m->store);
	for (unsigned i = 0; i < SCAN && taken < n && !list_is_empty(clean); i++) {
		struct page *page = list_entry(list_first(clean), struct page, link);

		if (!page_close(page)) {
			list_move_back(clean, &page->link);
			continue;
		}
		race_point(page_closed, page);
		pagecache_remove(m, page);
		pages[taken++] = page;
	}
	*nodes = pagecache_removed(m);
	spin_unlock(&m->lock);
	return taken;
}

static unsigned drop_clean(struct pagecache *m, unsigned n)
{
	struct page *pages[BATCH];
	struct radix_node *nodes;
	unsigned taken = take_clean(m, pages, min(n, (unsigned)BATCH), &nodes);

	if (taken == 0)
		return 0;
	pagecache_nobody_looks(m, nodes);
	for (unsigned i = 0; i < taken; i++)
		page_open(pages[i]);
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
	unsigned freed = 0, empty = 0, all = READ_ONCE(nr_stores);

	while (freed < n && empty < all) {
		struct held at = next_of_all();

		if (at.m == NULL)
			break;

		unsigned now = drop_clean(at.m, n - freed);

		give_back(at);
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
