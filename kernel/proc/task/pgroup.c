/*
 * proc/task/pgroup.c - see pgroup.h.
 */
#include "proc/task/pgroup.h"

#include "lib/bug.h"
#include "mm/slab.h"
#include "proc/task/pid.h"
#include "proc/task/to_signal.h"

/* ---- the objects ---- */

void session_begin_locked(struct session *s, int sid)
{
	*s = (struct session){ .sid = sid, .refs = 1 };
	pid_hold(sid);
}

void session_get(struct session *s)
{
	s->refs++;
}

void session_put(struct session *s)
{
	assert(s->refs != 0);
	if (--s->refs != 0)
		return;
	assert(s->foreground == NULL);
	pid_release(s->sid);
	kfree(s);
}

void pgroup_begin_locked(struct pgroup *g, int pgid, struct session *s)
{
	static uint64_t last_serial GUARDED_BY(proc_tree_lock);

	*g = (struct pgroup){
		.pgid = pgid,
		.serial = ++last_serial,
		.session = s,
		.refs = 1,
	};
	list_init(&g->members);
	session_get(s);
	pid_hold(pgid);
}

void pgroup_get(struct pgroup *g)
{
	g->refs++;
}

void pgroup_put(struct pgroup *g)
{
	assert(g->refs != 0);
	if (--g->refs != 0)
		return;
	assert(list_is_empty(&g->members));
	session_put(g->session);
	pid_release(g->pgid);
	kfree(g);
}

struct pgroup *pgroup_find(int pgid)
{
	return pid_group(pgid);
}

/* ---- ties ---- */

static bool ties_group(const struct proc *p) REQUIRES(proc_tree_lock)
{
	const struct proc *parent = p->parent;

	return p->state == PROC_RUNNING && parent != NULL &&
	       parent != init_proc && parent->group != p->group &&
	       proc_session(parent) == proc_session(p);
}

/* What ties_group() says of @p may have changed. */
static void update_tie(struct proc *p) REQUIRES(proc_tree_lock)
{
	bool ties = ties_group(p);

	if (ties && !p->ties_group)
		p->group->nr_ties++;
	if (!ties && p->ties_group)
		p->group->nr_ties--;
	p->ties_group = ties;
}

static unsigned count_ties(const struct pgroup *g) REQUIRES(proc_tree_lock)
{
	const struct proc *p;
	unsigned n = 0;

	list_for_each_entry(p, &g->members, group_link)
		n += ties_group(p);
	return n;
}

bool pgroup_is_orphaned(const struct pgroup *g)
{
	lab_assert(g->nr_ties == count_ties(g));
	return g->nr_ties == 0;
}

bool own_pgroup_is_orphaned(void)
{
	spin_lock(&proc_tree_lock);
	bool orphaned = pgroup_is_orphaned(current_proc()->group);

	spin_unlock(&proc_tree_lock);
	return orphaned;
}

static bool has_stopped_member(const struct pgroup *g) REQUIRES(proc_tree_lock)
{
	const struct proc *p;

	list_for_each_entry(p, &g->members, group_link)
		if (p->state == PROC_RUNNING && signals_stopped(&p->signals))
			return true;
	return false;
}

void pgroup_cut_tie_locked(struct proc *p)
{
	static const struct siginfo hang_up = { .si_signo = SIGHUP,
						.si_code = SI_KERNEL };
	static const struct siginfo go_on = { .si_signo = SIGCONT,
					      .si_code = SI_KERNEL };
	struct pgroup *g = p->group;
	bool tied = p->ties_group;

	update_tie(p);
	if (!tied || !pgroup_is_orphaned(g) || !has_stopped_member(g))
		return;
	signal_send_group_locked(g, &hang_up);
	signal_send_group_locked(g, &go_on);
}

/* ---- members ---- */

void pgroup_join_locked(struct proc *p, struct pgroup *g)
{
	assert_spin_held(&proc_tree_lock);
	assert(p->group == NULL);
	pgroup_get(g);
	p->group = g;
	list_push_back(&g->members, &p->group_link);
	pid_set_group(g->pgid, g);
	update_tie(p);
}

void pgroup_leave_locked(struct proc *p)
{
	struct pgroup *g = p->group;

	assert_spin_held(&proc_tree_lock);
	if (p->ties_group)
		g->nr_ties--;
	p->ties_group = false;
	p->group = NULL;
	list_remove(&p->group_link);
	/* The last one: another group may have the number now. */
	if (list_is_empty(&g->members))
		pid_set_group(g->pgid, NULL);
	pgroup_put(g);
}

void pgroup_move_locked(struct proc *p, struct pgroup *g)
{
	struct proc *child;

	pgroup_get(g);
	pgroup_leave_locked(p);
	pgroup_join_locked(p, g);
	pgroup_put(g);
	list_for_each_entry(child, &p->children, sibling)
		update_tie(child);
}
