#pragma once

/*
 * mm/mm.h - user address spaces: the interface of mm/.
 *
 * Threads share one; fork copies it lazily (mm/fork.c); faults fill it
 * (mm/fault.c).  docs/locking.md and docs/architecture.md tell the story.
 */

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/pte.h"
#include "arch/tlb.h"
#include "arch/trap.h"
#include "lib/types.h"
#include "mm/vma.h"
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
	struct vma_tree vmas GUARDED_BY(C_map);
	pte_t *root;               /* (c) root table; entries: pagetable.h */
	uint64_t serial;           /* (c) mm_new_serial() */
	struct tlb_context tlb;    /* (a) arch/tlb.h */
	struct refcount users;     /* threads, processes, lookers-on */
	struct refcount grabbers;  /* of this struct; all users count as one */
	vaddr_t heap_start;        /* (e) */
	vaddr_t heap_end GUARDED_BY(C_map); /* what brk() moves */
	vaddr_t vdso;              /* (e) */
	vaddr_t stack_top;         /* (e) before all that it maps */
	vaddr_t arg_start, arg_end, env_end, auxv_at; /* (e) texts of /proc/PID */
	uint64_t stack_limit GUARDED_BY(C_map); /* bytes the stack may grow to */
	uint64_t total_pages GUARDED_BY(C_map); /* pages of all VMAs */
	uint64_t resident;         /* (a) user pages mapped */
	uint64_t peak;             /* (a) the most, when it last got less: mm_peak() */
	uint64_t nr_tables;        /* (a) page tables, but for the root */
	uint64_t nr_detached;      /* (a) those of them that are: tables.h */
	struct file *exe;          /* (e) for /proc/PID/exe */
	uint32_t membarriers;      /* (a) syscall/sys_membarrier.c */
	uint64_t cids;             /* (a) of its threads that run; ORDER mm-cid */
	bool dumpable;             /* (a) for its owner's eyes: proc/task/rights.h */
};

/* The mappings, to look at, and to change. */
static inline const struct vma_tree *mm_vmas(const struct mm *mm)
	REQUIRES_SHARED(C_map)
{
	return &mm->vmas;
}

static inline struct vma_tree *mm_vmas_exclusive(struct mm *mm) REQUIRES(C_map)
{
	return &mm->vmas;
}

/* It is about to have fewer pages; and the most that it ever had. */
void mm_note_peak(struct mm *mm);
uint64_t mm_peak(const struct mm *mm);

/* Nothing is mapped below. */
#define MM_LOWEST PAGE_SIZE
/* A stack keeps this far from the mapping below it. */
#define MM_STACK_GUARD (256 * PAGE_SIZE)

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
/* Pages that its end would free, about: what is mapped, page tables, VMAs.  As
 * they are now, no lock is needed. */
uint64_t mm_footprint(const struct mm *mm);
/* A copy-on-write copy (mm/fork.c) of the caller's @parent.  NULL: no memory. */
struct mm *mm_fork(struct mm *parent);

/* ---- mappings: sleeps, map_sem not held; return 0/address or -errno ---- */

/* Lengths are multiples of the page size, addresses page aligned. */
struct map_request {
	vaddr_t addr;            /* hint, or the address itself with fixed */
	uint64_t length;         /* bytes, rounded up by the caller */
	/* A reference is taken.  NULL: anonymous, with VMA_SHARED a new object */
	struct pagecache *pagecache;
	struct file *file;       /* may be NULL.  A reference is taken */
	uint64_t offset;
	unsigned flags;          /* enum vma_flags */
	bool fixed;              /* replace what is there */
	bool noreplace;          /* fixed, but -EEXIST if something is there */
	bool populate;
};

/* The address, or -ENOMEM, -EINVAL, -EEXIST (as a negative long). */
long mm_map(struct mm *mm, const struct map_request *req);
int mm_unmap(struct mm *mm, vaddr_t start, uint64_t length);
int mm_protect(struct mm *mm, vaddr_t start, uint64_t length, unsigned rights);
long mm_remap(struct mm *mm, vaddr_t old, uint64_t old_length,
	      uint64_t new_length, bool may_move, bool fixed, vaddr_t new_addr);
/* @length bytes of what is mapped shared at @start, from @offset on: 0, -EINVAL:
 * it is not one object without holes, -ENOMEM, -EPERM. */
long mm_repage(struct mm *mm, vaddr_t start, uint64_t length, uint64_t offset);
long mm_brk(struct mm *mm, vaddr_t end);  /* the new end, or the old one */
/* MADV_DONTNEED: -EINVAL: some of it is locked. */
int mm_discard(struct mm *mm, vaddr_t start, uint64_t length);
/*
 * Ask each VMA of the range: the first answer that is not 0, or -ENOMEM when
 * there is a hole, or 0.
 */
struct vma;
int mm_ask(struct mm *mm, vaddr_t start, uint64_t length,
	   int (*ask)(const struct vma *vma));
/*
 * The first file that is mapped shared in [*@at, @end), with a reference, and
 * *@at is behind that; NULL: there is none.
 */
struct file *mm_next_shared_file(struct mm *mm, vaddr_t *at, vaddr_t end);
/* A flag that mappings have or not, and that changes nothing about their entries.
 * -ENOMEM: there is a hole, and what lies behind it is marked or not; or no
 * memory, and nothing is. */
struct vma_mark {
	unsigned flag;
	bool on, ends_at_hole;
};
int mm_mark(struct mm *mm, vaddr_t start, uint64_t length,
	    const struct vma_mark *mark);
/* mlock() and munlock(): -ENOMEM: a hole, and only what lies before it is
 * (un)locked; or no memory, and nothing is. */
int mm_lock(struct mm *mm, vaddr_t start, uint64_t length, bool locked);
void mm_lock_all(struct mm *mm, bool locked);
/* How many pages are locked, when those of the range are, too. */
uint64_t mm_pages_locked_with(struct mm *mm, vaddr_t start, uint64_t length);
/* One byte per page: bit 0 set when resident.  @vec is kernel memory. */
int mm_resident(struct mm *mm, vaddr_t start, uint64_t length, uint8_t *vec);
int mm_populate(struct mm *mm, vaddr_t start, uint64_t length);

/* ---- faults ---- */

enum fault_result {
	FAULT_OK,       /* retry the access: something has changed since */
	FAULT_NOMAP,    /* SIGSEGV, SEGV_MAPERR */
	FAULT_ACCESS,   /* SIGSEGV, SEGV_ACCERR */
	FAULT_BEYOND,   /* SIGBUS, BUS_ADRERR: beyond the end of the file, or
			 * no room in its file system */
	FAULT_NOMEM,    /* the process is killed */
	FAULT_STACK,    /* of mm_fault_once() alone: a stack may grow to it */
	FAULT_SLEEPS,   /* of mm/ alone: who visits cannot answer it */
};

/*
 * Make @addr accessible for @access.  The caller may not hold map_sem.
 * Sleeps.  The only place where pages enter an address space.
 *
 * By @force whatever is mapped can be read, and a private mapping that is not
 * writable gets a page of its own on a write.
 *
 * In two parts: who still has the arguments when the first one fails, which is
 * rare, need not keep them in registers meanwhile.
 */
enum fault_result mm_fault_once(struct mm *mm, vaddr_t addr,
				enum access access, bool force);
/* As long as something can be done about @result, not FAULT_OK. */
enum fault_result mm_fault_again(struct mm *mm, vaddr_t addr,
				 enum access access, bool force,
				 enum fault_result result);

static inline enum fault_result mm_fault(struct mm *mm, vaddr_t addr,
					 enum access access, bool force)
{
	enum fault_result result = mm_fault_once(mm, addr, access, force);

	return likely(result == FAULT_OK) ?
		       FAULT_OK :
		       mm_fault_again(mm, addr, access, force, result);
}

/*
 * The page at @addr, with a reference, to be read later: as in a fork, nobody
 * writes to it in place any more.  NULL: it is not there, or not a private
 * page of @mm's own; then its bytes are to be copied.
 */
struct page *mm_share_page(struct mm *mm, vaddr_t addr); /* access.c */

/* A VMA keeps the file that it maps, for its name in /proc; what a file is,
 * the next layer knows. */
void file_get(struct file *file);            /* upcall */
void file_put(struct file *file);            /* upcall */
/* Somebody stores into @file through a mapping. */
void file_was_written(struct file *file);    /* upcall */
/* Remove the pages [first, last] (page numbers) of @m from every address
 * space; users_lock is taken inside. */
void mm_zap_pagecache(struct pagecache *m, uint64_t first, uint64_t last);
/* Whoever stores into page @index of @m has to fault first: clean.c. */
void mm_clean_pagecache(struct pagecache *m, uint64_t index);

void mm_init(void);
