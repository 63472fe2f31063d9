/*
 * proc/signal/orphan.c - process groups whose members nobody could continue.
 */
#include "proc/signal/signal_internal.h"

#include "lib/bug.h"
#include "proc/signal/signal.h"
#include "proc/task/pid.h"

/* @p ties its group to another of the same session: its parent could
 * continue it.  @leaving, if any, counts no more. */
static bool ties_group_locked(const struct proc *p, const struct proc *leaving)
	REQUIRES(proc_tree_lock)
{
	const struct proc *parent = p->parent;

	return p->state == PROC_RUNNING && p != leaving && parent != NULL &&
	       parent != leaving && parent->pgid != p->pgid &&
	       parent->sid == p->sid;
}

/* Members of an orphaned group have nobody who would continue them. */
bool signal_group_is_orphaned(int pgid, const struct proc *leaving)
{
	bool orphaned = true;

	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		spin_lock(&proc_tree_lock);
		if (p->pgid == pgid && ties_group_locked(p, leaving))
			orphaned = false;
		spin_unlock(&proc_tree_lock);
		next = proc_next(p->pid);
		proc_put(p);
	}
	return orphaned;
}

/* The end of @leaving changes what signal_group_is_orphaned() says. */
static bool is_last_tie(int pgid, const struct proc *leaving)
{
	return !signal_group_is_orphaned(pgid, NULL) &&
	       signal_group_is_orphaned(pgid, leaving);
}

void signal_orphan_groups(const struct proc *leaving)
{
	static const struct siginfo hang_up = { .si_signo = SIGHUP,
						.si_code = SI_KERNEL };
	static const struct siginfo go_on = { .si_signo = SIGCONT,
					      .si_code = SI_KERNEL };

	if (likely(READ_ONCE(nr_stopped) == 0))
		return;
	for (struct proc *p = proc_next(0), *next; p != NULL; p = next) {
		if (p != leaving && signals_stopped(&p->signals) &&
		    is_last_tie(p->pgid, leaving)) {
			signal_send_group(p->pgid, &hang_up);
			signal_send_group(p->pgid, &go_on);
		}
		next = proc_next(p->pid);
		proc_put(p);
	}
}
