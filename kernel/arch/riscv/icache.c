/*
 * arch/riscv/icache.c - see arch/icache.h.
 */
#include "arch/icache.h"

#include "arch/barrier.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"

#define MASK_BITS 64

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
	__asm__ volatile("fence.i" ::: "memory");
	/*
	 * ORDER icache-sync, writing side; the other is in
	 * sbi_remote_fence_i().  Our stores come before the FENCE.I of the
	 * others, which the firmware makes them execute.
	 */
	smp_mb();
	fence_others();
}
