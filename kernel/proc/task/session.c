/*
 * proc/task/session.c - see session.h.
 */
#include "proc/task/session.h"

#include "lib/errno.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"

static struct proc *find(int pid) REQUIRES(proc_tree_lock);
static struct proc *find(int pid)
{
	return pid == 0 ? current_proc() : pid_proc(pid);
}

int proc_get_group(int pid)
{
	spin_lock(&proc_tree_lock);
	const struct proc *p = find(pid);
	int pgid = p == NULL ? -ESRCH : p->pgid;

	spin_unlock(&proc_tree_lock);
	return pgid;
}

int proc_get_session(int pid)
{
	spin_lock(&proc_tree_lock);
	const struct proc *p = find(pid);
	int sid = p == NULL ? -ESRCH : p->sid;

	spin_unlock(&proc_tree_lock);
	return sid;
}

struct proc *proc_tree_next(struct proc *p)
{
	if (!list_is_empty(&p->children))
		return list_entry(list_first(&p->children), struct proc,
				  sibling);
	while (p != init_proc) {
		struct proc *parent = p->parent;

		if (p->sibling.next != &parent->children)
			return list_entry(p->sibling.next, struct proc,
					  sibling);
		p = parent;
	}
	return NULL;
}

static bool group_exists(int pgid, int sid) REQUIRES(proc_tree_lock);
static bool group_exists(int pgid, int sid)
{
	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p))
		if (p->pgid == pgid && (sid == 0 || p->sid == sid))
			return true;
	return false;
}

/* May @p, which is not NULL, go to group @pgid? */
static int check_move(const struct proc *p, int pgid) REQUIRES(proc_tree_lock);
static int check_move(const struct proc *p, int pgid)
{
	const struct proc *self = current_proc();

	if (p != self && p->parent != self)
		return -ESRCH;
	if (p->sid != self->sid)
		return -EPERM;
	if (p != self && p->did_exec)
		return -EACCES;
	if (p->sid == p->pid)
		return -EPERM;
	if (pgid != p->pid && !group_exists(pgid, self->sid))
		return -EPERM;
	return 0;
}

int proc_set_group(int pid, int pgid)
{
	int err;

	if (pgid < 0)
		return -EINVAL;
	spin_lock(&proc_tree_lock);
	struct proc *p = find(pid);

	if (p != NULL && pgid == 0)
		pgid = p->pid;
	err = p == NULL ? -ESRCH : check_move(p, pgid);
	if (err == 0 && p->pgid != pgid) {
		pid_hold(pgid);
		pid_release(p->pgid);
		p->pgid = pgid;
	}
	spin_unlock(&proc_tree_lock);
	return err;
}

int proc_new_session(void)
{
	struct proc *self = current_proc();
	int result = -EPERM;

	spin_lock(&proc_tree_lock);
	if (!group_exists(self->pid, 0)) {
		pid_hold(self->pid);
		pid_hold(self->pid);
		pid_release(self->pgid);
		pid_release(self->sid);
		self->pgid = self->sid = self->pid;
		self->has_tty = false;
		result = self->pid;
	}
	spin_unlock(&proc_tree_lock);
	return result;
}
