/*
 * mm/slab.c - small kernel objects.
 *
 * A slab is one page cut into objects of one size.  Its free objects are
 * linked through their first word, from page->slab_free.  A slab with some
 * free objects stands in its cache's list `partial`; a full one in no list;
 * an empty one is given back.  All that is under the cache's lock.
 *
 * In front each hart has a magazine: a stack of free objects that only it
 * touches, with interrupts off.  It is filled and emptied half at a time, so
 * that a hart that allocates and frees in turn takes no lock.
 *
 * An object finds its cache through its page, so kfree() needs no size.
 *
 * In the lab build a slab's end says where each of its objects was taken
 * (slab_internal.h).
 */

#include "mm/slab.h"

#include "arch/hart.h"
#include "debug/failalloc.h"
#include "debug/kasan.h"
#include "debug/rcuwatch.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab_internal.h"

/* struct magazine fills two cache lines; or what is freed lies for a while. */
#define MAGAZINE (CHECKED ? 62 : 14)
#define MAGAZINE_BATCH (MAGAZINE / 2)
#define SLAB_ALIGN 16UL

/* Of one hart and one cache: only it touches it, with interrupts off. */
struct magazine {
	uint64_t nr;
	void *objects[MAGAZINE];
} __aligned(64);

struct slab_cache slab_caches[MAX_CACHES];
unsigned nr_slab_caches;

/* ---- poison ---- */

#define POISON_WORD 0xdbdbdbdbdbdbdbdbUL

static void poison(const struct slab_cache *cache, void *object)
{
	uint64_t *words = object;

	for (size_t i = 0; LAB && i < cache->used / sizeof(*words); i++)
		words[i] = POISON_WORD;
}

/* But the first word, which links free objects, and is poison from now on:
 * nobody has set anything in there. */
static void check_poison(const struct slab_cache *cache, void *object)
{
	uint64_t *words = object;

	words[0] = POISON_WORD;
	for (size_t i = 1; i < cache->used / sizeof(*words); i++)
		if (unlikely(words[i] != POISON_WORD))
			panic("object %p of cache %s was written after it was "
			      "freed (at +%#lx: %#lx)", object, cache->name,
			      i * sizeof(*words), words[i]);
}

/* Lab: @object is taken by the code at @site, or free: 0. */
static void note_site(const struct slab_cache *cache, void *object, uintptr_t site)
{
	if (LAB)
		slab_site_set(cache, object, site);
}

/* ---- slabs ---- */

static struct list *partial_slabs(struct slab_cache *cache) REQUIRES(C_slab)
{
	return &cache->partial;
}

static bool slab_grow(struct slab_cache *cache) REQUIRES(C_slab)
{
	struct page *page = page_alloc(PAGE_SLAB);

	if (page == NULL)
		return false;
	page->owner = cache;
	page->slab_objects = 0;
	page->slab_free = NULL;

	char *base = page_address(page);

	kasan_slab_fresh(base, cache->per_slab * cache->size);

	for (unsigned i = cache->per_slab; i-- > 0;) {
		void **object = (void **)(base + i * cache->size);

		poison(cache, object);
		note_site(cache, object, 0);
		*object = page->slab_free;
		page->slab_free = object;
	}
	list_push_front(partial_slabs(cache), &page->link);
	return true;
}

static void *slab_take(struct slab_cache *cache) REQUIRES(C_slab)
{
	if (list_is_empty(partial_slabs(cache)) && !slab_grow(cache))
		return NULL;

	struct page *page =
		list_entry(list_first(partial_slabs(cache)), struct page, link);
	void **object = page->slab_free;

	assert(object != NULL && page->slab_objects < cache->per_slab);
	page->slab_free = *object;
	page->slab_objects++;
	if (page->slab_free == NULL)
		list_remove(&page->link);
	return object;
}

static void slab_give(struct slab_cache *cache, void *object) REQUIRES(C_slab)
{
	struct page *page = page_of_address(object);

	assert(page->kind == PAGE_SLAB && page->owner == cache);
	assert(page->slab_objects > 0);
	if (page->slab_free == NULL)
		list_push_front(partial_slabs(cache), &page->link);
	*(void **)object = page->slab_free;
	page->slab_free = object;
	if (--page->slab_objects == 0) {
		list_remove(&page->link);
		page->owner = NULL;
		page_put(page);
	}
}

/* ---- magazines; interrupts off ---- */

static bool magazine_fill(struct slab_cache *cache, struct magazine *m)
{
	spin_lock(&cache->lock);
	while (m->nr < MAGAZINE_BATCH) {
		void *object = slab_take(cache);

		if (object == NULL)
			break;
		m->objects[m->nr++] = object;
	}
	spin_unlock(&cache->lock);
	return m->nr != 0;
}

/* The one that was freed last, which the hart may have in its cache; checked,
 * the one that was freed first, so that who still uses it is found. */
static void *magazine_take(struct magazine *m)
{
	if (!CHECKED)
		return m->objects[--m->nr];

	void *oldest = m->objects[0];

	memmove(m->objects, m->objects + 1, --m->nr * sizeof(oldest));
	return oldest;
}

/* Past the magazine, while that is what was freed a moment ago. */
static void *take_unused(struct slab_cache *cache)
{
	spin_lock(&cache->lock);
	void *object = slab_take(cache);

	spin_unlock(&cache->lock);
	return object;
}

static void magazine_empty(struct slab_cache *cache, struct magazine *m)
{
	spin_lock(&cache->lock);
	for (unsigned i = 0; i < MAGAZINE_BATCH; i++)
		slab_give(cache, magazine_take(m));
	spin_unlock(&cache->lock);
}

/* ---- interface ---- */

/* A magazine that has no more gives no more; checked, it keeps what was freed a
 * moment ago. */
#define MAGAZINE_KEEPS (CHECKED ? MAGAZINE_BATCH : 0U)

static NOINLINE void *alloc_slowly(struct slab_cache *cache)
{
	unsigned long irq = irq_save();
	struct magazine *m = &cache->magazines[hart_id()];
	void *object = CHECKED ? take_unused(cache) : NULL;

	if (object == NULL && (m->nr != 0 || magazine_fill(cache, m)))
		object = magazine_take(m);
	irq_restore(irq);
	return object;
}

static void *alloc(struct slab_cache *cache)
{
	unsigned long irq = irq_save();
	struct magazine *m = &cache->magazines[hart_id()];
	void *object = likely(m->nr > MAGAZINE_KEEPS) ? magazine_take(m) : NULL;

	irq_restore(irq);
	return likely(object != NULL) ? object : alloc_slowly(cache);
}

/* In a function that others call: where they do. */
#define CALLER (LAB ? (uintptr_t)__builtin_return_address(0) : 0)

static void *alloc_for(struct slab_cache *cache, uintptr_t site)
{
	void *object;

	if (failalloc_hits_at(site))
		return NULL;
	lockorder_might_take(RANK_SLAB);
	object = alloc(cache);
	if (LAB && object != NULL) {
		check_poison(cache, object);
		kasan_slab_taken(object, cache->used, cache->size);
		note_site(cache, object, site);
	}
	return object;
}

void *slab_alloc(struct slab_cache *cache)
{
	return alloc_for(cache, CALLER);
}

void *slab_alloc_zeroed(struct slab_cache *cache)
{
	void *object = alloc_for(cache, CALLER);

	if (object != NULL)
		memset(object, 0, cache->used);
	return object;
}

static NOINLINE void free_slowly(struct slab_cache *cache, void *object)
{
	unsigned long irq = irq_save();
	struct magazine *m = &cache->magazines[hart_id()];

	if (m->nr == MAGAZINE)
		magazine_empty(cache, m);
	m->objects[m->nr++] = object;
	irq_restore(irq);
}

void slab_free(struct slab_cache *cache, void *object)
{
	if (!kasan_slab_freed(object, cache->used, cache->size))
		return;
	lab_assert(page_of_address(object)->owner == cache);
	if (LAB && cache->is_read)
		rcu_watch_object(cache->name);
	poison(cache, object);
	note_site(cache, object, 0);
	lockorder_might_take(RANK_SLAB);

	unsigned long irq = irq_save();
	struct magazine *m = &cache->magazines[hart_id()];
	bool room = m->nr < MAGAZINE;

	if (likely(room))
		m->objects[m->nr++] = object;
	irq_restore(irq);
	if (unlikely(!room))
		free_slowly(cache, object);
}

/* The slab of the @i-th object of @m, which may just be going away; NULL if
 * it is no slab of @cache any more. */
static struct page *slab_of(const struct slab_cache *cache,
			    const struct magazine *m, unsigned i)
	REQUIRES(C_slab)
{
	const void *object = i < READ_ONCE(m->nr) ? READ_ONCE(m->objects[i]) :
						    NULL;
	struct page *page = object == NULL ? NULL : page_of_address(object);

	return page != NULL && page->kind == PAGE_SLAB &&
	       page->owner == cache ? page : NULL;
}

static uint64_t cache_idle_pages(struct slab_cache *cache)
{
	unsigned long irq = spin_lock_irqsave(&cache->lock);
	unsigned n = MAX_HARTS * MAGAZINE;
	uint64_t idle = 0;
	struct page *page;

	for (unsigned i = 0; i < n; i++) {
		page = slab_of(cache, &cache->magazines[i / MAGAZINE],
			       i % MAGAZINE);
		if (page != NULL)
			page->slab_idle = 0;
	}
	for (unsigned i = 0; i < n; i++) {
		page = slab_of(cache, &cache->magazines[i / MAGAZINE],
			       i % MAGAZINE);
		if (page != NULL && ++page->slab_idle == page->slab_objects)
			idle++;
	}
	spin_unlock_irqrestore(&cache->lock, irq);
	return idle;
}

uint64_t slab_idle_pages(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < nr_slab_caches; i++)
		sum += cache_idle_pages(&slab_caches[i]);
	return sum;
}

static void magazine_leave(struct slab_cache *cache, struct magazine *m)
{
	spin_lock(&cache->lock);
	while (m->nr != 0)
		slab_give(cache, magazine_take(m));
	spin_unlock(&cache->lock);
}

void slab_leave_hart(void)
{
	for (unsigned i = 0; i < nr_slab_caches; i++)
		magazine_leave(&slab_caches[i], &slab_caches[i].magazines[hart_id()]);
}

struct slab_cache *slab_create(const char *name, size_t size)
{
	size_t bytes = MAX_HARTS * sizeof(struct magazine);
	unsigned order = ilog2(bytes / PAGE_SIZE);
	struct page *magazines = pages_alloc(order, PAGE_KERNEL);

	assert(nr_slab_caches < MAX_CACHES && size != 0);
	_Static_assert(MAX_HARTS * sizeof(struct magazine) == (CHECKED ? 8 : 2) * PAGE_SIZE,
		       "magazines fill a block of pages");
	if (magazines == NULL)
		panic("no memory for the slab cache %s", name);

	struct slab_cache *cache = &slab_caches[nr_slab_caches++];

	spin_init(&cache->lock, RANK_SLAB);
	cache->name = name;
	cache->used = CHECKED ? size : align_up(size, SLAB_ALIGN);
	cache->size = kasan_stride(align_up(size, SLAB_ALIGN));
	cache->per_slab = PAGE_SIZE / (cache->size + SITE_BYTES);
	assert(cache->per_slab != 0);
	list_init(&cache->partial);
	cache->magazines = page_address(magazines);
	memset(cache->magazines, 0, bytes);
	return cache;
}

struct slab_cache *slab_create_rcu(const char *name, size_t size)
{
	struct slab_cache *cache = slab_create(name, size);

	cache->is_read = true;
	return cache;
}

#if CHECKED
bool slab_find(const void *address, struct slab_object *o)
{
	const struct page *page = page_of_address(address);

	if (!page_exists(virt_to_phys(address)) || page->kind != PAGE_SLAB)
		return false;

	const struct slab_cache *cache = page->owner;
	uint64_t offset = (uint64_t)address % PAGE_SIZE;

	if (offset / cache->size >= cache->per_slab)
		return false;
	*o = (struct slab_object){
		.cache = cache->name,
		.start = (char *)address - offset % cache->size,
		.size = cache->used,
		.stride = cache->size,
	};
	return true;
}
#endif

/* ---- kmalloc ---- */

static const struct {
	size_t size;
	const char *name;
} kmalloc_sizes[] = {
	{ 16, "kmalloc-16" },	  { 32, "kmalloc-32" },
	{ 64, "kmalloc-64" },	  { 96, "kmalloc-96" },
	{ 128, "kmalloc-128" },	  { 192, "kmalloc-192" },
	{ 256, "kmalloc-256" },	  { 384, "kmalloc-384" },
	{ 576, "kmalloc-576" },	  { 800, "kmalloc-800" },
	{ 1344, "kmalloc-1344" }, { KMALLOC_SLAB_MAX, "kmalloc-2032" },
};

/* (c) Which cache serves a size, by units of SLAB_ALIGN. */
static struct slab_cache *kmalloc_cache[KMALLOC_SLAB_MAX / SLAB_ALIGN + 1];

void slab_init(void)
{
	size_t unit = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(kmalloc_sizes); i++) {
		struct slab_cache *cache = slab_create(kmalloc_sizes[i].name,
						       kmalloc_sizes[i].size);

		while (unit * SLAB_ALIGN <= kmalloc_sizes[i].size)
			kmalloc_cache[unit++] = cache;
	}
}

static void *kmalloc_pages(size_t size)
{
	if (size > KMALLOC_MAX)
		return NULL;

	size_t room = size + CHECKED; /* at least a byte behind it is nobody's */
	unsigned order = ilog2((room - 1) >> PAGE_SHIFT | 1);

	if (room > PAGE_SIZE << order)
		order++;

	struct page *page = pages_alloc(order, PAGE_KERNEL);

	if (page == NULL)
		return NULL;
	kasan_pages_cut(page_address(page), size, PAGE_SIZE << order);
	return page_address(page);
}

static void *kmalloc_for(size_t size, uintptr_t site)
{
	if (size > KMALLOC_SLAB_MAX)
		return kmalloc_pages(size);

	struct slab_cache *cache = kmalloc_cache[align_up(size, SLAB_ALIGN) / SLAB_ALIGN];
	void *object = alloc_for(cache, site);

	if (object != NULL)
		kasan_slab_taken(object, max(size, 1UL), cache->size);
	return object;
}

void *kmalloc(size_t size)
{
	return kmalloc_for(size, CALLER);
}

void *kzalloc(size_t size)
{
	void *object = kmalloc_for(size, CALLER);

	if (object != NULL)
		memset(object, 0, size);
	return object;
}

void kfree(void *object)
{
	if (object == NULL)
		return;

	struct page *page = page_of_address(object);

	if (page->kind == PAGE_SLAB) {
		slab_free(page->owner, object);
		return;
	}
	assert(page->kind == PAGE_KERNEL && page_address(page) == object);
	page_put(page);
}

char *kstrdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = kmalloc_for(size, CALLER);

	if (copy != NULL)
		memcpy(copy, s, size);
	return copy;
}
