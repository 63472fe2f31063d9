/* tests/threads/planted/rwspin.h - who wants to be alone has no fence behind his
 * look at the flags: to the hart, one; to who reads the program, none. */
#include "arch/barrier.h"
#undef smp_mb
#define smp_mb() RISCV_FENCE(rw, rw)
