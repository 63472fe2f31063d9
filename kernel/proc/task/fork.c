/*
 * proc/task/fork.c - clone(): a new thread of this process, or a new process.
 *
 * Everything that can fail is done before anybody can find the child.  It
 * becomes visible under proc_tree_lock, complete, and its pid is copied
 * before it may run: once started it may exit and be reaped at any moment.
 */
#include "arch/hart.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/limits.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/uaccess.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "proc/task/clone_flags.h"
#include "proc/task/life_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/pidfd.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "proc/task/rseq.h"
#include "proc/task/to_ptrace.h"
#include "proc/task/to_signal.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"

uint32_t threads_max;

static int check_flags(const struct clone_args *args)
{
	uint64_t f = args->flags;

	if (f & CLONE_UNSUPPORTED)
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
		return f & CLONE_SIGHAND ? -EINVAL : 0;
	/* Threads of one process share all of this, and processes share no
	 * signal actions; docs/caveats.md. */
	if (!(f & CLONE_SIGHAND) || !(f & CLONE_FILES) || !(f & CLONE_FS))
		return -EINVAL;
	return 0;
}

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

/* Give up a thread that never ran. */
static void abandon_thread(struct thread *t)
{
	sem_undo_exit(t);
	thread_put(t);
}

/* A thread that will return from the system call as the running one does. */
static struct thread *copy_thread(const struct clone_args *args)
{
	struct thread *self = current_thread();
	struct thread *t = thread_create(self->name, start_user_thread, NULL);

	if (t == NULL)
		return NULL;
	if (!sem_undo_inherit(t, args->flags)) {
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
	if (!(args->flags & CLONE_VM))
		rseq_inherit(t);
	if (!(args->flags & CLONE_VM) || (args->flags & CLONE_VFORK))
		t->altstack = self->altstack;
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

/* @t, which nobody has started yet, is traced if who makes it is. */
static void let_be_traced_locked(struct thread *t, const struct clone_args *args)
	REQUIRES(TREE_ALONE)
{
	struct proc *p = t->proc;
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	ptrace_born_locked(t, args);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

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
		let_be_traced_locked(t, args);
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
	pid_release(tid);
	return -EAGAIN;
}

static long clone_thread(const struct clone_args *args)
{
	struct thread *t = copy_thread(args);

	if (t == NULL)
		return -ENOMEM;

	long tid = publish_thread(t, args);

	if (tid < 0) {
		abandon_thread(t);
		return tid;
	}
	if (args->flags & CLONE_PARENT_SETTID) {
		int err = put_user_u32(args->parent_tid, (uint32_t)tid);
		(void)err; /* as Linux: the thread exists already */
	}
	sched_start(t);
	return tid;
}

/* ---- a new process ---- */

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
	struct proc *p = proc_alloc(args->flags & CLONE_CLEAR_SIGHAND ?
					    NULL :
					    &parent->signals);

	if (p == NULL)
		return NULL;
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
	p->has_tty = self->has_tty;
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
		let_be_traced_locked(t, args);
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

void vfork_release(struct proc *p)
{
	/* The parent tests the flag under the queue's lock. */
	WRITE_ONCE(p->vfork_done, true);
	waitq_wake_all(&p->vfork_wait);
}

static const char *is_released(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct proc *child = watch->arg;

	if (READ_ONCE(child->vfork_done))
		return "its child gave the memory back";
	return READ_ONCE(child->state) != PROC_RUNNING ? "its child is gone" : NULL;
}

static int pid_of(const void *arg)
{
	const struct proc *child = arg;

	return child->pid;
}

static const struct sleep_kind vfork_sleep = {
	.name = "vfork",
	.over = is_released,
	.awaits = "child",
	.who = pid_of,
};

/* The parent lends its memory: it waits until the child has its own, or is
 * gone.  A fatal signal ends the wait; the child then owns the memory too. */
static void wait_for_vfork(struct proc *child)
{
	struct waiter w = { .thread = current_thread() };

	for (;;) {
		waitq_prepare(&child->vfork_wait, &w, false);
		/* Anew: also a signal may end it, if it is fatal. */
		block_prepare_killable();
		if (READ_ONCE(child->vfork_done) || block_killed())
			break;
		watchdog_sleeps(&vfork_sleep, NULL, child, __func__);
		block_schedule();
	}
	waitq_finish(&w);
}

/* 0, or why there can be no child; then @t and @p are there, or not. */
static long prepare_proc(const struct clone_args *args, struct proc **p,
			 struct thread **t, struct pidfd_birth *pidfd)
{
	*t = NULL;
	*pidfd = (struct pidfd_birth){ 0 };
	*p = copy_proc(args);
	if (*p != NULL)
		*t = copy_thread(args);
	return *t == NULL ? -ENOMEM : pidfd_begin(pidfd, args, *p);
}

static long clone_proc(const struct clone_args *args)
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
			abandon_thread(t);
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
	wait_for_vfork(p);
	proc_put(p);
	if (thread_is_traced(current_thread()))
		ptrace_stop_vfork_done(args, (int)pid);
	return pid;
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
 * root, and the bound of all.  NULL: too many.  It will act for whom the running one acts, so its
 * user pays until it ends (exit.c) or becomes another's (rights.c).
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

/* ---- process 1 ---- */

struct init_start {
	const char *path;
	char *const *argv;
};

static void start_init(void *arg)
{
	struct init_start *start = arg;

	finish_switch();
	irq_enable();

	int err = exec_first_program(start->path, start->argv);

	if (err != 0)
		panic("cannot run %s: error %d", start->path, -err);
	return_to_user(thread_frame(&current_thread()->arch));
}

/* As on Linux, a user's threads take a sixteenth of memory for their stacks,
 * all together an eighth. */
#define PAGES_PER_THREAD (16 * (KSTACK_SIZE / PAGE_SIZE))

static unsigned default_threads(void)
{
	return (unsigned)min((uint64_t)PID_MAX,
			     pages_total() / PAGES_PER_THREAD);
}

static void set_default_limits(struct proc *p) REQUIRES(TREE_ALONE)
{
	for (unsigned i = 0; i < ARRAY_SIZE(p->rlimits); i++)
		p->rlimits[i][0] = p->rlimits[i][1] = RLIM_INFINITY;
	p->rlimits[RLIMIT_STACK][0] = DEFAULT_STACK_LIMIT;
	p->rlimits[RLIMIT_NOFILE][0] = DEFAULT_NOFILE;
	p->rlimits[RLIMIT_NOFILE][1] = 4096;
	p->rlimits[RLIMIT_CORE][0] = 0;
	p->rlimits[RLIMIT_NICE][0] = p->rlimits[RLIMIT_NICE][1] = 0;
	p->rlimits[RLIMIT_RTPRIO][0] = p->rlimits[RLIMIT_RTPRIO][1] = 0;
	p->rlimits[RLIMIT_NPROC][0] = p->rlimits[RLIMIT_NPROC][1] =
		p->rlimits[RLIMIT_SIGPENDING][0] =
		p->rlimits[RLIMIT_SIGPENDING][1] =
		default_threads();
	p->rlimits[RLIMIT_MSGQUEUE][0] = p->rlimits[RLIMIT_MSGQUEUE][1] =
		DEFAULT_MSGQUEUE;
	p->rlimits[RLIMIT_MEMLOCK][0] = p->rlimits[RLIMIT_MEMLOCK][1] =
		DEFAULT_MEMLOCK;
}

static void give_first_rights(struct proc *p, const struct thread *t)
{
	proc_is_private(p);
	set_default_limits(p);
	p->core_filter = CORE_FILTER_DEFAULT;
	p->cred = cred_get(t->arch.cred);
	p->uid = p->cred->uid;
}

static void join_first_group(struct proc *p) REQUIRES(TREE_ALONE)
{
	static struct session session;
	static struct pgroup group;

	session_begin_locked(&session, p->pid);
	pgroup_begin_locked(&group, p->pid, &session);
	pgroup_join_locked(p, &group);
}

void proc_start_init(const char *path, char *const argv[])
{
	static struct init_start start;
	struct proc *p = proc_alloc(NULL);
	struct thread *t = thread_create("init", start_init, &start);

	if (p == NULL || t == NULL)
		panic("no memory for process 1");
	threads_max = 2 * default_threads();
	start = (struct init_start){ path, argv };
	itimer_init(p);
	p->vfs.files = fdtable_create();
	p->vfs.fs = fs_context_create();
	if (p->vfs.files == NULL || p->vfs.fs == NULL)
		panic("no memory for process 1");
	give_first_rights(p, t);
	user_charge(t->arch.cred->user, USER_THREADS, 1, UINT64_MAX);

	tree_lock();
	proc_set_payer_locked(p);
	p->pid = t->tid = pid_alloc_proc();
	assert(p->pid == 1);
	join_first_group(p);

	unsigned long irq = spin_lock_irqsave(&p->signals.lock);

	proc_add_thread_locked(p, t);
	spin_unlock_irqrestore(&p->signals.lock, irq);
	pid_set_thread(1, t);
	pid_set_proc(1, p);
	init_proc = p;
	tree_unlock();
	sched_start(t);
}
