#pragma once

/*
 * proc/vdso.h - the piece of the kernel that runs in user mode.
 */

#include "lib/types.h"

struct mm;

extern const char vdso_page[]; /* vdso.S */

/* Map it into the new address space @mm; its address, or -errno. */
long vdso_map(struct mm *mm);

/* Where in it a signal handler returns to. */
extern const uint64_t vdso_sigreturn_offset;

void vdso_init(void);
