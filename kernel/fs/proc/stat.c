/*
 * fs/proc/stat.c - PID/stat, status, statm, comm: what ps and top read.
 *
 * A snapshot of everything shown is taken first, each part under its lock,
 * and written afterwards without any.  Times are in hundredths of a second.
 *
 * Source: proc(5).
 */
#include "fs/proc/procfs_internal.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/map.h"
#include "mm/usage.h"
#include "proc/sched/rt.h"
#include "proc/sched/sched.h"
#include "proc/task/pgroup.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "proc/task/to_ptrace.h"

struct snapshot {
	int pid, tid, ppid, pgid, sid;
	int tracer; /* 0: none */
	int foreground; /* group on its terminal; -1: it has none */
	unsigned tty_dev; /* 0: it has none */
	char name[THREAD_NAME_MAX];
	char state;
	unsigned nr_threads;
	int nice, priority; /* the latter as Linux has it: 20 + nice, or below 0 */
	unsigned rt_priority, policy;
	unsigned hart;
	int exit_signal;
	struct rusage_sums own, children;
	uint64_t start_ticks;
	uint64_t total_pages, resident, peak, locked;
	sigset_t pending, shared_pending, blocked, ignored, caught;
};

static char thread_letter(const struct thread *t)
{
	switch (READ_ONCE(t->state)) {
	case THREAD_SLEEPING:
	case THREAD_BLOCKED:
		return READ_ONCE(t->sleep_depth) == SLEEP_UNINTERRUPTIBLE ? 'D' : 'S';
	default:
		return 'R';
	}
}

static char state_letter(const struct proc *p, const struct thread *t)
{
	if (READ_ONCE(p->state) != PROC_RUNNING)
		return 'Z';
	if (t != NULL && t->trace.state != TRACEE_RUNS)
		return 't';
	/* A tracer lets its tracee go on though the process is stopped. */
	if (signals_stopped(&p->signals) && (t == NULL || !thread_is_traced(t)))
		return 'T';
	return t != NULL ? thread_letter(t) : 'R';
}

static void snapshot_signals(struct snapshot *s, struct proc *p)
	REQUIRES(C_signals)
{
	for (int sig = 1; sig <= NSIG; sig++) {
		uint64_t handler = p->signals.action[sig - 1].handler;

		if (handler == SIG_IGN)
			s->ignored |= SIGMASK(sig);
		else if (handler != SIG_DFL)
			s->caught |= SIGMASK(sig);
	}
	s->shared_pending = p->signals.pending.set;
}

static void snapshot_thread(struct snapshot *s, const struct thread *t)
	REQUIRES(C_signals)
{
	strlcpy(s->name, t->name, sizeof(s->name));
	s->nice = READ_ONCE(t->nice);
	s->policy = READ_ONCE(t->policy);
	s->rt_priority = READ_ONCE(t->rt_priority);
	s->priority = rt_priority_of(t) != 0 ? -1 - (int)rt_priority_of(t) :
					       20 + s->nice;
	s->hart = READ_ONCE(t->hart);
	s->pending = t->pending.set;
	s->blocked = t->blocked;
}

/* What the signal lock protects; of @t, or of the process's first thread. */
static void snapshot_threads(struct snapshot *s, struct proc *p,
			     const struct thread *t)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	struct list *first = list_first(&p->threads);

	if (t == NULL && first != NULL)
		t = list_entry(first, struct thread, proc_link);
	if (t != NULL)
		snapshot_thread(s, t);
	if (t != NULL && thread_is_traced(t))
		s->tracer = t->trace.tracer->tid;
	s->state = state_letter(p, t);
	s->nr_threads = p->nr_threads;
	snapshot_signals(s, p);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

static void snapshot_jobs(struct snapshot *s, const struct proc *p)
	REQUIRES(TREE_ALONE)
{
	const struct session *session = proc_session(p);
	const struct pgroup *foreground = session->foreground;

	s->pgid = p->group->pgid;
	s->sid = session->sid;
	s->foreground = -1;
	if (!proc_has_tty(p) || session->tty == NULL)
		return;
	s->tty_dev = session->tty_dev;
	if (foreground != NULL)
		s->foreground = foreground->pgid;
}

static int snapshot_tree(struct snapshot *s, struct proc *p)
{
	int err = 0;

	tree_lock();
	if (p->state == PROC_REAPED)
		err = -ESRCH;
	else
		snapshot_jobs(s, p);
	s->ppid = p->parent != NULL ? p->parent->pid : 0;
	s->children = p->waited_children;
	s->exit_signal = p->exit_signal;
	tree_unlock();
	return err;
}

static void snapshot_memory(struct snapshot *s, struct proc *p)
{
	struct mm *mm = proc_mm_get(p);

	if (mm == NULL)
		return;
	s->total_pages = mm_total_pages(mm);
	s->resident = READ_ONCE(mm->resident);
	s->peak = mm_peak(mm);
	s->locked = mm_pages_locked_with(mm, 0, 0);
	mm_put(mm);
}

static int take_snapshot(struct snapshot *s, const struct procfs_entry *e)
{
	struct proc *p = e->proc;

	*s = (struct snapshot){ .pid = p->pid, .tid = p->pid };
	if (e->thread != NULL)
		s->tid = e->thread->tid;
	s->start_ticks = p->start_ticks;
	snapshot_threads(s, p, e->thread);
	snapshot_memory(s, p);
	proc_rusage(p, &s->own);
	if (e->thread != NULL) {
		s->own.user_ticks = 0;
		s->own.system_ticks = sched_thread_runtime(e->thread);
	}
	return snapshot_tree(s, p);
}

int procfs_show_pid_stat(struct text *t, const struct procfs_entry *e)
{
	struct snapshot s;
	int err = take_snapshot(&s, e);

	if (err != 0)
		return err;
	text_printf(t, "%d (%s) %c %d %d %d %d %d 0 %lu 0 0 0 ", s.tid, s.name,
		    s.state, s.ppid, s.pgid, s.sid,
		    s.tty_dev, s.foreground,
		    s.own.faults);
	text_printf(t, "%lu %lu %lu %lu %d %d %u 0 %lu %lu %lu %lu ",
		    ticks_to_clock(s.own.user_ticks),
		    ticks_to_clock(s.own.system_ticks),
		    ticks_to_clock(s.children.user_ticks),
		    ticks_to_clock(s.children.system_ticks), s.priority, s.nice,
		    s.nr_threads, ticks_to_clock(s.start_ticks),
		    s.total_pages * PAGE_SIZE, s.resident, UINT64_MAX);
	/* Code, stack and registers are nobody's business. */
	text_printf(t, "0 0 0 0 0 %lu %lu %lu %lu 0 0 0 %d %u %u %u 0 0 0 ",
		    s.pending | s.shared_pending, s.blocked, s.ignored,
		    s.caught, s.exit_signal, s.hart, s.rt_priority, s.policy);
	text_printf(t, "0 0 0 0 0 0 0 0\n");
	return 0;
}

static const char *state_word(char letter)
{
	switch (letter) {
	case 'R':
		return "R (running)";
	case 'S':
		return "S (sleeping)";
	case 'D':
		return "D (disk sleep)";
	case 'T':
		return "T (stopped)";
	case 't':
		return "t (tracing stop)";
	default:
		return "Z (zombie)";
	}
}

static void write_ids(struct text *t, const struct procfs_entry *e)
{
	const struct cred *cred = e->thread != NULL ? thread_cred(e->thread) :
						      proc_cred(e->proc);

	text_printf(t, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid,
		    cred->suid, cred->fsuid);
	text_printf(t, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid,
		    cred->sgid, cred->fsgid);
	text_printf(t, "Groups:\t");
	for (unsigned i = 0; i < cred->groups->nr; i++)
		text_printf(t, "%u ", cred->groups->gid[i]);
	text_printf(t, "\n");
	cred_put(cred);
}

static void write_memory(struct text *t, const struct snapshot *s)
{
	const unsigned long kib = PAGE_SIZE / 1024;

	if (s->state == 'Z')
		return;
	text_printf(t, "VmSize:\t%8lu kB\n", s->total_pages * kib);
	text_printf(t, "VmLck:\t%8lu kB\n", s->locked * kib);
	text_printf(t, "VmHWM:\t%8lu kB\n", s->peak * kib);
	text_printf(t, "VmRSS:\t%8lu kB\n", s->resident * kib);
	text_printf(t, "VmSwap:\t%8u kB\n", 0U); /* there is none */
}

static void write_caps(struct text *t, const struct procfs_entry *e)
{
	const struct cred *cred = e->thread != NULL ? thread_cred(e->thread) :
						      proc_cred(e->proc);
	text_printf(t, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
		    cred->caps.inheritable, cred->caps.permitted,
		    cred->caps.effective);
	text_printf(t, "CapBnd:\t%016lx\nCapAmb:\t%016lx\nNoNewPrivs:\t%d\n",
		    cred->caps.bounding, cred->caps.ambient, cred->no_new_privs);
	cred_put(cred);
}

/* Of the process's first thread. */
static void write_harts(struct text *t, const struct procfs_entry *e)
{
	struct list *first;
	struct hartmask allowed = HARTMASK_NONE;
	unsigned long irq = spin_lock_irqsave(&e->proc->signals.lock);
	const struct thread *thread = e->thread;

	first = list_first(&e->proc->threads);
	if (thread == NULL && first != NULL)
		thread = list_entry(first, struct thread, proc_link);
	if (thread != NULL)
		allowed = hartmask_and(hartmask_read(&thread->affinity),
				       hartmask_below(nr_harts));
	spin_unlock_irqrestore(&e->proc->signals.lock, irq);
	text_printf(t, "Cpus_allowed:\t%lx\n", allowed.bits);
}

static void write_signals(struct text *t, const struct snapshot *s)
{
	text_printf(t, "SigPnd:\t%016lx\n", s->pending);
	text_printf(t, "ShdPnd:\t%016lx\n", s->shared_pending);
	text_printf(t, "SigBlk:\t%016lx\n", s->blocked);
	text_printf(t, "SigIgn:\t%016lx\n", s->ignored);
	text_printf(t, "SigCgt:\t%016lx\n", s->caught);
}

int procfs_show_pid_status(struct text *t, const struct procfs_entry *e)
{
	struct snapshot s;
	int err = take_snapshot(&s, e);

	if (err != 0)
		return err;
	text_printf(t, "Name:\t%s\nState:\t%s\nTgid:\t%d\n",
		    s.name, state_word(s.state), s.pid);
	text_printf(t, "Pid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", s.tid, s.ppid,
		    s.tracer);
	write_ids(t, e);
	write_memory(t, &s);
	text_printf(t, "Threads:\t%u\n", s.nr_threads);
	write_signals(t, &s);
	write_caps(t, e);
	write_harts(t, e);
	text_printf(t, "voluntary_ctxt_switches:\t%lu\n", s.own.voluntary);
	text_printf(t, "nonvoluntary_ctxt_switches:\t%lu\n",
		    s.own.involuntary);
	return 0;
}

int procfs_show_pid_statm(struct text *t, const struct procfs_entry *e)
{
	struct snapshot s;
	int err = take_snapshot(&s, e);

	if (err == 0)
		text_printf(t, "%lu %lu 0 0 0 %lu 0\n", s.total_pages,
			    s.resident, s.total_pages);
	return err;
}

int procfs_show_pid_comm(struct text *t, const struct procfs_entry *e)
{
	struct snapshot s;
	int err = take_snapshot(&s, e);

	if (err == 0)
		text_printf(t, "%s\n", s.name);
	return err;
}
