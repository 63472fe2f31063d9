/*
 * arch/riscv/tlb.c - the shootdown protocol of arch/tlb.h.
 *
 * Three orderings carry it.
 *
 * tlb-active: who must be interrupted.  Store buffering: a hart that enters
 * sets its bit in `running` and then reads `gen` and walks the tables; the
 * initiator changes entries, raises `gen` and then reads `running`.  With a
 * full fence on both sides at least one sees the other: the initiator finds
 * the bit and interrupts, or the hart finds the new `gen` and flushes.
 *
 * tlb-gen: what a flush is worth.  A hart reads `gen` (acquire), executes
 * SFENCE.VMA, and records the value it read.  The entries changed before
 * that raise of `gen` (release) are visible to it then, and SFENCE.VMA orders
 * what is visible before its later walks.
 *
 * tlb-ack: when the initiator may go on.  A hart records its `seen` (release)
 * after the SFENCE.VMA, or clears its bit (release) when it stops running the
 * address space; the initiator reads either (acquire).  Whatever the hart did
 * through an old translation came before, so the page may be given away.
 *
 * `seen` is written by its own hart with interrupts off only, so it never
 * goes back.  (tlb_firmware.c says what is different there.)
 *
 * One SFENCE.VMA costs as much as thousands of instructions on QEMU, whatever
 * its operands; so the whole address space is forgotten at once, but for the
 * common case of a single page.
 */

#include "arch/tlb.h"

#include "arch/barrier.h"
#include "arch/icache.h"
#include "arch/pte.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/tlb_internal.h"
#include "debug/lockdep/lockdep.h"
#include "debug/lockwatch.h"
#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"

/*
 * `seen` is 0 and `gen` 1: each hart's first entry flushes what the last
 * owner of the ASID left, and orders the new tables before the first walk.
 */
int tlb_context_init(struct tlb_context *ctx, paddr_t root)
{
	int asid = asid_alloc();

	if (asid < 0)
		return asid;
	*ctx = (struct tlb_context){
		.satp = (kernel_satp & SATP_MODE_MASK) |
			(uint64_t)asid << SATP_ASID_SHIFT | root >> PAGE_SHIFT,
		.asid = asid,
		.gen = 1,
	};
	shadow_begin(tlb_shadow(ctx), ctx->asid);
	return 0;
}

/* ---- this hart ---- */

/* The counters stand in the order of the reasons. */
_Static_assert(COUNT_fence_spurious + FENCE_COW == COUNT_fence_cow &&
	       COUNT_fence_spurious + FENCE_UNMAP == COUNT_fence_unmap &&
	       COUNT_fence_spurious + FENCE_PROTECT == COUNT_fence_protect &&
	       COUNT_fence_spurious + FENCE_FORK == COUNT_fence_fork,
	       "enum fence_reason and counters.def agree");

static inline void count_fence(enum fence_reason why)
{
	uint64_t *counters = hart_self()->counters;

	atomic_fetch_add_relaxed(&counters[COUNT_fence_spurious + why], 1UL);
}

/*
 * Forget everything that changed before @ctx's present generation.  False,
 * without a fence, when this hart has done so already.  Interrupts off.
 */
static bool catch_up(struct tlb_context *ctx)
{
	uint64_t *seen = &ctx->seen[hart_id()];
	/* ORDER tlb-gen, flushing side; the other is in shootdown(). */
	uint64_t gen = load_acquire(&ctx->gen);

	if (*seen == gen)
		return false;
	uint64_t mark = shadow_mark(tlb_shadow(ctx));

	sfence_vma_asid(ctx->asid);
	trace(flush, ctx->asid, gen);
	shadow_flushed(tlb_shadow(ctx), mark);
	/* ORDER tlb-ack, flushing side; the other is in wait_for(). */
	store_release(seen, gen);
	return true;
}

/* satp holds @ctx no longer (what it holds instead is in place already). */
static void let_go(struct tlb_context *ctx, unsigned self)
{
	shadow_leave(tlb_shadow(ctx));
	/*
	 * ORDER tlb-ack, leaving side; the other is in wait_for().  What this
	 * hart did as a part of the address space is done.
	 */
	smp_mb();
	hartmask_clear_atomic(&ctx->running, self);
	hartmask_clear_atomic(&ctx->loaded, self);
}

/* A thread of the kernel comes: satp may stay. */
static void stop_running(struct tlb_context *ctx)
{
	shadow_pause(tlb_shadow(ctx));
	/* ORDER tlb-ack, pausing side; the other is in wait_for(). */
	smp_mb();
	hartmask_clear_atomic(&ctx->running, hart_id());
}

static void load_satp(struct tlb_context *ctx)
{
	struct hart *self = hart_self();
	struct tlb_context *old = self->tlb;

	csr_write(satp, ctx != NULL ? ctx->satp : kernel_satp);
	count(satp_writes);
	self->tlb = ctx;
	if (!asids_exist()) {
		sfence_vma_asid(0);
		count(fence_enter);
	}
	if (old != NULL)
		let_go(old, self->id);
}

/* What this hart has run until now, if it has. */
static void check_code(const struct hart *self)
{
	const struct tlb_context *ctx = self->tlb;

	if (LAB && ctx != NULL &&
	    hartmask_has(hartmask_read(&ctx->running), self->id))
		shadow_code_check(shadow_code_of(ctx));
}

void tlb_enter(struct tlb_context *ctx)
{
	struct hart *self = hart_self();
	const unsigned id = self->id;

	check_code(self);
	if (ctx == NULL) {
		if (self->tlb != NULL)
			stop_running(self->tlb);
		return;
	}
	if (self->tlb != ctx)
		hartmask_set_atomic(&ctx->loaded, id);
	else if (hartmask_has(hartmask_read(&ctx->running), id))
		return;
	hartmask_set_atomic(&ctx->running, id);
	/*
	 * ORDER tlb-active, entering side; the other is in shootdown().
	 * The bits are set before the generation is read and tables walked.
	 *
	 * ORDER membarrier, entering side; the other is fence_process().
	 * They are set before the program reads.
	 *
	 * ORDER icache-stale, entering side; the other is in icache_sync().
	 */
	smp_mb();
	if (self->tlb != ctx)
		load_satp(ctx);
	if (catch_up(ctx))
		count(fence_enter);
	icache_catch_up(ctx);
	shadow_enter(tlb_shadow(ctx));
	check_code(self);
	race_point(space_entered, ctx);
}

/* A table that is freed while the hart is away is out of its satp. */
void tlb_leave(void)
{
	if (hart_self()->tlb != NULL)
		load_satp(NULL);
}

paddr_t tlb_root(void)
{
	return csr_read(satp) << PAGE_SHIFT & GENMASK(55, PAGE_SHIFT);
}

void tlb_flush_local_page(vaddr_t va, enum fence_reason why)
{
	unsigned long irq = irq_save();
	const struct tlb_context *ctx = hart_self()->tlb;

	sfence_vma_page(va, ctx != NULL ? ctx->asid : 0);
	count_fence(why);
	irq_restore(irq);
}

void tlb_serve_shootdown(void)
{
	struct hart *self = hart_self();
	struct tlb_context *ctx = self->tlb;

	if (ctx == NULL)
		return;
	if (!hartmask_has(hartmask_read(&ctx->running), self->id))
		load_satp(NULL);
	else if (catch_up(ctx))
		count(fence_remote);
	else
		count(flushes_saved);
}

/* ---- the initiator ---- */

/*
 * This hart's own part.  One page may be forgotten alone, but then nothing
 * else may be owed: a generation stands for all before it.
 */
static inline void flush_self(const struct shootdown *s)
{
	unsigned long irq = irq_save();
	uint64_t *seen = &s->ctx->seen[hart_id()];

	if (hart_self()->tlb == s->ctx) {
		if (s->end - s->start == PAGE_SIZE && *seen == s->gen - 1) {
			sfence_vma_page(s->start, s->ctx->asid);
			shadow_flushed_range(tlb_shadow(s->ctx), hart_id(),
					     s->start, s->end);
			/* ORDER tlb-ack, own side; the other is in wait_for(). */
			store_release(seen, s->gen);
			count_fence(s->why);
		} else if (catch_up(s->ctx)) {
			count_fence(s->why);
		}
	}
	irq_restore(irq);
}

/* Hart @h uses nothing that is older than this shootdown. */
static bool has_seen(const struct shootdown *s, unsigned h)
{
	/* ORDER tlb-ack, waiting side; the other is catch_up() or let_go(). */
	return load_acquire(&s->ctx->seen[h]) >= s->gen ||
	       !(load_acquire(&s->mask->bits) & BIT(h));
}

static void wait_for(const struct shootdown *s, struct hartmask targets)
{
	unsigned h;

	for_each_hart(h, targets) {
		struct lockwatch watch = lockwatch_begin_ack(h);

		while (!has_seen(s, h)) {
			spin_pause();
			lockwatch_tick(&watch);
		}
		lockwatch_end(&watch);
	}
}

/* Those of @targets that have not flushed by themselves meanwhile. */
static struct hartmask who_is_behind(const struct shootdown *s,
				     struct hartmask targets)
{
	struct hartmask behind = HARTMASK_NONE;
	unsigned h;

	for_each_hart(h, targets) {
		/* ORDER tlb-ack, early side; the other is in catch_up(). */
		if (load_acquire(&s->ctx->seen[h]) < s->gen)
			hartmask_add(&behind, h);
		else
			count(flushes_saved);
	}
	return behind;
}

/* The other harts' part, and this one's while they do theirs. */
static void ask_and_wait(const struct shootdown *s, struct hartmask targets)
{
	unsigned h;

	for_each_hart(h, targets)
		ipi_send(h, IPI_TLB);
	flush_self(s);
	wait_for(s, targets);
}

static NOINLINE void shoot_others(const struct shootdown *s,
				  struct hartmask targets)
{
	race_point(shootdown_begun, s->ctx);
	targets = who_is_behind(s, targets);
	if (hartmask_is_empty(targets)) {
		flush_self(s);
		return;
	}
	trace(shoot, s->start | min((s->end - s->start) >> PAGE_SHIFT,
				    PAGE_SIZE - 1), targets.bits);
	if (tlb_by_firmware) {
		tlb_fence_by_firmware(s, targets);
		flush_self(s);
	} else {
		ask_and_wait(s, targets);
	}
	count(shootdowns);
	count_many(shootdown_harts, hartmask_count(targets));
	trace(shoot_end, s->ctx->asid, s->gen);
}

/* @s is complete but for its generation. */
static inline void shootdown(struct shootdown s)
{
	struct hartmask targets;
	uint64_t mark = shadow_mark(tlb_shadow(s.ctx));

	lab_assert(irq_enabled());
	lockdep_flushes();
	/*
	 * ORDER tlb-gen, raising side; the other is in catch_up().
	 * ORDER tlb-active, shootdown side; the other is in tlb_enter().
	 * A full fence both ways: the entries change before the raise, and
	 * the mask is read after it.  It is read with acquire, since a bit
	 * that is clear is an ack as well (tlb-ack).
	 */
	s.gen = atomic_fetch_add_full(&s.ctx->gen, 1) + 1;
	targets.bits = load_acquire(&s.mask->bits);
	targets = hartmask_but(targets, hart_id());
	if (hartmask_is_empty(targets)) {
		flush_self(&s);
	} else {
		/* A copy: without others @s stays in registers. */
		const struct shootdown shared = s;

		shoot_others(&shared, targets);
	}
	shadow_shot_down(tlb_shadow(s.ctx), s.start, s.end, mark);
}

void tlb_shootdown(struct tlb_context *ctx, vaddr_t start, vaddr_t end,
		   enum fence_reason why)
{
	shootdown((struct shootdown){ ctx, &ctx->running, start, end, why, 0 });
}

void tlb_shootdown_tables(struct tlb_context *ctx, vaddr_t start, vaddr_t end,
			  enum fence_reason why)
{
	shootdown((struct shootdown){ ctx, &ctx->loaded, start, end, why, 0 });
}

/* I6: satp never points at a freed root. */
static void check_no_satp(const struct tlb_context *ctx)
{
	if (!LAB)
		return;
	for_each_present_hart(h)
		if (READ_ONCE(harts[h].tlb) == ctx)
			panic("hart %u keeps a dead address space in satp", h);
}

void tlb_context_destroy(struct tlb_context *ctx)
{
	unsigned long irq = irq_save();
	unsigned h;

	assert(hartmask_is_empty(
		hartmask_but(hartmask_read(&ctx->running), hart_id())));
	if (hart_self()->tlb == ctx)
		load_satp(NULL);
	irq_restore(irq);

	struct hartmask idle = hartmask_read(&ctx->loaded);

	for_each_hart(h, idle)
		ipi_send(h, IPI_TLB);
	/* ORDER tlb-ack, destroying side; the other is in let_go(). */
	spin_until(load_acquire(&ctx->loaded.bits) == 0);
	check_no_satp(ctx);
	shadow_end(tlb_shadow(ctx));
	asid_free(ctx->asid);
}
