#pragma once

/*
 * lib/io_counts.h - what is counted of reads and writes, as Linux does.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct io_counts {
	uint64_t rchar, wchar; /* bytes that calls moved, whatever the file is */
	uint64_t syscr, syscw; /* calls */
	uint64_t read_bytes;   /* bytes that were fetched from a disk */
	uint64_t write_bytes;  /* that will have to be written to one */
	uint64_t cancelled_write_bytes; /* of these, what was cut off before */
};

/* @from may be counting meanwhile. */
static inline void io_counts_add(struct io_counts *to,
				 const struct io_counts *from)
{
	to->rchar += READ_ONCE(from->rchar);
	to->wchar += READ_ONCE(from->wchar);
	to->syscr += READ_ONCE(from->syscr);
	to->syscw += READ_ONCE(from->syscw);
	to->read_bytes += READ_ONCE(from->read_bytes);
	to->write_bytes += READ_ONCE(from->write_bytes);
	to->cancelled_write_bytes += READ_ONCE(from->cancelled_write_bytes);
}
