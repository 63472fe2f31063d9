#pragma once

/*
 * arch/tlb_walk.h - page tables that the kernel walks by itself, without a lock.
 *
 *	irq = tlb_walk_begin();
 *	...			the entry is found, and the page is used
 *	tlb_walk_end(irq);
 *
 * Between the two this hart acks no shootdown, so what it finds by walking
 * tables stays what it is: interrupts are off.  With tlb=rfence the firmware
 * fences without asking; then a flag says that we are inside.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/tlb.h"

static inline void tlb_walk_flag_up(void)
{
	WRITE_ONCE(hart_self()->walking, 1);
	/*
	 * ORDER tlb-walk, walking side; the other is in
	 * tlb_fence_by_firmware().  Store buffering: we set the flag and then
	 * walk; the initiator changes entries and then reads the flag.
	 */
	smp_mb();
}

static inline void tlb_walk_flag_down(void)
{
	/* ORDER tlb-walk, releasing side; the other is in
	 * tlb_fence_by_firmware(). */
	store_release(&hart_self()->walking, 0);
}

static inline unsigned long tlb_walk_begin(void)
{
	unsigned long irq = irq_save();

	if (unlikely(tlb_by_firmware))
		tlb_walk_flag_up();
	return irq;
}

static inline void tlb_walk_end(unsigned long irq)
{
	if (unlikely(tlb_by_firmware))
		tlb_walk_flag_down();
	irq_restore(irq);
}
