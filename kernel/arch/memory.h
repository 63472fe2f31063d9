#pragma once

/*
 * arch/memory.h - where things are in the kernel's half of every address
 * space.
 *
 * All physical memory below DIRECT_MAP_SIZE is mapped at DIRECT_MAP_BASE,
 * the kernel's image included, which is linked to run there.  The image's
 * text is RX, its constants RO, the rest RW; nothing is W and X.  Above it
 * RAM is mapped a second time, with gaps, for kernel stacks (arch/kstack.h).
 * All of it lies in the last 256 GiB of any address space, so the table that maps
 * it is the upper half of the root under Sv39, and what the last entry of each
 * table leads to under Sv48 and Sv57.  That is the same in every address space, so
 * no trap changes satp.
 */

#include "lib/types.h"

#define DIRECT_MAP_BASE 0xffffffc000000000UL
#define DIRECT_MAP_SIZE (32UL << 30)
#define KERNEL_PHYS_BASE 0x80200000UL

static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(pa + DIRECT_MAP_BASE);
}

static inline paddr_t virt_to_phys(const void *va)
{
	return (uint64_t)va - DIRECT_MAP_BASE;
}

/* The image, from kernel.ld. */
extern char kernel_start[], kernel_text_end[], kernel_rodata_end[],
	kernel_end[];

/* Page tables as in "sv39", "sv48" or "sv57", if the hart that boots can walk them;
 * NULL: the first.  Before kernel_map_init(). */
void kernel_map_mode(const char *mode);
/*
 * Build the kernel's own page table: all physical memory up to @ram_end, and
 * the devices; from here on this hart uses it.  @alloc_page returns the physical
 * address of a zeroed page.
 */
void kernel_map_init(paddr_t ram_end, paddr_t (*alloc_page)(void));

/* Make the @size bytes of device registers at @pa accessible; boot only,
 * before the other harts start; before or after kernel_map_init().  Returns
 * their address. */
volatile void *device_map(paddr_t pa, uint64_t size);

/* Give @root, a zeroed page, the kernel's half, and take it away again. */
void kernel_map_copy(void *root);
void kernel_map_clear(void *root);
