/*
 * sync/lockorder.c - checking the table of sync/lockorder.h.
 *
 * The locks a thread holds stand in a list, in the order taken.  A new one
 * must have a rank below each of them.  If every thread obeys, no circle of
 * threads that wait for each other can close, whatever the interleaving: the
 * first violation is reported although nothing hung.
 */

#include "sync/lockorder.h"

#include "arch/context.h"
#include "arch/hart.h"
#include "debug/backtrace.h"
#include "debug/ksyms.h"
#include "debug/lockdep/contention.h"
#include "debug/lockdep/fairness.h"
#include "debug/lockdep/lockdep.h"
#include "debug/printk.h"
#include "debug/race.h"
#include "debug/rcuwatch.h"
#include "lib/bug.h"

static const struct {
	const char *name;
	bool sleeps, irq;
} ranks[] = {
#define X(rank, sleeps, irq, what) { #rank, sleeps, irq },
	LOCK_RANKS(X)
#undef X
};

const char *lock_rank_name(enum lock_rank rank)
{
	return ranks[rank].name;
}

#if LAB

/* Before a hart has its idle thread, locks are noted for the hart. */
struct held_locks *lockorder_held(void)
{
	static struct held_locks early[MAX_HARTS];
	const struct arch_thread *self = hart_self()->current;

	return unlikely(self == NULL) ? &early[hart_id()] : self->held;
}

uint64_t lockorder_acquired(enum lock_rank rank, unsigned hart)
{
	return READ_ONCE(contention_of(rank, hart)->acquired);
}

uint64_t lockorder_contended(enum lock_rank rank, unsigned hart)
{
	return READ_ONCE(contention_of(rank, hart)->waits.count);
}

static void print_held(const struct held_lock *h)
{
	uintptr_t offset = 0;
	const char *where = ksym_lookup(h->pc, &offset);

	printk("  holds %s %p, taken at %s+0x%lx\n", ranks[h->rank].name,
	       h->lock, where != NULL ? where : "?", offset);
}

void lockorder_print(void)
{
	const struct held_locks *held = lockorder_held();

	for (unsigned i = 0; i < held->nr && i < MAX_HELD_LOCKS; i++)
		print_held(&held->entry[i]);
	lockdep_print();
}

/* Never returns; the report of the panic lists what is held. */
static void violation(const void *lock, enum lock_rank rank, const char *what)
{
	panic("lock order: taking %s %p %s", ranks[rank].name, lock, what);
}

static void wrong_order(const struct held_lock *h, const void *lock,
			enum lock_rank rank, const char *what)
{
	lockdep_accuse(h->rank, rank);
	violation(lock, rank, what);
}

/* How a lock may be taken while another of its rank is held. */
enum nesting { NOT_NESTED, BY_ADDRESS, BY_USERS };

static void check(const struct held_locks *held, const void *lock,
		  enum lock_rank rank, enum nesting nesting)
{
	for (unsigned i = 0; i < held->nr; i++) {
		const struct held_lock *h = &held->entry[i];

		if (h->lock == lock)
			violation(lock, rank, "a second time");
		if (h->rank > rank)
			wrong_order(h, lock, rank, "after one that stands below it");
		if (h->rank == rank && nesting == NOT_NESTED)
			wrong_order(h, lock, rank, "inside another of its rank");
		if (h->rank == rank && nesting == BY_ADDRESS &&
		    h->lock > lock)
			wrong_order(h, lock, rank, "after the one at the higher address");
	}
}

/* Where the calls come from that a sleeping lock's functions make. */
static uint64_t taker(enum lock_rank rank, uint64_t pc, uint64_t fp)
{
	uint64_t callers[2];

	return ranks[rank].sleeps && backtrace_take(fp, callers, 2) == 2 ?
	       callers[1] : pc;
}

static void push(const void *lock, enum lock_rank rank, bool tried, uint64_t pc)
{
	unsigned long irq = irq_save();
	struct held_locks *held = lockorder_held();

	assert(held->nr < MAX_HELD_LOCKS);
	held->entry[held->nr++] = (struct held_lock){
		.lock = lock,
		.rank = rank,
		.tried = tried,
		.pc = pc,
		.since = clock_ticks(),
	};
	contention_acquired(rank);
	irq_restore(irq);
}

#define CALLER ((uint64_t)__builtin_return_address(0))
#define OWN_FRAME ((uint64_t)__builtin_frame_address(0))

static void take(const void *lock, enum lock_rank rank, enum nesting nesting,
		 uint64_t pc, uint64_t fp)
{
	noise_point();

	const struct held_locks *held = lockorder_held();

	if ((unsigned)rank >= NR_LOCK_RANKS)
		panic("lock order: taking %p, which is no lock, or none any more", lock);
	lockdep_taking(held, rank, lock, fp);
	check(held, lock, rank, nesting);
	if (ranks[rank].irq && irq_enabled())
		violation(lock, rank, "with interrupts on");
	push(lock, rank, false, taker(rank, pc, fp));
	fairness_asks(lock);
}

void lockorder_acquire(const void *lock, enum lock_rank rank)
{
	take(lock, rank, NOT_NESTED, CALLER, OWN_FRAME);
}

void lockorder_nest(const void *lock, enum lock_rank rank)
{
	take(lock, rank, BY_ADDRESS, CALLER, OWN_FRAME);
}

void lockorder_below(const void *lock, enum lock_rank rank)
{
	take(lock, rank, BY_USERS, CALLER, OWN_FRAME);
}

void lockorder_might_take(enum lock_rank rank)
{
	const struct held_locks *held = lockorder_held();

	lockdep_ordered(held, rank, NULL, OWN_FRAME);
	check(held, NULL, rank, NOT_NESTED);
}

void lockorder_try(const void *lock, enum lock_rank rank)
{
	push(lock, rank, true, taker(rank, CALLER, OWN_FRAME));
}

/* Where @lock stands among those that are held: in any order. */
static struct held_lock *find(struct held_locks *held, const void *lock)
{
	for (unsigned i = held->nr; i > 0; i--)
		if (held->entry[i - 1].lock == lock)
			return &held->entry[i - 1];
	return NULL;
}

void lockorder_waits(const void *lock, enum lock_rank rank)
{
	if (ranks[rank].sleeps)
		return;
	lockdep_waits(rank, lock);
	fairness_waits(lock);
}

/* From here on it is held: till now it stood there as one that is wanted. */
void lockorder_got(const void *lock, enum lock_rank rank)
{
	unsigned long irq = irq_save();
	struct held_lock *h = find(lockorder_held(), lock);
	uint64_t now = clock_ticks();

	assert(h != NULL);
	contention_waited(rank, now - h->since);
	fairness_got(lock);
	h->since = now;
	irq_restore(irq);
}

void lockorder_release(const void *lock, enum lock_rank rank)
{
	unsigned long irq = irq_save();
	struct held_locks *held = lockorder_held();
	struct held_lock *h = find(held, lock);

	if (h == NULL)
		panic("lock order: releasing %s %p, which is not held",
		      ranks[rank].name, lock);
	contention_held(rank, clock_ticks() - h->since);
	for (; h + 1 < &held->entry[held->nr]; h++)
		h[0] = h[1];
	held->nr--;
	irq_restore(irq);
}

void lockorder_assert_may_sleep(void)
{
	const struct held_locks *held = lockorder_held();

	assert(hart_self()->visits == NULL); /* mm/maplock.h */
	rcu_watch_none_reads();
	for (unsigned i = 0; i < held->nr; i++)
		if (!ranks[held->entry[i].rank].sleeps)
			panic("sleeping while a spinlock is held: %s %p",
			      ranks[held->entry[i].rank].name,
			      held->entry[i].lock);
}

void lockorder_assert_none_held(void)
{
	rcu_watch_none_reads();
	if (lockorder_held()->nr != 0)
		panic("a lock is held on the way to user mode");
}

/* Interrupts do not interrupt each other. */
void lockorder_irq_begins(void)
{
	struct held_locks *held = lockorder_held();

	held->in_irq = true;
	held->irq_base = held->nr;
}

void lockorder_irq_ends(void)
{
	struct held_locks *held = lockorder_held();

	if (held->nr != held->irq_base)
		panic("an interrupt leaves a lock held, or has dropped one");
	held->in_irq = false;
	held->irq_base = 0;
}

#endif
