/*
 * proc/task/pid.c - see pid.h.
 */
#include "proc/task/pid.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"

/* All (t): proc_tree_lock. */
static uint16_t bearers[PID_MAX];
static struct thread *threads[PID_MAX];
static struct proc *procs[PID_MAX];
static struct pgroup *groups[PID_MAX]; /* with members */
static int last_pid;

static bool in_range(int pid)
{
	return pid > 0 && pid < PID_MAX;
}

int pid_alloc(void)
{
	assert_spin_held(&proc_tree_lock);

	int pid = last_pid;

	for (int tried = 1; tried < PID_MAX; tried++) {
		pid = pid + 1 < PID_MAX ? pid + 1 : 1;
		if (bearers[pid] != 0)
			continue;
		bearers[pid] = 1;
		last_pid = pid;
		return pid;
	}
	return -EAGAIN;
}

void pid_hold(int pid)
{
	assert_spin_held(&proc_tree_lock);
	assert(in_range(pid) && bearers[pid] != 0);
	bearers[pid]++;
}

void pid_release(int pid)
{
	assert_spin_held(&proc_tree_lock);
	assert(in_range(pid) && bearers[pid] != 0);
	bearers[pid]--;
	race_point(pid_released, 0);
}

void pid_set_thread(int pid, struct thread *t)
{
	assert_spin_held(&proc_tree_lock);
	threads[pid] = t;
}

void pid_set_proc(int pid, struct proc *p)
{
	assert_spin_held(&proc_tree_lock);
	procs[pid] = p;
}

struct thread *pid_thread(int pid)
{
	assert_spin_held(&proc_tree_lock);
	return in_range(pid) ? threads[pid] : NULL;
}

struct proc *pid_proc(int pid)
{
	assert_spin_held(&proc_tree_lock);
	return in_range(pid) ? procs[pid] : NULL;
}

struct proc *pid_proc_of(int pid)
{
	struct proc *p = pid_proc(pid);
	struct thread *t = pid_thread(pid);

	return p == NULL && t != NULL ? t->proc : p;
}

void pid_set_group(int pid, struct pgroup *g)
{
	assert_spin_held(&proc_tree_lock);
	groups[pid] = g;
}

struct pgroup *pid_group(int pid)
{
	assert_spin_held(&proc_tree_lock);
	return in_range(pid) ? groups[pid] : NULL;
}
