#pragma once

/*
 * debug/lockdep/witness.h - who was the first to do something, and how.
 */

#include "lib/types.h"

#define WITNESS_CALLERS 8

struct witness {
	uint32_t nr_callers; /* (a) 0: none yet; ORDER lock-witness */
	int tid;             /* 0: idle, or none yet */
	char thread[16];
	uint64_t held_at;    /* where the lock was taken that is held, or 0 */
	uint64_t callers[WITNESS_CALLERS];
};

/* The running thread did, in the calls of the frame @fp.  Once for each
 * witness. */
void witness_write(struct witness *w, uint64_t held_at, uint64_t fp);

/* For a panic: where the lock was taken that was held, and one line for each
 * caller. */
void witness_print(const struct witness *w);

/* One line: "THREAD where < caller < ...". */
void witness_put(const struct witness *w,
		 void (*put)(void *ctx, const char *s, size_t n), void *ctx);
