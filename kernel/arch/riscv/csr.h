#pragma once

/*
 * arch/riscv/csr.h - control and status registers of supervisor mode.
 *
 * Source: The RISC-V Instruction Set Manual Volume II: Privileged
 * Architecture; Sstc for stimecmp.
 */

#include "lib/bits.h"
#include "lib/types.h"

/* sstatus */
#define SSTATUS_SIE  BIT(1)       /* interrupts on */
#define SSTATUS_SPIE BIT(5)       /* ... after sret */
#define SSTATUS_SPP  BIT(8)       /* the trap came from supervisor mode */
#define SSTATUS_FS   GENMASK(14, 13)
#define SSTATUS_FS_OFF     (0UL << 13) /* FPU instructions trap */
#define SSTATUS_FS_CLEAN   (2UL << 13) /* registers are as last loaded */
#define SSTATUS_FS_DIRTY   (3UL << 13)
#define SSTATUS_UXL_64     (2UL << 32)

/* scause */
#define CAUSE_INTERRUPT BIT(63)
enum {
	IRQ_SOFT = 1,
	IRQ_TIMER = 5,
	IRQ_EXTERNAL = 9,
};
enum {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_ECALL_USER = 8,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15,
};

/* satp */
#define SATP_MODE(levels) (((levels) + 5UL) << 60) /* Sv39, Sv48, Sv57 */
#define SATP_MODE_MASK GENMASK(63, 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK GENMASK(59, 44)

/* The assembler of GCC 12 does not know Sstc by name. */
#define CSR_STIMECMP 0x14d

#define CSR_NAME_(csr) #csr
#define CSR_NAME(csr) CSR_NAME_(csr)

#define csr_read(csr)                                                        \
	({                                                                   \
		uint64_t value_;                                             \
		__asm__ volatile("csrr %0, " CSR_NAME(csr)                   \
				 : "=r"(value_)::"memory");                  \
		value_;                                                      \
	})

#define csr_write(csr, value)                                                \
	__asm__ volatile("csrw " CSR_NAME(csr) ", %0" ::"rK"((uint64_t)(value)) \
			 : "memory")

#define csr_set(csr, bits)                                                   \
	__asm__ volatile("csrs " CSR_NAME(csr) ", %0" ::"rK"((uint64_t)(bits)) \
			 : "memory")

#define csr_clear(csr, bits)                                                 \
	__asm__ volatile("csrc " CSR_NAME(csr) ", %0" ::"rK"((uint64_t)(bits)) \
			 : "memory")

/* Forget every translation of this hart, global ones included. */
static inline void sfence_vma_all(void)
{
	__asm__ volatile("sfence.vma zero, zero" ::: "memory");
}

/* Forget those of one address space (@asid may be 0) / one page of it. */
static inline void sfence_vma_asid(uint64_t asid)
{
	__asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

static inline void sfence_vma_page(uint64_t va, uint64_t asid)
{
	__asm__ volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}
