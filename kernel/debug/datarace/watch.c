/*
 * debug/datarace/watch.c - watchpoints.
 *
 * A watchpoint is one word: which bytes, and whether they are written.  It
 * lies in the slot of its line of memory, so who comes by looks at one slot,
 * and finds it empty.  Each hart sets one at a time, since it waits beside it
 * with interrupts off; who meets one replaces it and leaves his name beside
 * it, for the hart that set it to report both.
 *
 * Waiting serves no shootdowns: it may stand anywhere, inside of serving one
 * as well.  It is short, and others wait for this hart that much longer.
 *
 * This file is compiled without the calls.  What it calls is not; so a hart
 * is paused while it is in here.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/kstack.h"
#include "arch/memory.h"
#include "debug/backtrace.h"
#include "debug/datarace/datarace_internal.h"
#include "debug/seeded.h"
#include "lib/bits.h"
#include "lib/rng.h"
#include "mm/page.h"
#include "proc/sched/thread.h"

#if WATCHED

#define NR_SLOTS 64
#define LINE_BYTES 64

/* Plain accesses between two that are watched: any number below twice this. */
#define ONE_IN 600

/* How long, in ticks of the clock, for each hart of a seeded machine. */
#define WAIT_LOG2_LOW 3
#define WAIT_LOG2_HIGH 10

/* With interrupts off: after a wait, so many times as long without one.  The
 * timers of a program may ring often, and a hart has to be done with one ring
 * before the next. */
#define REST_FACTOR 8

/* A watchpoint: the low bits of the address, the size, what the access is. */
#define WATCH_IS_SET BIT(63)
#define WATCH_WRITE BIT(62)
#define WATCH_SIZE_SHIFT 48
#define WATCH_ADDR_MASK (BIT(WATCH_SIZE_SHIFT) - 1)
#define WATCH_MET 1UL /* no address: somebody came by */

static struct slot {
	uint64_t word;       /* (a) 0, a watchpoint, or WATCH_MET */
	uint32_t is_named;   /* (a) who met it is below; ORDER datarace-met */
	struct access other; /* (who met it), then (who set it) */
} slots[NR_SLOTS];

static struct hart_watch {
	int32_t quiet;   /* (h) plain accesses until the next watchpoint; an
			    interrupt may change it meanwhile, and does no harm */
	uint32_t paused; /* (h) */
	uint64_t rests_until; /* (hi) ticks: no waiting before, interrupts off */
	struct rng rng;       /* (hi) */
} __aligned(64) harts_watch[MAX_HARTS];

static bool is_on; /* (c) after boot */

void datarace_init(uint64_t seed)
{
	for (unsigned h = 0; h < MAX_HARTS; h++) {
		rng_seed(&harts_watch[h].rng, ~(seed * MAX_HARTS + h));
		harts_watch[h].quiet = ONE_IN;
	}
	is_on = true;
}

void datarace_pause(void)
{
	harts_watch[hart_id()].paused++;
	barrier();
}

void datarace_resume(void)
{
	barrier();
	harts_watch[hart_id()].paused--;
}

/* ---- an access, as it is reported ---- */

static void describe(struct access *a, uint64_t addr, uint64_t size, unsigned kind,
		     uint64_t fp)
{
	const struct thread *t = current_thread();

	a->addr = addr;
	a->size = size;
	a->kind = kind;
	a->hart = hart_id();
	a->tid = t != NULL ? t->tid : 0;
	a->nr_callers = backtrace_take(fp, a->callers, ACCESS_CALLERS);
}

/* ---- who comes by ---- */

static struct slot *slot_of(uint64_t addr)
{
	return &slots[addr / LINE_BYTES % NR_SLOTS];
}

static uint64_t watchpoint(uint64_t addr, uint64_t size, unsigned kind)
{
	return WATCH_IS_SET | (kind & IS_WRITE ? WATCH_WRITE : 0) |
	       size << WATCH_SIZE_SHIFT | (addr & WATCH_ADDR_MASK);
}

/* The access and the watchpoint @word share bytes, and one of them writes. */
static bool is_race(uint64_t word, uint64_t addr, uint64_t size, unsigned kind)
{
	uint64_t start = word & WATCH_ADDR_MASK;
	uint64_t bytes = word >> WATCH_SIZE_SHIFT & 0xff;

	addr &= WATCH_ADDR_MASK;
	return (word & WATCH_IS_SET) && addr < start + bytes &&
	       start < addr + size && (word & WATCH_WRITE || kind & IS_WRITE);
}

static NOINLINE void meet(struct slot *s, uint64_t word, uint64_t addr, uint64_t size,
			  unsigned kind, uint64_t fp)
{
	unsigned long irq = irq_save();

	/* No ORDER: who is first has the slot. */
	if (harts_watch[hart_id()].paused == 0 &&
	    atomic_replace(&s->word, word, WATCH_MET)) {
		datarace_pause();
		describe(&s->other, addr, size, kind, fp);
		datarace_resume();
		/* ORDER datarace-met, meeting side; the other is in take_down(). */
		store_release(&s->is_named, 1);
	}
	irq_restore(irq);
}

static ALWAYS_INLINE void look(uint64_t addr, uint64_t size, unsigned kind, uint64_t fp)
{
	struct slot *s = slot_of(addr);
	uint64_t word = READ_ONCE(s->word);

	if (unlikely(word != 0) && is_race(word, addr, size, kind))
		meet(s, word, addr, size, kind, fp);
}

/* ---- who watches ---- */

static uint64_t value_at(uint64_t addr, uint64_t size)
{
	switch (size) {
	case 1:
		return *(volatile uint8_t *)addr;
	case 2:
		return *(volatile uint16_t *)addr;
	case 4:
		return *(volatile uint32_t *)addr;
	default:
		return *(volatile uint64_t *)addr;
	}
}

/*
 * Standing still, not spinning: where harts outnumber the processors below
 * them, nobody would come by while this one has a processor.
 */
static void wait(struct hart_watch *own)
{
	uint64_t ticks = rng_skewed(&own->rng, WAIT_LOG2_LOW, WAIT_LOG2_HIGH);
	uint64_t begin = clock_ticks();
	uint64_t end = begin + (is_seeded() ? ticks * nr_harts : ticks);
	uint64_t deadline = hart_self()->timer_deadline;

	if (deadline == 0) { /* early in boot */
		while (clock_ticks() < end)
			cpu_relax();
		return;
	}
	hart_timer_set(min(end, deadline));
	while (clock_ticks() < end)
		hart_idle_wait();
	hart_timer_set(deadline);
	own->rests_until = end + REST_FACTOR * (clock_ticks() - begin);
}

/* The watchpoint goes.  True: somebody came by, and is @other now. */
static bool take_down(struct slot *s, uint64_t word, struct access *other)
{
	/* No ORDER: nobody came by, so there is nothing to read. */
	if (atomic_replace(&s->word, word, 0))
		return false;
	/* ORDER datarace-met, reporting side; the other is in meet(). */
	while (load_acquire(&s->is_named) == 0)
		cpu_relax();
	*other = s->other;
	WRITE_ONCE(s->is_named, 0);
	/* ORDER datarace-met, leaving side; the other is in watch(). */
	store_release(&s->word, 0);
	return true;
}

static void watch(struct hart_watch *own, const struct access *self)
{
	uint64_t addr = self->addr, size = self->size;
	struct slot *s = slot_of(addr);
	uint64_t word = watchpoint(addr, size, self->kind);
	struct access other = { .nr_callers = 0 };

	/* ORDER datarace-met, next side; the other is in take_down(). */
	if (!atomic_replace(&s->word, 0, word))
		return;
	uint64_t before = value_at(addr, size);

	wait(own);
	uint64_t after = value_at(addr, size);

	if (!take_down(s, word, &other) && before == after)
		return;
	datarace_found(self, &other, before, after);
}

/* What is in a program's pages is the program's, and so are its races. */
static bool is_programs(uint64_t addr)
{
	paddr_t pa = kstack_pa(addr);

	if (pa == 0)
		pa = virt_to_phys((void *)addr);
	if (!page_exists(pa))
		return true; /* a device */
	switch (page_of_pa(pa)->kind) {
	case PAGE_ANON:
	case PAGE_CACHE:
	case PAGE_ZERO:
		return true;
	default:
		return false;
	}
}

/* Of a range one word is enough, any of them. */
static void choose_word(struct hart_watch *own, uint64_t *addr, uint64_t *size)
{
	if (*size <= 8)
		return;
	*addr = align_up(*addr, 8) + rng_below(&own->rng, *size / 8) * 8;
	*size = 8;
}

/* This hart may wait here; @irq is what irq_save() said. */
static bool may_wait(const struct hart_watch *own, unsigned long irq)
{
	return irq != 0 || clock_ticks() >= own->rests_until;
}

/* In a weak machine every other store is watched later. */
static void watch_or_wait(struct hart_watch *own, uint64_t addr, uint64_t size,
			  unsigned kind, uint64_t fp)
{
	struct access self;

	describe(&self, addr, size, kind, fp);
	if (datarace_is_weak() && (kind & IS_WRITE) && rng_below(&own->rng, 2))
		late_begin(&self);
	else
		watch(own, &self);
}

/* Not inlined: the variable is set by a call that is looked at as well. */
static NOINLINE void watch_if_late(struct hart_watch *own, uint64_t addr, uint64_t size,
				   unsigned kind, uint64_t fp, unsigned long irq)
{
	struct access store;

	if (late_passes(addr, size, kind, fp, &store) && may_wait(own, irq))
		watch(own, &store);
}

static NOINLINE void pass_late(struct hart_watch *own, uint64_t addr, uint64_t size,
			       unsigned kind, uint64_t fp)
{
	unsigned long irq = irq_save();

	if (own->paused++ == 0)
		watch_if_late(own, addr, size, kind, fp, irq);
	own->paused--;
	irq_restore(irq);
}

static NOINLINE void consider(struct hart_watch *own, uint64_t addr, uint64_t size,
			      unsigned kind, uint64_t fp)
{
	unsigned long irq = irq_save();
	uint64_t end = addr + size;

	if (own->paused++ == 0) {
		own->quiet = (int32_t)rng_below(&own->rng, 2 * ONE_IN);
		choose_word(own, &addr, &size);
		if (may_wait(own, irq) && addr % size == 0 &&
		    addr + size <= end && !is_programs(addr))
			watch_or_wait(own, addr, size, kind, fp);
	}
	own->paused--;
	irq_restore(irq);
}

/* ---- each access ---- */

/* A long one lies in many lines; all slots is as far as there is to look. */
static NOINLINE void look_along(uint64_t addr, uint64_t size, unsigned kind, uint64_t fp)
{
	uint64_t end = min(addr + size, addr + NR_SLOTS * LINE_BYTES);

	for (uint64_t at = addr; at < end; at = align_up(at + 1, LINE_BYTES)) {
		struct slot *s = slot_of(at);
		uint64_t word = READ_ONCE(s->word);

		if (word != 0 && is_race(word, addr, size, kind))
			meet(s, word, addr, size, kind, fp);
	}
}

void datarace_access(const volatile void *p, uint64_t size, unsigned kind, uint64_t fp)
{
	uint64_t addr = (uint64_t)p;

	if (unlikely(!is_on) || size == 0)
		return;
	if (likely(size <= 8))
		look(addr, size, kind, fp);
	else
		look_along(addr, size, kind, fp);

	struct hart_watch *own = &harts_watch[hart_id()];

	if (unlikely(late_is_there()))
		pass_late(own, addr, size, kind, fp);
	if (!(kind & IS_MARKED) && unlikely(--own->quiet < 0))
		consider(own, addr, size, kind, fp);
}

#endif
