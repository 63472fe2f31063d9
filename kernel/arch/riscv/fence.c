/*
 * arch/riscv/fence.c - see arch/fence.h.
 *
 * Who wants a fence draws a number, and waits until each hart has executed
 * one for this number or a later one: many who ask at once share a fence.
 */
#include "arch/fence.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/icache.h"

static uint64_t last_turn; /* (a) ORDER fence-turn */

static void wait_for_fence(unsigned hart, uint64_t turn)
{
	/*
	 * ORDER fence-turn, waiting side; the other is fence_serve().  What
	 * the hart did before its fence is seen by what we do from now on.
	 *
	 * ORDER hart-online, fencing side; the other is in hart_leave().  One
	 * that has left serves nobody, and has done all that it did.
	 */
	spin_until(load_acquire(&harts[hart].fence_turn) >= turn ||
		   !load_acquire(&harts[hart].online));
}

void fence_harts(struct hartmask mask)
{
	/*
	 * ORDER fence-turn, asking side; the other is fence_serve().  This
	 * hart's own fence, too: what its program did before is seen by what
	 * the others do after theirs.
	 */
	uint64_t turn = atomic_fetch_add_full(&last_turn, 1UL) + 1;

	hartmask_remove(&mask, hart_id());
	for_each_present_hart(hart)
		if (hartmask_has(mask, hart))
			ipi_send(hart, IPI_FENCE);
	for_each_present_hart(hart)
		if (hartmask_has(mask, hart))
			wait_for_fence(hart, turn);
}

/* Numbers are served by the highest that is seen, so what is told never goes
 * back: only this hart writes it, with interrupts off. */
void fence_serve(void)
{
	/* ORDER fence-turn, served side; the other is fence_harts(). */
	uint64_t turn = load_acquire(&last_turn);

	/*
	 * ORDER fence-turn, fencing side; the other is fence_harts().  Between
	 * all that the interrupted program has done and all that it will do.
	 */
	smp_mb();
	if (hart_self()->tlb != NULL)
		icache_catch_up(hart_self()->tlb);
	/* ORDER fence-turn, telling side; the other is wait_for_fence(). */
	store_release(&hart_self()->fence_turn, turn);
}
