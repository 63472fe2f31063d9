#pragma once

/*
 * debug/ring.h - a ring of events with one writer, and readers anywhere.
 *
 * The writer never waits: it overwrites the oldest.  A reader copies an event
 * and then looks whether the writer has come round to it meanwhile.
 */

#include "lib/types.h"

/* tools/trace.py reads these two from a file of the guest's memory. */
struct trace_event {
	uint64_t time; /* ticks */
	uint8_t id;    /* enum event */
	uint8_t hart;
	uint16_t times; /* it came more than once in a row: how often more */
	int32_t tid;   /* 0: idle, or none yet */
	uint64_t a, b;
};

struct trace_ring {
	uint64_t next;   /* (a) events ever written; ORDER trace-ring */
	uint64_t size;   /* (c) a power of two */
	struct trace_event *events;
};

/* Writer: its hart, interrupts off. */
void ring_put(struct trace_ring *ring, const struct trace_event *event);
/* The same; if the last one says the same, only its count rises. */
void ring_put_once(struct trace_ring *ring, const struct trace_event *event);
/* Event number @n.  False: not written yet, or overwritten. */
bool ring_get(const struct trace_ring *ring, uint64_t n,
	      struct trace_event *event);
