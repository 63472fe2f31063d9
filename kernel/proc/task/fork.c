/*
 * proc/task/fork.c - clone(): a new process, in the order that clone.c gives
 * the reasons for.
 */
#include "proc/task/clone_internal.h"

#include "arch/hart.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/clone_flags.h"
#include "proc/task/life_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/pidfd.h"
#include "proc/task/rights.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"
#include "sync/block.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/fs_context.h"

static struct mm *copy_mm(uint64_t flags)
{
	struct mm *mm = current_mm();

	if (!(flags & CLONE_VM))
		return mm_fork(mm);
	mm_get(mm);
	return mm;
}

static struct fdtable *copy_files(struct proc *parent, uint64_t flags)
{
	if (!(flags & CLONE_FILES))
		return fdtable_copy(parent->vfs.files);
	fdtable_get(parent->vfs.files);
	return parent->vfs.files;
}

static struct fs_context *copy_fs(struct proc *parent, uint64_t flags)
{
	if (!(flags & CLONE_FS))
		return fs_context_copy(parent->vfs.fs);
	fs_context_get(parent->vfs.fs);
	return parent->vfs.fs;
}

/* Give up what a process that never ran has got so far. */
static void abandon(struct proc *p)
{
	if (p->mm != NULL)
		mm_put(p->mm);
	if (p->vfs.files != NULL)
		fdtable_put(p->vfs.files);
	if (p->vfs.fs != NULL)
		fs_context_put(p->vfs.fs);
	p->mm = NULL;
	p->vfs.files = NULL;
	p->vfs.fs = NULL;
	proc_put(p);
}

static struct proc *copy_proc(const struct clone_args *args)
{
	struct proc *parent = current_proc();
	struct proc *p = proc_alloc(&parent->signals);

	if (p == NULL)
		return NULL;
	if (args->flags & CLONE_CLEAR_SIGHAND)
		signal_reset_handlers(p);
	itimer_init(p);
	p->mm = copy_mm(args->flags);
	if (p->mm != NULL)
		p->vfs.files = copy_files(parent, args->flags);
	if (p->vfs.files != NULL)
		p->vfs.fs = copy_fs(parent, args->flags);
	if (p->vfs.fs == NULL) {
		abandon(p);
		return NULL;
	}
	return p;
}

/*
 * A sibling of the running process tells the parent of both what this one
 * would; a child what was asked for.  Nobody can find @p yet; what is read of
 * the running process stays, for its caller shares the tree with its lock, or
 * has it alone.
 */
static void choose_parent_locked(struct proc *p, const struct clone_args *args)
{
	struct proc *self = current_proc();
	bool sibling = args->flags & CLONE_PARENT;

	proc_is_private(p);
	p->tty_turn = self->tty_turn;
	p->parent = sibling ? self->parent : self;
	p->parent_pid = p->parent->pid;
	p->made_by = sibling ? 0 : current_thread()->tid;
	p->exit_signal = sibling ? self->exit_signal : (int)args->exit_signal;
	p->parent_execs = sibling ? self->parent_execs : self->nr_execs;
}

/* What @p has of its maker. Nobody can find it yet. */
static void inherit_locked(struct proc *p, struct thread *t)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	const struct proc *self = current_proc();

	p->cred = cred_get(t->arch.cred);
	p->uid = p->cred->uid;
	proc_set_payer_locked(p);
	p->nr_execs = self->nr_execs;
	p->core_filter = READ_ONCE(self->core_filter);
	memcpy(p->rlimits, self->rlimits, sizeof(p->rlimits));
	p->oom_adj = READ_ONCE(self->oom_adj);
	p->oom_adj_floor = READ_ONCE(self->oom_adj_floor);
	t->arch.mm = p->mm;

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	proc_add_thread_locked(p, t);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* Hang @p with its first thread into the tree, in its maker's group; the lock
 * of its parent is held.  -ERESTARTNOINTR: its maker is to die first. */
static long publish_locked(struct proc *p, struct thread *t,
			   const struct clone_args *args, struct birth *birth)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	int pid = block_killed() ? -ERESTARTNOINTR : pid_alloc_proc();

	if (pid < 0)
		return pid;
	p->pid = t->tid = pid;
	choose_parent_locked(p, args);
	inherit_locked(p, t);
	list_push_back(&p->parent->children, &p->sibling);
	pgroup_join_shared(p, current_proc()->group);
	pid_set_thread(pid, t);
	pid_set_proc(pid, p);
	signal_birth_end(birth, p);
	return pid;
}

/* A sibling (CLONE_PARENT) is one of three, and may tie its group; who is traced
 * has a tracer. */
static long publish_alone(struct proc *p, struct thread *t,
			  const struct clone_args *args, struct birth *birth)
{
	tree_lock();
	long pid = publish_locked(p, t, args, birth);

	if (pid > 0) {
		pgroup_tie_locked(p);
		clone_let_be_traced_locked(t, args);
	}
	tree_unlock();
	return pid;
}

/* A child of the running process is a matter between the two. */
static long publish_proc(struct proc *p, struct thread *t,
			 const struct clone_args *args, struct birth *birth)
{
	struct proc *self = current_proc();
	long pid = 0;

	tree_lock_shared();
	bool concerns_others = (args->flags & CLONE_PARENT) ||
			       thread_is_traced(current_thread());

	if (!concerns_others) {
		spin_lock(&self->lock);
		pid = publish_locked(p, t, args, birth);
		spin_unlock(&self->lock);
	}
	tree_unlock_shared();
	if (concerns_others)
		pid = publish_alone(p, t, args, birth);
	race_point(pid_published, 0);
	return pid;
}

/* 0, or why there can be no child; then @t and @p are there, or not. */
static long prepare_proc(const struct clone_args *args, struct proc **p,
			 struct thread **t, struct pidfd_birth *pidfd)
{
	*t = NULL;
	*pidfd = (struct pidfd_birth){ 0 };
	*p = copy_proc(args);
	if (*p != NULL)
		*t = clone_copy_thread(args);
	return *t == NULL ? -ENOMEM : pidfd_begin(pidfd, args, *p);
}

long clone_proc(const struct clone_args *args)
{
	struct pidfd_birth pidfd;
	struct birth birth;
	int err = signal_birth_begin(&birth);

	if (err != 0)
		return err;

	struct proc *p;
	struct thread *t;
	long pid = prepare_proc(args, &p, &t, &pidfd);

	if (pid == 0)
		pid = publish_proc(p, t, args, &birth);
	pidfd_end(&pidfd, pid > 0);
	if (pid < 0) {
		signal_birth_end(&birth, NULL);
		if (t != NULL)
			clone_abandon_thread(t);
		if (p != NULL)
			abandon(p);
		return pid;
	}
	if (args->flags & CLONE_PARENT_SETTID) {
		int err = put_user_u32(args->parent_tid, (uint32_t)pid);
		(void)err;
	}
	count(forks);
	if (!(args->flags & CLONE_VFORK)) {
		sched_start(t);
		race_point(fork_started, p);
		return pid;
	}
	proc_get(p);
	sched_start(t);
	if (thread_is_traced(current_thread()))
		ptrace_stop_clone(args, (int)pid);
	vfork_wait(p);
	proc_put(p);
	if (thread_is_traced(current_thread()))
		ptrace_stop_vfork_done(args, (int)pid);
	return pid;
}
