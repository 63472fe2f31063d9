/*
 * mm/page_boot.c - finding RAM.
 *
 * The device tree names the ranges of memory; free is what no reserved range
 * covers: firmware, kernel image, the device tree itself, the initrd.  The
 * bookkeeping of the page allocator takes the first free range that is large
 * enough, and what is left goes to the allocator.
 */

#include "arch/memory.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/fdt.h"
#include "mm/page.h"
#include "mm/page_internal.h"

#define MAX_RAM 16
#define MAX_RESERVED 64

struct range {
	paddr_t start, end;
};

static struct range ram[MAX_RAM]; /* boot only, as all here */
static unsigned nr_ram;
static struct range reserved[MAX_RESERVED];
static unsigned nr_reserved;
static struct range initrd;

static void add_ram(const struct fdt_range *reg)
{
	paddr_t start = align_up(reg->base, PAGE_SIZE);
	paddr_t end = align_down(min(reg->base + reg->size, DIRECT_MAP_SIZE),
				 PAGE_SIZE);

	if (start < end && reg->base + reg->size > reg->base && nr_ram < MAX_RAM)
		ram[nr_ram++] = (struct range){ start, end };
}

static void find_ram(const struct fdt *fdt)
{
	struct fdt_range reg;
	int node;

	fdt_for_each_device_type(node, fdt, "memory")
		for (unsigned i = 0; fdt_reg(fdt, node, i, &reg); i++)
			add_ram(&reg);
	if (nr_ram == 0)
		panic("the device tree names no memory");
}

static void reserve(paddr_t start, paddr_t end)
{
	if (start >= end)
		return;
	if (nr_reserved == MAX_RESERVED)
		panic("more than %u reserved ranges of memory", MAX_RESERVED);
	reserved[nr_reserved++] = (struct range){
		align_down(start, PAGE_SIZE),
		align_up(end, PAGE_SIZE),
	};
}

static void find_initrd(const struct fdt *fdt)
{
	int chosen = fdt_find_path(fdt, "/chosen");

	if (chosen == FDT_NONE ||
	    !fdt_prop_u64(fdt, chosen, "linux,initrd-start", &initrd.start) ||
	    !fdt_prop_u64(fdt, chosen, "linux,initrd-end", &initrd.end) ||
	    initrd.start >= initrd.end || initrd.end > DIRECT_MAP_SIZE)
		initrd = (struct range){ 0, 0 };
}

/* All but the initrd. */
static void find_reserved(const struct fdt *fdt, paddr_t fdt_pa,
			  uint64_t fdt_size)
{
	struct fdt_range range;

	/* Firmware lies below the kernel, whether it says so or not. */
	for (unsigned i = 0; i < nr_ram; i++)
		if (ram[i].start < KERNEL_PHYS_BASE)
			reserve(ram[i].start, KERNEL_PHYS_BASE);
	reserve(virt_to_phys(kernel_start), virt_to_phys(kernel_end));
	reserve(fdt_pa, fdt_pa + fdt_size);
	for (unsigned i = 0; fdt_reserved(fdt, i, &range); i++)
		reserve(range.base, range.base + range.size);
}

/*
 * The first part of [from, end) that nothing reserves, as the new *@from and
 * the result; nothing is left when they are equal.
 */
static paddr_t next_free(paddr_t *from, paddr_t end)
{
	paddr_t stop = end;

	if (*from >= end)
		return end;
	for (unsigned i = 0; i < nr_reserved; i++) {
		const struct range *r = &reserved[i];

		if (r->start <= *from && *from < r->end) {
			*from = min(r->end, end);
			return next_free(from, end);
		}
		if (r->start > *from)
			stop = min(stop, r->start);
	}
	return stop;
}

/* Give every free page of [start, end) to the allocator. */
static void release_range(paddr_t start, paddr_t end)
{
	while (start < end) {
		paddr_t stop = next_free(&start, end);

		page_add_range(start >> PAGE_SHIFT, stop >> PAGE_SHIFT);
		start = stop;
	}
}

static paddr_t find_room(size_t bytes)
{
	for (unsigned i = 0; i < nr_ram; i++) {
		paddr_t start = ram[i].start;

		while (start < ram[i].end) {
			paddr_t stop = next_free(&start, ram[i].end);

			if (stop - start >= bytes)
				return start;
			start = stop;
		}
	}
	panic("not enough memory to manage the memory: %zu bytes needed", bytes);
}

static paddr_t ram_start(void)
{
	paddr_t start = ram[0].start;

	for (unsigned i = 1; i < nr_ram; i++)
		start = min(start, ram[i].start);
	return start;
}

paddr_t page_ram_end(void)
{
	paddr_t end = 0;

	for (unsigned i = 0; i < nr_ram; i++)
		end = max(end, ram[i].end);
	return end;
}

void page_init(const struct fdt *fdt, paddr_t fdt_pa, uint64_t fdt_size)
{
	find_ram(fdt);
	find_reserved(fdt, fdt_pa, fdt_size);
	find_initrd(fdt);
	reserve(initrd.start, initrd.end);

	uint64_t first = ram_start() >> PAGE_SHIFT;
	uint64_t end = page_ram_end() >> PAGE_SHIFT;
	size_t bytes = page_bookkeeping_bytes(first, end);
	paddr_t room = find_room(bytes);

	page_bookkeeping_init(first, end, phys_to_virt(room));
	reserve(room, room + bytes);
	for (unsigned i = 0; i < nr_ram; i++)
		release_range(ram[i].start, ram[i].end);
	page_allocator_ready();
}

paddr_t page_alloc_boot(void)
{
	struct page *page = page_alloc_zeroed(PAGE_TABLE);

	if (page == NULL)
		panic("no memory for the kernel's page table");
	return page_pa(page);
}

void page_initrd(paddr_t *start, paddr_t *end)
{
	*start = initrd.start;
	*end = initrd.end;
}

/* Its own reservation ends at @end; those of others that reach into its first
 * or last page stay. */
static void unreserve_initrd(paddr_t start, paddr_t end, paddr_t last)
{
	for (unsigned i = 0; i < nr_reserved; i++) {
		if (reserved[i].start != start || reserved[i].end != last)
			continue;
		if (end == last)
			reserved[i] = reserved[--nr_reserved];
		else
			reserved[i].start = end;
		return;
	}
}

void page_release_initrd(paddr_t upto)
{
	paddr_t start = align_down(initrd.start, PAGE_SIZE);
	paddr_t last = align_up(initrd.end, PAGE_SIZE);
	paddr_t end = upto < initrd.end ? align_down(upto, PAGE_SIZE) : last;

	if (end <= start)
		return;
	unreserve_initrd(start, end, last);
	release_range(start, end);
	initrd.start = min(end, initrd.end);
}
