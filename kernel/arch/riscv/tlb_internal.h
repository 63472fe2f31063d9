#pragma once

/*
 * arch/riscv/tlb_internal.h - between tlb.c, which shoots down, and
 * tlb_firmware.c, which lets the firmware do a part of it.
 */

#include "arch/tlb.h"

/* One shootdown. */
struct shootdown {
	struct tlb_context *ctx;
	const struct hartmask *mask; /* who has to forget: running or loaded */
	vaddr_t start, end;          /* what */
	enum fence_reason why;
	uint64_t gen;                /* the generation that it made */
};

/* The part of the harts @targets, if tlb_by_firmware. */
void tlb_fence_by_firmware(const struct shootdown *s, struct hartmask targets);
