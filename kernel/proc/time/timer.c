/*
 * proc/time/timer.c - see timer.h.
 */
#include "proc/time/timer.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "debug/watchdog.h"
#include "lib/bug.h"
#include "proc/sched/sched.h"
#include "sync/spinlock.h"

/* What a deadline goes by: each kind is in order by itself, however the time
 * of day is set. */
enum timer_clock { TIMER_COUNTER, TIMER_REALTIME, NR_TIMER_CLOCKS };

/*
 * One hart's timers.
 *	(hi)	its own hart, interrupts off
 */
struct hart_timers {
	struct LOCK_OF(spinlock, timer) lock; /* RANK_TIMER */
	struct timer_queue {
		struct avl_root timers; /* (lock) */
		struct avl_node *first; /* (lock) the earliest */
	} queues[NR_TIMER_CLOCKS] GUARDED_BY(C_timer);
	bool clock_was_set GUARDED_BY(C_timer); /* where the clock points is old */
	struct timer *firing GUARDED_BY(C_timer); /* its fire() is running; or it
						   * is between two harts */
	uint64_t slice;         /* (hi) when the running thread's turn ends */
#if LAB
	uint64_t watch;         /* (hi) debug/watchdog.h */
#endif
} __aligned(64);

static struct hart_timers timers[MAX_HARTS];

static struct timer *timer_of(const struct avl_node *node)
{
	return avl_entry(node, struct timer, node);
}

void timer_init(struct timer *t, void (*fire)(struct timer *t))
{
	*t = (struct timer){ .fire = fire };
}

static struct timer_queue *queue_of(struct hart_timers *ht,
				    const struct timer *t) REQUIRES(C_timer)
{
	return &ht->queues[deadline_is_realtime(t->deadline) ? TIMER_REALTIME :
							       TIMER_COUNTER];
}

static void insert(struct hart_timers *ht, struct timer *t) REQUIRES(C_timer)
{
	struct timer_queue *q = queue_of(ht, t);
	struct avl_node *parent = NULL, **link = &q->timers.node;
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
	avl_insert(&q->timers, parent, link, &t->node, NULL, NULL);
	if (earliest)
		q->first = &t->node;
	t->queued = true;
}

static void remove(struct hart_timers *ht, struct timer *t) REQUIRES(C_timer)
{
	struct timer_queue *q = queue_of(ht, t);

	if (q->first == &t->node)
		q->first = avl_next(&t->node);
	avl_remove(&q->timers, &t->node, NULL);
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
	const struct avl_node *counter = ht->queues[TIMER_COUNTER].first;
	const struct avl_node *realtime = ht->queues[TIMER_REALTIME].first;
	uint64_t next = ht->slice;

	if (counter != NULL)
		next = min(next, timer_of(counter)->deadline);
	if (unlikely(realtime != NULL))
		next = min(next,
			   deadline_next_look(timer_of(realtime)->deadline));
	hart_timer_set(max(soonest, min(next, next_watch(ht))));
}

static void set_clock(const struct hart_timers *ht) REQUIRES(C_timer)
{
	set_clock_after(ht, 0);
}

enum disarmed { DISARMED, HAD_FIRED, NOT_YET };

/*
 * Take @t out of the queue of @hart, where it was a moment ago.
 *
 * Its hart changes in timer_start(), which its owner calls, in fire(), on the
 * same hart, and when a hart leaves (timer_leave_hart()).  That one has @t in
 * `firing` while @t is in no queue; and before that was so, and when it is over,
 * its lock shows where @t is.
 */
static enum disarmed disarm_at(struct hart_timers *ht, unsigned hart,
			       struct timer *t)
{
	enum disarmed found = NOT_YET;
	unsigned long irq = spin_lock_irqsave(&ht->lock);

	if (READ_ONCE(t->hart) != hart) {
		/* It has moved; or moves, from there to here. */
	} else if (t->queued) {
		remove(ht, t);
		found = DISARMED;
	} else if (ht->firing != t || hart == hart_id()) {
		found = HAD_FIRED;
	}
	if (found != NOT_YET && ht->firing != t)
		WRITE_ONCE(t->armed, false);
	spin_unlock_irqrestore(&ht->lock, irq);
	return found;
}

/*
 * Take @t out of its queue, and wait until fire() is over where another hart
 * runs it; true: it had not fired.  A periodic fire() may queue @t again after
 * we waited for it, and a hart that leaves elsewhere: look again.
 */
static bool disarm(struct timer *t)
{
	enum disarmed found;

	for (;;) {
		unsigned hart = READ_ONCE(t->hart);
		struct hart_timers *ht = &timers[hart];

		found = disarm_at(ht, hart, t);
		if (found != NOT_YET)
			return found == DISARMED;
		spin_until_by(hart, READ_ONCE(ht->firing) != t);
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
	WRITE_ONCE(t->hart, hart_id());
	t->deadline = deadline;
	WRITE_ONCE(t->armed, true);
	insert(ht, t);
	if (queue_of(ht, t)->first == &t->node)
		set_clock(ht);
	spin_unlock(&ht->lock);
	irq_restore(irq);
}

/* One that is due at @now, in ticks of each clock, or NULL. */
static struct timer *find_due(const struct hart_timers *ht,
			      const uint64_t now[NR_TIMER_CLOCKS])
	REQUIRES(ht->lock, C_timer)
{
	for (unsigned clock = 0; clock < NR_TIMER_CLOCKS; clock++) {
		const struct avl_node *first = ht->queues[clock].first;

		if (first != NULL && timer_of(first)->deadline <= now[clock])
			return timer_of(first);
	}
	return NULL;
}

/* Fire what is due at @begin.  The timer may be freed as soon as `firing` is
 * cleared, and started again by its own function: what is due by then waits
 * for the next interrupt. */
static void fire_due(struct hart_timers *ht, uint64_t begin)
	REQUIRES(ht->lock, C_timer)
{
	const uint64_t now[NR_TIMER_CLOCKS] = {
		[TIMER_COUNTER] = begin,
		[TIMER_REALTIME] = deadline_now(DEADLINE_REALTIME),
	};
	struct timer *t;

	while ((t = find_due(ht, now)) != NULL) {
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

/*
 * What waits for a time of day is in the right order on every hart, but the
 * clock of the hart may point too late.  Who starts a timer meanwhile holds
 * the lock of its hart: either he has seen the new time, or we see his timer.
 */
void timer_clock_was_set(void)
{
	for_each_present_hart(hart) {
		struct hart_timers *ht = &timers[hart];
		unsigned long irq = spin_lock_irqsave(&ht->lock);
		bool waits = ht->queues[TIMER_REALTIME].first != NULL;

		if (waits)
			ht->clock_was_set = true;
		spin_unlock_irqrestore(&ht->lock, irq);
		if (waits)
			ipi_send(hart, IPI_RESCHED);
	}
}

void timer_ipi(void)
{
	struct hart_timers *ht = &timers[hart_id()];

	if (likely(!READ_ONCE(ht->clock_was_set)))
		return;
	spin_lock(&ht->lock);
	ht->clock_was_set = false;
	set_clock(ht);
	spin_unlock(&ht->lock);
}

void timer_set_slice(uint64_t deadline)
{
	struct hart_timers *ht = &timers[hart_id()];

	ht->slice = deadline;
	spin_lock(&ht->lock);
	set_clock(ht);
	spin_unlock(&ht->lock);
}

void timers_init(void)
{
	for (unsigned hart = 0; hart < MAX_HARTS; hart++)
		spin_init(&timers[hart].lock, RANK_TIMER);
}

/* A hart that comes back: others may just be looking at its queue. */
void timer_init_hart(void)
{
	struct hart_timers *ht = &timers[hart_id()];

	ht->slice = TIMER_NEVER;
	set_watch(ht);
	spin_lock(&ht->lock);
	set_clock(ht);
	spin_unlock(&ht->lock);
}

/* ---- a hart that leaves ---- */

/* Any of @ht's, which nobody finds queued from now on; NULL: it has none. */
static struct timer *take_any(struct hart_timers *ht)
{
	struct timer *t = NULL;

	spin_lock(&ht->lock);
	for (unsigned clock = 0; clock < NR_TIMER_CLOCKS && t == NULL; clock++)
		if (ht->queues[clock].first != NULL)
			t = timer_of(ht->queues[clock].first);
	if (t != NULL)
		remove(ht, t);
	ht->firing = t;
	spin_unlock(&ht->lock);
	return t;
}

static void give(struct hart_timers *ht, unsigned hart, struct timer *t)
{
	spin_lock(&ht->lock);
	WRITE_ONCE(t->hart, hart);
	insert(ht, t);
	ht->clock_was_set = true;
	spin_unlock(&ht->lock);
}

/*
 * One lock at a time, so there is no order between two of them.  Who cancels a
 * timer meanwhile finds it here, at @to, or in `firing` (disarm_at()); it may be
 * gone as soon as it is at @to.
 */
void timer_leave_hart(unsigned to)
{
	struct hart_timers *own = &timers[hart_id()];
	struct timer *t;

	own->slice = TIMER_NEVER;
	while ((t = take_any(own)) != NULL) {
		race_point(timer_moves, t);
		give(&timers[to], to, t);
	}
	ipi_send(to, IPI_RESCHED);
}
