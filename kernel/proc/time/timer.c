/*
 * proc/time/timer.c - see timer.h.
 */
#include "proc/time/timer.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/watchdog.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"
#include "sync/spinlock.h"

/*
 * One hart's timers.
 *	(hi)	its own hart, interrupts off
 */
struct hart_timers {
	struct LOCK_OF(spinlock, timer) lock; /* RANK_TIMER */
	struct avl_root queued GUARDED_BY(C_timer); /* by deadline */
	struct avl_node *first GUARDED_BY(C_timer); /* the earliest */
	struct timer *firing GUARDED_BY(C_timer); /* its fire() is running */
	uint64_t slice;         /* (hi) when the running thread's turn ends */
#if LAB
	uint64_t watch;         /* (hi) debug/watchdog.h */
#endif
} __aligned(64);

static struct hart_timers timers[MAX_HARTS];

static struct timer *timer_of(struct avl_node *node)
{
	return avl_entry(node, struct timer, node);
}

void timer_init(struct timer *t, void (*fire)(struct timer *t))
{
	*t = (struct timer){ .fire = fire };
}

static void insert(struct hart_timers *ht, struct timer *t) REQUIRES(C_timer)
{
	struct avl_node *parent = NULL, **link = &ht->queued.node;
	bool earliest = true;

	while (*link != NULL) {
		parent = *link;
		if (t->deadline < timer_of(parent)->deadline) {
			link = &parent->left;
		} else {
			link = &parent->right;
			earliest = false;
		}
	}
	avl_insert(&ht->queued, parent, link, &t->node, NULL, NULL);
	if (earliest)
		ht->first = &t->node;
	t->queued = true;
}

static void remove(struct hart_timers *ht, struct timer *t) REQUIRES(C_timer)
{
	if (ht->first == &t->node)
		ht->first = avl_next(&t->node);
	avl_remove(&ht->queued, &t->node, NULL);
	t->queued = false;
}

/* When the watchdog looks: now and then in the lab build, never else. */
#if LAB
static void set_watch(struct hart_timers *ht)
{
	ht->watch = watchdog_deadline();
}

static uint64_t next_watch(const struct hart_timers *ht)
{
	return ht->watch;
}
#else
static void set_watch(struct hart_timers *ht UNUSED)
{
}

static uint64_t next_watch(const struct hart_timers *ht UNUSED)
{
	return TIMER_NEVER;
}
#endif

/* Point the clock of this hart at what comes first, but not before @soonest. */
static void set_clock_after(const struct hart_timers *ht, uint64_t soonest)
	REQUIRES(C_timer)
{
	uint64_t next = ht->slice;

	if (ht->first != NULL)
		next = min(next, timer_of(ht->first)->deadline);
	hart_timer_set(max(soonest, min(next, next_watch(ht))));
}

static void set_clock(const struct hart_timers *ht) REQUIRES(C_timer)
{
	set_clock_after(ht, 0);
}

/*
 * Take @t out of its queue, and wait until fire() is over where another hart
 * runs it; true: it had not fired.
 *
 * The hart of @t changes only in timer_start(), which its owner calls, and
 * in fire(), on the same hart; so the queue looked at is the right one.  A
 * periodic fire() may queue @t again after we waited for it: look again.
 */
static bool disarm(struct timer *t)
{
	struct hart_timers *ht = &timers[t->hart];

	for (;;) {
		unsigned long irq = spin_lock_irqsave(&ht->lock);
		bool queued = t->queued;
		bool elsewhere = ht->firing == t && t->hart != hart_id();

		if (queued)
			remove(ht, t);
		if (ht->firing != t)
			WRITE_ONCE(t->armed, false);
		spin_unlock_irqrestore(&ht->lock, irq);
		if (queued || !elsewhere)
			return queued;
		spin_until_by(t->hart, READ_ONCE(ht->firing) != t);
	}
}

/*
 * Its owner alone may find @t not armed.  fire() is called of one that is, and
 * leaves it so, even if it cancels or starts it: else an owner who cancels at
 * that moment on another hart would not wait for fire(), and free @t below it.
 */
bool timer_cancel(struct timer *t)
{
	return READ_ONCE(t->armed) && disarm(t);
}

void timer_start(struct timer *t, uint64_t deadline)
{
	timer_cancel(t);
	if (deadline == TIMER_NEVER)
		return;

	unsigned long irq = irq_save();
	struct hart_timers *ht = &timers[hart_id()];

	spin_lock(&ht->lock);
	t->hart = hart_id();
	t->deadline = deadline;
	WRITE_ONCE(t->armed, true);
	insert(ht, t);
	if (ht->first == &t->node)
		set_clock(ht);
	spin_unlock(&ht->lock);
	irq_restore(irq);
}

/* Fire what is due at @now.  The timer may be freed as soon as `firing` is
 * cleared, and started again by its own function: what is due by then waits
 * for the next interrupt. */
static void fire_due(struct hart_timers *ht, uint64_t now) REQUIRES(ht->lock, C_timer)
{
	while (ht->first != NULL) {
		struct timer *t = timer_of(ht->first);

		if (t->deadline > now)
			return;
		remove(ht, t);
		ht->firing = t;
		spin_unlock(&ht->lock);
		t->fire(t);
		spin_lock(&ht->lock);
		ht->firing = NULL;
	}
}

/* The watchdog's look, when its time has come. */
#if LAB
static bool watch_if_due(struct hart_timers *ht)
{
	if (ht->watch > clock_ticks())
		return false;
	set_watch(ht);
	spin_lock(&ht->lock);
	set_clock(ht);
	spin_unlock(&ht->lock);
	watchdog_tick();
	return true;
}

bool timer_was_watchdog(void)
{
	return watch_if_due(&timers[hart_id()]) && !irq_is_pending();
}
#else
static void watch_if_due(struct hart_timers *ht UNUSED)
{
}
#endif

/*
 * Programs decide how many timers there are, and how often they ring.  The
 * interrupt leaves the hart to others for as long as it took.
 */
void timer_interrupt(void)
{
	struct hart_timers *ht = &timers[hart_id()];
	uint64_t begin = clock_ticks();

	count(timer_ticks);
	spin_lock(&ht->lock);
	fire_due(ht, begin);
	uint64_t end = clock_ticks();
	bool slice_over = ht->slice <= end;
	if (slice_over)
		ht->slice = TIMER_NEVER;
	set_clock_after(ht, end + (end - begin));
	spin_unlock(&ht->lock);

	watch_if_due(ht);
	if (slice_over)
		sched_slice_end();
}

void timer_set_slice(uint64_t deadline)
{
	struct hart_timers *ht = &timers[hart_id()];

	ht->slice = deadline;
	spin_lock(&ht->lock);
	set_clock(ht);
	spin_unlock(&ht->lock);
}

void timer_init_hart(void)
{
	struct hart_timers *ht = &timers[hart_id()];

	spin_init(&ht->lock, RANK_TIMER);
	ht->slice = TIMER_NEVER;
	set_watch(ht);
	is_private(timer);
	set_clock(ht);
}
