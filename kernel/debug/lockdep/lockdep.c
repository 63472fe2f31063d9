/*
 * debug/lockdep/lockdep.c - see lockdep.h.
 */
#include "debug/lockdep/lockdep_internal.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/bug.h"
#include "proc/sched/thread.h"
#include "sync/lockorder.h"

#if LAB

_Static_assert((unsigned)NR_LOCK_RANKS <= LOCKDEP_FLUSH, "each rank is a class");

struct lock_graph lockdep_graph;
uint64_t lockdep_uses[NR_LOCK_USES];
struct witness lockdep_orders[NR_LOCK_CLASSES][NR_LOCK_CLASSES];
struct witness lockdep_users[NR_LOCK_USES][NR_LOCK_CLASSES];

/* ---- what is wrong with all that has been seen ---- */

/* Taking a lock has shown something new. */
struct taking {
	unsigned from, to; /* an order; the same: a use */
	const void *lock;
};

/* Two locks of one class have an order by address, and make no circle. */
static void check_circles(const struct taking *now)
{
	if (now->from == now->to ||
	    !(lock_graph_reach(&lockdep_graph, BIT(now->to)) & BIT(now->from)))
		return;
	lockdep_accuse(now->from, now->to);
	panic("lock order: taking %s %p closes a circle, for %s is held",
	      lockdep_name(now->to), now->lock, lockdep_name(now->from));
}

/* A lock that interrupts take leads to one that is taken with them on. */
static void check_interrupts(const struct taking *now)
{
	uint64_t in_irq = READ_ONCE(lockdep_uses[USE_IN_IRQ]);
	uint64_t bad = lock_graph_reach(&lockdep_graph, in_irq) &
		       READ_ONCE(lockdep_uses[USE_IRQ_ON]);

	if (bad == 0)
		return;
	lockdep_accuse_use(in_irq, ctz64(bad), USE_IN_IRQ, USE_IRQ_ON);
	panic("lock order: taking %s %p: %s is taken with interrupts on, and "
	      "an interrupt waits for it",
	      lockdep_name(now->to), now->lock, lockdep_name(ctz64(bad)));
}

/* A lock that is awaited where no ack is given leads to a shootdown. */
static void check_shootdowns(const struct taking *now)
{
	uint64_t off = READ_ONCE(lockdep_uses[USE_IRQ_OFF]);

	for (; off != 0; off &= off - 1) {
		if (!(lock_graph_reach(&lockdep_graph, off & -off) &
		      BIT(LOCKDEP_FLUSH)))
			continue;
		lockdep_accuse_use(off & -off, LOCKDEP_FLUSH, USE_IRQ_OFF,
				   NR_LOCK_USES);
		panic("lock order: taking %s %p: %s is awaited with interrupts "
		      "off, and held over a shootdown",
		      lockdep_name(now->to), now->lock, lockdep_name(ctz64(off)));
	}
}

static void look_for_faults(const struct taking *now)
{
	/*
	 * ORDER lock-graph, looking side; the other is in lock_graph_add().
	 * So it is for the uses.
	 */
	smp_mb();
	check_circles(now);
	check_interrupts(now);
	check_shootdowns(now);
}

/* ---- what is seen ---- */

static NOINLINE void new_use(enum lock_use use, unsigned rank,
			     const void *lock, uint64_t fp)
{
	struct taking now = { rank, rank, lock };

	/*
	 * ORDER lock-graph, using side; the other is look_for_faults().  This
	 * use is noted before those of others are looked at.
	 */
	if (!(atomic_fetch_or_full(&lockdep_uses[use], BIT(rank)) & BIT(rank)))
		witness_write(&lockdep_users[use][rank], 0, fp);
	look_for_faults(&now);
}

static void note_use(enum lock_use use, unsigned rank, const void *lock,
		     uint64_t fp)
{
	if (unlikely(!(READ_ONCE(lockdep_uses[use]) & BIT(rank))))
		new_use(use, rank, lock, fp);
}

/* Interrupts are off.  So they are at boot, where nobody is asked to flush
 * yet: the threads of boot are idle ones later, which take little. */
static void note_awaited(unsigned rank, const void *lock, uint64_t fp)
{
	const struct thread *self = current_thread();

	if (self != NULL && self->tid != 0)
		note_use(USE_IRQ_OFF, rank, lock, fp);
}

static NOINLINE void new_order(const struct held_lock *h, unsigned rank,
			       const void *lock, uint64_t fp)
{
	struct taking now = { h->rank, rank, lock };

	if (lock_graph_add(&lockdep_graph, h->rank, rank))
		witness_write(&lockdep_orders[h->rank][rank], h->pc, fp);
	look_for_faults(&now);
}

static void note_order(const struct held_lock *h, unsigned rank,
		       const void *lock, uint64_t fp)
{
	if (unlikely(!lock_graph_has(&lockdep_graph, h->rank, rank)))
		new_order(h, rank, lock, fp);
}

/* What the interrupted thread holds is no order, but a use of this lock: the
 * interrupt could have come anywhere. */
void lockdep_ordered(const struct held_locks *held, unsigned rank,
		     const void *lock, uint64_t fp)
{
	for (unsigned i = held->nr; i > held->irq_base; i--) {
		note_order(&held->entry[i - 1], rank, lock, fp);
		if (!held->entry[i - 1].tried)
			return;
	}
}

void lockdep_taking(const struct held_locks *held, unsigned rank,
		    const void *lock, uint64_t fp)
{
	lockdep_ordered(held, rank, lock, fp);
	if (held->in_irq)
		note_use(USE_IN_IRQ, rank, lock, fp);
	if (irq_enabled())
		note_use(USE_IRQ_ON, rank, lock, fp);
	else
		note_awaited(rank, lock, fp);
}

#define OWN_FRAME ((uint64_t)__builtin_frame_address(0))

void lockdep_waits(unsigned rank, const void *lock)
{
	if (!irq_enabled())
		note_awaited(rank, lock, OWN_FRAME);
}

void lockdep_flushes(void)
{
	lockdep_ordered(lockorder_held(), LOCKDEP_FLUSH, NULL, OWN_FRAME);
}

#endif
