/*
 * proc/task/clone_thread.c - clone(): a new thread of this process.
 */
#include "proc/task/clone_internal.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/sched/sched.h"
#include "proc/task/clone_flags.h"
#include "proc/task/life_internal.h"
#include "proc/task/pid.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"

/* False: the process of the running thread is dying. */
static bool join_locked(struct proc *p, struct thread *t)
	REQUIRES_SHARED(proc_tree_lock)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	bool lives = !thread_must_die(current_thread());

	if (lives) {
		proc_add_thread_locked(p, t);
		signal_stop_new_thread_locked(p, t);
	}
	spin_unlock_irqrestore(&p->signals.lock, irq);
	if (lives)
		pid_set_thread(t->tid, t);
	return lives;
}

static bool join_alone(struct proc *p, struct thread *t,
		       const struct clone_args *args)
{
	tree_lock();
	bool joined = join_locked(p, t);

	if (joined)
		clone_let_be_traced_locked(t, args);
	tree_unlock();
	return joined;
}

static bool join(struct proc *p, struct thread *t, const struct clone_args *args)
{
	bool joined = false;

	tree_lock_shared();
	bool is_led = thread_is_traced(current_thread());

	if (!is_led)
		joined = join_locked(p, t);
	tree_unlock_shared();
	return is_led ? join_alone(p, t, args) : joined;
}

/* Join the process of the running thread.  -EAGAIN: it is dying, or there
 * is no number. */
static long publish_thread(struct thread *t, const struct clone_args *args)
{
	int tid = pid_alloc();

	if (tid < 0)
		return tid;
	t->tid = tid;
	t->arch.mm = current_mm();
	if (join(current_proc(), t, args))
		return tid;
	pid_put(tid);
	return -EAGAIN;
}

long clone_thread(const struct clone_args *args)
{
	struct thread *t = clone_copy_thread(args);

	if (t == NULL)
		return -ENOMEM;

	long tid = publish_thread(t, args);

	if (tid < 0) {
		clone_abandon_thread(t);
		return tid;
	}
	if (args->flags & CLONE_PARENT_SETTID) {
		int err = put_user_u32(args->parent_tid, (uint32_t)tid);
		(void)err; /* as Linux: the thread exists already */
	}
	sched_start(t);
	return tid;
}
