/*
 * arch/riscv/icache.c - see arch/icache.h.
 *
 * What carries icache_sync() is icache-stale.  Store buffering: who has written
 * code puts every hart into `stale` and then reads `running`; a hart that
 * enters sets its bit in `running` and then reads `stale` (tlb_enter()).  With a full
 * fence on both sides at least one sees the other: the writer finds the bit and
 * interrupts, or the hart finds that it is stale.
 *
 * The interrupt is that of arch/fence.h, and so is the ack: many who ask at
 * once share it.  A bit cannot be the ack, for it is cleared before FENCE.I.
 */
#include "arch/icache.h"

#include "arch/barrier.h"
#include "arch/fence.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "arch/tlb.h"
#include "debug/race.h"

#define MASK_BITS 64

static inline void fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

/* Those of @harts whose numbers lie within a mask that begins at the first. */
static void fence_some(struct hartmask *rest)
{
	uint64_t base = harts[hartmask_first(*rest)].hartid, mask = 0;
	unsigned h;

	for_each_hart(h, *rest) {
		uint64_t bit = harts[h].hartid - base;

		if (bit >= MASK_BITS)
			continue;
		mask |= BIT(bit);
		hartmask_remove(rest, h);
	}
	sbi_remote_fence_i(mask, base);
}

/* One that has left begins by fetching anew when it comes back. */
static void fence_others(void)
{
	struct hartmask kept = harts_keep(hartmask_but(harts_online(), hart_id()));
	struct hartmask rest = kept;

	while (!hartmask_is_empty(rest))
		fence_some(&rest);
	harts_let_go(kept);
}

void icache_sync_all(void)
{
	fence_i();
	/*
	 * ORDER icache-sync, writing side; the other is in
	 * sbi_remote_fence_i().  Our stores come before the FENCE.I of the
	 * others, which the firmware makes them execute.
	 */
	smp_mb();
	fence_others();
}

void icache_catch_up(struct tlb_context *ctx)
{
	unsigned self = hart_id();

	if (likely(!hartmask_has(hartmask_read(&ctx->stale), self)))
		return;
	/*
	 * ORDER icache-stale, fetching side; the other is in icache_sync().
	 * The bit goes before FENCE.I: set again after that it is for code that
	 * this FENCE.I may have come too early for.
	 */
	atomic_fetch_and_full(&ctx->stale.bits, ~BIT(self));

	uint64_t number = shadow_code_mark(shadow_code_of(ctx));

	fence_i();
	count(code_fences);
	shadow_code_fenced(shadow_code_of(ctx), number);
}

static void catch_up_here(struct tlb_context *ctx)
{
	unsigned long irq = irq_save();

	icache_catch_up(ctx);
	irq_restore(irq);
}

void icache_sync(struct tlb_context *ctx)
{
	uint64_t number = shadow_code_asked(shadow_code_of(ctx));

	/*
	 * ORDER icache-stale, writing side; the other is in icache_catch_up(),
	 * or in tlb_enter().  A full fence both ways: the code was stored before
	 * anybody finds that he is stale, and who runs it is read after that.
	 */
	atomic_exchange_full(&ctx->stale.bits, ~0UL);
	race_point(code_stale, ctx);
	fence_harts(hartmask_read(&ctx->running));
	catch_up_here(ctx);
	shadow_code_returns(shadow_code_of(ctx), number);
}

void icache_inherit(struct tlb_context *child, const struct tlb_context *parent)
{
	struct hartmask stale = hartmask_read(&parent->stale);

	child->stale = stale;
	shadow_code_owed(shadow_code_of(child), stale);
}
