/*
 * debug/lockwatch.c - the report on a wait that does not end, and the proof
 * that one cannot end.
 *
 * Each hart shows in waits[] what it spins for.  From a waiting hart to the
 * one that it waits for, and so on: when the way comes back to where it
 * began, there may be a deadlock.  The reads are of several moments, and an
 * interrupt handler of a waiting hart may hold the lock for a moment; so the
 * circle counts when it is found twice again, the same locks taken by the same
 * tickets, and each of its harts has gone on turning in its same loop each
 * time.  Then what each holds, it holds below that loop; and an IPI that is
 * pending is not served there, for a hart that serves it once lets the one
 * that waits leave its loop.
 *
 * For the report on a long wait seconds are the guest's, and a hart that the
 * host does not run makes no progress; so the limits are generous.
 */

#include "debug/lockwatch.h"

#include "arch/hart.h"
#include "debug/ksyms.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/printf.h"
#include "sync/spinlock.h"

#define REPORT_SECONDS 10
#define PANIC_SECONDS 60
#define TURNS_PER_LOOK 64
#define TURNS_OF_PROOF 3
#define PROOFS 2
/* Longer ones are left to PANIC_SECONDS: they would fill the stack. */
#define CIRCLE_MAX 8U

#if LAB

/* One hart of a circle. */
struct link {
	unsigned hart;
	struct hart_wait wait;
	unsigned ticket; /* that the lock serves */
};

static struct hart_state {
	struct hart_wait wait;        /* (hi) to write; others read racily */
	struct link seen[CIRCLE_MAX]; /* (hi) the circle that was found last */
	unsigned nr_seen;             /* (hi) 0: none */
	unsigned nr_proofs;           /* (hi) how often it was found again */
	uint64_t serial;              /* (hi) */
} __aligned(64) states[MAX_HARTS];

/* ---- waits ---- */

static void show(struct hart_wait *to, const struct hart_wait *wait)
{
	WRITE_ONCE(to->serial, 0);
	WRITE_ONCE(to->lock, wait->lock);
	WRITE_ONCE(to->site, wait->site);
	WRITE_ONCE(to->by, wait->by);
	WRITE_ONCE(to->irq_off, wait->irq_off);
	WRITE_ONCE(to->turns, wait->turns);
	WRITE_ONCE(to->serial, wait->serial);
}

/* What @hart shows, of one moment or of several. */
static struct hart_wait shown(unsigned hart)
{
	const struct hart_wait *wait = &states[hart].wait;

	return (struct hart_wait){
		.lock = READ_ONCE(wait->lock),
		.site = READ_ONCE(wait->site),
		.by = READ_ONCE(wait->by),
		.irq_off = READ_ONCE(wait->irq_off),
		.serial = READ_ONCE(wait->serial),
		.turns = READ_ONCE(wait->turns),
	};
}

static struct lockwatch begin(const struct spinlock *lock,
			      const struct spin_site *site, unsigned by)
{
	unsigned long irq = irq_save();
	struct hart_state *self = &states[hart_id()];
	struct lockwatch watch = { .interrupted = self->wait,
				   .since = clock_ticks() };
	struct hart_wait wait = { .lock = lock,
				  .site = site,
				  .by = by,
				  .irq_off = irq == 0,
				  .serial = ++self->serial };

	show(&self->wait, &wait);
	irq_restore(irq);
	return watch;
}

struct lockwatch lockwatch_begin(const struct spinlock *lock)
{
	return begin(lock, NULL, 0);
}

struct lockwatch lockwatch_begin_ack(unsigned hart)
{
	return begin(NULL, NULL, hart + 1);
}

struct lockwatch lockwatch_begin_spin(const struct spin_site *site, unsigned hart)
{
	return begin(NULL, site, hart == LOCKWATCH_ANYBODY ? 0 : hart + 1);
}

void lockwatch_end(const struct lockwatch *watch)
{
	unsigned long irq = irq_save();

	show(&states[hart_id()].wait, &watch->interrupted);
	irq_restore(irq);
}

/* ---- reports ---- */

static void describe_spin(unsigned hart, const struct hart_wait *wait)
{
	printk("hart %u waits in %s until %s\n", hart, wait->site->where,
	       wait->site->until);
	if (wait->by != 0)
		printk("  that is for hart %u to do\n", wait->by - 1);
}

static void describe_lock(unsigned hart, const struct spinlock *lock)
{
	uintptr_t offset = 0;
	const char *where = ksym_lookup(READ_ONCE(lock->holder_pc), &offset);

	printk("hart %u waits for %s %p, which hart %d took at %s+0x%lx\n",
	       hart, lock_rank_name(lock->rank), (const void *)lock,
	       READ_ONCE(lock->holder) - 1, where != NULL ? where : "?",
	       offset);
}

static void describe(unsigned hart, const struct hart_wait *wait)
{
	if (wait->lock != NULL)
		describe_lock(hart, wait->lock);
	else if (wait->site != NULL)
		describe_spin(hart, wait);
	else if (wait->by != 0)
		printk("hart %u waits for hart %u to flush its TLB\n", hart,
		       wait->by - 1);
}

void lockwatch_print(void)
{
	for_each_present_hart(hart) {
		struct hart_wait wait = shown(hart);

		if (wait.serial != 0)
			describe(hart, &wait);
	}
}

static int add_link(char *text, size_t size, const struct link *link,
		    unsigned next)
{
	if (link->wait.site != NULL)
		return ksnprintf(text, size, "%s in %s from hart %u",
				 link->wait.site->until, link->wait.site->where, next);
	if (link->wait.lock == NULL)
		return ksnprintf(text, size, "a TLB flush of hart %u", next);
	return ksnprintf(text, size, "%s %p held by hart %u",
			 lock_rank_name(link->wait.lock->rank),
			 (const void *)link->wait.lock, next);
}

static __noreturn void deadlock(const struct link *circle, unsigned n)
{
	char text[160];
	size_t at = 0;

	for (unsigned i = 0; i < n && at < sizeof(text); i++) {
		if (i != 0)
			at += (size_t)ksnprintf(text + at, sizeof(text) - at,
						", which waits for ");
		if (at < sizeof(text))
			at += (size_t)add_link(text + at, sizeof(text) - at,
					       &circle[i],
					       circle[(i + 1) % n].hart);
	}
	panic("deadlock: hart %u waits for %s", circle[0].hart, text);
}

/* ---- circles ---- */

/* Somebody wants @hart to flush, and it takes no interrupt. */
static bool leaves_ipi(unsigned hart)
{
	return READ_ONCE(harts[hart].ipi_pending) & BIT(IPI_TLB) &&
	       READ_ONCE(states[hart].wait.irq_off);
}

/* Whom does the hart that shows @wait wait for?  MAX_HARTS: nobody for sure. */
static unsigned waits_for(const struct hart_wait *wait)
{
	unsigned next = wait->by;

	if (wait->serial == 0)
		return MAX_HARTS;
	if (wait->lock != NULL)
		next = READ_ONCE(wait->lock->holder);
	/* Another hart may be half way through writing it: neither is set. */
	if (next == 0 || next > nr_harts)
		return MAX_HARTS;
	next--;
	return wait->lock != NULL || wait->site != NULL || leaves_ipi(next) ?
		       next : MAX_HARTS;
}

/* Follow the waits from @self on; how many harts until back, or 0. */
static unsigned find_circle(unsigned self, struct link *circle)
{
	unsigned n = 0, hart = self;

	do {
		struct link *link = &circle[n++];

		link->hart = hart;
		link->wait = shown(hart);
		link->ticket = link->wait.lock == NULL ? 0 :
			       READ_ONCE(link->wait.lock->owner);
		hart = waits_for(&link->wait);
	} while (hart != MAX_HARTS && hart != self && n < CIRCLE_MAX);
	return hart == self ? n : 0;
}

/* Is @now the circle that @then was, and has everybody waited on? */
static bool is_proven(const struct link *then, const struct link *now,
		      unsigned n, bool *same)
{
	bool turned = true;

	*same = true;
	for (unsigned i = 0; i < n; i++) {
		*same &= then[i].hart == now[i].hart &&
			 then[i].wait.serial == now[i].wait.serial &&
			 then[i].wait.lock == now[i].wait.lock &&
			 then[i].wait.site == now[i].wait.site &&
			 then[i].ticket == now[i].ticket;
		turned &= now[i].wait.turns >=
			  then[i].wait.turns + TURNS_OF_PROOF;
	}
	return *same && turned;
}

/* Interrupts off. */
static void look_for_circle(struct hart_state *self)
{
	struct link circle[CIRCLE_MAX];
	unsigned n = find_circle(hart_id(), circle);
	bool same = false;

	if (n != 0 && n == self->nr_seen &&
	    is_proven(self->seen, circle, n, &same)) {
		if (++self->nr_proofs == PROOFS)
			deadlock(circle, n);
	} else if (same) {
		return;
	} else {
		self->nr_proofs = 0;
	}
	self->nr_seen = n;
	for (unsigned i = 0; i < n; i++)
		self->seen[i] = circle[i];
}

void lockwatch_tick(struct lockwatch *watch)
{
	uint64_t waited = clock_ticks() - watch->since;
	unsigned long irq = irq_save();
	struct hart_state *self = &states[hart_id()];

	WRITE_ONCE(self->wait.turns, self->wait.turns + 1);
	if (self->wait.turns % TURNS_PER_LOOK == 0)
		look_for_circle(self);
	irq_restore(irq);
	if (waited > REPORT_SECONDS * ticks_per_second && !watch->reported) {
		watch->reported = true;
		lockwatch_print();
	}
	if (waited > PANIC_SECONDS * ticks_per_second) {
		lockwatch_print();
		panic("what this hart spins for has not come in %d s",
		      PANIC_SECONDS);
	}
}

#endif
