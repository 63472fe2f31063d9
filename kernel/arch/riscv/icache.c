/*
 * arch/riscv/icache.c - see arch/icache.h.
 */
#include "arch/icache.h"

#include "arch/barrier.h"
#include "arch/riscv/sbi.h"

void icache_sync_all(void)
{
	__asm__ volatile("fence.i" ::: "memory");
	/*
	 * ORDER icache-sync, writing side; the other is in
	 * sbi_remote_fence_i().  Our stores come before the FENCE.I of the
	 * others, which the firmware makes them execute.
	 */
	smp_mb();
	sbi_remote_fence_i();
}
