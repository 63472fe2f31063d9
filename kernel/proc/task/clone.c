/*
 * proc/task/clone.c - clone(): what may be asked for, who pays for it, and the
 * thread, which every child begins with.
 *
 * Everything that can fail is done before anybody can find the child.  It
 * becomes visible under proc_tree_lock, complete, and its number is copied
 * before it may run: once started it may exit and be reaped at any moment.
 */
#include "proc/task/clone_internal.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "mm/limits.h"
#include "mm/uaccess.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "proc/task/clone_flags.h"
#include "proc/task/life_internal.h"
#include "proc/task/rights.h"
#include "proc/task/rseq.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"
#include "vfs/cred.h"

uint32_t threads_max;

/* ---- the thread of a child ---- */

/* The first steps of every new user thread, on its own stack. */
static void start_user_thread(void *unused)
{
	(void)unused;
	finish_switch();
	irq_enable();

	struct thread *self = current_thread();

	if (self->set_child_tid != 0) {
		/* As Linux: a bad address is not an error here. */
		int err = put_user_u32(self->set_child_tid,
				       (uint32_t)self->tid);
		(void)err;
		self->set_child_tid = 0;
	}
	return_to_user(thread_frame(&self->arch));
}

void clone_abandon_thread(struct thread *t)
{
	sem_undo_exit(t);
	thread_put(t);
}

/* What it acts for, but for what belongs to its maker alone; false: no memory. */
static bool inherit_rights(struct thread *t, uint64_t flags)
{
	const struct cred *old = t->arch.cred;
	const struct cred *new = flags & CLONE_THREAD ? cred_for_thread(old) :
							cred_for_process(old);

	if (new == NULL)
		return false;
	t->arch.cred = new;
	cred_put(old);
	return true;
}

struct thread *clone_copy_thread(const struct clone_args *args)
{
	struct thread *self = current_thread();
	struct thread *t = thread_create(self->name, start_user_thread, NULL);

	if (t == NULL)
		return NULL;
	if (!inherit_rights(t, args->flags) || !sem_undo_inherit(t, args->flags)) {
		thread_put(t);
		return NULL;
	}

	struct trapframe *frame = thread_frame(&t->arch);

	*frame = *thread_frame(&self->arch);
	frame->a0 = 0;
	if (args->stack != 0)
		frame->sp = args->stack + args->stack_size;
	if (args->flags & CLONE_SETTLS)
		frame->tp = args->tls;
	fpu_copy_current(&t->arch);

	t->blocked = self->blocked;
	t->affinity = self->affinity;
	sched_inherit_policy(t);
	t->io_priority = READ_ONCE(self->io_priority);
	t->personality = self->personality;
	t->timer_slack = t->default_timer_slack = self->timer_slack;
	if (!(args->flags & CLONE_VM))
		rseq_inherit(t);
	t->altstack = (args->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM ?
			      NO_ALTSTACK : self->altstack;
	if (args->flags & CLONE_CHILD_SETTID)
		t->set_child_tid = args->child_tid;
	if (args->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = args->child_tid;
	return t;
}

void proc_add_thread_locked(struct proc *p, struct thread *t)
{
	proc_get(p);
	t->proc = p;
	t->arch.vfs = &p->vfs;
	list_push_back(&p->threads, &t->proc_link);
	WRITE_ONCE(p->nr_threads, p->nr_threads + 1);
}

void clone_let_be_traced_locked(struct thread *t, const struct clone_args *args)
{
	struct proc *p = t->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	ptrace_born_locked(t, args);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

/* ---- who may ---- */

int check_namespaces(uint64_t kinds)
{
	if (kinds == 0)
		return 0;
	if (!(kinds & CLONE_NEWUSER) && !cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EPERM;
	return -EINVAL;
}

static int check_flags(const struct clone_args *args)
{
	uint64_t f = args->flags;

	if (f & CLONE_INTO_CGROUP) /* there are no control groups */
		return -EINVAL;
	if ((f & CLONE_FS) && (f & (CLONE_NEWNS | CLONE_NEWUSER)))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if (args->exit_signal > NSIG)
		return -EINVAL;
	/* A pidfd is of a process. */
	if ((f & CLONE_PIDFD) && (f & (CLONE_THREAD | CLONE_DETACHED)))
		return -EINVAL;
	if ((f & CLONE_PARENT) && current_proc() == init_proc)
		return -EINVAL;
	if (!(f & CLONE_THREAD))
		return f & CLONE_SIGHAND ? -EINVAL : check_namespaces(f & CLONE_NAMESPACES);
	/* Threads of one process share all of this, and processes share no
	 * signal actions; docs/caveats.md. */
	if (!(f & CLONE_SIGHAND) || !(f & CLONE_FILES) || !(f & CLONE_FS))
		return -EINVAL;
	return check_namespaces(f & CLONE_NAMESPACES);
}

/*
 * All threads have a bound together, or a few users would have all ids and
 * stacks.  The last sixteenth is root's, who wants to end others.  Two who
 * ask at once may both get the last place: nothing rests on it.
 */
static bool are_too_many_threads(bool root)
{
	unsigned most = READ_ONCE(threads_max);

	if (!root)
		most -= most / 16;
	return nr_threads_total() >= most;
}

/*
 * The thread to be made is charged before it is: RLIMIT_NPROC, for who is not
 * root, and the bound of all.  NULL: too many.  It will act for whom the running
 * one acts, so its user pays until it ends (exit.c) or becomes another's
 * (rights.c).
 */
static struct user *charge_thread(void)
{
	const struct cred *cred = current_cred();
	bool root = cred->uid == 0 || cred_can(cred, CAP_SYS_RESOURCE) ||
		    cred_can(cred, CAP_SYS_ADMIN);

	if (are_too_many_threads(root))
		return NULL;
	return user_charge(cred->user, USER_THREADS, 1,
			   root ? UINT64_MAX : current_limit(RLIMIT_NPROC));
}

long proc_clone(const struct clone_args *args)
{
	int err = check_flags(args);
	struct user *payer;
	long tid;

	if (err != 0)
		return err;
	payer = charge_thread();
	if (payer == NULL)
		return -EAGAIN;
	tid = args->flags & CLONE_THREAD ? clone_thread(args) :
					   clone_proc(args);
	if (tid < 0)
		user_uncharge(payer, USER_THREADS, 1);
	else if (thread_is_traced(current_thread()) &&
		 (args->flags & (CLONE_THREAD | CLONE_VFORK)) != CLONE_VFORK)
		ptrace_stop_clone(args, (int)tid);
	return tid;
}
