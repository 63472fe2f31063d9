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
	list_init(&g->heads);
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
	assert(list_is_empty(&g->heads));
	session_put(g->session);
	pid_put(g->pgid);
	kfree(g);
}

struct pgroup *pgroup_find(int pgid)
{
	return pid_group(pgid);
}

/* ---- where a member stands ---- */

/* Stays as it is while the tree is shared. */
static bool ought_to_head(const struct proc *p) REQUIRES_SHARED(proc_tree_lock)
{
	return p->parent == NULL || p->parent->group != p->group;
}

/*
 * All members together hold one reference, and the number names the group while
 * it has some.  Who makes an empty group's first head has the tree alone; who takes
 * the last one away may share it, for whoever could come is one he makes.
 */
static void add_head(struct pgroup *g, struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_pgroup)
{
	if (list_is_empty(&g->heads)) {
		pgroup_get(g);
		pid_set_group(g->pgid, g);
	}
	list_push_back(&g->heads, &p->group_link);
}

/* True: it was the last, and the members' reference is to be put. */
static bool MUST_CHECK remove_head(struct pgroup *g, struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_pgroup)
{
	list_remove(&p->group_link);
	race_point(member_left, g);
	if (!list_is_empty(&g->heads))
		return false;
	/* Another group may have the number now. */
	pid_set_group(g->pgid, NULL);
	return true;
}

static void add_locked(struct pgroup *g, struct proc *p) REQUIRES(TREE_ALONE)
{
	p->heads_group = ought_to_head(p);
	if (p->heads_group)
		add_head(g, p);
	else
		list_push_back(&p->parent->members, &p->group_link);
}

static void remove_locked(struct pgroup *g, struct proc *p) REQUIRES(TREE_ALONE)
{
	if (!p->heads_group)
		list_remove(&p->group_link);
	else if (remove_head(g, p))
		pgroup_put(g);
}

/* @p has another parent, or its parent is in another group. */
static void update_place(struct proc *p) REQUIRES(TREE_ALONE)
{
	if (p->heads_group && ought_to_head(p))
		return;
	remove_locked(p->group, p);
	add_locked(p->group, p);
}

/* Whose link stands behind @link on @list, or NULL. */
static struct proc *behind(const struct list *list, const struct list *link)
{
	return link->next == list ? NULL :
	       list_entry(link->next, struct proc, group_link);
}

struct proc *pgroup_first(const struct pgroup *g)
{
	return behind(&g->heads, &g->heads);
}

struct proc *pgroup_next(const struct pgroup *g, struct proc *p)
{
	struct proc *next = behind(&p->members, &p->members);

	while (next == NULL && !p->heads_group) {
		next = behind(&p->parent->members, &p->group_link);
		p = p->parent;
	}
	return next != NULL ? next : behind(&g->heads, &p->group_link);
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
	struct proc *p;
	unsigned n = 0;

	for_each_member(p, g)
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
	struct proc *p;

	for_each_member(p, g)
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

	update_place(p);
	update_tie(p);
	if (!tied || !pgroup_is_orphaned(g) || !has_stopped_member(g))
		return;
	signal_send_group_locked(g, &hang_up);
	signal_send_group_locked(g, &go_on);
}

/* ---- members ---- */

static void set_group(struct proc *p, struct pgroup *g)
{
	proc_is_private(p);
	p->group = g;
	p->heads_group = g != NULL && ought_to_head(p);
}

/* A child of who makes it is no head: it is its parent's matter, and nothing is
 * written that others in the group write.  A sibling may be one, and who makes that
 * has the tree alone. */
void pgroup_join_shared(struct proc *p, struct pgroup *g)
{
	assert_tree_held();
	set_group(p, g);
	if (likely(!p->heads_group)) {
		list_push_back(&p->parent->members, &p->group_link);
		return;
	}
	spin_lock(&g->lock);
	add_head(g, p);
	spin_unlock(&g->lock);
}

/* Two heads may have two parents, who reap them side by side; the lock says who
 * was the last. */
static void head_leaves_shared(struct pgroup *g, struct proc *p)
	REQUIRES_SHARED(proc_tree_lock)
{
	spin_lock(&g->lock);
	bool last = remove_head(g, p);

	spin_unlock(&g->lock);
	if (last)
		pgroup_put(g);
}

void pgroup_leave_shared(struct proc *p)
{
	struct pgroup *g = p->group;
	bool head = p->heads_group;

	assert_tree_held();
	assert(!p->ties_group);
	lab_assert(head == ought_to_head(p));
	set_group(p, NULL);
	if (head)
		head_leaves_shared(g, p);
	else
		list_remove(&p->group_link);
}

void pgroup_join_locked(struct proc *p, struct pgroup *g)
{
	assert_tree_alone();
	assert(p->group == NULL);
	p->group = g;
	add_locked(g, p);
	update_tie(p);
}

static void leave_locked(struct proc *p) REQUIRES(TREE_ALONE)
{
	struct pgroup *g = p->group;

	if (p->ties_group)
		g->nr_ties--;
	p->ties_group = false;
	p->group = NULL;
	remove_locked(g, p);
}

/* Its children become heads in the one group, and in the other are none any more.
 * In between a group may seem to be without members, so it is held. */
void pgroup_move_locked(struct proc *p, struct pgroup *g)
{
	struct pgroup *old = p->group;
	struct proc *child;

	assert_tree_alone();
	pgroup_get(old);
	pgroup_get(g);
	leave_locked(p);
	pgroup_join_locked(p, g);
	list_for_each_entry(child, &p->children, sibling) {
		update_place(child);
		update_tie(child);
	}
	pgroup_put(g);
	pgroup_put(old);
}
