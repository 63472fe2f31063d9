/*
 * mm/map.c - new mappings: mmap and brk.
 *
 * Mappings are placed from the top down, below the room the stack may grow
 * into.  A new mapping that continues its neighbour becomes part of it.
 */

#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm_internal.h"

#define STACK_ROOM_MIN (8UL << 20)
#define STACK_ROOM_MAX (1UL << 30)

/* Mappings that name no place end here. */
static vaddr_t map_top(const struct mm *mm)
{
	uint64_t room = min(max(mm->stack_limit, STACK_ROOM_MIN),
			    STACK_ROOM_MAX);

	if (mm->stack_top < room + MM_STACK_GUARD + MM_LOWEST)
		return USER_END;
	return align_down(mm->stack_top - room - MM_STACK_GUARD, PAGE_SIZE);
}

vaddr_t find_free_range(struct mm *mm, vaddr_t hint, uint64_t length)
{
	if (hint >= MM_LOWEST && mm_range_ok(hint, length) &&
	    vma_range_is_free(&mm->vmas, hint, hint + length))
		return hint;

	vaddr_t at = vma_find_gap(&mm->vmas, length, MM_LOWEST, map_top(mm));

	if (at == 0)
		at = vma_find_gap(&mm->vmas, length, MM_LOWEST, USER_END);
	return at;
}

/* Where @req goes, made free; or -errno. */
static long place(struct change *c, const struct map_request *req)
{
	struct mm *mm = c->mm;
	vaddr_t end = req->addr + req->length;

	if (!req->fixed && !req->noreplace) {
		vaddr_t at = find_free_range(mm, align_down(req->addr, PAGE_SIZE),
					     req->length);

		return at == 0 ? -ENOMEM : (long)at;
	}
	if (!vma_range_is_free(&mm->vmas, req->addr, end)) {
		if (req->noreplace)
			return -EEXIST;
		unmap_range(c, req->addr, end);
	}
	return (long)req->addr;
}

/* Private memory that could never be filled is refused at once. */
static bool is_hopeless(const struct map_request *req)
{
	return (req->flags & VMA_WRITE) && !(req->flags & VMA_SHARED) &&
	       req->length >> PAGE_SHIFT > pages_total();
}

static int check_request(const struct map_request *req)
{
	if (req->length == 0)
		return -EINVAL;
	if (!is_aligned(req->length, PAGE_SIZE) || req->length > USER_END ||
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

static void vma_fill(struct vma *vma, struct mm *mm,
		     const struct map_request *req, vaddr_t start)
{
	vma->start = start;
	vma->end = start + req->length;
	vma->flags = req->flags;
	vma->has_anon = false;
	vma->mm = mm;
	vma->mapping = req->mapping;
	vma->offset = req->mapping == NULL ? 0 : req->offset;
	vma->file = req->file;
	vma_get_backing(vma);
}

static long map_backed(struct mm *mm, const struct map_request *req)
{
	struct change c;
	long at;

	/* One VMA to make, one in case a hole is made for it. */
	if (!change_begin(&c, mm, 2))
		return -ENOMEM;
	at = place(&c, req);
	if (at > 0) {
		struct vma *vma = change_take_vma(&c);

		vma_fill(vma, mm, req, (vaddr_t)at);
		change_insert(&c, vma);
	}
	change_end(&c);
	return at;
}

/* Shared anonymous memory: the object is made here, and lives as long as
 * somebody maps it. */
static long map_shared_memory(struct mm *mm, const struct map_request *req)
{
	struct map_request backed = *req;
	struct mapping *memory = mapping_create_shared(req->length);

	if (memory == NULL)
		return -ENOMEM;
	backed.mapping = memory;
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
	if ((req->flags & VMA_SHARED) && req->mapping == NULL)
		at = map_shared_memory(mm, req);
	else
		at = map_backed(mm, req);
	if (at > 0 && req->populate)
		(void)mm_populate(mm, (vaddr_t)at, req->length);
	return at;
}

/* ---- the heap ---- */

static bool heap_grow(struct change *c, vaddr_t start, vaddr_t end)
{
	const struct map_request req = {
		.addr = start,
		.length = end - start,
		.flags = VMA_READ | VMA_WRITE | VMA_HEAP,
	};

	if (end > USER_END || is_hopeless(&req) ||
	    !vma_range_is_free(&c->mm->vmas, start, end))
		return false;

	struct vma *vma = change_take_vma(c);

	vma_fill(vma, c->mm, &req, start);
	change_insert(c, vma);
	return true;
}

long mm_brk(struct mm *mm, vaddr_t end)
{
	struct change c;

	if (!change_begin(&c, mm, 1))
		return (long)READ_ONCE(mm->heap_end);

	vaddr_t old = align_up(mm->heap_end, PAGE_SIZE);
	vaddr_t new = align_up(end, PAGE_SIZE);
	bool ok = end >= mm->heap_start && end <= USER_END;

	if (ok && new > old)
		ok = heap_grow(&c, old, new);
	else if (ok && new < old)
		unmap_range(&c, new, old);
	if (ok)
		mm->heap_end = end;
	end = mm->heap_end;
	change_end(&c);
	return (long)end;
}
