#pragma once

/*
 * debug/trace.h - what each hart did, in the order it did it.  Lab build only.
 *
 *	trace(switch, next->tid, prev->state);
 *
 * Each hart writes to a ring of its own, without a lock; debug/events.def
 * lists the events and what their two words mean.
 *
 * Tracing is on from the moment that race points are (points=, a kernel with
 * a bug, a write to /proc/drover/races), and with trace=N, which also makes
 * the rings N KiB long.  It ends with trace_stop(), when something was seen to
 * be wrong: then the rings hold what led there.
 */

#include "lib/compiler.h"
#include "lib/printf.h"
#include "lib/types.h"

enum event {
#define EVENT(name, show, text, what) EVENT_##name,
#include "debug/events.def"
#undef EVENT
	NR_EVENTS
};

#define TRACE_MAX_KIB 4096UL

#if LAB

extern bool trace_on; /* (a) */

#define trace(name, a, b)						\
	do {								\
		if (unlikely(READ_ONCE(trace_on)))			\
			trace_event(EVENT_##name, (uint64_t)(a),	\
				    (uint64_t)(b));			\
	} while (0)

/* Context: any, with any lock. */
void trace_event(enum event event, uint64_t a, uint64_t b);

/* The running thread has a new name. */
void trace_name(void);

/* Boot, once memory can be allocated: rings of @kib for each hart. */
void trace_set_size(uint64_t kib);
/* Before hart @hart starts: its ring.  False: no memory. */
bool trace_add_hart(unsigned hart);
/* From now on, unless it has been stopped. */
void trace_enable(void);
/* Stop, with @why as the last event; only the first call counts.  Any
 * context. */
void trace_stop(const char *why);
/* Forget the stop, and all events before it; with trace=N the first stop is
 * the last word. */
void trace_start(void);

/*
 * The last events before the stop (or before now), one column a hart; nothing
 * when there are none.  One caller at a time is promised by nobody: false,
 * and nothing is printed, while another one is at it.
 */
bool trace_columns(printf_sink sink, void *ctx);

#else

#define trace(name, a, b) ((void)sizeof(a), (void)sizeof(b))
#define trace_name() ((void)0)
#define trace_stop(why) ((void)(why))

#endif
