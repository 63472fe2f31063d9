/*
 * proc/task/pid.c - see pid.h.
 */
#include "proc/task/pid.h"

#include "debug/race.h"
#include "lib/bitmap.h"
#include "lib/bug.h"
#include "lib/errno.h"

/* All (t): proc_tree_lock. */
static uint16_t bearers[PID_MAX];
static uint64_t borne[BITMAP_WORDS(PID_MAX)];   /* who has bearers */
static uint64_t is_proc[BITMAP_WORDS(PID_MAX)]; /* whose procs[] is set */
static struct thread *threads[PID_MAX];
static struct proc *procs[PID_MAX];
static struct pgroup *groups[PID_MAX]; /* with members */
static int last_pid;

static bool in_range(int pid)
{
	return pid > 0 && pid < PID_MAX;
}

/* The first one free from @from on; PID_MAX: none. */
static int next_free(int from)
{
	return (int)bitmap_find_next_zero(borne, PID_MAX, (size_t)from);
}

int pid_alloc(void)
{
	assert_spin_held(&proc_tree_lock);

	int pid = next_free(last_pid + 1);

	if (pid == PID_MAX)
		pid = next_free(1);
	if (pid == PID_MAX)
		return -EAGAIN;
	bearers[pid] = 1;
	bitmap_set(borne, (size_t)pid);
	last_pid = pid;
	return pid;
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
	if (--bearers[pid] == 0)
		bitmap_clear(borne, (size_t)pid);
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
	if (p != NULL)
		bitmap_set(is_proc, (size_t)pid);
	else
		bitmap_clear(is_proc, (size_t)pid);
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

struct proc *pid_proc_after(int pid)
{
	assert_spin_held(&proc_tree_lock);

	size_t next = bitmap_find_next(is_proc, PID_MAX,
				       (size_t)max(pid + 1, 1));

	return next < PID_MAX ? procs[next] : NULL;
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
