/*
 * arch/riscv/kstack.c - the second addresses of RAM: see arch/kstack.h.
 *
 * They take a page table for each MiB of RAM, four thousandths of it.
 */

#include "arch/kstack.h"

#include "arch/memory.h"
#include "arch/riscv/riscv_internal.h"
#include "debug/kasan.h"
#include "lib/bug.h"

/* entry.S: the first stack of the hart that boots, above its emergency stack. */
char boot_stacks[2 * KSTACK_SIZE] __aligned(2 * KSTACK_SIZE);

vaddr_t kstack_area;
static vaddr_t first_guard, area_end; /* (c) after boot */

/* The boot hart goes on where it is, by its other address. */
static void move_boot_stacks(void)
{
	paddr_t emergency = virt_to_phys(boot_stacks);

	harts[0].boot_sp = (uint64_t)kstack_at(emergency + KSTACK_SIZE) + KSTACK_SIZE;
	harts[0].emergency_sp = (uint64_t)kstack_at(emergency) + KSTACK_SIZE;
}

/* One shadow for both addresses: debug/kasan.h.  The guards have none. */
static void share_shadow(paddr_t block)
{
	vaddr_t shadow = kasan_shadow(phys_to_virt(block));

	if (shadow != 0)
		kernel_map_pages(kasan_shadow(kstack_at(block)),
				 kernel_map_frame(shadow), KSTACK_SIZE / 8);
}

/*
 * What is read-only in the direct map gets no address where it were not: the
 * image's text and constants, and what the firmware keeps below them.
 */
void kstack_map(paddr_t ram_end)
{
	paddr_t start = align_up(virt_to_phys(kernel_rodata_end), KSTACK_SIZE);

	/* So few root entries that each address space may have its copy. */
	kstack_area = align_up(DIRECT_MAP_BASE + ram_end, 1UL << 30) -
		      2 * align_down(start, 1UL << 29);
	first_guard = (vaddr_t)kstack_at(start) - KSTACK_SIZE;
	for (paddr_t pa = start; pa + KSTACK_SIZE <= ram_end; pa += KSTACK_SIZE) {
		kernel_map_pages((vaddr_t)kstack_at(pa), pa, KSTACK_SIZE);
		share_shadow(pa);
		area_end = (vaddr_t)kstack_at(pa) + KSTACK_SIZE;
	}
	paddr_t last = align_down(ram_end, KSTACK_SIZE) - KSTACK_SIZE;

	lab_assert(kstack_pa((vaddr_t)kstack_at(last)) == last);
	move_boot_stacks();
}

paddr_t kstack_pa(vaddr_t va)
{
	if (va >= area_end || va < first_guard || !kstack_has(va))
		return 0;
	return kstack_block((void *)align_down(va, KSTACK_SIZE)) + va % KSTACK_SIZE;
}
