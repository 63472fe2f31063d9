#pragma once

/*
 * arch/isa.h - what every hart can do beyond what the kernel needs, and who
 * made it: for programs that ask.
 */

#include "lib/types.h"

/* Extensions that programs use without the kernel's help. */
enum isa_extension {
	ISA_ZBA,
	ISA_ZBB,
	ISA_ZBC,
	ISA_ZBS,
	ISA_ZFA,
	ISA_ZFH,
	ISA_ZFHMIN,
	ISA_ZICOND,
	NR_ISA_EXTENSIONS,
};

/* Boot is over: do all harts have it? */
bool isa_has(enum isa_extension extension);

/* The maker's number, the design's, the version's: keys 0, 1 and 2 of
 * riscv_hwprobe(), of this hart.  False: that is no such key. */
bool isa_identity(int64_t key, uint64_t *value);
