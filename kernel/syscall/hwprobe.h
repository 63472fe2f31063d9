#pragma once

/*
 * syscall/hwprobe.h - what riscv_hwprobe() tells, for who tells it as well.
 */

#include "lib/types.h"

/* Boot: its values for the keys from 0 on, NR_HWPROBE_KEYS of them, as they
 * will be for ever (proc/time/vdso/data.h). */
const uint64_t *hwprobe_values(void);
