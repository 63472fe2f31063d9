#pragma once

/*
 * debug/columns.h - the last events of all harts as text, one column a hart.
 *
 *	   -12.3 us  hart 0                 hart 1
 *	        -41  7 cow_copied ..f3c8
 *	        -38                         8 cow_copied ..f3c8
 *
 * Few rows are worth reading, so they are chosen: what is part of the story
 * (SHOW_KEY) back to a long pause, or as far as COLUMNS_KEY rows go, and of
 * what stands around it (SHOW_NEAR) the COLUMNS_NEAR nearest to the end;
 * but only the last COLUMNS_SAME of what one hart does again and again.
 * Nothing is allocated.
 */

#include "debug/ring.h"
#include "lib/printf.h"

enum { SHOW_QUIET, SHOW_NEAR, SHOW_KEY };

#define COLUMNS_KEY 44U
#define COLUMNS_NEAR 16U
#define COLUMNS_SAME 6U   /* of one kind from one hart at most */
#define COLUMNS_STORY 12U /* as many at least, however long ago */
#define COLUMNS_ROWS (COLUMNS_KEY + COLUMNS_NEAR)
#define COLUMNS_RINGS 8

struct columns {
	const struct trace_ring *rings;
	unsigned nr_rings;
	uint64_t ticks_per_us;
	const char *const *texts; /* of each event: debug/events.def */
	const uint8_t *shows;
	unsigned nr_texts;
	uint8_t mark;             /* the event that ends a trace */
	const char *why;          /* its text; empty: none ended it */
	const char *(*word_name)(char kind, uint64_t word);

	/* Scratch. */
	uint64_t next[COLUMNS_RINGS]; /* each ring: events before this are left */
	struct trace_event row[COLUMNS_ROWS]; /* the last one first */
	unsigned nr_rows, nr_key, nr_near;
	unsigned width;
	uint64_t seen; /* harts with a row */
};

void columns_print(struct columns *c, printf_sink sink, void *ctx);
