/*
 * debug/lockwatch.c - the report on a spinlock that does not come free.
 *
 * Seconds here are the guest's, and a hart that the host does not run makes
 * no progress; so the limits are generous.
 */

#include "debug/lockwatch.h"

#include "arch/hart.h"
#include "debug/ksyms.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "sync/spinlock.h"

#define REPORT_SECONDS 10
#define PANIC_SECONDS 60

#if LAB

struct lockwatch lockwatch_begin(const struct spinlock *lock)
{
	return (struct lockwatch){ .lock = lock, .since = clock_ticks() };
}

static void report(const struct spinlock *lock)
{
	uintptr_t offset = 0;
	const char *where = ksym_lookup(READ_ONCE(lock->holder_pc), &offset);

	printk("hart %u waits for %s %p, which hart %d took at %s+0x%lx\n",
	       hart_id(), lock_rank_name(lock->rank), (const void *)lock,
	       READ_ONCE(lock->holder) - 1, where != NULL ? where : "?",
	       offset);
}

void lockwatch_tick(struct lockwatch *watch)
{
	uint64_t waited = clock_ticks() - watch->since;

	if (waited > REPORT_SECONDS * ticks_per_second && !watch->reported) {
		watch->reported = true;
		report(watch->lock);
	}
	if (waited > PANIC_SECONDS * ticks_per_second) {
		report(watch->lock);
		panic("a spinlock did not come free in %d s", PANIC_SECONDS);
	}
}

#endif
