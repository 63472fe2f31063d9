/*
 * proc/task/first.c - process 1, which nobody has forked.
 */
#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "mm/limits.h"
#include "mm/page.h"
#include "proc/sched/sched.h"
#include "proc/task/life_internal.h"
#include "proc/task/pgroup.h"
#include "proc/task/pid.h"
#include "proc/task/rights.h"
#include "proc/task/to_signal.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/fs_context.h"

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
		default_threads();
	/* What it says can be had: sysconf(_SC_SIGQUEUE_MAX). */
	p->rlimits[RLIMIT_SIGPENDING][0] = p->rlimits[RLIMIT_SIGPENDING][1] =
		min(default_threads(), MAX_QUEUED_SIGNALS);
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
