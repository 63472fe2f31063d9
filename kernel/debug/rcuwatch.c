/*
 * debug/rcuwatch.c - see rcuwatch.h.
 */

#include "debug/rcuwatch.h"

#include "arch/hart.h"
#include "debug/ksyms.h"
#include "lib/bug.h"
#include "sync/block.h"
#include "sync/grace.h"
#include "sync/rcu.h"

#if LAB

/*
 * Of one hart.
 *	(h)	its hart, with interrupts on: they leave it as it was
 */
static struct reader {
	unsigned depth;    /* (h) */
	uint64_t since;    /* (a) ticks; 0: it does not read */
	uint64_t pc;       /* (a) where it began */
	uint64_t number;   /* (h) as it was when it was looked at last, */
	unsigned looks;    /* (h) so many looks ago */
} __aligned(64) readers[MAX_HARTS];

static const struct thread *frees; /* (a) who frees after a grace period */

static struct reader *own(void)
{
	return &readers[hart_id()];
}

/* ---- reading ---- */

void rcu_watch_begins(void)
{
	struct reader *r = own();

	if (!grace_may_read(READ_ONCE(hart_self()->quiet)))
		panic("rcu: hart %u reads, and grace periods take it for one that idles",
		      hart_id());
	if (r->depth++ != 0)
		return;
	WRITE_ONCE(r->pc, (uint64_t)__builtin_return_address(0));
	WRITE_ONCE(r->since, clock_ticks());
}

void rcu_watch_ends(void)
{
	struct reader *r = own();

	assert(r->depth != 0);
	if (r->depth == 1)
		WRITE_ONCE(r->since, 0);
	r->depth--;
}

static const char *where(const struct reader *r)
{
	uintptr_t offset;
	const char *name = ksym_lookup(READ_ONCE(r->pc), &offset);

	return name != NULL ? name : "?";
}

void rcu_watch_none_reads(void)
{
	const struct reader *r = own();

	if (unlikely(r->depth != 0))
		panic("rcu: who reads in %s sleeps, or returns to the user", where(r));
}

void rcu_watch_parity(uint64_t number, unsigned parity)
{
	assert(number % 2 == parity);
	rcu_watch_none_reads();
}

/* ---- freeing ---- */

void rcu_watch_given(struct rcu_head *head)
{
	head->given = clock_ticks();
}

/* Whoever begins to read after it was given up cannot have found it. */
void rcu_watch_frees(const struct rcu_head *head)
{
	for_each_present_hart(h) {
		uint64_t since = READ_ONCE(readers[h].since);

		if (unlikely(since != 0 && since < head->given))
			panic("rcu: %p is freed while hart %u reads in %s, "
			      "since before it was given up",
			      (const void *)head, h, where(&readers[h]));
	}
	WRITE_ONCE(frees, current_thread());
}

void rcu_watch_freed(void)
{
	WRITE_ONCE(frees, NULL);
}

void rcu_watch_object(const char *name)
{
	if (unlikely(READ_ONCE(frees) != current_thread()))
		panic("rcu: an object of cache %s is freed without a grace period",
		      name);
}

/* ---- the watchdog ---- */

void rcu_watch_look(unsigned patience)
{
	struct reader *r = own();
	uint64_t number = READ_ONCE(hart_self()->quiet);

	if (!rcu_is_awaited(hart_id()) || number != r->number) {
		r->number = number;
		r->looks = 0;
		return;
	}
	if (++r->looks >= patience)
		panic("rcu: a grace period awaits hart %u, which has looked %u "
		      "times and not come by", hart_id(), r->looks);
}

#endif
