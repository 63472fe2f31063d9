/*
 * arch/riscv/tlb_firmware.c - tlb=rfence: the firmware fences other harts.
 *
 * It does so without asking them, and the call returns when it is done.  That
 * is no ack: the hart may be in the middle of an access to a page that it has
 * found by a walk of its own.  So such walks raise a flag, and the initiator
 * waits until it is down.
 *
 * The initiator advances `seen` for the others, from the value just before
 * its own and only by compare-and-swap.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/tlb_internal.h"
#include "debug/lockwatch.h"

bool tlb_by_firmware; /* (c) after boot */

void tlb_fence_by_firmware(const struct shootdown *s, struct hartmask targets)
{
	struct tlb_context *ctx = s->ctx;
	unsigned h;

	for_each_hart(h, targets) {
		struct hartmask kept = harts_keep(hartmask_of(h));

		if (!hartmask_is_empty(kept))
			sbi_remote_fence(harts[h].hartid, s->start,
					 s->end - s->start, ctx->asid);
		harts_let_go(kept);
		shadow_flushed_range(tlb_shadow(ctx), h, s->start, s->end);
		/*
		 * ORDER tlb-walk, waiting side; the other is in
		 * tlb_walk_flag_up().  shootdown() has fenced after the entries.
		 */
		spin_until_by(h, load_acquire(&harts[h].walking) == 0);
		/* If it owed nothing else it is up to date. */
		(void)atomic_replace(&ctx->seen[h], s->gen - 1, s->gen);
	}
}

void tlb_use_firmware(void)
{
	tlb_by_firmware = sbi_has(SBI_RFENCE);
}
