/*
 * mm/slab_sites.c - who has the objects of slabs, by where they were taken.
 *
 * Each slab knows where each of its objects was taken (slab_internal.h). Nothing
 * is added up before somebody asks: then all frames are gone through, each slab
 * under its cache's lock, and no two at the same moment.
 */

#include "mm/slab.h"

#include "debug/datarace.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab_internal.h"
#include "sync/block.h"

#if LAB

#define FRAMES_A_TURN 1024U

/* A hash table: @room is a power of two, and an entry without a place is empty. */
struct sites {
	struct slab_site *table;
	unsigned room, used;
};

static bool is_same(const struct slab_site *a, const char *cache, uintptr_t place)
{
	return a->place == place && a->cache == cache;
}

/* The entry of @place and @cache, or the empty one where it is to be. */
static struct slab_site *find(const struct sites *s, const char *cache, uintptr_t place)
{
	unsigned at = (unsigned)((place ^ (uintptr_t)cache) * 0x9e3779b97f4a7c15UL >> 32);

	while (s->table[at % s->room].place != 0 &&
	       !is_same(&s->table[at % s->room], cache, place))
		at++;
	return &s->table[at % s->room];
}

/* False: no room; there is an empty entry always, or find() would not end. */
static bool count_one(struct sites *s, const char *cache, uintptr_t place)
{
	struct slab_site *site = find(s, cache, place);

	if (site->place == 0) {
		if (s->used == s->room - 1)
			return false;
		s->used++;
		*site = (struct slab_site){ .cache = cache, .place = place };
	}
	site->count++;
	return true;
}

/* A slab's cache, if @owner is one: of other pages it is something else. */
static struct slab_cache *cache_at(const void *owner)
{
	for (unsigned i = 0; i < nr_slab_caches; i++)
		if (owner == &slab_caches[i])
			return &slab_caches[i];
	return NULL;
}

static bool count_objects(struct sites *s, const struct slab_cache *cache,
			  const struct page *slab)
{
	const uint32_t *sites = slab_sites_of(cache, page_address(slab));

	for (unsigned i = 0; i < cache->per_slab; i++) {
		uint32_t place = READ_ONCE(sites[i]);

		if (place != 0 && !count_one(s, cache->name, (uintptr_t)kernel_start + place))
			return false;
	}
	return true;
}

static bool is_slab_of(const struct page *page, const struct slab_cache *cache)
{
	return page->kind == PAGE_SLAB && page->owner == cache;
}

/* Under the lock a slab of the cache stays one, and none becomes one. */
static bool count_page(struct sites *s, struct page *page)
{
	struct slab_cache *cache =
		cache_at(data_race(page->owner, "it is looked at again under the lock"));
	bool fits = true;

	if (cache == NULL)
		return true;

	unsigned long irq = spin_lock_irqsave(&cache->lock);

	if (data_race(is_slab_of(page, cache), "another's becomes no slab of this cache"))
		fits = count_objects(s, cache, page);
	spin_unlock_irqrestore(&cache->lock, irq);
	return fits;
}

int slab_sites(struct slab_site *table, unsigned room)
{
	struct sites s = { .table = table, .room = room };

	for (uint64_t frame = page_first_frame(); frame < page_end_frame(); frame++) {
		if (frame % FRAMES_A_TURN == 0)
			cond_resched();
		if (!count_page(&s, page_of_frame(frame)))
			return -ENOSPC;
	}
	return 0;
}

#endif
