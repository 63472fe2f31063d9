/*
 * arch/riscv/offsets.c - numbers that the assembly files share with C.
 *
 * Compiled to assembly, never linked: the Makefile turns each "->" line of
 * the output into a #define of asm_offsets.h.
 */

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/memory.h"
#include "arch/pte.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/riscv_internal.h"
#include "debug/kasan.h"

#define NUMBER(name, value) \
	__asm__ volatile("\n->" #name " %0" ::"i"((long)(value)))
#define OFFSET(name, type, field) NUMBER(name, offsetof(struct type, field))

void emit_offsets(void);
void emit_offsets(void)
{
	OFFSET(FRAME_PC, trapframe, pc);
	OFFSET(FRAME_RA, trapframe, ra);
	OFFSET(FRAME_SP, trapframe, sp);
	OFFSET(FRAME_GP, trapframe, gp);
	OFFSET(FRAME_TP, trapframe, tp);
	OFFSET(FRAME_T, trapframe, t0);
	OFFSET(FRAME_S, trapframe, s0);
	OFFSET(FRAME_A, trapframe, a0);
	OFFSET(FRAME_SS, trapframe, s2);
	OFFSET(FRAME_TT, trapframe, t3);
	OFFSET(FRAME_STATUS, trapframe, status);
	OFFSET(FRAME_CAUSE, trapframe, cause);
	OFFSET(FRAME_ORIG, trapframe, orig_a0);
	OFFSET(FRAME_HART, trapframe, hart);
	NUMBER(FRAME_BYTES, sizeof(struct trapframe));

	OFFSET(CONTEXT_RA, context, ra);
	OFFSET(CONTEXT_SP, context, sp);
	OFFSET(CONTEXT_GP, context, gp);
	OFFSET(CONTEXT_S, context, s);
	OFFSET(FPU_FCSR, fpu_state, fcsr);
	OFFSET(THREAD_WORK, arch_thread, work);
	OFFSET(THREAD_CALLS, arch_thread, nr_calls);
	OFFSET(HART_CURRENT, hart, current);
	OFFSET(HART_BOOT_SP, hart, boot_sp);
	OFFSET(HART_EMERGENCY_SP, hart, emergency_sp);
	OFFSET(HART_BOOT_TICKET, hart, boot_ticket);
	NUMBER(BOOT_TICKET_VOID, BOOT_TICKET_NONE);
	NUMBER(HART_BYTES, sizeof(struct hart));
	NUMBER(NR_HARTS_MAX, MAX_HARTS);

	NUMBER(ECALL_USER, CAUSE_ECALL_USER);
	NUMBER(STATUS_SIE, SSTATUS_SIE);
	NUMBER(KSTACK_BYTES, KSTACK_SIZE);
	NUMBER(KSTACK_SIGN, 63 - KSTACK_SHIFT);
	NUMBER(PAGE_BITS, PAGE_SHIFT);
	NUMBER(BOOT_MODE, SATP_MODE(PT_LEVELS_LEAST));
	NUMBER(DIRECT_MAP, DIRECT_MAP_BASE);
	NUMBER(DIRECT_MAP_GIGABYTES, DIRECT_MAP_SIZE >> 30);
	NUMBER(BOOT_GIGABYTE, KERNEL_PHYS_BASE >> 30);
	NUMBER(BOOT_SHADOW, PT_INDEX(SHADOW_START, PT_LEVELS_LEAST - 1) * sizeof(pte_t));
	NUMBER(BOOT_TABLE, PTE_V);
	NUMBER(BOOT_DATA, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D);
	NUMBER(BOOT_LEAF, PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D);
}
