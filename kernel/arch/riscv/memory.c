/*
 * arch/riscv/memory.c - the kernel's own page table.
 *
 * Every physical address has one virtual address, DIRECT_MAP_BASE above it,
 * and one set of rights.  Ranges are mapped by the largest leaves that fit.
 * What may be a kernel stack has a second one (arch/kstack.h).  The entries
 * are global (G): they are the same in every address space.
 */

#include "arch/memory.h"

#include "arch/hart.h"
#include "arch/pte.h"
#include "arch/riscv/riscv_internal.h"
#include "debug/kasan.h"
#include "lib/bug.h"
#include "lib/string.h"

#define KERNEL_RW (PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D)
#define KERNEL_RO (PTE_V | PTE_R | PTE_G | PTE_A)
#define KERNEL_RX (KERNEL_RO | PTE_X)

#define ROOT_LEVEL (PT_LEVELS - 1)
#define UPPER_HALF (PT_ENTRIES / 2)
#define MAX_DEVICES 32

/* All are written during boot, by one hart. */
static pte_t *kernel_root;                 /* NULL before kernel_map_init() */
static paddr_t (*alloc_table)(void);
static unsigned root_end = UPPER_HALF;     /* past the last root entry used */
static struct { paddr_t pa, end; } devices[MAX_DEVICES];
static unsigned nr_devices;

uint64_t kernel_satp;

/* The entry of @va at @level, with the tables above it. */
static pte_t *kernel_entry(vaddr_t va, int level)
{
	pte_t *table = kernel_root;

	root_end = max(root_end, (unsigned)PT_INDEX(va, ROOT_LEVEL) + 1);
	for (int l = ROOT_LEVEL; l > level; l--) {
		pte_t *entry = &table[PT_INDEX(va, l)];

		if (!pte_is_valid(*entry))
			pte_store(entry, pte_make(alloc_table(), PTE_V));
		assert(pte_is_table(*entry));
		table = phys_to_virt(pte_pa(*entry));
	}
	return &table[PT_INDEX(va, level)];
}

static int largest_leaf(paddr_t pa, paddr_t end)
{
	int level = ROOT_LEVEL;

	while (!is_aligned(pa, PT_SPAN(level)) || end - pa < PT_SPAN(level))
		level--;
	return level;
}

static void map_range(paddr_t pa, paddr_t end, uint64_t rights)
{
	assert(is_aligned(pa | end, PAGE_SIZE) && end <= DIRECT_MAP_SIZE);
	while (pa < end) {
		int level = largest_leaf(pa, end);
		pte_t *entry = kernel_entry((vaddr_t)phys_to_virt(pa), level);

		assert(!pte_is_table(*entry));
		pte_store(entry, pte_make(pa, rights));
		pa += PT_SPAN(level);
	}
}

void kernel_map_pages(vaddr_t va, paddr_t pa, size_t bytes)
{
	pte_t *entry = kernel_entry(va, 0);

	assert(va % PT_SPAN(1) + bytes <= PT_SPAN(1));
	for (size_t at = 0; at < bytes; at += PAGE_SIZE)
		pte_store(entry++, pte_make(pa + at, KERNEL_RW));
}

paddr_t kernel_map_frame(vaddr_t va)
{
	return pte_pa(*kernel_entry(va, 0));
}

/* Memory of its own for the kernel addresses from @va to @end. */
static void map_fresh(vaddr_t va, vaddr_t end)
{
	for (; va < end; va += PAGE_SIZE)
		pte_store(kernel_entry(va, 0), pte_make(alloc_table(), KERNEL_RW));
}

void kernel_map_init(paddr_t ram_end, paddr_t (*alloc_page)(void))
{
	paddr_t ram_start = align_down(KERNEL_PHYS_BASE, PT_SPAN(1) * 512);
	paddr_t text = virt_to_phys(kernel_start);
	paddr_t rodata = virt_to_phys(kernel_text_end);
	paddr_t data = virt_to_phys(kernel_rodata_end);
	paddr_t end = align_down(min(ram_end, DIRECT_MAP_SIZE), PAGE_SIZE);
	paddr_t root = alloc_page();

	alloc_table = alloc_page;
	kernel_root = phys_to_virt(root);
	map_range(ram_start, text, KERNEL_RW);
	map_range(text, rodata, KERNEL_RX);
	map_range(rodata, data, KERNEL_RO);
	map_range(data, end, KERNEL_RW);
	for (unsigned i = 0; i < nr_devices; i++)
		map_range(devices[i].pa, devices[i].end, KERNEL_RW);
	kasan_map(ram_start, end, map_fresh);
	kstack_map(end);
	kernel_satp = SATP_SV39 | root >> PAGE_SHIFT;
	asid_probe();
}

void kernel_map_enter(void)
{
	csr_write(satp, kernel_satp);
	sfence_vma_all();
	count(satp_writes);
	count(fence_kernel);
}

/*
 * Until kernel_map_init() the boot table maps everything, and the range is
 * noted down.
 */
volatile void *device_map(paddr_t pa, uint64_t size)
{
	paddr_t start = align_down(pa, PAGE_SIZE);
	paddr_t end = align_up(pa + size, PAGE_SIZE);

	if (kernel_root != NULL) {
		map_range(start, end, KERNEL_RW);
		sfence_vma_all();
		count(fence_kernel);
	} else {
		assert(nr_devices < MAX_DEVICES);
		devices[nr_devices].pa = start;
		devices[nr_devices++].end = end;
	}
	return phys_to_virt(pa);
}

void kernel_map_copy(void *root)
{
	memcpy((pte_t *)root + UPPER_HALF, kernel_root + UPPER_HALF,
	       (root_end - UPPER_HALF) * sizeof(pte_t));
}

void kernel_map_clear(void *root)
{
	memset((pte_t *)root + UPPER_HALF, 0,
	       (root_end - UPPER_HALF) * sizeof(pte_t));
}
