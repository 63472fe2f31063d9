#pragma once

/*
 * proc/sched/thread.h - one thread of execution, as the scheduler sees it.
 *
 * Who owns a thread at any moment:
 *	RUNNING		the hart that runs it
 *	READY		the run queue it stands on
 *	SLEEPING	still its hart; it has announced a sleep (sync/block.h)
 *	BLOCKED		nobody, once on_hart is clear; a waker takes it
 *	WAKING		the waker that won it, until it is on a run queue
 *	DEAD		its last hart, until finish_switch() has left its stack
 */

#include "arch/context.h"
#include "debug/watchdog.h"
#include "lib/hartmask.h"
#include "lib/list.h"
#include "lib/types.h"
#include "proc/ptrace/state.h"
#include "proc/sched/pi_links.h"
#include "proc/signal/types.h"
#include "sync/lockorder.h"
#include "sync/rcu.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"

struct proc;
struct runq;

enum thread_state {
	THREAD_RUNNING,
	THREAD_READY,
	THREAD_SLEEPING,
	THREAD_BLOCKED,
	THREAD_WAKING,
	THREAD_DEAD,
	THREAD_NEW, /* never started yet */
};

/* How deep a sleep: what may end it besides its waker. */
enum sleep_depth {
	SLEEP_UNINTERRUPTIBLE, /* nothing */
	SLEEP_INTERRUPTIBLE,   /* a signal */
	SLEEP_KILLABLE,        /* a fatal signal, or SIGCONT: job control, vfork */
};

#define THREAD_NAME_MAX 16

/*
 *	(c)	constant once the thread is visible
 *	(own)	the thread itself
 *	(q)	lock of run queue rq
 *	(s)	proc->signals.lock
 *	(t)	proc_tree_lock
 *	(a)	atomic
 */
struct thread {
	struct arch_thread arch;     /* (own); first: hart->current points here */
	struct proc *proc;           /* (c) a reference; NULL: a kernel thread */
	int tid;                     /* (c) in a process's first thread: its pid */
	struct refcount refs;        /* the scheduler, lookups, timers */
	struct rcu_head rcu;         /* (own) once none is left */
	char name[THREAD_NAME_MAX];  /* (own) prctl(PR_SET_NAME); read racily */

	uint32_t state;              /* (a) enum thread_state; ORDER sleep-state */
	uint8_t sleep_depth;         /* (own) valid while SLEEPING or BLOCKED */
	uint32_t on_hart;            /* (a) a hart is on its stack; ORDER thread-on-hart */
	uint32_t hart;               /* (a) where it ran last */
	struct runq *rq GUARDED_BY(C_runq); /* NULL when not queued */
	struct list run_link GUARDED_BY(C_runq);
	struct hartmask affinity;    /* (a) where it may run: runq_push() */
	int nice;                    /* (a) -20..19 */
	uint8_t policy;              /* (a) rt.h; kept under proc_tree_lock */
	union {
		struct {
			uint8_t rt_priority, rt_lent; /* (a) 1..99; sched_lend_priority() */
		};
		uint32_t rt_priorities; /* (a) both, to look at */
	};
	bool resets_on_fork;         /* (a) its children have no more than others */
	uint8_t rt_queued GUARDED_BY(C_runq); /* in which list it is; 0: it shares */
	uint16_t io_priority;        /* (a) kept for ionice: sys_ioprio.c */
	uint32_t personality;        /* (own) read racily: personality() */
	uint64_t timer_slack, default_timer_slack; /* (own) ns: sys_prctl.c; 0: Linux's */
	uint64_t slice;              /* (a) ticks of a turn; kept as policy is */
	int64_t credit;              /* (own), (q) while queued: ticks left; read racily */
	bool ends_turn;              /* (own) it yields: what is left is not kept */
	uint64_t user_ticks, system_ticks; /* (own) read racily; account.c */
	uint64_t charged_at;         /* (own) ticks: up to when they stand */
	uint64_t run_epoch;          /* (own) it has run for now minus this; 0: it does not */
	uint64_t nr_voluntary, nr_involuntary; /* (own) switches */
	uint64_t faults;             /* (own) */

	struct list proc_link GUARDED_BY(C_signals); /* of proc->threads */
	sigset_t blocked;            /* (s) to write; own thread reads freely */
	sigset_t saved_blocked;      /* (own) sigsuspend: restore after delivery */
	bool restore_blocked;        /* (own) */
	struct sigpending pending GUARDED_BY(C_signals); /* directed at this thread */
	struct sigaltstack altstack; /* (own) */
	bool exiting GUARDED_BY(C_signals); /* it has left proc->threads */
	uint64_t stopped_in GUARDED_BY(C_signals); /* job.turn of the stop it joined last */
	sigset_t waiting_for GUARDED_BY(C_signals); /* sigtimedwait */
	struct tracee trace;         /* (t), (s) as it says */
	uint64_t restart_deadline;   /* (own) ticks, or 0; proc/time/clock.h */

	struct thread_rseq {         /* (own) proc/task/rseq.h */
		vaddr_t at;          /* (own) 0: it has registered nothing */
		uint32_t length, signature; /* (own) */
		bool event;          /* (own) a sequence that it is in begins anew */
		uint8_t cid;         /* (own) its bit in mm->cids, and 1; 0: none */
	} rseq;

	struct sem_undo_list *sem_undo; /* (own) or NULL: sem_undo_exit(); read as it is */
	struct pi_links pi;          /* (own) and others, by the lock it names */
	vaddr_t set_child_tid;       /* (own) CLONE_CHILD_SETTID, until it starts */
	vaddr_t clear_child_tid;     /* (own) set_tid_address, CLONE_CHILD_CLEARTID */
	vaddr_t robust_list;         /* (own) read racily: get_robust_list() */
#if LAB
	uint32_t owner;              /* (a) hart + 1 that has it, 0: none */
	struct sleep_watch watch;    /* (own) read as ORDER watchdog-sleep says */
	struct ready_watch ready_watch; /* (watcher) debug/watchdog.h */
	struct held_locks held;      /* (own) sync/lockorder.h */
#endif
};

_Static_assert(offsetof(struct thread, arch) == 0, "current_thread() relies on it");

static inline struct thread *thread_of_arch(struct arch_thread *arch)
{
	return (struct thread *)arch;
}

/* Make a thread that will start at @entry(@arg) on its own kernel stack and
 * acts for whom the running one acts; state NEW, one reference.  NULL: no memory. */
struct thread *thread_create(const char *name, void (*entry)(void *),
			     void *arg);
void thread_get(struct thread *t);
/* A kernel stack, or NULL. */
void *kstack_alloc(void);
void thread_put(struct thread *t);
/* The process of a thread that is gone. */
void proc_put(struct proc *p); /* upcall */
/* Nobody is on the stack of @t any more. */
void thread_free_stack(struct thread *t);
void thread_set_name(struct thread *t, const char *name);

/* A thread of the kernel that runs @fn(@arg) for ever; boot and later. */
struct thread *kthread_start(const char *name, void (*fn)(void *), void *arg);

unsigned nr_threads_total(void);

void thread_init(void);
