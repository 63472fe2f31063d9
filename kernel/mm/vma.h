#pragma once

/*
 * mm/vma.h - a range of user addresses with one set of rights, and the
 * balanced tree of them.  Pure data structure: no locks, no page tables.
 */

#include "arch/pte.h"
#include "lib/avl.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/lockclass.h"

struct pagecache;
struct mm;
struct file;
struct userfault;

enum vma_flags {
	VMA_READ = 1,
	VMA_WRITE = 2,
	VMA_EXEC = 4,
	VMA_SHARED = 8,
	VMA_GROWSDOWN = 16, /* a stack: grows when touched just below */
	VMA_HEAP = 32,      /* for /proc/PID/maps */
	VMA_STACK = 64,
	VMA_DENY_WRITE = 128, /* shared, of a file not open for writing */
	VMA_LOCKED = 256,   /* by mlock(): lock.c */
	VMA_NORESERVE = 512, /* promises more than there may be: mm/limits.h */
	VMA_DONTDUMP = 1024, /* no core shows it: MADV_DONTDUMP */
};

#define VMA_RIGHTS (VMA_READ | VMA_WRITE | VMA_EXEC)

/*
 *	(m)	the mm's map_sem, exclusive to write
 *	(mu)	and while it is on the list of a page cache, where it is found
 *		too, users_lock to write, either to read
 *	(c)	constant once it is in the tree
 *	(a)	atomic
 */
struct vma {
	struct avl_node node;     /* (m) */
	vaddr_t start, end;       /* (mu) page aligned, not empty */
	uint64_t max_gap;         /* (m) largest hole left of a vma in this subtree */
	vaddr_t prev_end;         /* (m) end of the vma before, 0 for the first */
	unsigned flags;           /* (m) enum vma_flags; change by vma_set_flags() */
	uint64_t pte_flags;       /* (m) of an entry of a page that others have too */
	uint64_t pte_own_flags;   /* (m) of one whose page is exclusive */
	bool has_anon;            /* (a) may map anonymous pages: faults set it */
	struct mm *mm;            /* (c) */
	struct pagecache *pagecache;  /* (c) NULL: anonymous */
	uint64_t offset;          /* (mu) of start in the page cache, bytes */
	struct file *file;        /* (c) what /proc shows; NULL for shared memory */
	struct userfault *userfault;  /* (m) asked for missing pages; NULL: nobody */
	struct list cache_link GUARDED_BY(C_mappers);
};

static inline bool vma_is_shared(const struct vma *vma)
{
	return vma->flags & VMA_SHARED;
}

/* Private memory that can be written and is no stack. */
static inline bool vma_flags_are_data(unsigned flags)
{
	return (flags & (VMA_WRITE | VMA_SHARED | VMA_GROWSDOWN)) == VMA_WRITE;
}

/* Set the flags and the bits of entries that follow from them. */
void vma_set_flags(struct vma *vma, unsigned flags);

struct vma_tree {
	struct avl_root root;
	unsigned count;
};

void vma_tree_init(struct vma_tree *tree);
/* The vma that contains @addr or, failing that, the first one above. */
static inline struct vma *vma_find(const struct vma_tree *tree, vaddr_t addr)
{
	struct avl_node *node = tree->root.node;
	struct vma *found = NULL;

	while (node != NULL) {
		struct vma *vma = avl_entry(node, struct vma, node);

		if (addr >= vma->end) {
			node = node->right;
			continue;
		}
		found = vma;
		if (addr >= vma->start)
			break;
		node = node->left;
	}
	return found;
}

/* The last vma that begins below @addr, and the first that does not; either
 * may be NULL. */
void vma_neighbours(const struct vma_tree *tree, vaddr_t addr,
		    struct vma **below, struct vma **above);
struct vma *vma_first(const struct vma_tree *tree);
struct vma *vma_next(const struct vma *vma);
struct vma *vma_prev(const struct vma *vma);

/* vma_next(), if it begins below @end. */
static inline struct vma *vma_next_below(const struct vma *vma, vaddr_t end)
{
	struct vma *next = vma->end < end ? vma_next(vma) : NULL;

	return next != NULL && next->start < end ? next : NULL;
}

/* @vma's range must be free. */
void vma_insert(struct vma_tree *tree, struct vma *vma);
void vma_remove(struct vma_tree *tree, struct vma *vma);
/* Change a vma's bounds in place; the new range is free or its own. */
void vma_resize(struct vma_tree *tree, struct vma *vma, vaddr_t start,
		vaddr_t end);
/* @vma ends at @at, which lies inside; the rest of it becomes @upper. */
void vma_split(struct vma_tree *tree, struct vma *vma, vaddr_t at,
	       struct vma *upper);
/* How many VMAs come to @vma when what it has in [start, end) is to stand
 * alone. */
static inline unsigned vma_splits(const struct vma *vma, vaddr_t start,
				  vaddr_t end)
{
	return (vma->start < start) + (vma->end > end);
}
/* @vma takes over the range of @next, which begins where it ends. */
void vma_join(struct vma_tree *tree, struct vma *vma, struct vma *next);
/*
 * Make @to, an empty tree, a copy of @from.  @copy returns a copy of a vma,
 * or NULL: then the result is false, and @to holds what there is so far, good
 * only for vma_next() and to be thrown away.
 */
bool vma_tree_clone(struct vma_tree *to, const struct vma_tree *from,
		    struct vma *(*copy)(struct vma *vma, void *ctx), void *ctx);
/* Highest free range of @size bytes in [low, high), or 0: O(log n). */
vaddr_t vma_find_gap(const struct vma_tree *tree, uint64_t size, vaddr_t low,
		     vaddr_t high);
/* Nothing is mapped in [start, end). */
bool vma_range_is_free(const struct vma_tree *tree, vaddr_t start, vaddr_t end);
/* @next may be joined to @prev: adjacent, same rights, contiguous backing. */
bool vma_can_merge(const struct vma *prev, const struct vma *next);

/* A VMA keeps the file that it maps, for its name in /proc; what a file is,
 * the next layer knows. */
void file_get(struct file *file);            /* upcall */
void file_put(struct file *file);            /* upcall */
/* Somebody stores into @file through a mapping. */
void file_was_written(struct file *file);    /* upcall */
