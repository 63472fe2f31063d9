/*
 * debug/ring.c - see ring.h.
 */
#include "debug/ring.h"

#include "arch/barrier.h"
#include "lib/compiler.h"

#if LAB

#define EVENT_WORDS (sizeof(struct trace_event) / sizeof(uint64_t))

static uint64_t *ring_slot(const struct trace_ring *ring, uint64_t n)
{
	return (uint64_t *)&ring->events[n & (ring->size - 1)];
}

void ring_put(struct trace_ring *ring, const struct trace_event *event)
{
	uint64_t next = READ_ONCE(ring->next);
	uint64_t *slot = ring_slot(ring, next);

	/*
	 * ORDER trace-ring, overwriting side; the other is in ring_get().
	 * Who reads one of these words finds a next that tells so.
	 */
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		store_release(&slot[i], ((const uint64_t *)event)[i]);
	/* ORDER trace-ring, writing side; the other is in ring_get(). */
	store_release(&ring->next, next + 1);
}

void ring_put_once(struct trace_ring *ring, const struct trace_event *event)
{
	struct trace_event *last =
		(struct trace_event *)ring_slot(ring, ring->next - 1);

	if (ring->next == 0 || last->id != event->id ||
	    last->tid != event->tid || last->a != event->a ||
	    last->b != event->b)
		ring_put(ring, event);
	else if (last->times < UINT16_MAX)
		WRITE_ONCE(last->times, (uint16_t)(last->times + 1));
}

/* The oldest event that is whole: the next one is being written over the one
 * before it. */
static uint64_t ring_first(const struct trace_ring *ring)
{
	uint64_t next = READ_ONCE(ring->next);

	return next < ring->size ? 0 : next - ring->size + 1;
}

bool ring_get(const struct trace_ring *ring, uint64_t n,
	      struct trace_event *event)
{
	const uint64_t *slot = ring_slot(ring, n);

	/* ORDER trace-ring, reading side; the other is in ring_put(). */
	if (n >= load_acquire(&ring->next))
		return false;
	/* ORDER trace-ring, checking side; the other is in ring_put(). */
	for (unsigned i = 0; i < EVENT_WORDS; i++)
		((uint64_t *)event)[i] = load_acquire(&slot[i]);
	return n >= ring_first(ring);
}

#endif
