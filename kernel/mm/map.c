/*
 * mm/map.c - new mappings: mmap and brk.
 *
 * Mappings are placed from the top down, below the room the stack may grow
 * into.  A new mapping that continues its neighbour becomes part of it.
 */

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "mm/tables.h"
#include "sync/block.h"

#define STACK_ROOM_MIN (8UL << 20)
#define STACK_ROOM_MAX (1UL << 30)

/* Mappings that name no place end here. */
static vaddr_t map_top(const struct mm *mm) REQUIRES_SHARED(C_map)
{
	uint64_t room = min(max(mm->stack_limit, STACK_ROOM_MIN),
			    STACK_ROOM_MAX);

	/* Set before anything is mapped, and high. */
	assert(mm->stack_top <= user_end);
	assert(mm->stack_top > room + MM_STACK_GUARD + MM_LOWEST);
	return align_down(mm->stack_top - room - MM_STACK_GUARD, PAGE_SIZE);
}

/* Where something begins that is in the way at [start, end), though nothing is
 * mapped there: somebody is still unmapping it, or has it for his own; 0: nothing
 * is. */
static vaddr_t obstacle(const struct mm *mm, vaddr_t start, vaddr_t end)
	REQUIRES_SHARED(C_map)
{
	const struct range_claim *claim = map_claim_over(mm, start, end);

	return claim != NULL ? claim->start : windows_over(mm, start, end);
}

/* The highest range of @length bytes below @top where nothing is mapped, nor in
 * the way; 0: there is none. */
static vaddr_t find_beside(const struct mm *mm, uint64_t length, vaddr_t top)
	REQUIRES_SHARED(C_map)
{
	vaddr_t at, begin;

	while ((at = vma_find_gap(mm_vmas(mm), length, MM_LOWEST, top)) != 0 &&
	       (begin = obstacle(mm, at, at + length)) != 0)
		top = begin;
	return at;
}

static NOINLINE vaddr_t find_beside_obstacles(const struct mm *mm,
					      uint64_t length)
	REQUIRES_SHARED(C_map)
{
	vaddr_t at = find_beside(mm, length, map_top(mm));

	return at != 0 ? at : find_beside(mm, length, user_end);
}

/* The same without a window, but at @hint if that is free. */
static vaddr_t find_free_range(struct mm *mm, vaddr_t hint, uint64_t length)
	REQUIRES_SHARED(C_map)
{
	if (hint >= MM_LOWEST && mm_range_ok(hint, length) &&
	    vma_range_is_free(mm_vmas(mm), hint, hint + length) &&
	    obstacle(mm, hint, hint + length) == 0)
		return hint;
	if (unlikely(mm->claims != NULL) || unlikely(map_windows_open(mm) != 0))
		return find_beside_obstacles(mm, length);

	vaddr_t at = vma_find_gap(mm_vmas(mm), length, MM_LOWEST, map_top(mm));

	if (at == 0)
		at = vma_find_gap(mm_vmas(mm), length, MM_LOWEST, user_end);
	return at;
}

vaddr_t change_find_free(const struct change *c, vaddr_t hint, uint64_t length)
{
	if (likely(c->window == NULL))
		return find_free_range(c->mm, hint, length);

	const struct windows *all = c->mm->windows;
	vaddr_t low = window_start(all, (unsigned)(c->window - all->window));

	return vma_find_gap(change_vmas(c), length, low, low + WINDOW_BYTES);
}

/* Private memory of whole page tables begins at one, if there is such a place:
 * fork shares these as they are (tables.h).  So does Linux since 6.7, for the
 * sake of its huge pages. */
static vaddr_t find_range_for(const struct change *c,
			      const struct map_request *req) REQUIRES(C_map)
{
	vaddr_t hint = align_down(req->addr, PAGE_SIZE), at = 0;

	if (hint == 0 && req->pagecache == NULL &&
	    is_aligned(req->length, PT_SPAN(1)))
		at = change_find_free(c, 0, req->length + PT_SPAN(1) - PAGE_SIZE);
	return at != 0 ? align_up(at, PT_SPAN(1)) :
			 change_find_free(c, hint, req->length);
}

/* Where @req goes, or -errno.  With @req->fixed there may be mappings. */
static long find_place(const struct change *c, const struct map_request *req)
	REQUIRES(C_map)
{
	vaddr_t at = req->addr;

	if (!req->fixed && !req->noreplace) {
		at = find_range_for(c, req);
		return at == 0 ? -ENOMEM : (long)at;
	}
	if (req->noreplace &&
	    !vma_range_is_free(change_vmas(c), at, at + req->length))
		return -EEXIST;
	return (long)at;
}

/* Memory that could never be filled is refused at once: private, or, whatever
 * its rights, shared without a file. */
static bool is_hopeless(const struct map_request *req)
{
	unsigned flags = req->flags;

	if ((flags & VMA_SHARED) && req->pagecache == NULL)
		flags = (flags & VMA_NORESERVE) | VMA_WRITE;
	return !mm_may_promise(flags, req->length >> PAGE_SHIFT);
}

static int check_request(const struct map_request *req)
{
	if (req->length == 0)
		return -EINVAL;
	if (!is_aligned(req->length, PAGE_SIZE) || req->length > user_end ||
	    is_hopeless(req))
		return -ENOMEM;
	if (!req->fixed && !req->noreplace)
		return 0;
	if (!is_aligned(req->addr, PAGE_SIZE))
		return -EINVAL;
	if (req->addr < MM_LOWEST)
		return -EPERM;
	return mm_range_ok(req->addr, req->length) ? 0 : -ENOMEM;
}

/* All that a merge compares: not the bits of entries, vma_set_flags(). */
static void vma_fill(struct vma *vma, struct mm *mm,
		     const struct map_request *req, vaddr_t start)
{
	vma->start = start;
	vma->end = start + req->length;
	vma->flags = req->flags | READ_ONCE(mm->new_flags);
	vma->has_anon = false;
	vma->mm = mm;
	vma->pagecache = req->pagecache;
	vma->offset = req->pagecache == NULL ? 0 : req->offset;
	vma->file = req->file;
	vma->userfault = NULL;
	list_init(&vma->cache_link);
}

/* Pages of [start, end) that are mapped now; @vma is where they begin. */
static uint64_t pages_mapped(const struct vma *vma, vaddr_t start, vaddr_t end)
{
	uint64_t bytes = 0;

	for (; vma != NULL; vma = vma_next_below(vma, end)) {
		bytes += min(vma->end, end) - max(vma->start, start);
		cond_resched();
	}
	return bytes >> PAGE_SHIFT;
}

/* Unmap [at, end), which begins with @there, for what @req asks for. */
static NOINLINE bool make_place(struct change *c, const struct map_request *req,
				const struct vma *there, vaddr_t at, vaddr_t end)
	REQUIRES(C_map)
{
	uint64_t pages = (end - at) >> PAGE_SHIFT;
	unsigned splits = unmap_needs(c->mm, at, end);

	if (!mm_may_split(c->mm, splits) ||
	    !change_may_have_pages(c, req->flags,
				   pages - pages_mapped(there, at, end)) ||
	    !change_reserve(c, 1 + splits) || !tables_own_around(c->mm, at, end))
		return false;
	unmap_range(c, at, end);
	return true;
}

/* Room for what @req asks for at [at, at + length), in place of what is there.
 * False: no memory, or more than a limit allows. */
static bool make_room(struct change *c, const struct map_request *req,
		      vaddr_t at) REQUIRES(C_map)
{
	struct mm *mm = c->mm;
	vaddr_t end = at + req->length;
	const struct vma *there = vma_find(change_vmas(c), at);

	if (!mm_may_map_more(mm))
		return false;
	if (unlikely(there != NULL && there->start < end))
		return make_place(c, req, there, at, end);
	return change_may_have_pages(c, req->flags, req->length >> PAGE_SHIFT);
}

/* Make [at, at + length) a mapping as @req says.  False: no memory, or more
 * than a limit allows. */
static bool map_at(struct change *c, const struct map_request *req, vaddr_t at)
	REQUIRES(C_map)
{
	struct vma new, *vma;

	if (!make_room(c, req, at))
		return false;
	vma_fill(&new, c->mm, req, at);
	if (change_extend(c, &new))
		return true;
	if (!change_reserve(c, 1)) /* had already, if something was unmapped */
		return false;
	vma = change_take_vma(c);
	vma_fill(vma, c->mm, req, at);
	vma_set_flags(vma, vma->flags);
	vma_get_backing(vma);
	change_insert(c, vma);
	return true;
}

/* There may be room where somebody is still unmapping something. */
static NOINLINE long place_again(struct change *c, const struct map_request *req)
	REQUIRES(C_map)
{
	map_unlock(c->mm);
	map_lock(c->mm);
	return find_place(c, req);
}

/* A window is large enough to have many of these.  Of a stack there is none:
 * can_be_lent(). */
#define LARGEST_HERE (WINDOW_BYTES / 4)

static bool may_be_anywhere(const struct map_request *req)
{
	return !req->fixed && !req->noreplace && req->addr == 0 &&
	       req->length <= LARGEST_HERE && !(req->flags & VMA_GROWSDOWN);
}

/* False: there is none, and was not long ago: for who had to see everything it
 * was closed. */
static bool open_here(struct mm *mm)
{
	struct change c;

	change_begin_over(&c, mm, 0, 0);
	bool opens = mm->calm == 0;

	if (opens)
		window_open_here(mm);
	else
		mm->calm--;
	change_end(&c);
	return opens;
}

/* In the window of this hart, which is opened for it: the address, or 0: there is
 * no window, or no room. */
static NOINLINE long map_here(struct mm *mm, const struct map_request *req)
{
	struct change c;
	long at;

	if (mm_has_limits())
		return 0; /* all there is counts: change_begin_over() */
	if (!change_begin_here(&c, mm) &&
	    (!map_has_company(mm) || !open_here(mm) ||
	     !change_begin_here(&c, mm)))
		return 0;
	at = find_place(&c, req);
	if (at > 0 && !map_at(&c, req, (vaddr_t)at))
		at = -ENOMEM;
	change_end(&c);
	return max(at, 0L);
}

static long map_there(struct mm *mm, const struct map_request *req)
{
	struct change c;
	long at;

	if (unlikely(req->fixed || req->noreplace))
		change_begin_unmap(&c, mm, req->addr, req->addr + req->length);
	else
		change_begin_over(&c, mm, 0, 0);
	at = find_place(&c, req);
	if (unlikely(at == -ENOMEM && mm->claims != NULL))
		at = place_again(&c, req);
	if (at > 0 && !map_at(&c, req, (vaddr_t)at))
		at = -ENOMEM;
	change_end(&c);
	return at;
}

static long map_backed(struct mm *mm, const struct map_request *req)
{
	long at = 0;

	if ((unlikely(READ_ONCE(mm->windows) != NULL) ||
	     unlikely(map_has_company(mm))) && may_be_anywhere(req))
		at = map_here(mm, req);
	if (likely(at == 0))
		at = map_there(mm, req);
	if (req->fixed)
		race_point(mapping_replaced, mm);
	return at;
}

/* Shared anonymous memory: the object is made here, and lives as long as
 * somebody maps it. */
static NOINLINE long map_shared_memory(struct mm *mm,
				       const struct map_request *req)
{
	struct map_request backed = *req;
	struct pagecache *memory = pagecache_create_shared(req->length);

	if (memory == NULL)
		return -ENOMEM;
	backed.pagecache = memory;
	backed.offset = 0;

	long at = map_backed(mm, &backed);

	memory->ops->put(memory);
	return at;
}

long mm_map(struct mm *mm, const struct map_request *req)
{
	long at = check_request(req);

	if (at != 0)
		return at;
	if ((req->flags & VMA_SHARED) && req->pagecache == NULL)
		at = map_shared_memory(mm, req);
	else
		at = map_backed(mm, req);
	if (at > 0 && (req->populate || READ_ONCE(mm->fills_new)))
		(void)mm_populate(mm, (vaddr_t)at, req->length);
	return at;
}

/* ---- the heap ---- */

static bool heap_grow(struct change *c, vaddr_t start, vaddr_t end)
	REQUIRES(C_map)
{
	const struct map_request req = {
		.addr = start,
		.length = end - start,
		.flags = VMA_READ | VMA_WRITE | VMA_HEAP,
	};

	return end <= user_end && !is_hopeless(&req) &&
	       vma_range_is_free(change_vmas(c), start, end) &&
	       map_at(c, &req, start);
}

static bool heap_shrink(struct change *c, vaddr_t start, vaddr_t end)
	REQUIRES(C_map)
{
	unsigned splits = unmap_needs(c->mm, start, end);

	if (!mm_may_split(c->mm, splits) || !change_reserve(c, splits) ||
	    !tables_own_around(c->mm, start, end))
		return false;
	unmap_range(c, start, end);
	return true;
}

/* No lock is held: a guess. */
static NO_THREAD_SAFETY vaddr_t heap_end_now(const struct mm *mm)
{
	return READ_ONCE(mm->heap_end);
}

/* For the heap, which ends at @end or below, before and after. */
static void change_begin_heap(struct change *c, struct mm *mm, vaddr_t end)
	ACQUIRES(C_map)
{
	vaddr_t highest = max(min(end, user_end), heap_end_now(mm));

	for (;;) {
		change_begin_over(c, mm, mm->heap_start,
				  align_up(highest, PAGE_SIZE));
		if (likely(mm->heap_end <= highest))
			return;
		change_end(c); /* somebody has moved it meanwhile */
		highest = user_end;
	}
}

long mm_brk(struct mm *mm, vaddr_t end)
{
	struct change c;

	change_begin_heap(&c, mm, end);
	vaddr_t old = align_up(mm->heap_end, PAGE_SIZE);
	vaddr_t new = align_up(end, PAGE_SIZE);
	bool ok = end >= mm->heap_start && end <= user_end;

	if (ok && new > old)
		ok = heap_grow(&c, old, new);
	else if (ok && new < old)
		ok = heap_shrink(&c, new, old);
	if (ok)
		WRITE_ONCE(mm->heap_end, end);
	end = mm->heap_end;
	change_end(&c);
	if (ok && new > old && READ_ONCE(mm->fills_new))
		(void)mm_populate(mm, old, new - old);
	return (long)end;
}
