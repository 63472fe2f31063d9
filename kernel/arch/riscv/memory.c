/*
 * arch/riscv/memory.c - the kernel's own page table.
 *
 * Every physical address has one virtual address, DIRECT_MAP_BASE above it,
 * and one set of rights.  Ranges are mapped by the largest leaves that fit.
 * What may be a kernel stack has a second one (arch/kstack.h).  The entries
 * are global (G): they are the same in every address space.
 *
 * Boot runs under Sv39, which every hart with paging has.  Sv48 and Sv57 put one or
 * two tables on top of that, in which the last entry leads here.
 */

#include "arch/memory.h"

#include "arch/hart.h"
#include "arch/pte.h"
#include "arch/riscv/riscv_internal.h"
#include "debug/kasan.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/string.h"

#define KERNEL_RW (PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D)
#define KERNEL_RO (PTE_V | PTE_R | PTE_G | PTE_A)
#define KERNEL_RX (KERNEL_RO | PTE_X)

#define TOP_LEVEL (PT_LEVELS_LEAST - 1) /* of what all modes have */
#define UPPER_HALF (PT_ENTRIES / 2)
#define LAST (PT_ENTRIES - 1)
#define MAX_DEVICES 32

/* All are written during boot, by one hart. */
static pte_t *kernel_top;                  /* NULL before kernel_map_init() */
static paddr_t (*alloc_table)(void);
static unsigned top_end = UPPER_HALF;      /* past its last entry used */
static unsigned wanted = PT_LEVELS_LEAST;
static const pte_t *kernel_root;           /* @kernel_top, or above it */
static struct { paddr_t pa, end; } devices[MAX_DEVICES];
static unsigned nr_devices;

uint64_t kernel_satp;
unsigned pt_levels = PT_LEVELS_LEAST;
vaddr_t user_end, pt_short_end;

/* The entry of @va at @level, with the tables above it. */
static pte_t *kernel_entry(vaddr_t va, int level)
{
	pte_t *table = kernel_top;

	top_end = max(top_end, (unsigned)PT_INDEX(va, TOP_LEVEL) + 1);
	for (int l = TOP_LEVEL; l > level; l--) {
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
	int level = TOP_LEVEL;

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

/* ---- how many levels ---- */

void kernel_map_mode(const char *mode)
{
	static const char *const modes[] = { "sv39", "sv48", "sv57" };

	for (unsigned i = 0; mode != NULL && i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(mode, modes[i]) == 0) {
			wanted = PT_LEVELS_LEAST + i;
			return;
		}
	if (mode != NULL)
		printk("mmu=%s: it may be sv39, sv48 or sv57\n", mode);
}

/* @table is the last of one on top of it. */
static paddr_t table_above(paddr_t table)
{
	paddr_t above = alloc_table();

	pte_store((pte_t *)phys_to_virt(above) + LAST, pte_make(table, PTE_V));
	return above;
}

/* A mode that there is not leaves satp as it was. */
static bool try_mode(unsigned levels, paddr_t root)
{
	kernel_satp = SATP_MODE(levels) | root >> PAGE_SHIFT;
	csr_write(satp, kernel_satp);
	sfence_vma_all();
	count(satp_writes);
	count(fence_kernel);
	return csr_read(satp) == kernel_satp;
}

/* As many as are wanted, or the most that there are below: Sv39 every hart has
 * that has paging. */
static void choose_mode(paddr_t top)
{
	paddr_t root[PT_LEVELS_MOST + 1];

	root[PT_LEVELS_LEAST] = top;
	for (unsigned n = PT_LEVELS_LEAST; n < wanted; n++)
		root[n + 1] = table_above(root[n]);
	pt_levels = wanted;
	while (!try_mode(pt_levels, root[pt_levels]))
		pt_levels--;
	kernel_root = phys_to_virt(root[pt_levels]);
	user_end = PT_SPAN(pt_levels) / 2;
	pt_short_end = pt_levels == PT_LEVELS_LEAST ? user_end : 0;
	if (pt_levels != wanted)
		printk("no page tables of %u levels here, but of %u\n", wanted,
		       pt_levels);
}

void kernel_map_init(paddr_t ram_end, paddr_t (*alloc_page)(void))
{
	paddr_t ram_start = align_down(KERNEL_PHYS_BASE, PT_SPAN(1) * 512);
	paddr_t text = virt_to_phys(kernel_start);
	paddr_t rodata = virt_to_phys(kernel_text_end);
	paddr_t data = virt_to_phys(kernel_rodata_end);
	paddr_t end = align_down(min(ram_end, DIRECT_MAP_SIZE), PAGE_SIZE);
	paddr_t top = alloc_page();

	alloc_table = alloc_page;
	kernel_top = phys_to_virt(top);
	map_range(ram_start, text, KERNEL_RW);
	map_range(text, rodata, KERNEL_RX);
	map_range(rodata, data, KERNEL_RO);
	map_range(data, end, KERNEL_RW);
	for (unsigned i = 0; i < nr_devices; i++)
		map_range(devices[i].pa, devices[i].end, KERNEL_RW);
	kasan_map(ram_start, end, map_fresh);
	kstack_map(end);
	choose_mode(top);
	asid_probe();
}

/*
 * Until kernel_map_init() the boot table maps everything, and the range is
 * noted down.
 */
volatile void *device_map(paddr_t pa, uint64_t size)
{
	paddr_t start = align_down(pa, PAGE_SIZE);
	paddr_t end = align_up(pa + size, PAGE_SIZE);

	if (kernel_top != NULL) {
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

/* ---- the kernel's half of an address space ---- */

/* What of a root leads there. */
static unsigned half_begin(void)
{
	return pt_levels == PT_LEVELS_LEAST ? UPPER_HALF : LAST;
}

static unsigned half_end(void)
{
	return pt_levels == PT_LEVELS_LEAST ? top_end : PT_ENTRIES;
}

void kernel_map_copy(void *root)
{
	unsigned begin = half_begin();

	memcpy((pte_t *)root + begin, kernel_root + begin,
	       (half_end() - begin) * sizeof(pte_t));
}

void kernel_map_clear(void *root)
{
	unsigned begin = half_begin();

	memset((pte_t *)root + begin, 0,
	       (half_end() - begin) * sizeof(pte_t));
}
