#pragma once

/*
 * proc/vdso.h - the piece of the kernel that runs in user mode.
 */

#include "lib/types.h"

struct mm;

/* Map it into the new address space @mm; its address, or -errno. */
long vdso_map(struct mm *mm);
