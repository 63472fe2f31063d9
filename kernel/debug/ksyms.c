/*
 * debug/ksyms.c - find the function of an address by binary search.
 */

#include "debug/ksyms.h"

#include "arch/memory.h"

const char *ksym_lookup(uintptr_t addr, uintptr_t *offset)
{
	size_t low = 0, high = ksym_count;

	/* Invariant: symbols below low start at or before addr, others after. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ksym_table[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || addr >= (uintptr_t)kernel_text_end)
		return NULL;
	*offset = addr - ksym_table[low - 1].addr;
	return ksym_table[low - 1].name;
}
