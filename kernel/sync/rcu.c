/*
 * sync/rcu.c - see rcu.h: what was given up, until it is freed.
 *
 * Each hart has a list of its own, which only it adds to. One thread for all of
 * them (reclaim.c) takes what is in the lists, waits for a grace period, and
 * frees it: what was given up after it had collected waits for the next.
 */
#include "sync/rcu.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "sync/rcu_internal.h"
#include "sync/waitq.h"
#include "sync/work.h"

/* So many of one hart's are much: they are waited for in haste. */
#define RCU_MUCH 64U
/* With so many, who makes more waits. */
#define RCU_TOO_MUCH 256U
#define FREE_AT_ONCE 32U

/*
 *	(h)	its hart, interrupts off
 *	(r)	the thread that reclaims
 */
static struct rcu_list {
	struct rcu_head *given;     /* (a) newest first; ORDER rcu-given */
	uint64_t nr_given;          /* (h) so far */
	struct rcu_head *collected; /* (r) */
	uint64_t nr_freed;          /* (a) so far; (r) writes */
} __aligned(64) lists[MAX_HARTS];

/* ---- giving up ---- */

static uint64_t nr_waiting(const struct rcu_list *list)
{
	return list->nr_given - READ_ONCE(list->nr_freed);
}

/* Interrupts off: nobody else adds to @list. */
static void add(struct rcu_list *list, struct rcu_head *head)
{
	/*
	 * ORDER rcu-given, giving side; the other is in rcu_collect().
	 * Who collects it sees that it was taken out, and looks at the harts
	 * after that.
	 */
	do
		head->next = READ_ONCE(list->given);
	while (!atomic_replace(&list->given, head->next, head));
	list->nr_given++;
}

void call_rcu(struct rcu_head *head, void (*free)(struct rcu_head *head))
{
	unsigned long irq = irq_save();
	struct rcu_list *own = &lists[hart_id()];

	head->free = free;
	rcu_watch_given(head);
	add(own, head);
	bool much = nr_waiting(own) % RCU_MUCH == 0;

	irq_restore(irq);
	rcu_was_given(much);
}

/* ---- freeing; (r) ---- */

bool rcu_has_given(void)
{
	for_each_present_hart(h)
		if (READ_ONCE(lists[h].given) != NULL)
			return true;
	return false;
}

bool rcu_collect(void)
{
	if (!rcu_has_given())
		return false;
	for_each_present_hart(h)
		/* ORDER rcu-given, collecting side; the other is in add(). */
		lists[h].collected = atomic_exchange_full(&lists[h].given, NULL);
	return true;
}

static void free_list(struct rcu_list *list)
{
	struct rcu_head *head;

	for (unsigned n = 1; (head = list->collected) != NULL; n++) {
		list->collected = head->next;
		rcu_watch_frees(head);
		head->free(head);
		WRITE_ONCE(list->nr_freed, list->nr_freed + 1);
		if (n % FREE_AT_ONCE == 0)
			cond_resched();
	}
	rcu_watch_freed();
}

static struct waitq freed = WAITQ_INIT(freed); /* who waits for something to be */

void rcu_free_collected(void)
{
	for_each_present_hart(h)
		free_list(&lists[h]);
	race_point(rcu_freed, 0);
	waitq_wake_all(&freed);
}

/* ---- waiting ---- */

struct waits {
	struct rcu_head rcu;
	uint32_t is_over; /* (a) ORDER rcu-waited */
};

static void is_over(struct rcu_head *head)
{
	struct waits *w = container_of(head, struct waits, rcu);

	/*
	 * ORDER rcu-waited, telling side; the other is in synchronize_rcu().
	 * Release: it is not touched from here on, its stack may be used anew.
	 */
	store_release(&w->is_over, 1);
}

void synchronize_rcu(void)
{
	struct waits w = { .is_over = 0 };

	call_rcu(&w.rcu, is_over);
	rcu_was_given(true);
	/* ORDER rcu-waited, waiting side; the other is is_over(). */
	waitq_wait(&freed, load_acquire(&w.is_over) != 0);
}

void rcu_throttle(void)
{
	if (unlikely(nr_waiting(&lists[hart_id()]) >= RCU_TOO_MUCH))
		synchronize_rcu();
}
