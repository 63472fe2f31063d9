/*
 * proc/time/cputimer.c - telling a process how much of the harts it has used.
 *
 * When that will be nobody knows beforehand: its threads run on several harts
 * at once, or on none.  So nothing is set to ring.  Each clock interrupt that
 * finds a thread of a process with such a timer, or a limit, adds up what all
 * its threads have run.  A thread that runs is interrupted at the end of each
 * slice at the latest, so a timer rings late by that at most, and never early.
 */
#include "proc/time/cputimer.h"

#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/compiler.h"
#include "mm/limits.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/time/cpuclock.h"

static const int signals[NR_CPU_TIMERS] = {
	[CPU_TIMER_VIRTUAL] = SIGVTALRM,
	[CPU_TIMER_PROF] = SIGPROF,
};

/* What each kind of timer goes by. */
static uint64_t clock_of(enum cpu_timer_kind kind,
			 const struct rusage_sums *used)
{
	return used->user_ticks +
	       (kind == CPU_TIMER_PROF ? used->system_ticks : 0);
}

static uint64_t clock_now(struct proc *p, enum cpu_timer_kind kind)
{
	struct rusage_sums used;

	proc_rusage(p, &used);
	return clock_of(kind, &used);
}

static struct timer_setting setting(const struct proc *p,
				    enum cpu_timer_kind kind, uint64_t now)
	REQUIRES(C_signals)
{
	const struct cpu_timer *t = &p->cpu_timers[kind];

	/* One that is due and has not rung is still set: never say zero. */
	return (struct timer_setting){
		.left = t->expires == 0 ? 0 :
			t->expires > now ? t->expires - now : 1,
		.interval = t->interval,
	};
}

void cputimer_get(enum cpu_timer_kind kind, struct timer_setting *timer)
{
	struct proc *p = current_proc();
	uint64_t now = clock_now(p, kind);
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	*timer = setting(p, kind, now);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

void cputimer_set(enum cpu_timer_kind kind, uint64_t after, uint64_t interval,
		  struct timer_setting *old)
{
	struct proc *p = current_proc();
	uint64_t now = clock_now(p, kind), expires = after == 0 ? 0 : now + after;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	*old = setting(p, kind, now);
	WRITE_ONCE(p->cpu_timers[kind].expires, expires);
	p->cpu_timers[kind].interval = interval;
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* Is timer @kind due?  Two harts may ask at once: one of them is told so. */
static bool rings(struct proc *p, enum cpu_timer_kind kind, uint64_t now)
{
	struct cpu_timer *t = &p->cpu_timers[kind];
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool due = t->expires != 0 && t->expires <= now;

	if (due && t->interval == 0)
		WRITE_ONCE(t->expires, 0);
	else if (due)
		WRITE_ONCE(t->expires, t->expires + t->interval *
			   (1 + (now - t->expires) / t->interval));
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return due;
}

/* Who is above his soft limit is told once in each second that he runs. */
static bool is_to_be_told(struct proc *p, uint64_t seconds)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool news = p->cpu_told <= seconds;

	if (news)
		p->cpu_told = seconds + 1;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return news;
}

static void judge_limit(struct proc *p, uint64_t seconds)
{
	const limit_t *limit = &current_limits()[RLIMIT_CPU];

	if (seconds >= READ_ONCE((*limit)[1]))
		signal_kernel(p, SIGKILL);
	else if (seconds >= READ_ONCE((*limit)[0]) && is_to_be_told(p, seconds))
		signal_kernel(p, SIGXCPU);
}

static NOINLINE void look(struct proc *p)
{
	struct rusage_sums used;

	proc_rusage(p, &used);
	for (unsigned kind = 0; kind < NR_CPU_TIMERS; kind++)
		if (rings(p, kind, clock_of(kind, &used)))
			signal_kernel(p, signals[kind]);
	judge_limit(p, clock_of(CPU_TIMER_PROF, &used) / ticks_per_second);
}

static bool has_limit(void)
{
	const limit_t *limit = &current_limits()[RLIMIT_CPU];

	return (READ_ONCE((*limit)[0]) & READ_ONCE((*limit)[1])) != NO_LIMIT;
}

void cputimer_tick(void)
{
	struct proc *p = current_thread()->proc;

	if (p == NULL)
		return;
	cpu_watch_tick(p);
	if (unlikely((READ_ONCE(p->cpu_timers[CPU_TIMER_VIRTUAL].expires) |
		      READ_ONCE(p->cpu_timers[CPU_TIMER_PROF].expires)) != 0 ||
		     has_limit()))
		look(p);
}
