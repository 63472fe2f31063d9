#pragma once

/*
 * arch/tlb.h - making harts forget stale translations.
 *
 * A hart may go on using a translation after the entry in memory has
 * changed, until it executes SFENCE.VMA for it.  Whoever takes a mapping or
 * a right away therefore does three things, in this order:
 *
 *	1. change the entry	under the lock of its table
 *	2. tlb_shootdown()	returns when no hart can use the old entry
 *	3. drop the page	never before 2 has returned
 *
 * mm/gather.h packages the three for ranges.  Granting a right, or filling
 * an empty entry, needs none of it: a hart that still holds the old state
 * takes one spurious fault, and the fault handler fences locally.
 *
 * The protocol (docs/locking.md, "Shootdown"): each address space has a
 * generation, raised by every change that must be forgotten, the set of
 * harts that run it now, and for each hart the generation it last flushed
 * at.  A hart that enters compares and flushes if it is behind, so only the
 * harts in the set are interrupted; idle and foreign ones cost nothing.
 *
 * A hart that turns to a kernel thread or goes idle keeps satp as it is, for
 * it often comes back to the same program.  It is in `loaded` then but not
 * in `running`: nothing on it uses a user address, only the hardware's
 * walker might still read the tables ahead.  So it is interrupted, and made
 * to let go, before a page table is freed (tlb_shootdown_tables(),
 * tlb_context_destroy()).
 *
 * An address space has an ASID of its own while it lives, so entering needs
 * no fence unless the hart is behind.  On a machine without ASIDs every
 * change of satp fences.
 */

#include "arch/hart.h"
#include "debug/shadow.h"
#include "debug/shadow_code.h"
#include "lib/hartmask.h"
#include "lib/types.h"

/* What arch knows about an address space; embedded in struct mm. */
struct tlb_context {
	uint64_t satp;            /* (c) what satp holds while it is entered */
	uint16_t asid;            /* (c) 0: this machine has none */
	uint64_t gen;             /* (a) from 1; ORDER tlb-gen */
	struct hartmask running;  /* (a) harts that run it; ORDER tlb-active */
	struct hartmask loaded;   /* (a) harts whose satp is ours; a superset */
	struct hartmask stale;    /* (a) harts that owe FENCE.I; ORDER icache-stale */
	uint64_t seen[MAX_HARTS]; /* (a) gen each hart last flushed at; ORDER tlb-ack */
#if LAB
	struct shadow_space shadow; /* debug/shadow.h */
	struct shadow_code shadow_code;
#endif
};

/* For debug/shadow.h. */
#if LAB
#define tlb_shadow(ctx) (&(ctx)->shadow)
#else
#define tlb_shadow(ctx) ((void)sizeof(ctx), (struct shadow_space *)NULL)
#endif

/* Why a fence is executed; each has its counter fence_*. */
enum fence_reason {
	FENCE_SPURIOUS, /* a fault found nothing wrong with the entry */
	FENCE_COW,      /* a COW copy replaced the frame */
	FENCE_UNMAP,
	FENCE_PROTECT,
	FENCE_FORK,
};

/* @root: physical address of the root table.  -EAGAIN: no ASID is free. */
int tlb_context_init(struct tlb_context *ctx, paddr_t root);
/* Nobody runs @ctx any more, nor will.  Afterwards no satp holds it, and its
 * tables may be freed.  Context: as tlb_shootdown(). */
void tlb_context_destroy(struct tlb_context *ctx);

/*
 * Run @ctx on this hart from now on; NULL: no address space, a thread of the
 * kernel comes.  Interrupts off.  Does nothing when @ctx is entered.
 */
void tlb_enter(struct tlb_context *ctx);

/* This hart, which runs no address space, leaves: satp holds none either, so
 * no shootdown waits for it from now on.  Interrupts off. */
void tlb_leave(void);

/* The root table that this hart's satp holds. */
paddr_t tlb_root(void);

/* This hart forgets @va of the space it runs. */
void tlb_flush_local_page(vaddr_t va, enum fence_reason why);

/*
 * When it returns no hart uses a translation of @ctx in [start, end) that
 * was made from an entry as it was before the call.
 *
 * Context: interrupts on, no irqsave lock held (it waits for acks, and the
 * hart it waits for may be waiting for ours).  Leaf page-table locks and
 * sleeping locks may be held.
 */
void tlb_shootdown(struct tlb_context *ctx, vaddr_t start, vaddr_t end,
		   enum fence_reason why);
/* The same, and no hart's walker reads tables unhooked before the call. */
void tlb_shootdown_tables(struct tlb_context *ctx, vaddr_t start, vaddr_t end,
			  enum fence_reason why);

/* The handler of IPI_TLB; also called by ipi_poll().  Interrupts off. */
void tlb_serve_shootdown(void);

extern bool tlb_by_firmware; /* (c) after boot */
/* tlb=rfence on the command line: let the firmware fence remote harts. */
void tlb_use_firmware(void);
/* asids=off: as on a hart that implements none.  Before the kernel's table. */
void tlb_use_no_asids(void);
