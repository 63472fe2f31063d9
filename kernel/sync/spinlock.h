#pragma once

/*
 * sync/spinlock.h - the ticket spinlock.
 *
 *	static struct spinlock lock = SPINLOCK_INIT(RANK_RUNQ);
 *
 *	spin_lock(&lock);			interrupts as they are
 *	unsigned long irq = spin_lock_irqsave(&lock);	interrupts off
 *
 * A lock that an interrupt handler takes is taken with the irqsave form
 * everywhere.  Nothing sleeps under a spinlock.  Waiting is first come,
 * first served; a waiter serves shootdowns meanwhile (arch/barrier.h).
 * In the lab build a lock waited for too long is reported with its holder.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/lockclass.h"
#include "sync/lockorder.h"

struct CAPABILITY("spinlock") spinlock {
	union {
		uint32_t word;          /* (a) both, to draw a ticket */
		struct {
			uint16_t owner; /* (a) ticket served; ORDER spinlock */
			uint16_t next;  /* (a) next ticket to hand out */
		};
	};
#if LAB
	uint16_t rank;      /* (c) enum lock_rank */
	uint16_t holder;    /* (a) hart + 1 of the holder, 0 when free */
	uint64_t holder_pc; /* (a) where it was taken */
#endif
};

#if LAB
#define SPINLOCK_INIT(r) ((struct spinlock){ .rank = (r) })
#else
#define SPINLOCK_INIT(r) ((struct spinlock){ .word = 0 })
#endif

static inline void spin_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = SPINLOCK_INIT(rank);
	(void)rank;
}

static inline void spin_lock(struct spinlock *lock) ACQUIRES(lock);
/* The second lock of a rank that may nest (sync/lockorder.h). */
static inline void spin_lock_nested(struct spinlock *lock) ACQUIRES(lock);
static inline bool spin_trylock(struct spinlock *lock) TRY_ACQUIRE(true, lock);
static inline void spin_unlock(struct spinlock *lock) RELEASES(lock);
static inline unsigned long spin_lock_irqsave(struct spinlock *lock) ACQUIRES(lock);
static inline void spin_unlock_irqrestore(struct spinlock *lock, unsigned long irq)
	RELEASES(lock);

/* Somebody holds it; in the lab build: this hart does, and so that one alone
 * asserts it. */
static inline bool spin_is_held(const struct spinlock *lock);
#define assert_spin_held(lock) lab_assert(spin_is_held(lock))

/* ---- bodies: part of their callers, who are then named as the takers ---- */

#define SPIN_TICKET (1U << 16)

/* Wait until @ticket is served. */
void spin_wait(struct spinlock *lock, uint16_t ticket);

#if LAB
static ALWAYS_INLINE void spin_note_taken(struct spinlock *lock)
{
	uint64_t pc;

	__asm__ volatile("auipc %0, 0" : "=r"(pc));
	WRITE_ONCE(lock->holder_pc, pc);
	WRITE_ONCE(lock->holder, hart_id() + 1);
}

static ALWAYS_INLINE void spin_note_dropped(struct spinlock *lock)
{
	lockorder_release(lock, lock->rank);
	WRITE_ONCE(lock->holder, 0);
}

#define SPIN_RANK(lock) ((lock)->rank)
#else
#define spin_note_taken(lock) ((void)(lock))
#define spin_note_dropped(lock) ((void)(lock))
#define SPIN_RANK(lock) ((enum lock_rank)0)
#endif

/*
 * Draw a ticket, and wait if it is not served yet.
 *
 * ORDER spinlock, taking side; the other is in spin_unlock().
 * Acquire: the word that the ticket came from contains the owner that the
 * last holder released, if it is our turn; else spin_wait() reads it.
 */
static ALWAYS_INLINE void NO_THREAD_SAFETY spin_take(struct spinlock *lock)
	ACQUIRES(lock)
{
	uint32_t old = __atomic_fetch_add(&lock->word, SPIN_TICKET,
					  __ATOMIC_ACQUIRE);

	if (unlikely((uint16_t)old != old >> 16))
		spin_wait(lock, old >> 16);
	spin_note_taken(lock);
}

static ALWAYS_INLINE void spin_lock(struct spinlock *lock)
{
	lockorder_acquire(lock, SPIN_RANK(lock));
	spin_take(lock);
}

static ALWAYS_INLINE void spin_lock_nested(struct spinlock *lock)
{
	lockorder_nest(lock, SPIN_RANK(lock));
	spin_take(lock);
}

static ALWAYS_INLINE bool NO_THREAD_SAFETY spin_trylock(struct spinlock *lock)
{
	uint32_t old = READ_ONCE(lock->word);

	/* ORDER spinlock, trying side; the other is in spin_unlock(). */
	if ((uint16_t)old != old >> 16 ||
	    !atomic_replace(&lock->word, old, old + SPIN_TICKET))
		return false;
	lockorder_try(lock, SPIN_RANK(lock));
	spin_note_taken(lock);
	return true;
}

static ALWAYS_INLINE void NO_THREAD_SAFETY spin_unlock(struct spinlock *lock)
{
	spin_note_dropped(lock);
	/*
	 * ORDER spinlock, releasing side; the others are in spin_take() and
	 * spin_wait().  Only the holder writes owner, so it needs no atomic
	 * addition; it is marked since who draws a ticket writes the whole word.
	 */
	store_release(&lock->owner, (uint16_t)(READ_ONCE(lock->owner) + 1));
	noise_point();
}

static ALWAYS_INLINE unsigned long spin_lock_irqsave(struct spinlock *lock)
{
	unsigned long irq = irq_save();

	spin_lock(lock);
	return irq;
}

static ALWAYS_INLINE void spin_unlock_irqrestore(struct spinlock *lock,
						  unsigned long irq)
{
	spin_unlock(lock);
	irq_restore(irq);
}

#if LAB
static inline bool spin_is_held(const struct spinlock *lock)
{
	return READ_ONCE(lock->holder) == hart_id() + 1;
}
#else
static inline bool spin_is_held(const struct spinlock *lock)
{
	uint32_t word = READ_ONCE(lock->word);

	return (uint16_t)word != word >> 16;
}
#endif

#include "sync/spin_class.h"
