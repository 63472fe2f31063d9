#pragma once

/*
 * arch/io_counts.h - how much a thread has read and written: /proc/PID/io.
 *
 *	io_count(rchar, got);
 *
 * counts for the running thread.  Nobody else writes its counts, so there is
 * nothing to share and no lock: a count that others look at meanwhile is an old
 * one, or the new one.  Context: any thread, with or without locks; no
 * interrupt counts.
 */

#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/io_counts.h"

#define io_count(field, n)						\
	do {								\
		struct io_counts *counts_ = &hart_self()->current->io;	\
									\
		WRITE_ONCE(counts_->field, counts_->field + (n));	\
	} while (0)

/* A read or a write is over; @moved: how many bytes, or -errno. */
static inline void io_count_call(long moved, bool write)
{
	uint64_t bytes = moved > 0 ? (uint64_t)moved : 0;

	if (write) {
		io_count(wchar, bytes);
		io_count(syscw, 1);
	} else {
		io_count(rchar, bytes);
		io_count(syscr, 1);
	}
}
