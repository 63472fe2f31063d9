#pragma once

/*
 * mm/mm.h - a user address space: what it is, and who keeps it.
 *
 * Threads share one; fork copies it lazily (mm/fork.c); calls map and unmap
 * (mm/map.h), faults fill it (mm/fault.h).  docs/locking.md and
 * docs/architecture.md tell the story.
 */

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/pte.h"
#include "arch/tlb.h"
#include "arch/trap.h"
#include "lib/types.h"
#include "mm/vma.h"
#include "mm/window.h"
#include "sync/refcount.h"
#include "sync/rwsem.h"

/*
 * Each field names the lock that protects it:
 *	(c)	constant from mm_create() until the last mm_put()
 *	(e)	set by exec or fork before others can see it, then constant
 *	(a)	atomic; a statistic or as its comment says
 */
struct mm {
	struct LOCK_OF(rwsem, map) map_sem; /* RANK_MAP_SEM */
	struct claims *claims;     /* (map_sem alone) to make them: claim.h */
	struct windows *windows;   /* (map_sem alone) to make them: window.h */
	struct vma_tree vmas GUARDED_BY(C_map);
	pte_t *root;               /* (c) root table; entries: pagetable.h */
	uint64_t serial;           /* (c) mm_new_serial() */
	struct tlb_context tlb;    /* (a) arch/tlb.h */
	struct refcount users;     /* threads, processes, lookers-on */
	struct refcount grabbers;  /* of this struct; all users count as one */
	vaddr_t heap_start;        /* (e) */
	vaddr_t heap_end GUARDED_BY(C_map); /* what brk() moves */
	vaddr_t vdso;              /* (a) where signals return by; mremap() moves it */
	vaddr_t stack_top;         /* (e) before all that it maps */
	vaddr_t arg_start, arg_end, env_end, auxv_at; /* (e) texts of /proc/PID */
	uint64_t stack_limit GUARDED_BY(C_map); /* bytes the stack may grow to */
	uint64_t total_pages GUARDED_BY(C_map); /* of all VMAs: mm_total_pages() */
	unsigned calm GUARDED_BY(C_map); /* until a window opens again: map.c */
	uint64_t resident;         /* (a) user pages mapped */
	uint64_t peak;             /* (a) the most, when it last got less: mm_peak() */
	uint64_t nr_tables;        /* (a) page tables, but for the root */
	uint64_t nr_detached;      /* (a) those of them that are: tables.h */
	struct file *exe;          /* (e) for /proc/PID/exe */
	uint32_t membarriers;      /* (a) syscall/sys_membarrier.c */
	uint64_t cids;             /* (a) of its threads that run; ORDER mm-cid */
	bool dumpable;             /* (a) for its owner's eyes: proc/task/rights.h */
	bool fills_new;            /* (a) as mm_lock_new() said */
	unsigned new_flags;        /* (a) the same, VMA_LOCKED or 0 */
};

/* The mappings, to look at, and to change; without those in open windows. */
static inline const struct vma_tree *mm_vmas(const struct mm *mm)
	REQUIRES_SHARED(C_map)
{
	return &mm->vmas;
}

static inline struct vma_tree *mm_vmas_exclusive(struct mm *mm) REQUIRES(C_map)
{
	return &mm->vmas;
}

/* How many VMAs there are, and pages of theirs: a snapshot. */
unsigned mm_nr_vmas(const struct mm *mm);
uint64_t mm_total_pages(const struct mm *mm);

/* The mm of the running thread, NULL in a kernel thread. */
static inline struct mm *current_mm(void)
{
	return hart_self()->current->mm;
}

/* A number that no address space or page cache has, had or will have. */
uint64_t mm_new_serial(void);
/*
 * NULL: no memory.  What exec has to set is MM_UNSET, which is no address, so
 * that what is read too early is not taken for one; mm_is_complete() says that
 * nothing is left of it.
 */
#define MM_UNSET 0x5a5a5a5a5a5a5a5aUL
struct mm *mm_create(void);
bool mm_is_complete(const struct mm *mm);
void mm_get(struct mm *mm);
/* May sleep.  Nobody runs @mm when the last reference goes. */
void mm_put(struct mm *mm);
/* Not the memory, but the struct stays: mm_try_get() may be asked. */
void mm_grab(struct mm *mm);
void mm_drop(struct mm *mm);
/* False: it is not used any more, nothing is mapped. */
bool mm_try_get(struct mm *mm);
/* A copy-on-write copy (mm/fork.c) of the caller's @parent.  NULL: no memory. */
struct mm *mm_fork(struct mm *parent);

void mm_init(void);
