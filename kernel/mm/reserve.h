#pragma once

/*
 * mm/reserve.h - the last frames are not for everybody.
 *
 * Whoever is refused memory can wait or be ended; who could end him must not
 * be refused.  So the last frames, a thirty-second of memory and 4 MiB at
 * most, are kept: three quarters of them for root too, who wants to look and
 * to kill, and the rest for the kernel's own threads, process 1, and for who
 * is dying, so that he comes to his end.
 *
 * It is asked only where a hart's stack of frames is empty and filled from
 * the free lists (page.c); and as the reserve is reached a stack gets one
 * frame at a time, or others would find there what was given to one.
 */

#include "lib/types.h"

enum claim {
	CLAIM_USER,
	CLAIM_ROOT,
	CLAIM_KERNEL,
};

/* Of the running thread.  Any context. */
enum claim current_claim(void); /* upcall */

#define RESERVE_PART 32UL
#define RESERVE_MAX 1024UL

/* Frames out of @total that are kept from @claim. */
static inline uint64_t reserve_from(enum claim claim, uint64_t total)
{
	uint64_t all = total / RESERVE_PART;

	if (all > RESERVE_MAX)
		all = RESERVE_MAX;
	return claim == CLAIM_USER ? all : claim == CLAIM_ROOT ? all / 4 : 0;
}

/*
 * The running thread gets no block of 2^@order frames, or soon will not, since there
 * is too little.  What is left when memory ends is in pieces: of a block there is
 * too little already while fewer frames are free than PIECES of its size have.  Where
 * there are more, and no block, nobody's end would help.
 */
#define PIECES 32UL
bool memory_is_short(unsigned order);

/*
 * It got none, holds no spinlock, and would rather wait than be told: until
 * somebody who has much of it is gone.  True: try again.  False: there is
 * nobody, or it is to end itself.  Sleeps, but not for ever, so sleeping locks
 * may be held.
 */
bool memory_wait(unsigned order); /* upcall */
