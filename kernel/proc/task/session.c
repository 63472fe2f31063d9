/*
 * proc/task/session.c - see session.h.
 */
#include "proc/task/session.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"

static struct proc *find(int pid) REQUIRES(TREE_ALONE)
{
	return pid == 0 ? current_proc() : pid_proc_of(pid);
}

int proc_get_group(int pid)
{
	tree_lock();
	const struct proc *p = find(pid);
	int pgid = p == NULL ? -ESRCH : p->group->pgid;

	tree_unlock();
	return pgid;
}

int proc_get_session(int pid)
{
	tree_lock();
	const struct proc *p = find(pid);
	int sid = p == NULL ? -ESRCH : proc_session(p)->sid;

	tree_unlock();
	return sid;
}

/* May @p go to a group @to of its own session, or (NULL) to one that it makes
 * with its own number? */
static int check_move(const struct proc *p, const struct pgroup *to)
	REQUIRES(TREE_ALONE)
{
	const struct proc *self = current_proc();

	if (p != self && p->parent != self)
		return -ESRCH;
	if (proc_session(p) != proc_session(self))
		return -EPERM;
	if (p != self && p->did_exec)
		return -EACCES;
	if (proc_session(p)->sid == p->pid)
		return -EPERM;
	if (to != NULL && to->session != proc_session(self))
		return -EPERM;
	return 0;
}

/* Uses *@spare, and then takes it away, for a group that does not exist. */
static int set_group_locked(int pid, int pgid, struct pgroup **spare)
	REQUIRES(TREE_ALONE)
{
	struct proc *p = find(pid);

	if (p == NULL)
		return -ESRCH;
	if (pid != 0 && p->pid != pid)
		return -EINVAL; /* a thread */

	int number = pgid == 0 ? p->pid : pgid;
	struct pgroup *to = pgroup_find(number);
	int err = check_move(p, to);

	if (err != 0)
		return err;
	if (to == NULL && number != p->pid)
		return -EPERM;
	if (to != NULL) {
		pgroup_move_locked(p, to);
		return 0;
	}
	to = *spare;
	*spare = NULL;
	pgroup_begin_locked(to, number, proc_session(p));
	pgroup_move_locked(p, to);
	pgroup_put(to);
	return 0;
}

int proc_set_group(int pid, int pgid)
{
	struct pgroup *spare;
	int err;

	if (pgid < 0 || (pgid == 0 && pid < 0))
		return -EINVAL;
	spare = kmalloc(sizeof(*spare));
	if (spare == NULL)
		return -ENOMEM;
	tree_lock();
	err = set_group_locked(pid, pgid, &spare);
	tree_unlock();
	kfree(spare);
	return err;
}

static int new_session_locked(struct session *s, struct pgroup *g)
	REQUIRES(TREE_ALONE)
{
	struct proc *self = current_proc();

	if (pgroup_find(self->pid) != NULL)
		return -EPERM;
	session_begin_locked(s, self->pid);
	pgroup_begin_locked(g, self->pid, s);
	session_put(s);
	pgroup_move_locked(self, g);
	pgroup_put(g);
	self->tty_turn = 0;
	return self->pid;
}

int proc_new_session(void)
{
	struct session *s = kmalloc(sizeof(*s));
	struct pgroup *g = kmalloc(sizeof(*g));
	int sid = -ENOMEM;

	if (s != NULL && g != NULL) {
		tree_lock();
		sid = new_session_locked(s, g);
		tree_unlock();
	}
	if (sid < 0) {
		kfree(s);
		kfree(g);
	}
	return sid;
}
