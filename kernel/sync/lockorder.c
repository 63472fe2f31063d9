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
#include "debug/ksyms.h"
#include "debug/printk.h"
#include "debug/race.h"
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

static struct {
	uint64_t acquired[NR_LOCK_RANKS];  /* (a) its hart writes */
	uint64_t contended[NR_LOCK_RANKS]; /* (a) its hart writes */
} __aligned(64) statistics[MAX_HARTS];

/* Before a hart has its idle thread, locks are noted for the hart. */
static struct held_locks *current_held_locks(void)
{
	static struct held_locks early[MAX_HARTS];
	const struct arch_thread *self = hart_self()->current;

	return unlikely(self == NULL) ? &early[hart_id()] : self->held;
}

static void bump(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void lockorder_count_contended(enum lock_rank rank)
{
	bump(&statistics[hart_id()].contended[rank]);
}

uint64_t lockorder_acquired(enum lock_rank rank, unsigned hart)
{
	return READ_ONCE(statistics[hart].acquired[rank]);
}

uint64_t lockorder_contended(enum lock_rank rank, unsigned hart)
{
	return READ_ONCE(statistics[hart].contended[rank]);
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
	const struct held_locks *held = current_held_locks();

	for (unsigned i = 0; i < held->nr && i < MAX_HELD_LOCKS; i++)
		print_held(&held->entry[i]);
}

/* Never returns; the report of the panic lists what is held. */
static void violation(const void *lock, enum lock_rank rank, const char *what)
{
	panic("lock order: taking %s %p %s", ranks[rank].name, lock, what);
}

static void check(const struct held_locks *held, const void *lock,
		  enum lock_rank rank, bool may_nest)
{
	for (unsigned i = 0; i < held->nr; i++) {
		const struct held_lock *h = &held->entry[i];

		if (h->lock == lock)
			violation(lock, rank, "a second time");
		if (h->rank > rank)
			violation(lock, rank, "after one that stands below it");
		if (h->rank == rank && !may_nest)
			violation(lock, rank, "inside another of its rank");
	}
	if (ranks[rank].irq && irq_enabled())
		violation(lock, rank, "with interrupts on");
}

static void push(struct held_locks *held, const void *lock,
		 enum lock_rank rank, uint64_t pc)
{
	assert(held->nr < MAX_HELD_LOCKS);
	held->entry[held->nr++] = (struct held_lock){ lock, rank, pc };
	bump(&statistics[hart_id()].acquired[rank]);
}

#define CALLER ((uint64_t)__builtin_return_address(0))

void lockorder_acquire(const void *lock, enum lock_rank rank)
{
	noise_point();

	struct held_locks *held = current_held_locks();

	check(held, lock, rank, false);
	unsigned long irq = irq_save();

	push(held, lock, rank, CALLER);
	irq_restore(irq);
}

void lockorder_nest(const void *lock, enum lock_rank rank)
{
	noise_point();

	struct held_locks *held = current_held_locks();

	check(held, lock, rank, true);
	unsigned long irq = irq_save();

	push(held, lock, rank, CALLER);
	irq_restore(irq);
}

void lockorder_try(const void *lock, enum lock_rank rank)
{
	unsigned long irq = irq_save();

	push(current_held_locks(), lock, rank, CALLER);
	irq_restore(irq);
}

/* Locks may be released in any order. */
void lockorder_release(const void *lock, enum lock_rank rank)
{
	unsigned long irq = irq_save();
	struct held_locks *held = current_held_locks();
	unsigned i = held->nr;

	while (i > 0 && held->entry[i - 1].lock != lock)
		i--;
	if (i == 0)
		panic("lock order: releasing %s %p, which is not held",
		      ranks[rank].name, lock);
	for (; i < held->nr; i++)
		held->entry[i - 1] = held->entry[i];
	held->nr--;
	irq_restore(irq);
}

void lockorder_assert_may_sleep(void)
{
	const struct held_locks *held = current_held_locks();

	for (unsigned i = 0; i < held->nr; i++)
		if (!ranks[held->entry[i].rank].sleeps)
			panic("sleeping while a spinlock is held");
}

void lockorder_assert_none_held(void)
{
	if (current_held_locks()->nr != 0)
		panic("a lock is held on the way to user mode");
}

#endif
