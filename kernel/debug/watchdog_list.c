/*
 * debug/watchdog_list.c - who waits for what, since when, and who should come.
 *
 *	thread 14 (cow_storm) of 12, child of 9: asleep for 4 rounds in
 *	rwsem_lock: rwsem 0xffff...; awaits its holder: 15 (cow_storm)
 *
 * (each is one line).  It is read while everything changes, so a line is what
 * was true a moment ago.
 */

#include "arch/hart.h"
#include "debug/printk.h"
#include "debug/watchdog.h"
#include "debug/watchdog_internal.h"
#include "lib/bug.h"
#include "lib/printf.h"
#include "proc/sched/thread.h"
#include "proc/task/proc.h"

#define LINES_OF_PANIC 64
#define TRIES_OF_PANIC 100000

#if LAB

/* One line, as it grows. */
struct line {
	char text[240];
	size_t length;
};

static void __printf(2, 3) add(struct line *line, const char *fmt, ...)
{
	size_t room = sizeof(line->text) - line->length;
	va_list ap;

	va_start(ap, fmt);
	int n = kvsnprintf(line->text + line->length, room, fmt, ap);

	va_end(ap);
	line->length += min((size_t)n, room - 1);
}

/* ---- who has it ---- */

/* It is on the list of a thread from before it waits: who waits has not got it. */
static bool holds(const struct thread *t, const void *lock)
{
	const struct held_locks *held = &t->held;

	if (watchdog_is_asleep(t) && READ_ONCE(t->watch.object) == lock)
		return false;
	for (unsigned i = 0; i < READ_ONCE(held->nr) && i < MAX_HELD_LOCKS; i++)
		if (READ_ONCE(held->entry[i].lock) == lock)
			return true;
	return false;
}

static void add_holders_in(struct line *line, const struct proc *p,
			   const void *lock) REQUIRES(C_signals)
{
	const struct thread *t;

	list_for_each_entry(t, &p->threads, proc_link)
		if (holds(t, lock))
			add(line, " %d (%s)", t->tid, t->name);
}

/* @locked is a process whose signal lock we have; others are passed over if
 * theirs are taken. */
static NO_THREAD_SAFETY void add_holders(struct line *line, const void *lock,
					 const struct proc *locked)
{
	size_t before = line->length;

	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p)) {
		if (p == locked) {
			add_holders_in(line, p, lock);
		} else if (spin_trylock(&p->signals.lock)) {
			add_holders_in(line, p, lock);
			spin_unlock(&p->signals.lock);
		}
	}
	if (line->length == before)
		add(line, " (nobody)");
}

/* ---- one thread ---- */

static void add_sleep(struct line *line, const struct thread *t,
		      const struct sleep_watch *w)
{
	const struct sleep_kind *kind = w->kind;

	add(line, "asleep for %u rounds in %s: %s",
	    watchdog_rounds_since(w->since), w->where, kind->name);
	if (w->object != NULL)
		add(line, " %p", w->object);
	add(line, "; awaits %s",
	    kind->awaits != NULL ? kind->awaits : (const char *)w->arg);
	if (kind->who != NULL)
		add(line, " %d", kind->who(w->arg));
	if (kind->is_lock)
		add_holders(line, w->object, t->proc);
}

static void add_state(struct line *line, const struct thread *t)
{
	static const char *const names[] = {
		[THREAD_RUNNING] = "runs on",
		[THREAD_READY] = "ready on",
		[THREAD_SLEEPING] = "about to sleep on",
		[THREAD_BLOCKED] = "falls asleep on",
		[THREAD_WAKING] = "being woken, was on",
		[THREAD_DEAD] = "dead, was on",
		[THREAD_NEW] = "not started on",
	};

	struct sleep_watch w;

	if (watchdog_copy(&w, t))
		add_sleep(line, t, &w);
	else
		add(line, "%s hart %u", names[READ_ONCE(t->state)],
		    READ_ONCE(t->hart));
}

static void make_line(struct line *line, const struct thread *t)
{
	const struct proc *p = t->proc;

	line->length = 0;
	add(line, "thread %d (%s) of %d, child of %d: ", t->tid, t->name, p->pid,
	    p->parent_pid);
	add_state(line, t);
	if (READ_ONCE(t->arch.work) & WORK_SIGNAL)
		add(line, "; has to look at signals");
	add(line, "\n");
}

/* ---- all ---- */

typedef void put_fn(void *ctx, const char *line, size_t n);

static void list_process(struct proc *p, put_fn *put, void *ctx)
{
	struct line line;
	const struct thread *t;

	if (!spin_trylock(&p->signals.lock))
		return;
	list_for_each_entry(t, &p->threads, proc_link) {
		make_line(&line, t);
		put(ctx, line.text, line.length);
	}
	spin_unlock(&p->signals.lock);
}

bool watchdog_list(put_fn *put, void *ctx)
{
	unsigned long irq = irq_save();
	bool is_free = init_proc != NULL && tree_trylock();

	if (is_free) {
		for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p))
			list_process(p, put, ctx);
		tree_unlock();
	}
	irq_restore(irq);
	return is_free;
}

/* ---- in a panic ---- */

static bool will_report; /* (a) */

void watchdog_will_report(void)
{
	WRITE_ONCE(will_report, true);
}

static void print_line(void *ctx, const char *line, size_t n)
{
	unsigned *lines = ctx;

	if (++*lines <= LINES_OF_PANIC)
		printk("%.*s", (int)n, line);
}

void watchdog_report(void)
{
	unsigned lines = 0, tries = 0;

	if (!READ_ONCE(will_report))
		return;
	while (!watchdog_list(print_line, &lines) && ++tries < TRIES_OF_PANIC)
		spin_pause();
	if (tries == TRIES_OF_PANIC)
		printk("the tree of processes is locked: no list of threads\n");
	if (lines > LINES_OF_PANIC)
		printk("and %u threads more\n", lines - LINES_OF_PANIC);
}

#endif
