/*
 * proc/time/cpuclock.c - see cpuclock.h.
 *
 * A process has all watches of its clock and of its threads' in one tree, by
 * clock and then by time: a clock interrupt looks at the first of each clock
 * that has moved, the process's and that of the thread that ran, however many
 * others wait.  One that is due is taken out under the lock and fires without
 * it, for it may send a signal to another process.
 */
#include "proc/time/cpuclock.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "sync/waitq.h"

/* ---- clocks ---- */

#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3

/* Of a number below zero: bits 0-1 the kind, bit 2 of a thread, above them
 * the complement of an id, which 0 is the caller's own. */
#define CPU_CLOCK_KIND 3
#define CPU_CLOCK_KIND_USER 1
#define CPU_CLOCK_KIND_MAX 2
#define CPU_CLOCK_THREAD 4

static int own_clock(bool thread, struct cpu_clock *out)
{
	out->proc = current_proc();
	out->thread = thread ? current_thread() : NULL;
	cpu_clock_get(out);
	return 0;
}

/* Threads are known in their own process alone. */
static int find_thread_clock(int tid, struct cpu_clock *out)
{
	struct thread *t = thread_find(tid);

	if (t == NULL)
		return -EINVAL;
	if (t->proc != current_proc()) {
		thread_put(t);
		return -EINVAL;
	}
	proc_get(t->proc);
	out->thread = t;
	out->proc = t->proc;
	return 0;
}

static int find_process_clock(int pid, bool to_read, struct cpu_clock *out)
{
	struct proc *p;

	if (to_read && pid == current_thread()->tid)
		return own_clock(false, out);
	p = proc_find(pid);
	if (p == NULL)
		return -EINVAL;
	if (p->pid != pid) {
		proc_put(p);
		return -EINVAL;
	}
	out->proc = p;
	return 0;
}

int cpu_clock_find(int id, bool to_read, struct cpu_clock *out)
{
	int whose = ~(id >> 3);

	*out = (struct cpu_clock){ 0 };
	if (id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
		return own_clock(id == CLOCK_THREAD_CPUTIME_ID, out);
	if (id >= 0 || (id & CPU_CLOCK_KIND) > CPU_CLOCK_KIND_MAX)
		return -EINVAL;
	out->user = (id & CPU_CLOCK_KIND) == CPU_CLOCK_KIND_USER;
	if (whose == 0)
		return own_clock(id & CPU_CLOCK_THREAD, out);
	return id & CPU_CLOCK_THREAD ? find_thread_clock(whose, out) :
				       find_process_clock(whose, to_read, out);
}

void cpu_clock_get(const struct cpu_clock *c)
{
	proc_get(c->proc);
	if (c->thread != NULL)
		thread_get(c->thread);
}

void cpu_clock_put(const struct cpu_clock *c)
{
	if (c->thread != NULL)
		thread_put(c->thread);
	proc_put(c->proc);
}

uint64_t cpu_clock_ticks(const struct cpu_clock *c)
{
	struct rusage_sums used;

	if (c->thread == NULL)
		proc_rusage(c->proc, &used);
	else
		thread_rusage(c->thread, &used);
	return used.user_ticks + (c->user ? 0 : used.system_ticks);
}

bool cpu_clock_stands(const struct cpu_clock *c)
{
	return c->thread != NULL ? READ_ONCE(c->thread->exiting) :
				   READ_ONCE(c->proc->nr_threads) == 0;
}

/* ---- the tree ---- */

static struct cpu_watch *watch_of(const struct avl_node *node)
{
	return avl_entry(node, struct cpu_watch, node);
}

/* Is @w behind (@thread, @user, @expires)?  Threads are in any order. */
static bool is_behind(const struct cpu_watch *w, const struct cpu_clock *c,
		      uint64_t expires)
{
	if (w->clock.thread != c->thread)
		return (uintptr_t)w->clock.thread > (uintptr_t)c->thread;
	if (w->clock.user != c->user)
		return w->clock.user;
	return w->expires > expires;
}

static void insert(struct proc *p, struct cpu_watch *w)
	REQUIRES(p->signals.lock, C_signals)
{
	struct avl_node *parent = NULL, **link = &p->cpu_watches.node;

	while (*link != NULL) {
		parent = *link;
		link = is_behind(watch_of(parent), &w->clock, w->expires) ?
			       &parent->left : &parent->right;
	}
	avl_insert(&p->cpu_watches, parent, link, &w->node, NULL, NULL);
	w->queued = true;
}

static void remove(struct proc *p, struct cpu_watch *w)
	REQUIRES(p->signals.lock, C_signals)
{
	avl_remove(&p->cpu_watches, &w->node, NULL);
	w->queued = false;
}

/* The first watch of @c. */
static struct cpu_watch *first_of(struct proc *p, const struct cpu_clock *c)
	REQUIRES(p->signals.lock, C_signals)
{
	struct avl_node *node = p->cpu_watches.node;
	struct cpu_watch *best = NULL;

	while (node != NULL) {
		struct cpu_watch *w = watch_of(node);

		if (w->clock.thread == c->thread && w->clock.user == c->user)
			best = w;
		node = best == w || is_behind(w, c, 0) ? node->left :
							 node->right;
	}
	return best;
}

/* ---- watches ---- */

/* Take out the first watch of @c that @now has reached. */
static struct cpu_watch *take_due(struct proc *p, const struct cpu_clock *c,
				  uint64_t now)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	struct cpu_watch *w = first_of(p, c);

	if (w != NULL && w->expires <= now) {
		remove(p, w);
		WRITE_ONCE(w->firing, hart_id() + 1);
	} else {
		w = NULL;
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return w;
}

/*
 * Its owner may take @w away as soon as it neither fires nor is queued: both
 * change in one stretch under the lock, which he takes.  Started anew before,
 * it could be taken by another hart, whose firing we would end here.
 */
static void fire(struct proc *p, struct cpu_watch *w)
{
	uint64_t next = w->fire(w);
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	WRITE_ONCE(w->firing, 0);
	if (next != 0) {
		w->expires = next;
		insert(p, w);
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

static void fire_all_due(struct proc *p, const struct cpu_clock *c)
{
	uint64_t now = cpu_clock_ticks(c);
	struct cpu_watch *w;

	while ((w = take_due(p, c, now)) != NULL)
		fire(p, w);
}

/* The clock of @p, by both of its measures, and of the thread that ran. */
static NOINLINE void look(struct proc *p)
{
	struct cpu_clock c = { .proc = p };

	for (unsigned n = 0; n < 4; n++) {
		c.thread = n & 1 ? current_thread() : NULL;
		c.user = n & 2;
		fire_all_due(p, &c);
	}
}

void cpu_watch_tick(struct proc *p)
{
	/* Who starts one now, and has not reached its time, runs on: the next
	 * interrupt sees it. */
	if (unlikely(READ_ONCE(p->cpu_watches.node) != NULL))
		look(p);
}

/* As timer_cancel(): one that fires on another hart is waited for, and may
 * have been started again by then. */
void cpu_watch_cancel(struct cpu_watch *w)
{
	struct proc *p = w->clock.proc;

	for (;;) {
		unsigned long irq = spin_lock_irqsave(&p->signals.lock);
		unsigned where = w->firing;

		if (w->queued)
			remove(p, w);
		spin_unlock_irqrestore(&p->signals.lock, irq);
		if (where == 0)
			return;
		spin_until_by(where - 1, READ_ONCE(w->firing) == 0);
	}
}

/* What is over already might wait long for a clock interrupt that finds its
 * process at work. */
void cpu_watch_start(struct cpu_watch *w, uint64_t expires)
{
	struct proc *p = w->clock.proc;
	unsigned long irq;

	cpu_watch_cancel(w);
	irq = spin_lock_irqsave(&p->signals.lock);
	w->expires = expires;
	insert(p, w);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	irq = irq_save();
	fire_all_due(p, &w->clock);
	irq_restore(irq);
}

/* ---- sleeping ---- */

struct cpu_sleeper {
	struct cpu_watch watch;
	struct waitq queue; /* the sleeper, alone */
	bool rang;          /* (a) */
};

static uint64_t wake_sleeper(struct cpu_watch *w)
{
	struct cpu_sleeper *s = container_of(w, struct cpu_sleeper, watch);

	WRITE_ONCE(s->rang, true);
	waitq_wake_all(&s->queue);
	return 0;
}

int cpu_clock_wait(const struct cpu_clock *c, uint64_t deadline)
{
	struct cpu_sleeper s = { .watch = { .clock = *c, .fire = wake_sleeper } };
	int err;

	waitq_init(&s.queue);
	cpu_watch_start(&s.watch, deadline);
	err = waitq_wait_interruptible(&s.queue, READ_ONCE(s.rang));
	cpu_watch_cancel(&s.watch);
	return err;
}
