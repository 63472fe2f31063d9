#pragma once

/*
 * debug/ksyms.h - the kernel's functions by address, for backtraces.
 *
 * tools/ksyms.py writes the table from the linked kernel, sorted by address;
 * it lies in read-only memory and needs no lock.
 */

#include "lib/types.h"

struct ksym {
	uint64_t addr;
	const char *name;
};

extern const struct ksym ksym_table[];
extern const uint64_t ksym_count;

/*
 * The function that @addr lies in, and how far in; NULL when @addr is not in
 * the kernel's text.  Any context, a panic included.
 */
const char *ksym_lookup(uintptr_t addr, uintptr_t *offset);
