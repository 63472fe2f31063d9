/*
 * debug/lockdep/mistakes.c - locks taken wrongly on purpose, for
 * debug/provoke.h: each alone on its hart, so that nothing hangs, and each is
 * to be told of.  None comes back.
 */
#include "debug/lockdep/mistakes.h"

#include "arch/hart.h"
#include "arch/tlb.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/sched/thread.h"
#include "proc/time/timer.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"

#if LAB

static struct spinlock outer = SPINLOCK_INIT(RANK_PROC_TREE);
static struct spinlock inner = SPINLOCK_INIT(RANK_ATTR);
static struct spinlock pair[2] = { SPINLOCK_INIT(RANK_FUTEX),
				   SPINLOCK_INIT(RANK_FUTEX) };
static struct spinlock leaf = SPINLOCK_INIT(RANK_WAITQ);
static struct spinlock last = SPINLOCK_INIT(RANK_CONSOLE);

static NO_THREAD_SAFETY void take_both(struct spinlock *a, struct spinlock *b)
{
	spin_lock(a);
	spin_lock(b);
	spin_unlock(b);
	spin_unlock(a);
}

/* First as it should be, then the other way round. */
static void cross(void)
{
	take_both(&outer, &inner);
	take_both(&inner, &outer);
}

static NO_THREAD_SAFETY void take_second_first(void)
{
	spin_lock(&pair[1]);
	spin_lock_nested(&pair[0]);
}

static void take_twice(void)
{
	take_both(&outer, &outer);
}

/* ---- in an interrupt ---- */

static void run_in_interrupt(void (*fn)(struct timer *t))
{
	static struct timer timer;

	timer_init(&timer, fn);
	timer_start(&timer, clock_ticks());
	for (;;)
		cpu_relax();
}

static void take_outer(struct timer *t UNUSED)
{
	take_both(&outer, &inner);
}

/* Whoever takes it with interrupts on may be the one interrupted. */
static void take_in_interrupt(void)
{
	take_both(&outer, &inner);
	run_in_interrupt(take_outer);
}

static NO_THREAD_SAFETY void take_leaf(struct timer *t UNUSED)
{
	spin_lock(&leaf);
}

static void keep_from_interrupt(void)
{
	run_in_interrupt(take_leaf);
}

/* ---- over what waits ---- */

static NO_THREAD_SAFETY void hold_over_flush(void)
{
	struct mm *mm = current_mm();

	spin_lock(&pair[0]);
	tlb_shootdown(&mm->tlb, 0, PAGE_SIZE, FENCE_PROTECT);
	spin_unlock(&pair[0]);
	irq_disable();
	spin_lock(&pair[0]);
}

/* The condition is true, so it would not sleep, this time. */
static NO_THREAD_SAFETY void sleep_with_lock(void)
{
	static struct waitq q = WAITQ_INIT(q);

	spin_lock(&outer);
	waitq_wait(&q, q.sleepers.next != NULL);
}

static NO_THREAD_SAFETY void allocate_with_lock(void)
{
	irq_disable();
	spin_lock(&last);
	kfree(kmalloc(64));
}

static const struct {
	const char *name;
	void (*fn)(void);
} mistakes[] = {
	{ "lock-circle", cross },
	{ "lock-pair", take_second_first },
	{ "lock-twice", take_twice },
	{ "lock-interrupt", take_in_interrupt },
	{ "lock-kept", keep_from_interrupt },
	{ "lock-flush", hold_over_flush },
	{ "lock-sleep", sleep_with_lock },
	{ "lock-memory", allocate_with_lock },
};

void (*lockdep_find_mistake(const char *name))(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mistakes); i++)
		if (strcmp(mistakes[i].name, name) == 0)
			return mistakes[i].fn;
	return NULL;
}

#endif
