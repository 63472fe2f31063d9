#pragma once

/*
 * sync/rwsem.h - the sleeping reader-writer lock.
 *
 * Many readers or one writer.  A waiting writer keeps new readers out, so
 * it is not starved.  One atomic operation each way when nobody waits.  Who
 * has to wait does so awake while the writer runs, and asleep otherwise.
 * Not recursive, not even to read: a writer may have queued between.
 */

#include "arch/barrier.h"
#include "lib/bits.h"
#include "sync/lockclass.h"
#include "sync/waitq.h"

#define RWSEM_WRITER BIT(0) /* of its state: somebody holds it alone */

struct CAPABILITY("rwsem") rwsem {
	uint64_t state;        /* (a) readers and three bits; ORDER rwsem */
	struct thread *writer; /* (a) holds it alone; compared, never followed */
	struct spinlock lock;  /* RANK_WAITQ */
	struct list waiters;   /* (lock) oldest first */
#if LAB
	uint16_t rank;         /* (c) */
#endif
};

void rwsem_init(struct rwsem *s, enum lock_rank rank);
void rwsem_lock_shared(struct rwsem *s) ACQUIRES_SHARED(s);
bool rwsem_trylock_shared(struct rwsem *s) TRY_ACQUIRE_SHARED(true, s);
void rwsem_unlock_shared(struct rwsem *s) RELEASES_SHARED(s);
void rwsem_lock(struct rwsem *s) ACQUIRES(s);
void rwsem_unlock(struct rwsem *s) RELEASES(s);
/* Held by anybody, in either way / exclusively. */
bool rwsem_is_held(const struct rwsem *s);
bool rwsem_is_held_exclusive(const struct rwsem *s);
/*
 * Somebody holds it alone, for mm/maplock.h.
 *
 * ORDER rwsem, looking side; the other is in rwsem_unlock().  Acquire: if nobody
 * does, what those who did have done.
 */
static inline bool rwsem_has_writer(const struct rwsem *s)
{
	return load_acquire(&s->state) & RWSEM_WRITER;
}
#define assert_rwsem_held(s) assert(rwsem_is_held(s))
#define assert_rwsem_held_exclusive(s) assert(rwsem_is_held_exclusive(s))

#include "sync/rwsem_class.h"
