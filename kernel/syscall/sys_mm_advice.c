/*
 * syscall/sys_mm_advice.c - the calls that say what a program expects of its pages,
 * ask which are there, and have them written.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/map.h"
#include "mm/uaccess.h"
#include "mm/vma.h"
#include "syscall/mm_args.h"
#include "vfs/file.h"

/* ---- advice ---- */

/* Is @advice a hint that may be taken or not?  Doing nothing is right. */
static bool is_hint(unsigned long advice)
{
	switch (advice) {
	case 0:  /* MADV_NORMAL */
	case 1:  /* MADV_RANDOM */
	case 2:  /* MADV_SEQUENTIAL */
	case 3:  /* MADV_WILLNEED */
	case 12: /* MADV_MERGEABLE */
	case 13: /* MADV_UNMERGEABLE */
	case 14: /* MADV_HUGEPAGE */
	case 15: /* MADV_NOHUGEPAGE */
		return true;
	default:
		return false;
	}
}

#define MADV_DONTNEED 4
#define MADV_FREE 8
#define MADV_DONTDUMP 16
#define MADV_DODUMP 17
#define MADV_COLD 20
#define MADV_PAGEOUT 21

static int any_mapping(const struct vma *vma UNUSED)
{
	return 0;
}

static int not_locked(const struct vma *vma)
{
	return vma->flags & VMA_LOCKED ? -EINVAL : 0;
}

static int not_locked_nor_shared(const struct vma *vma)
{
	return vma->pagecache != NULL ? -EINVAL : not_locked(vma);
}

/* Who may be given the advice; NULL: there is no such advice.  That the pages
 * stay all the same is allowed. */
static int (*who_takes(unsigned long advice))(const struct vma *vma)
{
	switch (advice) {
	case MADV_FREE:
		return not_locked_nor_shared;
	case MADV_COLD:
	case MADV_PAGEOUT:
		return not_locked;
	case MADV_DONTNEED:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
		return any_mapping;
	default:
		return is_hint(advice) ? any_mapping : NULL;
	}
}

static int take_advice(struct mm *mm, vaddr_t start, uint64_t length,
		       unsigned long advice)
{
	switch (advice) {
	case MADV_DONTNEED:
		return mm_discard(mm, start, length);
	case MADV_DONTDUMP:
	case MADV_DODUMP:
		return mm_mark(mm, start, length,
			       &(struct vma_mark){ VMA_DONTDUMP,
						   advice == MADV_DONTDUMP,
						   false });
	default:
		return mm_ask(mm, start, length, who_takes(advice));
	}
}

/*
 * LACKS madvise: `MADV_FREE`, `MADV_COLD` and `MADV_PAGEOUT` free nothing;
 * `MADV_REMOVE`, `MADV_DONTFORK`,
 * `MADV_WIPEONFORK`, `MADV_POPULATE_READ`, `MADV_POPULATE_WRITE`,
 * `MADV_DONTNEED_LOCKED`, `MADV_COLLAPSE` and `MADV_HWPOISON` are `EINVAL`.
 */
SYSCALL_3(madvise, start, length, advice)
{
	bool any = length != 0;

	if (who_takes(advice) == NULL)
		return -EINVAL;
	if (!is_aligned(start, PAGE_SIZE) || !round_range(start, &length) ||
	    (any && length == 0))
		return -EINVAL;
	return length == 0 ? 0 :
		       take_advice(current_mm(), start, length, advice);
}

/* ---- msync ---- */

#define MS_ASYNC 1UL
#define MS_INVALIDATE 2UL
#define MS_SYNC 4UL

static int busy_if_locked(const struct vma *vma)
{
	return vma->flags & VMA_LOCKED ? -EBUSY : 0;
}

/* Each file as a whole, without map_sem: to write takes long.  One that nobody
 * keeps has nothing to be written. */
static long sync_mapped(vaddr_t start, vaddr_t end)
{
	struct file *f;
	long err = 0;

	while (err == 0 && start < end &&
	       (f = mm_next_shared_file(current_mm(), &start, end)) != NULL) {
		err = file_sync(f);
		file_put(f);
		if (err == -EINVAL)
			err = 0;
		if (err == 0 && !block_go_on())
			err = -EINTR;
	}
	return err;
}

/* Mappings and files share their pages: only what is behind these is to be told
 * of what was stored. */
SYSCALL_3(msync, start, length, flags)
{
	long err;

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)) ||
	    !is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	if (!round_range(start, &length))
		return -ENOMEM;
	err = mm_ask(current_mm(), start, length,
		     flags & MS_INVALIDATE ? busy_if_locked : any_mapping);
	if ((err == 0 || err == -ENOMEM) && (flags & MS_SYNC)) {
		long synced = sync_mapped(start, start + length);

		err = err != 0 ? err : synced;
	}
	return err;
}

/* ---- mincore ---- */

#define MINCORE_CHUNK 256UL /* pages at a time */

SYSCALL_3(mincore, start, length, vec)
{
	uint8_t resident[MINCORE_CHUNK];

	if (!is_aligned(start, PAGE_SIZE))
		return -EINVAL;
	if (!get_range(start, &length))
		return -ENOMEM;
	while (length > 0) {
		uint64_t part = min(length, MINCORE_CHUNK * PAGE_SIZE);
		int err = mm_resident(current_mm(), start, part, resident);

		if (err != 0)
			return err;
		if (copy_to_user(vec, resident, part >> PAGE_SHIFT) != 0)
			return -EFAULT;
		start += part;
		length -= part;
		vec += part >> PAGE_SHIFT;
		cond_resched();
	}
	return 0;
}
