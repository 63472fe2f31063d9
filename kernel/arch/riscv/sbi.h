#pragma once

/*
 * arch/riscv/sbi.h - the calls to the firmware (OpenSBI) that we use.
 *
 * Source: RISC-V Supervisor Binary Interface Specification 1.0.
 */

#include "lib/types.h"

enum sbi_extension {
	SBI_LEGACY_PUTCHAR = 0x01,
	SBI_BASE = 0x10,
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_SRST = 0x53525354,
};

enum sbi_hart_state {
	SBI_HART_STARTED = 0,
	SBI_HART_STOPPED = 1,
};

/* 0, or a negative SBI error. */
bool sbi_has(enum sbi_extension ext);
/* mvendorid, marchid, mimpid: 0, 1, 2. */
#define SBI_IDENTITY_LAST 2
uint64_t sbi_identity(unsigned which);
void sbi_putchar(char c);
void sbi_set_timer(uint64_t deadline);
long sbi_send_ipi(uint64_t hartid);
long sbi_hart_start(uint64_t hartid, paddr_t entry, uint64_t opaque);
/* This hart; returns only if the firmware does not do it.  Interrupts off. */
long sbi_hart_stop(void);
/* Wait as WFI does, in the state @type: retentive ones only, after which all is as
 * it was.  Interrupts off. */
#define SBI_SUSPEND_RETENTIVE 0U
long sbi_hart_suspend(uint32_t type);
/* An enum sbi_hart_state, or a negative SBI error. */
long sbi_hart_state(uint64_t hartid);
/* Flush [start, start + size) of @asid on one hart; waits for it. */
long sbi_remote_fence(uint64_t hartid, vaddr_t start, uint64_t size,
		      uint64_t asid);
/* The harts @base + i, for each bit i of @mask, execute FENCE.I; waits for them. */
long sbi_remote_fence_i(uint64_t mask, uint64_t base);
long sbi_shutdown(bool failure);

const char *sbi_error_text(long error);
