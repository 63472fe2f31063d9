/*
 * dev/rtc.c - the goldfish clock of QEMU's virt board: nanoseconds since 1970
 * in two registers.  Reading the low half latches the high one.
 *
 * Source: QEMU, hw/rtc/goldfish_rtc.c (the device's registers).
 */
#include "dev/rtc.h"

#include "arch/clock.h"
#include "arch/memory.h"
#include "lib/fdt.h"

enum {
	RTC_TIME_LOW = 0,
	RTC_TIME_HIGH = 1,
};

static int rtc_node(const struct fdt *fdt)
{
	int node;

	fdt_for_each_compatible(node, fdt, "google,goldfish-rtc")
		if (fdt_is_enabled(fdt, node))
			return node;
	return FDT_NONE;
}

void rtc_init(const struct fdt *fdt)
{
	int node = rtc_node(fdt);
	volatile uint32_t *registers;
	struct fdt_range reg;
	uint64_t low, high;

	if (node == FDT_NONE || !fdt_reg(fdt, node, 0, &reg))
		return;
	registers = device_map(reg.base, reg.size);
	low = registers[RTC_TIME_LOW];
	high = registers[RTC_TIME_HIGH];
	clock_set_realtime(high << 32 | low);
}
