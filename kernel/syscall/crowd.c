/*
 * syscall/crowd.c - see crowd.h.
 */
#include "syscall/crowd.h"

#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "vfs/cred.h"

bool may_change_thread_locked(const struct thread *t)
{
	const struct cred *mine = current_cred(), *its = t->arch.cred;

	return cred_can(mine, CAP_SYS_NICE) || mine->euid == its->euid ||
	       mine->euid == its->uid;
}

static void visit_thread(struct crowd *c, int tid) REQUIRES(TREE_ALONE)
{
	struct thread *t = tid == 0 ? current_thread() : pid_thread(tid);

	if (t != NULL)
		c->visit(c, t);
}

static void visit_proc(struct crowd *c, struct proc *p)
	REQUIRES(TREE_ALONE)
{
	struct thread *t;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	list_for_each_entry(t, &p->threads, proc_link)
		c->visit(c, t);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

static void visit_group(struct crowd *c, int pgid) REQUIRES(TREE_ALONE)
{
	struct pgroup *g = pgid == 0 ? current_proc()->group :
				       pgroup_find(pgid);
	struct proc *p;

	if (g == NULL)
		return;
	for_each_member(p, g)
		visit_proc(c, p);
}

static void visit_user(struct crowd *c, unsigned uid) REQUIRES(TREE_ALONE)
{
	if (uid == 0)
		uid = current_cred()->uid;
	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p))
		if (p->cred->uid == uid)
			visit_proc(c, p);
}

void crowd_walk(enum crowd_kind kind, unsigned id, struct crowd *c)
{
	tree_lock();
	if (kind == CROWD_THREAD)
		visit_thread(c, (int)id);
	else if (kind == CROWD_GROUP)
		visit_group(c, (int)id);
	else
		visit_user(c, id);
	tree_unlock();
}
