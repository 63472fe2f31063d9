/*
 * proc/task/wait.c - a parent learns what became of its children.
 *
 * Everything is decided under the lock of the parent, which shares the tree:
 * whoever sees a zombie there and takes it off the tree is the one who reaps it.
 */
#include "proc/task/wait.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/task/life_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"
#include "vfs/cred.h"

struct wanted {
	enum wait_for which;
	int id;                  /* of a process or group */
	struct proc *proc;       /* the only one */
	int options;
};

/* By any thread of ours. */
static bool is_traced_by_us(const struct proc *child)
	REQUIRES_SHARED(proc_tree_lock)
{
	return child->tracee != NULL &&
	       child->tracee->trace.tracer->proc == current_proc();
}

static bool is_wanted(const struct proc *child, const struct wanted *w)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	bool clone_child = child->exit_signal != SIGCHLD;

	if (w->which == WAIT_GROUP && child->group->pgid != w->id)
		return false;
	if ((w->options & WALL) || is_traced_by_us(child))
		return true;
	return clone_child == !!((unsigned)w->options & WCLONE);
}

void wait_describe_exit(struct wait_result *out, int status)
{
	int sig = status & 0x7f;

	out->wait_status = status;
	out->code = sig == 0 ? CLD_EXITED :
		    status & WAIT_STATUS_CORE ? CLD_DUMPED : CLD_KILLED;
	out->status = sig == 0 ? status >> 8 & 0xff : sig;
}

/* A stop or a continuation that nobody has been told of yet. */
bool wait_take_stop_event(struct proc *child, int options,
			  struct wait_result *out)
{
	int event = signal_take_event(child, options & WUNTRACED,
				      options & WCONTINUED, options & WNOWAIT);
	bool continued = event == WAIT_STATUS_CONTINUE;

	if (event == 0)
		return false;
	out->wait_status = event;
	out->code = continued ? CLD_CONTINUED : CLD_STOPPED;
	out->status = continued ? SIGCONT : event >> 8 & 0xff;
	return true;
}

/* Of the threads that have ended. */
struct rusage_sums wait_usage_of_dead(struct proc *p)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	struct rusage_sums usage = p->dead_threads;

	spin_unlock_irqrestore(&p->signals.lock, irq);
	return usage;
}

static void take_zombie(struct proc *child, int options,
			struct wait_result *out, struct proc **reaped)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	wait_describe_exit(out, child->exit_status);
	out->usage = wait_usage_of_dead(child);
	rusage_add(&out->usage, &child->waited_children);
	if (!(options & WNOWAIT)) {
		proc_reap_locked(child);
		*reaped = child;
	}
}

/* Who traces a child has tracees, and so looks at all of them alone. */
static long ask_as_tracer(struct thread *t, int options,
			  struct wait_result *out)
{
	assert_tree_alone();
	return ptrace_wait_locked(t, options, out);
}

/*
 * One of the children that were asked for.  1: it has something to tell; 0:
 * not yet; -ECHILD: it never will, for a zombie does not stop or go on.  Who
 * has no other does not wait for it.
 */
static long examine(struct proc *child, int options, struct wait_result *out,
		    struct proc **reaped)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	const struct thread *tracee = child->tracee;

	if (is_traced_by_us(child))
		return (options & WNOTHREAD) &&
			       tracee->trace.tracer != current_thread() ?
			       -ECHILD :
			       ask_as_tracer(child->tracee, options, out);
	if (child->state == PROC_ZOMBIE && tracee != NULL)
		return 0; /* until the tracer has seen it */
	if (child->state == PROC_ZOMBIE) {
		if (!(options & WEXITED))
			return -ECHILD;
		take_zombie(child, options, out, reaped);
	} else if (wait_take_stop_event(child, options, out)) {
		out->usage = wait_usage_of_dead(child);
	} else {
		return 0;
	}
	out->pid = child->pid;
	out->uid = READ_ONCE(child->uid);
	return 1;
}

/* The one child that can be meant, however many others there are; NULL: it is
 * none. */
static struct proc *only_child(const struct wanted *w)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	struct proc *self = current_proc(), *p = w->proc;

	if (w->which == WAIT_PID)
		return pid_child(w->id, self);
	return p->parent == self && p->state != PROC_REAPED ? p : NULL;
}

/* As examine(), of that one. */
static long look_at_one(const struct wanted *w, struct wait_result *out,
			struct proc **reaped)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	struct proc *child = only_child(w);

	return child != NULL && is_wanted(child, w) ?
		       examine(child, w->options, out, reaped) : -ECHILD;
}

static long look_at_all(const struct wanted *w, struct wait_result *out,
			struct proc **reaped)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	struct proc *child;
	long found = -ECHILD;

	list_for_each_entry(child, &current_proc()->children, sibling) {
		if (!is_wanted(child, w))
			continue;
		found = max(found, examine(child, w->options, out, reaped));
		if (found == 1)
			break;
	}
	return found;
}

/* It is not asked as a child. */
static bool is_wanted_tracee(const struct thread *t, const struct wanted *w)
	REQUIRES(TREE_ALONE)
{
	const struct proc *p = t->proc;

	if ((w->options & WNOTHREAD) && t->trace.tracer != current_thread())
		return false;
	if (p->tracee == t && p->parent == current_proc())
		return false;
	switch (w->which) {
	case WAIT_PID:
		return t->tid == w->id;
	case WAIT_PROC:
		return p->tracee == t && p == w->proc;
	case WAIT_GROUP:
		return p->group != NULL && p->group->pgid == w->id;
	default:
		return true;
	}
}

/* As the others, of the threads that the running process traces. */
static long look_at_tracees(const struct wanted *w, struct wait_result *out)
	REQUIRES(TREE_ALONE)
{
	struct thread *t;
	long found = -ECHILD;

	list_for_each_entry(t, &current_proc()->tracees, trace.link) {
		long told = is_wanted_tracee(t, w) ?
				    ptrace_wait_locked(t, w->options, out) :
				    -ECHILD;

		if (told == 1)
			return 1;
		found = max(found, told);
	}
	return found;
}

static long look_at_children(const struct wanted *w, struct wait_result *out,
			     struct proc **reaped)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	bool one = w->which == WAIT_PID || w->which == WAIT_PROC;

	return one ? look_at_one(w, out, reaped) : look_at_all(w, out, reaped);
}

/* For who traces others: it is told of them, too. */
static long look_alone(const struct wanted *w, struct wait_result *out,
		       struct proc **reaped)
{
	tree_lock();
	long found = look_at_children(w, out, reaped);

	if (found != 1)
		found = max(found, look_at_tracees(w, out));
	tree_unlock();
	return found;
}

/* 1: told; 0: nothing yet; -ECHILD: there is none to wait for. */
static long look(const struct wanted *w, struct wait_result *out)
{
	struct proc *self = current_proc(), *reaped = NULL;
	long found = 0;

	tree_lock_shared();
	bool traces = !list_is_empty(&self->tracees);

	if (!traces) {
		spin_lock(&self->lock);
		found = look_at_children(w, out, &reaped);
		spin_unlock(&self->lock);
	}
	tree_unlock_shared();
	if (traces)
		found = look_alone(w, out, &reaped);
	if (reaped != NULL)
		proc_put(reaped);
	return found;
}

static const struct sleep_kind child_sleep = {
	.name = "wait4",
	.by_poking = true,
	.awaits = "a child",
};

static long wait_for(const struct wanted *wanted, struct wait_result *out)
{
	struct waiter w = { .thread = current_thread() };
	struct proc *self = current_proc();
	long found;

	*out = (struct wait_result){ 0 };
	for (;;) {
		waitq_prepare(&self->child_wait, &w, true);
		found = look(wanted, out);
		if (found == 1)
			watchdog_found_true(__func__, "a child is to be told of");
		if (found != 0)
			break;
		if (wanted->options & WNOHANG)
			break;
		if (block_interrupted()) {
			found = -ERESTARTSYS;
			break;
		}
		watchdog_sleeps(&child_sleep, NULL, NULL, __func__);
		block_schedule();
	}
	waitq_finish(&w);
	if (found <= 0)
		*out = (struct wait_result){ 0 };
	return min(found, 0L);
}

long proc_wait(enum wait_for which, int id, int options,
	       struct wait_result *out)
{
	struct wanted wanted = { .which = which, .id = id, .options = options };

	return wait_for(&wanted, out);
}

long proc_wait_for(struct proc *child, int options,
		   struct wait_result *out)
{
	struct wanted wanted = { .which = WAIT_PROC, .proc = child,
				 .options = options };

	return wait_for(&wanted, out);
}
