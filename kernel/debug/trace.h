#pragma once

/*
 * debug/trace.h - what each hart did, in the order it did it.  Lab build only.
 *
 *	trace(switch, prev->tid, next->tid);
 *
 * Each hart writes to a ring of its own, without a lock; debug/events.def
 * lists the events and what their two words mean.
 */

#include "lib/compiler.h"
#include "lib/types.h"

enum event {
#define EVENT(name, format, what) EVENT_##name,
#include "debug/events.def"
#undef EVENT
	NR_EVENTS
};

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

#else

#define trace(name, a, b) ((void)sizeof(a), (void)sizeof(b))

#endif
