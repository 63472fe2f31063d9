#pragma once

/*
 * debug/shadow.h - a second TLB, beside each hart's own, that forgets only
 * what it is told to forget.  Lab build only.
 *
 * QEMU flushes everything at any SFENCE.VMA and never keeps an entry long, so
 * a flush with a wrong range or a flush that comes a moment too late does no
 * harm there.  On a real machine it gives a page away that some hart still
 * writes to.  So whoever takes a translation away says so here, flushes and
 * shootdowns are reported too, and these are panics:
 *
 *	- a frame or page table is freed, or a frame copied, before the change
 *	  that took it from a hart was shot down
 *	- a shootdown returns, and a hart that runs the address space has not
 *	  flushed what it covers
 *	- a hart enters an address space without the flush that it owes
 *	- a thread returns to user mode before its change was shot down
 *
 * `shadow=off` on the command line switches it off.  debug/shadow_model.h is
 * what is remembered, and why that is enough.
 */

#include "debug/shadow_model.h"
#include "lib/compiler.h"
#include "lib/types.h"

#if LAB

extern bool shadow_on; /* (c) after boot */

void shadow_begin(struct shadow_space *s, unsigned asid);
void shadow_end(struct shadow_space *s);

/* The entry of @va, which mapped @frame, was changed: call it after the
 * store, and before whatever protects the entry is released. */
void shadow_lose(struct shadow_space *s, uint64_t va, uint64_t frame,
		 enum shadow_loss loss);

/* Number of the last change; taken before a flush or the start of a
 * shootdown, it says what that covers. */
static inline uint64_t shadow_mark(const struct shadow_space *s)
{
	return READ_ONCE(s->seq);
}

/* This hart has flushed: all that was lost up to @mark, or one range. */
void shadow_flushed(struct shadow_space *s, uint64_t mark);
/* Hart @hart has flushed [start, end) alone. */
void shadow_flushed_range(struct shadow_space *s, unsigned hart, uint64_t start,
			  uint64_t end);
void shadow_shot_down(struct shadow_space *s, uint64_t start, uint64_t end,
		      uint64_t mark);

/* This hart may use translations; only its walker may; satp is another. */
void shadow_enter(struct shadow_space *s);
void shadow_pause(struct shadow_space *s);
void shadow_leave(struct shadow_space *s);

void shadow_frame_freed(uint64_t frame);
void shadow_frame_copied(uint64_t frame);
/* The running thread owes no shootdown: it goes back to user mode. */
void shadow_assert_settled(void);

#else

#define shadow_begin(s, asid) ((void)(s))
#define shadow_end(s) ((void)(s))
#define shadow_lose(s, va, frame, loss) ((void)sizeof(frame))
#define shadow_mark(s) 0UL
#define shadow_flushed(s, mark) ((void)(mark))
#define shadow_flushed_range(s, hart, start, end) ((void)(s))
#define shadow_shot_down(s, start, end, mark) ((void)(mark))
#define shadow_enter(s) ((void)(s))
#define shadow_pause(s) ((void)(s))
#define shadow_leave(s) ((void)(s))
#define shadow_frame_freed(frame) ((void)(frame))
#define shadow_frame_copied(frame) ((void)(frame))
#define shadow_assert_settled() ((void)0)

#endif
