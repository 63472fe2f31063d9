#pragma once

/*
 * libmeasure.h - running one row and handing over what it cost.
 *
 * measure_row() is called in the process that the row has for itself, and
 * sends the result through a pipe to the one that prints: also when the row
 * is skipped. A row that dies sends nothing.
 */

#include "libbench.h"

enum outcome { ROW_DIED, ROW_MEASURED, ROW_SKIPPED };

struct result {
	enum outcome outcome;
	double ticks;		/* per operation */
	long counted_ops;	/* operations that .events covers; 0: none */
	struct events events;
	char why[80];		/* it was skipped */
};

_Noreturn void measure_row(const struct row *row, int scale, int result_fd);

/*
 * Is the clock driven by instructions, one per nanosecond, as under QEMU's
 * `-icount shift=0`? Then a tick is INSN_PER_TICK of them.
 */
bool clock_counts_instructions(void);

enum { NS_PER_TICK = 100, INSN_PER_TICK = 100 };	/* 10 MHz */
