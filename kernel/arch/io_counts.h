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
	struct io_counts *io = &hart_self()->current->io;
	uint64_t *bytes = write ? &io->wchar : &io->rchar;
	uint64_t *calls = write ? &io->syscw : &io->syscr;

	if (likely(moved > 0))
		WRITE_ONCE(*bytes, *bytes + (uint64_t)moved);
	WRITE_ONCE(*calls, *calls + 1);
}
