#pragma once

/*
 * proc/time/vdso.h - the piece of the kernel that runs in user mode.
 *
 * A small ELF shared object (proc/vdso/), which C libraries find by
 * AT_SYSINFO_EHDR and ask for its functions by name, with a page of data
 * behind it: reading a clock takes no system call.  All address spaces map
 * the same pages.
 */

#include "lib/types.h"

struct mm;

/* vdso.S: the image, and where in it a signal handler returns to. */
extern const char vdso_image[];
extern const uint64_t vdso_image_size;
extern const uint64_t vdso_sigreturn_offset;

/* Map it into the new address space @mm; its address, or -errno. */
long vdso_map(struct mm *mm);

/* Boot; @hwprobe: what riscv_hwprobe() tells for the keys from 0 on, of
 * NR_HWPROBE_KEYS. */
void vdso_init(const uint64_t *hwprobe);
