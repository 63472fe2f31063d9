/*
 * proc/task/exit.c - how threads and processes end.
 *
 * A thread leaves its process step by step: it settles its futexes while it
 * still has memory, lets go of the address space, and takes itself off the
 * list of threads.  The last one to do so takes the process apart, makes it
 * a zombie and tells the parent.  The thread itself is freed by the next
 * thread on its hart, when nobody stands on its stack any more
 * (finish_switch()).
 */
#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/tlb.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/sched/rseq_leave.h"
#include "proc/sched/sched.h"
#include "proc/task/acct.h"
#include "proc/task/life_internal.h"
#include "proc/task/oom.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/proc.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"
#include "sync/late.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"

void thread_use_mm(struct mm *mm)
{
	unsigned long irq = irq_save();

	rseq_forget(current_thread());
	current_thread()->arch.mm = mm;
	tlb_enter(mm == NULL ? NULL : &mm->tlb);
	irq_restore(irq);
}

/* ---- the group ---- */

void proc_begin_group_exit(struct proc *p, int status)
{
	struct thread *t;

	if (p->group_exit)
		return;
	signal_end_stop_locked(p);
	p->group_exit_status = status;
	WRITE_ONCE(p->group_exit, true);
	list_for_each_entry(t, &p->threads, proc_link)
		sched_signal_thread(t, true);
}

void proc_exit_group(int status)
{
	struct proc *p = current_proc();

	if (thread_is_traced(current_thread()))
		ptrace_stop_exit(status);

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	proc_begin_group_exit(p, status);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	thread_exit(status);
}

/* Take the running thread off its process; true for the last.  *@payer is
 * charged for it. */
static bool leave_locked(struct thread *self, struct proc *p,
			 struct user **payer)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	struct rusage_sums mine;

	thread_rusage(self, &mine);
	pid_set_thread(self->tid, NULL);

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	self->exiting = true;
	list_remove(&self->proc_link);
	rusage_add(&p->dead_threads, &mine);
	io_counts_add(&p->dead_io, &self->arch.io);
	bool last = p->nr_threads == 1;

	*payer = user_move(self->arch.cred->user, p->cred->user, USER_THREADS, 1);

	/*
	 * ORDER fd-alone, leaving side; the other is fdtable_of_own().  What
	 * this thread did to the descriptors happens before another finds
	 * itself alone with them.
	 */
	store_release(&p->nr_threads, p->nr_threads - 1);
	signal_thread_leaves_locked(p, self);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return last;
}

/* Its number, and the charge, but for the last of its process, whose charge is
 * the zombie's. */
static void give_up_number(const struct thread *self, const struct proc *p,
			   struct user *charged)
{
	if (self->tid != p->pid)
		pid_put(self->tid);
	if (charged != NULL)
		user_uncharge(charged, USER_THREADS, 1);
}

/* The same where the running thread, or its process, traces or is traced. */
static bool leave_alone(struct thread *self, struct proc *p, int status)
{
	struct user *payer;

	tree_lock();
	bool last = leave_locked(self, p, &payer);
	struct user *charged = last ? NULL : payer;

	if (!ptrace_left_locked(status, charged))
		give_up_number(self, p, charged);
	if (!last)
		signal_tell_parent_locked(p);
	tree_unlock();
	return last;
}

static bool leave_group(struct thread *self, struct proc *p, int status)
{
	struct user *payer;
	bool last = false;

	tree_lock_shared();
	bool is_led = thread_is_traced(self) || !list_is_empty(&p->tracees);

	if (!is_led) {
		spin_lock(&p->lock);
		last = leave_locked(self, p, &payer);
		spin_unlock(&p->lock);
		give_up_number(self, p, last ? NULL : payer);
		if (!last)
			signal_tell_parent_shared(p);
	}
	tree_unlock_shared();
	if (is_led)
		last = leave_alone(self, p, status);
	waitq_wake_all(&p->thread_wait);
	return last;
}

/* The last thread of a process that calls exec takes the place of the first,
 * which has ended, and its number. */
static void become_first_thread(struct thread *self, struct proc *p)
{
	tree_lock();
	pid_set_thread(self->tid, NULL);
	pid_put(self->tid);

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	self->tid = p->pid;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	pid_set_thread(self->tid, self);
	ptrace_leads_locked();
	tree_unlock();
}

bool proc_end_other_threads_locked(struct proc *p)
{
	struct thread *self = current_thread();
	struct thread *t;

	if (p->group_exit || p->exec_thread != NULL)
		return false;
	WRITE_ONCE(p->exec_thread, self);
	list_for_each_entry(t, &p->threads, proc_link)
		if (t != self)
			sched_signal_thread(t, true);
	return true;
}

int exec_become_only_thread(void)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool alone = proc_end_other_threads_locked(p);

	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (!alone)
		return -EAGAIN;

	waitq_wait(&p->thread_wait, READ_ONCE(p->nr_threads) == 1);

	if (self->tid != p->pid)
		become_first_thread(self, p);
	irq = spin_lock_irqsave(&p->signals.lock);
	WRITE_ONCE(p->exec_thread, NULL);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return 0;
}

/* ---- the process ---- */

/* Give back what a zombie does not need.  The pointers go first, under the
 * lock, so that nobody (proc_mm_get()) takes hold of them any more. */
static void drop_resources(struct proc *p)
{
	tree_lock_shared();
	spin_lock(&p->lock);
	struct mm *mm = p->mm;
	struct fdtable *files = p->vfs.files;
	struct fs_context *fs = p->vfs.fs;

	p->mm = NULL;
	p->vfs.files = NULL;
	p->vfs.fs = NULL;
	spin_unlock(&p->lock);
	tree_unlock_shared();

	aio_exit(p);
	if (mm != NULL) {
		proc_note_peak(p, mm);
		mm_put(mm);
	}
	oom_victim_gone(p);
	if (files != NULL)
		fdtable_put(files);
	if (fs != NULL)
		fs_context_put(fs);
}

/* Who reaps the orphans of @p: the next above who asked for it, or process 1.
 * One that is about to end gives them away in its turn. */
static struct proc *reaper_of(const struct proc *p) REQUIRES(TREE_ALONE)
{
	struct proc *above = p->parent;

	while (above != NULL && above != init_proc &&
	       !(above->is_subreaper && above->state == PROC_RUNNING))
		above = above->parent;
	return above != NULL ? above : init_proc;
}

/* Orphans go to @reaper, who is told of those that have ended already, as if
 * they had ended now. */
static void give_away_children_locked(struct proc *p, struct proc *reaper)
	REQUIRES(TREE_ALONE)
{
	while (!list_is_empty(&p->children)) {
		struct proc *child = list_entry(list_pop_front(&p->children),
						struct proc, sibling);

		signal_parent_died(child);
		child->parent = reaper;
		WRITE_ONCE(child->parent_pid, reaper->pid);
		child->exit_signal = SIGCHLD;
		list_push_back(&reaper->children, &child->sibling);
		pgroup_cut_tie_locked(child);
		race_point(orphan_given, child);
		if (child->state == PROC_ZOMBIE && child->tracee == NULL &&
		    proc_tell_end_locked(child))
			proc_put(child);
	}
}

/* Take a zombie off the tree: exactly one caller, the one that changed its
 * state under the lock.  The caller then puts the table's reference. */
static void unlink_zombie_locked(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	assert(p->state == PROC_ZOMBIE);
	p->state = PROC_REAPED;
	waitq_wake_all(&p->exit_wait);
	list_remove(&p->sibling);
	pgroup_leave_shared(p);
	pid_set_proc(p->pid, NULL);
	pid_put_proc(p->pid);
	user_uncharge(p->cred->user, USER_THREADS, 1);

	/* Its user pays for what nobody took no longer than for itself. */
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	sigpending_flush(&p->signals.pending);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

void proc_reap_locked(struct proc *p)
{
	rusage_add(&p->parent->waited_children, &p->dead_threads);
	rusage_add(&p->parent->waited_children, &p->waited_children);
	proc_take_io(p->parent, p);
	unlink_zombie_locked(p);
}

/* The parent is told.  True: it does not want to know (SIGCHLD ignored), so @p
 * is gone already. */
static bool tell_end_locked(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	race_point(zombie_made, p);

	bool reaped = signal_notify_exit(p);

	if (reaped)
		unlink_zombie_locked(p);
	return reaped;
}

bool proc_tell_end_locked(struct proc *p)
{
	struct proc *parent = p->parent;
	bool reaped = tell_end_locked(p);

	waitq_wake_all(&parent->child_wait);
	return reaped;
}

static void set_zombie_locked(struct proc *p, int status) REQUIRES(C_proc)
{
	p->exit_status = status;
	p->state = PROC_ZOMBIE;
}

/*
 * The end of @p is nothing but its parent's concern: it leaves no children, and
 * no group without ties, and nobody traces it.  It has no thread that could make any, and so no
 * descendants whom it could be given.  False: try again, alone.
 */
static bool end_side_by_side(struct proc *p, int status, struct proc **parent,
			     bool *reaped)
{
	bool concerns_others;

	race_point(parent_read, p);
	tree_lock_shared();
	concerns_others = READ_ONCE(p->children.next) != &p->children ||
			  p->ties_group || p->tracee != NULL;
	if (!concerns_others) {
		/* Only now: until here the parent may have ended, and
		 * another be the one to wake. */
		*parent = p->parent;
		spin_lock(&(*parent)->lock);
		set_zombie_locked(p, status);
		*reaped = tell_end_locked(p);
		proc_get(*parent);
		spin_unlock(&(*parent)->lock);
	}
	tree_unlock_shared();
	return !concerns_others;
}

static void end_alone(struct proc *p, int status, struct proc **parent,
		      bool *reaped)
{
	tree_lock();
	give_away_children_locked(p, reaper_of(p));
	set_zombie_locked(p, status);
	pgroup_cut_tie_locked(p);
	*reaped = tell_end_locked(p);
	*parent = p->parent;
	proc_get(*parent);
	tree_unlock();
}

static void become_zombie(struct proc *p, int status)
{
	struct proc *parent;
	bool reaped;

	if (!end_side_by_side(p, status, &parent, &reaped))
		end_alone(p, status, &parent, &reaped);

	waitq_wake_all(&p->exit_wait);
	waitq_wake_all(&parent->child_wait);
	proc_put(parent);
	if (reaped)
		proc_put(p);
}

/* The group and session of the running process do not change behind its back:
 * only itself makes a session. */
static void lose_terminal(struct proc *p)
{
	struct session *led = NULL;

	tree_lock_shared();
	if (proc_has_tty(p) && proc_session(p)->sid == p->pid)
		led = proc_session(p);
	tree_unlock_shared();
	if (led != NULL)
		tty_session_exit(led);
}

static void exit_process(struct proc *p, int status)
{
	uint64_t pages = p->mm != NULL ? mm_total_pages(p->mm) : 0;

	if (p == init_proc)
		proc_init_exited(status);
	itimer_exit(p);
	drop_resources(p);
	vfork_release(p);
	p->rank = thread_rank(current_thread());
	acct_exit(p, status, pages);
	lose_terminal(p);
	count(exits);
	late_run(); /* of all that it gave back: nobody has been told yet */
	become_zombie(p, status);
}

/* What the process ends with: @status, the last thread's, unless all were to
 * die.  The memory may be wanted back just now: oom.c. */
static int status_of(struct proc *p, int status)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	if (p->group_exit)
		status = p->group_exit_status;
	spin_unlock_irqrestore(&p->signals.lock, irq);
	return status;
}

void thread_exit(int status)
{
	struct thread *self = current_thread();
	struct proc *p = self->proc;

	assert(irq_enabled());
	if (thread_is_traced(self))
		ptrace_stop_exit(status);
	signal_thread_ends(p);
	late_run(); /* of what its last call did, or a core that it has written */
	futex_thread_exit(self);
	fpu_drop_current();
	thread_use_mm(NULL);
	sem_undo_exit(self);
	if (leave_group(self, p, status))
		exit_process(p, status_of(p, status));
	sched_exit_thread();
}
