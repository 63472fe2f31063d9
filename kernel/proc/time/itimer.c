/*
 * proc/time/itimer.c - setitimer(ITIMER_REAL) and POSIX timers: signals at a time.
 *
 * Each process has one real-time interval timer, and POSIX timers in a small
 * table.  They fire in interrupt context and send a signal from there; the
 * signal lock is made for that.
 *
 * Whatever rings by itself, again and again, has at most one signal on its way
 * to the program, which tells how often it rang: else the queue of a program
 * that does not listen fills up, and others' signals find no room.  SIGALRM
 * is pending once as every standard signal; a timerfd counts by the time that
 * has passed.
 */
#include "proc/time/itimer.h"

#include "arch/clock.h"
#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"
#include "proc/time/clock.h"
#include "proc/time/period.h"

#define RINGS_PER_SECOND 10000

static void start_or_stop(struct timer *t, uint64_t expires)
{
	if (expires == 0)
		timer_cancel(t);
	else
		timer_start(t, expires);
}

static uint64_t remaining(uint64_t expires)
{
	if (expires == 0)
		return 0;
	/* A timer that is set but late has not fired yet: never say zero. */
	return max(deadline_left(expires), 1UL);
}

/*
 * How many periods of @interval, which began at @expires, have gone by
 * unheard.  A hart that was late must not make up for each of them.
 */
static uint64_t missed_periods(uint64_t expires, uint64_t interval,
			       uint64_t now)
{
	return now > expires ? (now - expires) / interval : 0;
}

/*
 * The clock rings again at @expires, but a program that asks for an interval
 * shorter than the interrupt takes may not keep the hart in the interrupt.
 */
static void ring_again(struct timer *t, uint64_t expires)
{
	uint64_t soonest = deadline_now(expires) +
			   ticks_per_second / RINGS_PER_SECOND;

	timer_start(t, max(expires, soonest));
}

/* ---- ITIMER_REAL ---- */

static void real_fire(struct timer *timer)
{
	struct itimer *it = container_of(timer, struct itimer, timer);
	struct proc *p = container_of(it, struct proc, real_timer);

	race_point(itimer_rang, p);
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	if (it->interval == 0)
		it->expires = 0;
	else
		it->expires += it->interval *
			       (1 + missed_periods(it->expires, it->interval,
						   clock_ticks()));
	uint64_t next = it->expires;

	spin_unlock_irqrestore(&p->signals.lock, irq);
	signal_kernel(p, SIGALRM);
	if (next != 0)
		ring_again(timer, next);
}

static struct timer_setting real_setting(const struct proc *p)
	REQUIRES(C_signals)
{
	return (struct timer_setting){
		.left = remaining(p->real_timer.expires),
		.interval = p->real_timer.interval,
	};
}

void itimer_get(struct proc *p, struct timer_setting *now)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	*now = real_setting(p);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/*
 * Threads of one process take turns: starting a timer is its owner's.  How it
 * stood is seen when it cannot ring any more: who is told that there was time
 * left hears no signal of it.
 */
void itimer_set(struct proc *p, uint64_t after, uint64_t interval,
		struct timer_setting *old)
{
	uint64_t expires = after == 0 ? 0 : clock_ticks() + after;

	mutex_lock(&p->timer_lock);
	timer_cancel(&p->real_timer.timer);

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	*old = real_setting(p);
	p->real_timer.expires = expires;
	p->real_timer.interval = interval;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	start_or_stop(&p->real_timer.timer, expires);
	mutex_unlock(&p->timer_lock);
}

/* ---- POSIX timers ---- */

static bool is_cpu(const struct posix_timer *pt)
{
	return pt->cpu.clock.proc != NULL;
}

/* It rings, having missed so many periods. */
static void tell(struct posix_timer *pt, uint64_t missed)
{
	struct siginfo info = { .si_signo = pt->signo, .si_code = SI_TIMER };

	info.timer_id = pt->id;
	info.overrun = (int)min(missed, (uint64_t)INT32_MAX);
	info.timer_value = pt->value;
	if (pt->signo != 0)
		signal_send_from(&pt->signal, pt->proc, pt->thread, &info);
}

/* It has come to @now, in the numbers of pt->expires; periods missed. */
static uint64_t go_on(struct posix_timer *pt, uint64_t now) REQUIRES(C_timers)
{
	uint64_t missed = 0, next = 0;

	if (pt->interval != 0) {
		next = pt->expires;
		missed = periods_missed(&next, &pt->rest, pt->interval, now);
	}
	WRITE_ONCE(pt->expires, next);
	return missed;
}

static void posix_fire(struct timer *timer)
{
	struct posix_timer *pt = container_of(timer, struct posix_timer, timer);

	is_private(timers); /* who sets it waits in timer_cancel() */
	tell(pt, go_on(pt, deadline_now(pt->expires)));
	if (pt->expires != 0)
		ring_again(timer, pt->expires);
}

static uint64_t posix_fire_cpu(struct cpu_watch *w)
{
	struct posix_timer *pt = container_of(w, struct posix_timer, cpu);

	is_private(timers); /* who sets it waits in cpu_watch_cancel() */
	tell(pt, go_on(pt, cpu_clock_ticks(&w->clock)));
	return pt->expires;
}

static void stop(struct posix_timer *pt) REQUIRES(C_timers)
{
	if (is_cpu(pt))
		cpu_watch_cancel(&pt->cpu);
	else
		timer_cancel(&pt->timer);
}

/* When @pt, which is stopped, rings: for @ns as posix_timer_set() has it. */
static uint64_t expires_of(const struct posix_timer *pt, uint64_t ns,
			   bool absolute)
{
	uint64_t expires;

	if (!is_cpu(pt))
		return deadline_of_setting(ns, absolute, pt->realtime);
	if (ns == 0)
		return 0;
	expires = absolute ? 0 : cpu_clock_ticks(&pt->cpu.clock);
	if (__builtin_add_overflow(expires, ns_to_ticks(ns), &expires))
		return TIMER_NEVER;
	return expires;
}

static void begin(struct posix_timer *pt) REQUIRES(C_timers)
{
	pt->rest = 0;
	if (!is_cpu(pt))
		start_or_stop(&pt->timer, pt->expires);
	else if (pt->expires != 0)
		cpu_watch_start(&pt->cpu, pt->expires);
}

static uint64_t left_of(const struct posix_timer *pt) REQUIRES(C_timers)
{
	uint64_t expires = READ_ONCE(pt->expires), now;

	if (!is_cpu(pt) || expires == 0)
		return remaining(expires);
	if (cpu_clock_stands(&pt->cpu.clock))
		return 0;
	now = cpu_clock_ticks(&pt->cpu.clock);
	return expires > now ? expires - now : 1;
}

static struct posix_timer *find(struct proc *p, int id) REQUIRES(C_timers)
{
	return id >= 0 && id < MAX_POSIX_TIMERS ? p->posix_timers[id] : NULL;
}

/* The first free number, or MAX_POSIX_TIMERS. */
static int free_id(struct proc *p) REQUIRES(C_timers)
{
	int id = 0;

	while (id < MAX_POSIX_TIMERS && p->posix_timers[id] != NULL)
		id++;
	race_point(timer_place_found, p);
	return id;
}

int posix_timer_create(struct proc *p, const struct timer_request *r)
{
	struct posix_timer *pt = kzalloc(sizeof(*pt));
	int id;

	if (pt == NULL)
		return -EAGAIN;
	timer_init(&pt->timer, posix_fire);
	pt->cpu.clock = r->cpu;
	pt->cpu.fire = posix_fire_cpu;
	pt->proc = p;
	pt->thread = r->thread;
	pt->signo = r->signo;
	pt->realtime = r->realtime;
	mutex_lock(&p->timer_lock);
	id = free_id(p);
	if (id < MAX_POSIX_TIMERS) {
		pt->id = id;
		pt->value = r->value_is_id ? (uint64_t)id : r->value;
		p->posix_timers[id] = pt;
		p->posix_timers_end = max(p->posix_timers_end, id + 1);
	}
	mutex_unlock(&p->timer_lock);
	if (id == MAX_POSIX_TIMERS) {
		kfree(pt);
		return -EAGAIN;
	}
	return id;
}

static void destroy(struct proc *p, int id) REQUIRES(C_timers)
{
	struct posix_timer *pt = p->posix_timers[id];

	stop(pt);
	signal_forget_source(p, &pt->signal);
	if (pt->thread != NULL)
		thread_put(pt->thread);
	if (is_cpu(pt))
		cpu_clock_put(&pt->cpu.clock);
	p->posix_timers[id] = NULL;
	kfree(pt);
}

int posix_timer_delete(struct proc *p, int id)
{
	mutex_lock(&p->timer_lock);
	bool there = find(p, id) != NULL;

	if (there)
		destroy(p, id);
	mutex_unlock(&p->timer_lock);
	return there ? 0 : -EINVAL;
}

static struct timer_setting setting(const struct posix_timer *pt)
	REQUIRES(C_timers)
{
	return (struct timer_setting){
		.left = left_of(pt),
		.interval = pt->interval,
		.overrun = READ_ONCE(pt->signal.overrun),
	};
}

int posix_timer_get(struct proc *p, int id, struct timer_setting *now)
{
	mutex_lock(&p->timer_lock);
	const struct posix_timer *pt = find(p, id);

	if (pt != NULL)
		*now = setting(pt);
	mutex_unlock(&p->timer_lock);
	return pt != NULL ? 0 : -EINVAL;
}

int posix_timer_set(struct proc *p, int id, uint64_t ns, bool absolute,
		    uint64_t interval, struct timer_setting *old)
{
	mutex_lock(&p->timer_lock);
	struct posix_timer *pt = find(p, id);

	if (pt != NULL) {
		race_point(timer_stops, p);
		stop(pt);
		*old = setting(pt);
		pt->expires = expires_of(pt, ns, absolute);
		pt->interval = interval;
		begin(pt);
	}
	mutex_unlock(&p->timer_lock);
	return pt != NULL ? 0 : -EINVAL;
}

/* ---- life of a process ---- */

void itimer_init(struct proc *p)
{
	mutex_init(&p->timer_lock, RANK_MISC_SLEEP);
	timer_init(&p->real_timer.timer, real_fire);
}

void itimer_exec(struct proc *p)
{
	mutex_lock(&p->timer_lock);
	for (int id = 0; id < p->posix_timers_end; id++)
		if (p->posix_timers[id] != NULL)
			destroy(p, id);
	if (p->posix_timers_end != 0)
		signal_discard_from_timers(p);
	p->posix_timers_end = 0;
	mutex_unlock(&p->timer_lock);
}

void itimer_exit(struct proc *p)
{
	itimer_exec(p);

	/* It may ring just now. */
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	p->real_timer.interval = 0;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	timer_cancel(&p->real_timer.timer);
}
