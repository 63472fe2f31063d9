/*
 * proc/task/wait.c - a parent learns what became of its children.
 *
 * Everything is decided under proc_tree_lock: whoever sees a zombie there
 * and takes it off the tree is the one who reaps it.
 */
#include "proc/task/wait.h"

#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/task/life_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/to_signal.h"
#include "vfs/cred.h"

static bool is_wanted(const struct proc *child, enum wait_for which, int id,
		      int options) REQUIRES(proc_tree_lock)
{
	bool clone_child = child->exit_signal != SIGCHLD;

	if (which == WAIT_PID && child->pid != id)
		return false;
	if (which == WAIT_GROUP && child->group->pgid != id)
		return false;
	if (options & WALL)
		return true;
	return clone_child == !!((unsigned)options & WCLONE);
}

static void describe_exit(struct wait_result *out, int status)
{
	int sig = status & 0x7f;

	out->wait_status = status;
	out->code = sig == 0 ? CLD_EXITED : CLD_KILLED;
	out->status = sig == 0 ? status >> 8 & 0xff : sig;
}

/* A stop or a continuation that nobody has been told of yet. */
static bool take_stop_event(struct proc *child, int options,
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

static void take_zombie(struct proc *child, int options,
			struct wait_result *out, struct proc **reaped)
	REQUIRES(proc_tree_lock)
{
	describe_exit(out, child->exit_status);
	out->usage = child->dead_threads;
	rusage_add(&out->usage, &child->waited_children);
	if (!(options & WNOWAIT)) {
		proc_reap_locked(child);
		*reaped = child;
	}
}

/*
 * One of the children that were asked for.  1: it has something to tell; 0:
 * not yet; -ECHILD: it never will, for a zombie does not stop or go on.  Who
 * has no other does not wait for it.
 */
static long examine(struct proc *child, int options, struct wait_result *out,
		    struct proc **reaped) REQUIRES(proc_tree_lock)
{
	if (child->state == PROC_ZOMBIE) {
		if (!(options & WEXITED))
			return -ECHILD;
		take_zombie(child, options, out, reaped);
	} else if (take_stop_event(child, options, out)) {
		out->usage = child->dead_threads;
	} else {
		return 0;
	}
	out->pid = child->pid;
	out->uid = child->cred->uid;
	return 1;
}

/* The child @pid, however many others there are; NULL: it is none. */
static struct proc *child_by_pid(int pid) REQUIRES(proc_tree_lock)
{
	struct proc *p = pid_proc(pid);

	return p != NULL && p->parent == current_proc() ? p : NULL;
}

/* As examine(), of the one child that can be meant. */
static long look_at_one(int pid, int options, struct wait_result *out,
			struct proc **reaped) REQUIRES(proc_tree_lock)
{
	struct proc *child = child_by_pid(pid);

	return child != NULL && is_wanted(child, WAIT_PID, pid, options) ?
		       examine(child, options, out, reaped) : -ECHILD;
}

static long look_at_all(enum wait_for which, int id, int options,
			struct wait_result *out, struct proc **reaped)
	REQUIRES(proc_tree_lock)
{
	struct proc *child;
	long found = -ECHILD;

	list_for_each_entry(child, &current_proc()->children, sibling) {
		if (!is_wanted(child, which, id, options))
			continue;
		found = max(found, examine(child, options, out, reaped));
		if (found == 1)
			break;
	}
	return found;
}

/* 1: told; 0: nothing yet; -ECHILD: there is none to wait for. */
static long look(enum wait_for which, int id, int options,
		 struct wait_result *out)
{
	struct proc *reaped = NULL;

	spin_lock(&proc_tree_lock);
	long found = which == WAIT_PID ?
			     look_at_one(id, options, out, &reaped) :
			     look_at_all(which, id, options, out, &reaped);

	spin_unlock(&proc_tree_lock);
	if (reaped != NULL)
		proc_put(reaped);
	return found;
}

static const struct sleep_kind child_sleep = {
	.name = "wait4",
	.by_poking = true,
	.awaits = "a child",
};

long proc_wait(enum wait_for which, int id, int options,
	       struct wait_result *out)
{
	struct waiter w = { .thread = current_thread() };
	struct proc *self = current_proc();
	long found;

	*out = (struct wait_result){ 0 };
	for (;;) {
		waitq_prepare(&self->child_wait, &w, true);
		found = look(which, id, options, out);
		if (found == 1)
			watchdog_found_true(__func__, "a child is to be told of");
		if (found != 0)
			break;
		if (options & WNOHANG)
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
