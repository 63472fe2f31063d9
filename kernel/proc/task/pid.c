/*
 * proc/task/pid.c - see pid.h.
 */
#include "proc/task/pid.h"

#include "debug/race.h"
#include "lib/bitmap.h"
#include "lib/bug.h"
#include "lib/errno.h"

/* ---- numbers ---- */

static struct spinlock numbers_lock = SPINLOCK_INIT(RANK_PID);
static uint16_t bearers[PID_MAX] GUARDED_BY(numbers_lock);
/* who has bearers; who is a process, or about to be */
static uint64_t borne[BITMAP_WORDS(PID_MAX)] GUARDED_BY(numbers_lock);
static uint64_t is_proc[BITMAP_WORDS(PID_MAX)] GUARDED_BY(numbers_lock);
static int last_pid GUARDED_BY(numbers_lock);

static bool in_range(int pid)
{
	return pid > 0 && pid < PID_MAX;
}

/* The first one free from @from on; PID_MAX: none. */
static int next_free(int from) REQUIRES(numbers_lock)
{
	return (int)bitmap_find_next_zero(borne, PID_MAX, (size_t)from);
}

static int alloc_locked(void) REQUIRES(numbers_lock)
{
	assert_spin_held(&numbers_lock);

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

int pid_alloc(void)
{
	spin_lock(&numbers_lock);
	int pid = alloc_locked();

	spin_unlock(&numbers_lock);
	return pid;
}

int pid_alloc_proc(void)
{
	spin_lock(&numbers_lock);
	int pid = alloc_locked();

	if (pid > 0)
		bitmap_set(is_proc, (size_t)pid);
	spin_unlock(&numbers_lock);
	return pid;
}

void pid_hold(int pid)
{
	spin_lock(&numbers_lock);
	assert(in_range(pid) && bearers[pid] != 0);
	bearers[pid]++;
	spin_unlock(&numbers_lock);
}

static void release_locked(int pid) REQUIRES(numbers_lock)
{
	assert_spin_held(&numbers_lock);
	assert(in_range(pid) && bearers[pid] != 0);
	if (--bearers[pid] == 0)
		bitmap_clear(borne, (size_t)pid);
}

void pid_release(int pid)
{
	spin_lock(&numbers_lock);
	release_locked(pid);
	spin_unlock(&numbers_lock);
	race_point(pid_released, 0);
}

void pid_release_proc(int pid)
{
	spin_lock(&numbers_lock);
	bitmap_clear(is_proc, (size_t)pid);
	release_locked(pid);
	spin_unlock(&numbers_lock);
	race_point(pid_released, 0);
}

/* The next number above @pid that is a process's, or was a moment ago. */
static int next_proc(int pid)
{
	spin_lock(&numbers_lock);
	size_t next = bitmap_find_next(is_proc, PID_MAX,
				       (size_t)max(pid + 1, 1));

	spin_unlock(&numbers_lock);
	return (int)next;
}

/* ---- who bears them ---- */

#define NR_SLICES 64

/* Numbers that follow each other, as those of processes that are made at the
 * same time do, lie in different slices. */
static struct slice {
	struct spinlock lock;
} __aligned(64) slices[NR_SLICES] = {
	[0 ... NR_SLICES - 1] = { SPINLOCK_INIT(RANK_PID) },
};

/*
 *	(p)	the lock of its slice to write, by who shares the tree; read
 *		under either that, or the tree alone
 *	(t)	by who makes or removes the group, and shares the tree; read
 *		by who has the tree alone
 */
static struct thread *threads[PID_MAX]; /* (p) */
static struct proc *procs[PID_MAX];     /* (p) */
static struct pgroup *groups[PID_MAX];  /* (t) with members */

static struct spinlock *slice_lock(int pid)
{
	return &slices[pid % NR_SLICES].lock;
}

void pid_set_thread(int pid, struct thread *t)
{
	assert_tree_held();
	spin_lock(slice_lock(pid));
	threads[pid] = t;
	spin_unlock(slice_lock(pid));
}

void pid_set_proc(int pid, struct proc *p)
{
	assert_tree_held();
	spin_lock(slice_lock(pid));
	procs[pid] = p;
	spin_unlock(slice_lock(pid));
}

void pid_set_group(int pid, struct pgroup *g)
{
	assert_tree_held();
	groups[pid] = g;
}

/* ---- to be held on to ---- */

struct thread *pid_get_thread(int pid)
{
	if (!in_range(pid))
		return NULL;
	spin_lock(slice_lock(pid));
	struct thread *t = threads[pid];

	if (t != NULL)
		thread_get(t);
	spin_unlock(slice_lock(pid));
	return t;
}

static struct proc *get_proc(int pid, bool or_of_thread)
{
	if (!in_range(pid))
		return NULL;
	spin_lock(slice_lock(pid));
	struct proc *p = procs[pid];
	const struct thread *t = threads[pid];

	if (p == NULL && or_of_thread && t != NULL)
		p = t->proc;
	if (p != NULL)
		proc_get(p);
	spin_unlock(slice_lock(pid));
	return p;
}

struct proc *pid_get_proc(int pid)
{
	return get_proc(pid, false);
}

struct proc *pid_get_proc_of(int pid)
{
	return get_proc(pid, true);
}

struct proc *pid_get_proc_after(int pid)
{
	struct proc *p = NULL;

	/* One that is being made, or was reaped meanwhile, is passed over. */
	while (p == NULL && (pid = next_proc(pid)) < PID_MAX)
		p = pid_get_proc(pid);
	return p;
}

/* ---- under the lock of the tree ---- */

struct thread *pid_thread(int pid)
{
	assert_tree_alone();
	return in_range(pid) ? threads[pid] : NULL;
}

struct proc *pid_proc(int pid)
{
	assert_tree_alone();
	return in_range(pid) ? procs[pid] : NULL;
}

struct proc *pid_proc_of(int pid)
{
	struct proc *p = pid_proc(pid);
	struct thread *t = pid_thread(pid);

	return p == NULL && t != NULL ? t->proc : p;
}

struct pgroup *pid_group(int pid)
{
	assert_tree_alone();
	return in_range(pid) ? groups[pid] : NULL;
}

struct proc *pid_child(int pid, const struct proc *parent)
{
	if (!in_range(pid))
		return NULL;
	assert(spin_is_held(&parent->lock) || rwspin_is_alone(&proc_tree_lock));
	spin_lock(slice_lock(pid));
	struct proc *p = procs[pid];

	if (p != NULL && p->parent != parent)
		p = NULL;
	spin_unlock(slice_lock(pid));
	return p;
}
