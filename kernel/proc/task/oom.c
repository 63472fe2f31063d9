/*
 * proc/task/oom.c - see oom.h.
 *
 * The victim is chosen, told and remembered in one stretch with proc_tree_lock,
 * alone.  It still has its memory then, so it has yet to give it up while it
 * shares that lock (exit.c), and comes by oom_victim_gone() after that: nobody
 * waits for one that is gone already.
 */
#include "proc/task/oom.h"

#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/store.h"
#include "mm/usage.h"
#include "proc/sched/sched.h"
#include "proc/task/pgroup.h"
#include "proc/task/proc.h"
#include "proc/task/rights.h"
#include "sync/waitq.h"

/* As long as a victim is waited for. */
#define PATIENCE_NS (2UL * 1000 * 1000 * 1000)
/* Clean pages of files that go at once, before anybody has to. */
#define RECLAIM 128

static struct proc *victim GUARDED_BY(proc_tree_lock); /* a reference; NULL: none */
static uint64_t nr_over GUARDED_BY(proc_tree_lock); /* how many are gone */
static struct waitq over = WAITQ_INIT(over);

enum claim current_claim(void)
{
	const struct thread *self = current_thread();
	const struct proc *p = self == NULL ? NULL : self->proc;

	if (p == NULL || p == init_proc || READ_ONCE(p->group_exit))
		return CLAIM_KERNEL;
	return cred_can(current_cred(), CAP_SYS_ADMIN) ? CLAIM_ROOT : CLAIM_USER;
}

/* ---- who ---- */

/* Root works there. */
static bool is_root_shell_locked(const struct proc *p) REQUIRES(TREE_ALONE)
{
	return proc_has_tty(p) && p->cred->uid == 0 && proc_session(p)->sid == p->pid;
}

static bool may_go_locked(const struct proc *p) REQUIRES(TREE_ALONE)
{
	return p->mm != NULL && p != init_proc && !p->oom_passed &&
	       READ_ONCE(p->oom_adj) != OOM_ADJ_MIN && !is_root_shell_locked(p);
}

/* Its pages, with what its user or root said. */
static int64_t badness_locked(const struct proc *p) REQUIRES(TREE_ALONE)
{
	int64_t thousandth = (int64_t)(pages_total() / 1000);

	return (int64_t)mm_footprint(p->mm) + READ_ONCE(p->oom_adj) * thousandth;
}

/* The worst of all; who is dying anyway comes first.  NULL: nobody. */
static struct proc *choose_locked(void) REQUIRES(TREE_ALONE)
{
	struct proc *worst = NULL;
	int64_t most = INT64_MIN;

	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p)) {
		if (!may_go_locked(p))
			continue;
		if (READ_ONCE(p->group_exit))
			return p;
		if (badness_locked(p) > most) {
			worst = p;
			most = badness_locked(p);
		}
	}
	return worst;
}

unsigned oom_score(struct proc *p)
{
	int64_t points = 0, all = (int64_t)pages_total();

	tree_lock();
	if (p->mm != NULL && p != init_proc && p->oom_adj != OOM_ADJ_MIN)
		points = (1000 + badness_locked(p) * 1000 / all) * 2 / 3;
	tree_unlock();
	return points > 0 ? (unsigned)points : 0;
}

/* ---- its end ---- */

/* All who have its memory; or that would not come back. */
static void end_locked(struct proc *chosen) REQUIRES(TREE_ALONE)
{
	for (struct proc *p = init_proc; p != NULL; p = proc_tree_next(p)) {
		if (p->mm != chosen->mm || (p != chosen && !may_go_locked(p)))
			continue;

		unsigned long irq = spin_lock_irqsave(&p->signals.lock);

		proc_begin_group_exit(p, WAIT_STATUS_SIGNAL(SIGKILL));
		spin_unlock_irqrestore(&p->signals.lock, irq);
	}
}

/* Its first thread's name; threads go under the signal lock. */
static void name_locked(struct proc *p, char name[THREAD_NAME_MAX])
	REQUIRES(TREE_ALONE)
{
	unsigned long irq = spin_lock_irqsave(&p->signals.lock);
	struct list *first = list_first(&p->threads);

	strlcpy(name, first == NULL ? "?" :
		list_entry(first, struct thread, proc_link)->name,
		THREAD_NAME_MAX);
	spin_unlock_irqrestore(&p->signals.lock, irq);
}

static void report_locked(struct proc *p) REQUIRES(TREE_ALONE)
{
	const struct thread *self = current_thread();
	char name[THREAD_NAME_MAX];

	name_locked(p, name);

	printk("out of memory: %s (%d) of user %u goes: it has %lu KiB, and "
	       "oom_score_adj %d; %s (%d) asked\n",
	       name, p->pid, p->cred->uid,
	       mm_footprint(p->mm) * PAGE_SIZE / 1024, p->oom_adj, self->name,
	       self->proc->pid);
}

/* The number of the victim that is to be waited for; 0: there is none. */
static uint64_t find_victim(void)
{
	uint64_t turn;

	tree_lock();
	if (victim == NULL) {
		victim = choose_locked();
		if (victim != NULL) {
			proc_get(victim);
			report_locked(victim);
			end_locked(victim);
		}
	}
	turn = victim == NULL ? 0 : nr_over + 1;
	tree_unlock();
	return turn;
}

/* The victim, if it is that of @turn, is not waited for any longer. */
static struct proc *forget_locked(uint64_t turn) REQUIRES(TREE_ALONE)
{
	struct proc *gone = victim;

	if (gone == NULL || nr_over + 1 != turn)
		return NULL;
	victim = NULL;
	WRITE_ONCE(nr_over, turn);
	return gone;
}

static void pass_over(uint64_t turn)
{
	tree_lock();
	struct proc *stuck = forget_locked(turn);

	if (stuck != NULL)
		stuck->oom_passed = true;
	tree_unlock();
	if (stuck == NULL)
		return;
	waitq_wake_all(&over);
	proc_put(stuck);
}

void oom_victim_gone(struct proc *p)
{
	struct proc *gone = NULL;

	/* Who chose it saw its memory, and was alone: we see it here. */
	tree_lock_shared();
	bool chosen = victim == p;

	tree_unlock_shared();
	if (!chosen)
		return;
	tree_lock();
	if (victim == p)
		gone = forget_locked(nr_over + 1);
	tree_unlock();
	if (gone == NULL)
		return;
	waitq_wake_all(&over);
	proc_put(gone);
}

/* ---- who wants memory ---- */

static void wait_until_over(uint64_t turn)
{
	uint64_t deadline = clock_ticks() + ns_to_ticks(PATIENCE_NS);

	if (waitq_wait_common(&over, READ_ONCE(nr_over) >= turn,
			      "its victim is gone", false, false,
			      deadline) != 0)
		pass_over(turn);
}

bool memory_wait(unsigned order)
{
	const struct proc *self = current_thread()->proc;
	uint64_t turn;

	if (self == NULL || READ_ONCE(self->group_exit))
		return false;
	if (!memory_is_short(order)) {
		cond_resched();
		return true;
	}
	if (store_reclaim(RECLAIM) != 0)
		return true;
	turn = find_victim();
	if (turn == 0)
		return false;
	if (!READ_ONCE(self->group_exit)) /* it is not itself the one */
		wait_until_over(turn);
	return true;
}

void memory_retry_call(struct trapframe *frame)
{
	struct arch_thread *self = &current_thread()->arch;

	atomic_fetch_and_relaxed(&self->work, ~(uint32_t)WORK_STARVED);
	if (frame->cause != FRAME_CAUSE_SYSCALL ||
	    (long)frame->a0 != -ENOMEM || !memory_wait(self->starved_order))
		return;
	frame->a0 = frame->orig_a0;
	frame->pc -= 4;
	frame->cause = FRAME_CAUSE_NONE;
}
