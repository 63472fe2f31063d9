/*
 * debug/trace.c - the rings, and who may write to them when.
 */
#include "debug/trace.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/columns.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/page.h"
#include "proc/sched/thread.h"
#include "sync/block.h"

#if LAB

#define SMALL_RING 1024U

bool trace_on;

/* tools/trace.py looks for this in the guest's memory. */
static struct {
	char magic[8];
	uint64_t ticks_per_second; /* (c) after trace_enable() */
	uint64_t whole_run;        /* (c) trace=N was given */
	uint64_t enabled;          /* (a) set once */
	uint64_t stopped;          /* (a) 1: a stop was claimed, 2: and is done */
	char why[160];             /* by who claimed the stop */
	struct trace_ring rings[MAX_HARTS]; /* next: (hi) writes */
} trace_header = { .magic = "DROVTRAC" };

/* Of the hart that boots, for it begins before there is memory. */
static struct trace_event boot_ring[SMALL_RING];

static uint64_t ring_size = SMALL_RING; /* (c) once harts are added: events */

static const uint8_t event_shows[] = {
#define EVENT(name, show, text, what) SHOW_##show,
#include "debug/events.def"
#undef EVENT
};

/* The ring is the hart's own, so interrupts off is all the locking there is. */
void trace_event(enum event event, uint64_t a, uint64_t b)
{
	unsigned long irq = irq_save();
	const struct thread *self = current_thread();
	struct trace_event e = {
		.time = clock_ticks(),
		.id = event,
		.hart = hart_id(),
		.tid = self == NULL ? 0 : self->tid,
		.a = a,
		.b = b,
	};

	if (trace_header.whole_run)
		ring_put(&trace_header.rings[hart_id()], &e);
	else if (event_shows[event] != SHOW_QUIET)
		ring_put_once(&trace_header.rings[hart_id()], &e);
	irq_restore(irq);
}

void trace_name(void)
{
	union {
		char name[THREAD_NAME_MAX];
		uint64_t words[2];
	} u;
	_Static_assert(sizeof(u) == sizeof(u.words), "a name fits an event");

	if (!READ_ONCE(trace_on))
		return;
	memset(&u, 0, sizeof(u));
	strlcpy(u.name, current_thread()->name, sizeof(u.name));
	trace_event(EVENT_name, u.words[0], u.words[1]);
}

/* ---- on and off ---- */

static void use_ring(unsigned hart, struct trace_event *events)
{
	trace_header.rings[hart] = (struct trace_ring){ .size = ring_size,
							.events = events };
}

void trace_enable(void)
{
	if (READ_ONCE(trace_header.enabled))
		return;
	if (trace_header.rings[0].events == NULL)
		use_ring(0, boot_ring);
	trace_header.ticks_per_second = ticks_per_second;
	WRITE_ONCE(trace_header.enabled, 1);
	WRITE_ONCE(trace_on, true);
}

bool trace_add_hart(unsigned hart)
{
	unsigned order = 0;
	struct page *page;

	while (PAGE_SIZE << order < ring_size * sizeof(struct trace_event))
		order++;
	page = pages_alloc(order, PAGE_KERNEL);
	if (page != NULL)
		use_ring(hart, page_address(page));
	return page != NULL;
}

void trace_set_size(uint64_t kib)
{
	uint64_t size = 1;

	if (kib == 0 || kib > TRACE_MAX_KIB)
		panic("trace=%lu: 1 to %lu KiB are allowed", kib,
		      TRACE_MAX_KIB);
	while (2 * size * sizeof(struct trace_event) <= kib << 10)
		size *= 2;
	WRITE_ONCE(trace_on, false);
	ring_size = size;
	if (!trace_add_hart(hart_id()))
		panic("no memory for a trace of %lu KiB", kib);
	trace_header.whole_run = 1;
	WRITE_ONCE(trace_header.enabled, 0);
	trace_enable();
}

/* No ORDER: one of many stops it, and writes why; who reads does so later. */
void trace_stop(const char *why)
{
	if (!READ_ONCE(trace_on) ||
	    !atomic_replace(&trace_header.stopped, 0UL, 1UL))
		return;
	strlcpy(trace_header.why, why, sizeof(trace_header.why));
	trace(mark, 0, 0);
	WRITE_ONCE(trace_on, false);
	WRITE_ONCE(trace_header.stopped, 2);
}

/*
 * Events of before are not forgotten by resetting rings, to which others may
 * be writing still: the columns end at the last stop.  No ORDER: one of many
 * starts it.
 */
void trace_start(void)
{
	if (!READ_ONCE(trace_header.enabled) || trace_header.whole_run ||
	    !atomic_replace(&trace_header.stopped, 2UL, 1UL))
		return;
	trace_header.why[0] = '\0';
	WRITE_ONCE(trace_header.stopped, 0);
	WRITE_ONCE(trace_on, true);
}

/* ---- words for events ---- */

static const char *const event_texts[] = {
#define EVENT(name, show, text, what) text,
#include "debug/events.def"
#undef EVENT
};

static const char *syscall_name(uint64_t nr)
{
	switch (nr) {
#define SYSCALL(nr, name, arguments) case nr: return #name;
#include "syscall/table.def"
#undef SYSCALL
	}
	return "syscall";
}

static const char *word_name(char kind, uint64_t word)
{
	static const char *const accesses[] = { "read", "write", "run" };
	static const char *const ipis[] = { "tlb", "resched", "stop" };

	switch (kind) {
	case 'A':
		return word < ARRAY_SIZE(accesses) ? accesses[word] : "?";
	case 'I':
		return word < ARRAY_SIZE(ipis) ? ipis[word] : "?";
	case 'L':
		return word < NR_LOCK_RANKS ? lock_rank_name(word) : "?";
	case 'P':
		return word < NR_POINTS ? point_name(word) : "?";
	default:
		return syscall_name(word);
	}
}

bool trace_columns(printf_sink sink, void *ctx)
{
	static uint32_t busy; /* (a) */
	static struct columns c;

	/* No ORDER: nobody else has it, ever. */
	if (!READ_ONCE(trace_header.enabled) || !atomic_replace(&busy, 0, 1))
		return false;
	c.rings = trace_header.rings;
	c.nr_rings = nr_harts;
	c.ticks_per_us = max(ticks_per_second / 1000000, 1UL);
	c.texts = event_texts;
	c.shows = event_shows;
	c.nr_texts = NR_EVENTS;
	c.mark = EVENT_mark;
	c.why = READ_ONCE(trace_header.stopped) == 2 ? trace_header.why : "";
	c.word_name = word_name;
	columns_print(&c, sink, ctx);
	WRITE_ONCE(busy, 0);
	return true;
}

#endif
