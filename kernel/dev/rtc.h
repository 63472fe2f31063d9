#pragma once

/*
 * dev/rtc.h - the board's clock that runs while the machine is off.
 */

struct fdt;

/* Set the time of day from it, if the board has one. */
void rtc_init(const struct fdt *fdt);
