/* sources: lib/fdt.c */
/*
 * The firmware's device tree: whatever fdt_open() takes can be walked to its
 * end, each way of walking meets the same nodes, and all that boot asks for is
 * answered from within the blob.
 */
#include "fuzz.h"

#include <string.h>

#include "lib/bug.h"
#include "lib/fdt.h"

static void ask(const struct fdt *fdt, int node)
{
	struct fdt_range range;
	uint32_t cell;
	uint64_t number;
	uint32_t len;

	fuzz_check(strlen(fdt_name(fdt, node)) < fdt->size);
	(void)fdt_prop(fdt, node, "compatible", &len);
	(void)fdt_prop_str(fdt, node, "device_type");
	(void)fdt_is_compatible(fdt, node, "riscv,plic0");
	(void)fdt_is_enabled(fdt, node);
	(void)fdt_prop_u32(fdt, node, "phandle", &cell);
	(void)fdt_prop_u64(fdt, node, "linux,initrd-start", &number);
	for (uint32_t i = 0; fdt_prop_cell(fdt, node, "interrupts-extended", i, &cell);)
		i++;
	for (uint32_t i = 0; i < 8 && fdt_reg(fdt, node, i, &range); i++)
		fuzz_check(range.size <= UINT64_MAX - range.base);
}

static unsigned count_below(const struct fdt *fdt, int node)
{
	unsigned n = 1;
	int child;

	fdt_for_each_child(child, fdt, node) {
		fuzz_check(fdt_parent(fdt, child) == node);
		n += count_below(fdt, child);
	}
	return n;
}

/* Going down by children is quadratic, and recursion: not for any tree. */
#define MAX_BELOW 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdt_range range;
	struct fdt fdt;
	unsigned nodes = 0;
	int node, depth;

	if (!fdt_open(&fdt, data, size))
		return 0;
	fdt_for_each_node(node, depth, &fdt) {
		fuzz_check(depth >= 0 && (depth == 0) == (nodes == 0));
		nodes++;
		ask(&fdt, node);
	}
	if (nodes <= MAX_BELOW)
		fuzz_check(count_below(&fdt, fdt_root(&fdt)) == nodes);
	(void)fdt_find_path(&fdt, "/soc/serial");
	(void)fdt_find_device_type(&fdt, FDT_NONE, "cpu");
	(void)fdt_find_phandle(&fdt, 1);
	for (unsigned i = 0; i < 16 && fdt_reserved(&fdt, i, &range); i++)
		;
	return 0;
}
