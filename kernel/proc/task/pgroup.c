/*
 * proc/task/pgroup.c - see pgroup.h.
 */
#include "proc/task/pgroup.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "mm/slab.h"
#include "proc/task/pid.h"
#include "proc/task/to_signal.h"

/* ---- the objects ---- */

void session_begin_locked(struct session *s, int sid)
{
	*s = (struct session){ .sid = sid, .refs = REFCOUNT_INIT(1) };
	pid_get(sid);
}

void session_get(struct session *s)
{
	refcount_get(&s->refs);
}

void session_put(struct session *s)
{
	if (!refcount_put(&s->refs))
		return;
	assert(s->foreground == NULL);
	pid_put(s->sid);
	kfree(s);
}

void pgroup_begin_locked(struct pgroup *g, int pgid, struct session *s)
{
	static uint64_t last_serial GUARDED_BY(proc_tree_lock);

	*g = (struct pgroup){
		.pgid = pgid,
		.serial = ++last_serial,
		.session = s,
		.refs = REFCOUNT_INIT(1),
	};
	spin_init(&g->lock, RANK_PGROUP);
	list_init(&g->members);
	session_get(s);
	pid_get(pgid);
}

void pgroup_get(struct pgroup *g)
{
	refcount_get(&g->refs);
}

void pgroup_put(struct pgroup *g)
{
	if (!refcount_put(&g->refs))
		return;
	is_private(pgroup);
	assert(list_is_empty(&g->members));
	session_put(g->session);
	pid_put(g->pgid);
	kfree(g);
}

struct pgroup *pgroup_find(int pgid)
{
	return pid_group(pgid);
}

/* ---- ties ---- */

static bool ties_group(const struct proc *p) REQUIRES(TREE_ALONE)
{
	const struct proc *parent = p->parent;

	return p->state == PROC_RUNNING && parent != NULL &&
	       parent != init_proc && parent->group != p->group &&
	       proc_session(parent) == proc_session(p);
}

/* What ties_group() says of @p may have changed. */
static void update_tie(struct proc *p) REQUIRES(TREE_ALONE)
{
	bool ties = ties_group(p);

	if (ties && !p->ties_group)
		p->group->nr_ties++;
	if (!ties && p->ties_group)
		p->group->nr_ties--;
	p->ties_group = ties;
}

void pgroup_tie_locked(struct proc *p)
{
	update_tie(p);
}

static unsigned count_ties(const struct pgroup *g) REQUIRES(TREE_ALONE)
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
	tree_lock();
	bool orphaned = pgroup_is_orphaned(current_proc()->group);

	tree_unlock();
	return orphaned;
}

static bool has_stopped_member(const struct pgroup *g) REQUIRES(TREE_ALONE)
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

/*
 * All members together hold one reference, and the number names the group while
 * it has some.  Who comes to an empty group has the tree alone; who takes the
 * last one out of it may share it, for whoever could come is one he makes.
 */
static void add_member(struct pgroup *g, struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_pgroup)
{
	if (list_is_empty(&g->members)) {
		pgroup_get(g);
		pid_set_group(g->pgid, g);
	}
	list_push_back(&g->members, &p->group_link);
}

/* True: it was the last, and the members' reference is to be put. */
static bool MUST_CHECK remove_member(struct pgroup *g, struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_pgroup)
{
	list_remove(&p->group_link);
	race_point(member_left, g);
	if (!list_is_empty(&g->members))
		return false;
	/* Another group may have the number now. */
	pid_set_group(g->pgid, NULL);
	return true;
}

static void set_group(struct proc *p, struct pgroup *g)
{
	proc_is_private(p);
	p->group = g;
}

void pgroup_join_shared(struct proc *p, struct pgroup *g)
{
	assert_tree_held();
	set_group(p, g);
	spin_lock(&g->lock);
	add_member(g, p);
	spin_unlock(&g->lock);
}

void pgroup_leave_shared(struct proc *p)
{
	struct pgroup *g = p->group;

	assert_tree_held();
	assert(!p->ties_group);
	set_group(p, NULL);
	spin_lock(&g->lock);
	bool last = remove_member(g, p);

	spin_unlock(&g->lock);
	if (last)
		pgroup_put(g);
}

void pgroup_join_locked(struct proc *p, struct pgroup *g)
{
	assert_tree_alone();
	assert(p->group == NULL);
	p->group = g;
	add_member(g, p);
	update_tie(p);
}

static void leave_locked(struct proc *p) REQUIRES(TREE_ALONE)
{
	struct pgroup *g = p->group;

	if (p->ties_group)
		g->nr_ties--;
	p->ties_group = false;
	p->group = NULL;
	if (remove_member(g, p))
		pgroup_put(g);
}

void pgroup_move_locked(struct proc *p, struct pgroup *g)
{
	struct proc *child;

	assert_tree_alone();
	pgroup_get(g);
	leave_locked(p);
	pgroup_join_locked(p, g);
	pgroup_put(g);
	list_for_each_entry(child, &p->children, sibling)
		update_tie(child);
}
