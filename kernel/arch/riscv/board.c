/*
 * arch/riscv/board.c - ending the machine.
 *
 * QEMU's virt board has a device for tests, "sifive,test0": a word written
 * to it ends the emulation, and the upper half becomes the exit status.
 * Without it the firmware is asked (SBI SRST), which knows only good and bad.
 */

#include "arch/hart.h"
#include "arch/memory.h"
#include "arch/riscv/sbi.h"
#include "debug/seeded.h"
#include "lib/fdt.h"

#define FINISHER_PASS 0x5555
#define FINISHER_FAIL 0x3333
#define FINISHER_CODE_SHIFT 16

static volatile uint32_t *finisher; /* (c) NULL: none */

void board_init(const struct fdt *fdt)
{
	struct fdt_range reg;
	int node;

	fdt_for_each_compatible(node, fdt, "sifive,test0")
		if (fdt_is_enabled(fdt, node) && fdt_reg(fdt, node, 0, &reg))
			finisher = device_map(reg.base, reg.size);
}

void board_power_off(unsigned code)
{
	irq_disable();
	seeded_report();
	if (finisher != NULL)
		*finisher = code == 0 ? FINISHER_PASS :
			    FINISHER_FAIL | code << FINISHER_CODE_SHIFT;
	else
		sbi_shutdown(code != 0);
	seeded_stop_others();
	hart_stop();
}
