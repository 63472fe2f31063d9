/*
 * mm/repage.c - remap_file_pages: other pages of what is mapped shared, in place
 * of those there are.
 */
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "sync/block.h"

static bool is_alike(const struct vma *a, const struct vma *b)
{
	return a->pagecache == b->pagecache && a->file == b->file &&
	       a->flags == b->flags;
}

/* From @first on there is one object, up to @end, without a hole. */
static bool is_one_object(const struct vma *first, vaddr_t end)
{
	vaddr_t at = first->end;

	for (const struct vma *vma = vma_next_below(first, end);
	     vma != NULL && vma->start == at && is_alike(vma, first);
	     vma = vma_next_below(vma, end)) {
		at = vma->end;
		cond_resched();
	}
	return at >= end;
}

/* What is mapped where @req is to be, with references: 0, or -EINVAL. */
static int look(struct mm *mm, struct map_request *req)
{
	const struct vma *vma;
	bool fits;

	map_share_over(mm, req->addr, req->addr + req->length);
	vma = vma_find(mm_vmas_at(mm, req->addr), req->addr);
	fits = vma != NULL && vma->start <= req->addr && vma_is_shared(vma) &&
	       is_one_object(vma, req->addr + req->length);
	if (fits) {
		vma_get_backing(vma);
		req->flags = vma->flags;
		req->pagecache = vma->pagecache;
		req->file = vma->file;
	}
	map_unshare_at(mm, req->addr);
	return fits ? 0 : -EINVAL;
}

/* It may have been unmapped since, and sealed: whoever could write asks anew. */
static long map(struct mm *mm, const struct map_request *req)
{
	long result;
	int err;

	if (req->flags & VMA_DENY_WRITE)
		return mm_map(mm, req);
	err = pagecache_begin_mapping(req->pagecache);
	if (err != 0)
		return err;
	result = mm_map(mm, req);
	pagecache_end_mapping(req->pagecache);
	return result;
}

long mm_repage(struct mm *mm, vaddr_t start, uint64_t length, uint64_t offset)
{
	struct map_request req = {
		.addr = start,
		.length = length,
		.offset = offset,
		.fixed = true,
		.populate = true,
	};
	long result = look(mm, &req);

	if (result != 0)
		return result;
	result = map(mm, &req);
	req.pagecache->ops->put(req.pagecache);
	if (req.file != NULL)
		file_put(req.file);
	return result < 0 ? result : 0;
}
