/*
 * proc/task/proc.c - processes as objects: finding one, holding on to it, and
 * what it holds.  How they are born is in fork.c, how they end in exit.c.
 *
 * The pid table holds one reference from birth until the process is reaped;
 * each of its threads holds one.
 */
#include "proc/task/proc.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/usage.h"
#include "proc/sched/sched.h"
#include "proc/task/acct.h"
#include "proc/task/life_internal.h"
#include "proc/task/pid.h"
#include "proc/task/to_signal.h"
#include "sync/rcu.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"

struct rwspin proc_tree_lock = RWSPIN_INIT(RANK_PROC_TREE);
struct proc *init_proc;

static struct slab_cache *proc_cache;
static uint32_t live_procs; /* (a) relaxed */

void proc_init(void)
{
	proc_cache = slab_create_rcu("proc", sizeof(struct proc));
	thread_init();
	acct_init();
}

struct proc *proc_alloc(struct signals *actions)
{
	struct proc *p = slab_alloc(proc_cache);

	if (p == NULL)
		return NULL;
	/* The actions at the end, a half of it all, are copied as a rule. */
	memset(p, 0, offsetof(struct proc, signals.action));
	p->refs = REFCOUNT_INIT(1);
	spin_init(&p->lock, RANK_PROC);
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->group_link);
	list_init(&p->members);
	list_init(&p->threads);
	list_init(&p->tracees);
	list_init(&p->aios);
	waitq_init(&p->child_wait);
	waitq_init(&p->exit_wait);
	waitq_init(&p->thread_wait);
	waitq_init(&p->vfork_wait);
	signals_init(&p->signals, actions);
	p->vfs.nr_threads = &p->nr_threads;
	p->start_ticks = clock_ticks();
	atomic_fetch_add_relaxed(&live_procs, 1);
	return p;
}

void proc_get(struct proc *p)
{
	refcount_get(&p->refs);
}

static void proc_free(struct rcu_head *rcu)
{
	slab_free(proc_cache, container_of(rcu, struct proc, rcu));
}

/* Who looks into one without a reference gets this for its number. */
#define PID_OF_NOBODY ((int)0xdbdbdbdb)

void proc_put(struct proc *p)
{
	if (!refcount_put(&p->refs))
		return;
	proc_is_private(p);
	assert(list_is_empty(&p->threads) && list_is_empty(&p->children) &&
	       list_is_empty(&p->members));
	sigpending_flush(&p->signals.pending);
	if (p->cred != NULL)
		cred_put(p->cred);
	p->pid = PID_OF_NOBODY;
	atomic_fetch_add_relaxed(&live_procs, -1U);
	call_rcu(&p->rcu, proc_free);
	race_point(proc_freed, p);
}

unsigned nr_procs(void)
{
	return READ_ONCE(live_procs);
}

struct proc *proc_find(int pid)
{
	return pid_get_proc_of(pid);
}

struct proc *proc_next(int pid)
{
	return pid_get_proc_after(pid);
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

struct thread *thread_find(int tid)
{
	return pid_get_thread(tid);
}

/* What a process uses is given up under its lock (exit.c, exec.c), so a
 * pointer seen under it can still be referred to. */
struct mm *proc_mm_get(struct proc *p)
{
	spin_lock(&p->lock);
	struct mm *mm = p->mm;

	if (mm != NULL)
		mm_get(mm);
	spin_unlock(&p->lock);
	return mm;
}

struct fdtable *proc_files_visit(struct proc *p)
{
	spin_lock(&p->lock);
	struct fdtable *files = p->vfs.files;

	if (files != NULL)
		fdtable_visit(files);
	spin_unlock(&p->lock);
	race_point(files_visited, 0);
	return files;
}

void proc_replace_files(struct fdtable *files)
{
	struct proc *p = current_proc();
	struct fdtable *old = p->vfs.files;

	if (files == NULL)
		return;
	spin_lock(&p->lock);
	p->vfs.files = files;
	spin_unlock(&p->lock);
	fdtable_put(old);
}

void proc_replace_fs(struct fs_context *fs)
{
	struct proc *p = current_proc();
	struct fs_context *old = p->vfs.fs;

	if (fs == NULL)
		return;
	spin_lock(&p->lock);
	p->vfs.fs = fs;
	spin_unlock(&p->lock);
	fs_context_put(old);
}

/* ---- time ---- */

void rusage_add(struct rusage_sums *to, const struct rusage_sums *from)
{
	to->user_ticks += from->user_ticks;
	to->system_ticks += from->system_ticks;
	to->faults += from->faults;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	to->peak = max(to->peak, from->peak);
}

void proc_note_peak(struct proc *p, const struct mm *mm)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	p->dead_threads.peak = max(p->dead_threads.peak, mm_peak(mm));
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* What has not been charged yet counts as the program's own time; of the
 * running thread it is charged so now, and never taken back. */
void thread_rusage(struct thread *t, struct rusage_sums *sums)
{
	struct thread *self = current_thread();

	if (t == self) {
		unsigned long irq = irq_save();

		sched_charge(t, true, clock_ticks());
		irq_restore(irq);
	}
	sums->system_ticks = READ_ONCE(t->system_ticks);
	sums->user_ticks = max(sched_thread_runtime(t) - sums->system_ticks,
			       READ_ONCE(t->user_ticks));
	sums->faults = READ_ONCE(t->faults);
	sums->voluntary = READ_ONCE(t->nr_voluntary);
	sums->involuntary = READ_ONCE(t->nr_involuntary);
	sums->peak = 0; /* memory is a process's */
}

void proc_rusage(struct proc *p, struct rusage_sums *sums)
{
	struct thread *t;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	race_point(usage_locked, p);
	*sums = p->dead_threads;
	list_for_each_entry(t, &p->threads, proc_link) {
		struct rusage_sums one;

		thread_rusage(t, &one);
		rusage_add(sums, &one);
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

void proc_io(struct proc *p, struct io_counts *io)
{
	struct thread *t;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	io_counts_add(io, &p->dead_io);
	list_for_each_entry(t, &p->threads, proc_link)
		io_counts_add(io, &t->arch.io);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* Nobody has two of these locks: what is between is nobody's to count. */
void proc_take_io(struct proc *parent, struct proc *child)
{
	struct io_counts io = { 0 };
	unsigned long irq;

	proc_io(child, &io);
	irq = spin_lock_irqsave(&parent->signals.lock);
	io_counts_add(&parent->dead_io, &io);
	spin_unlock_irqrestore(&parent->signals.lock, irq);
}

const limit_t *current_limits(void)
{
	static const limit_t none[NR_LIMITS] = {
		[0 ... NR_LIMITS - 1] = { RLIM_INFINITY, RLIM_INFINITY },
	};
	const struct thread *self = current_thread();

	return self == NULL || self->proc == NULL ? none : self->proc->rlimits;
}

/* ---- what files say of who uses them ---- */

unsigned vfs_own_pid(bool of_thread)
{
	if (vfs_self_if_any() == NULL)
		return 0;
	return (unsigned)(of_thread ? current_thread()->tid : current_proc()->pid);
}

uint64_t vfs_own_birth(void)
{
	return vfs_self_if_any() == NULL ? 0 : current_proc()->start_ticks;
}
