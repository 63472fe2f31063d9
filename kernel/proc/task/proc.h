#pragma once

/*
 * proc/task/proc.h - a process: threads that share an address space, descriptors
 * and signal actions; and the tree of processes.
 *
 * Life: proc_fork() makes it RUNNING; the exit of its last thread makes it a
 * ZOMBIE and tells its parent; the parent's wait reaps it, exactly once.
 * Orphans go to process 1.
 */

#include "arch/hart.h"
#include "lib/avl.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/limits.h"
#include "proc/sched/thread.h"
#include "proc/signal/state.h"
#include "proc/time/timer.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/rwspin.h"
#include "sync/spinlock.h"
#include "sync/waitq.h"
#include "vfs/cred.h"
#include "vfs/process.h"

struct core;
struct cred;
struct mm;
struct pgroup;
struct session;

enum proc_state {
	PROC_RUNNING,
	PROC_ZOMBIE,
	PROC_REAPED,
};

/* By what the program runs, and that with what the kernel does for it. */
enum cpu_timer_kind {
	CPU_TIMER_VIRTUAL,
	CPU_TIMER_PROF,
	NR_CPU_TIMERS,
};

#define MAX_POSIX_TIMERS 32
struct posix_timer;

struct rusage_sums {
	uint64_t user_ticks, system_ticks;
	uint64_t faults, voluntary, involuntary;
	uint64_t peak; /* pages: the most that one of them had at once */
};

/*
 * The tree of processes (RANK_PROC_TREE).  What concerns one process and its
 * children is done side by side with others, under the shared lock and that
 * process's own inside it: fork, exec, exit and wait.  Who has more to do with
 * one another than parent and child has it alone, and needs no other: an exit
 * that leaves orphans, groups and sessions, signals to many.  docs/locking.md
 * tells who comes between whom.
 */
extern struct rwspin proc_tree_lock;

/* Alone, nobody has the lock of any process or group. */
#define TREE_ALONE proc_tree_lock, C_proc, C_pgroup

static inline void NO_THREAD_SAFETY tree_lock(void)
	ACQUIRES(proc_tree_lock) ACQUIRES(C_proc) ACQUIRES(C_pgroup)
{
	rwspin_lock(&proc_tree_lock);
}

static inline void NO_THREAD_SAFETY tree_unlock(void)
	RELEASES(proc_tree_lock) RELEASES(C_proc) RELEASES(C_pgroup)
{
	rwspin_unlock(&proc_tree_lock);
}

static inline bool NO_THREAD_SAFETY tree_trylock(void)
	TRY_ACQUIRE(true, proc_tree_lock) TRY_ACQUIRE(true, C_proc)
	TRY_ACQUIRE(true, C_pgroup)
{
	return rwspin_trylock(&proc_tree_lock);
}

static inline void tree_lock_shared(void) ACQUIRES_SHARED(proc_tree_lock)
{
	rwspin_lock_shared(&proc_tree_lock);
}

static inline void tree_unlock_shared(void) RELEASES_SHARED(proc_tree_lock)
{
	rwspin_unlock_shared(&proc_tree_lock);
}

/* Who has it shared by his contract may know that here he has it alone. */
static inline void assert_tree_alone(void)
	ASSERTS_HELD(proc_tree_lock) ASSERTS_HELD(C_proc) ASSERTS_HELD(C_pgroup)
{
	lab_assert(rwspin_is_alone(&proc_tree_lock));
}

#define assert_tree_held() lab_assert(rwspin_is_held(&proc_tree_lock))

/* Before whom a thread runs, as sched_getattr() tells. */
struct sched_rank {
	unsigned policy, priority;
	int nice;
	bool resets_on_fork;
};

/* As it is now: one word each. */
static inline struct sched_rank thread_rank(const struct thread *t)
{
	return (struct sched_rank){
		.policy = READ_ONCE(t->policy),
		.priority = READ_ONCE(t->rt_priority),
		.nice = READ_ONCE(t->nice),
		.resets_on_fork = READ_ONCE(t->resets_on_fork),
	};
}

/*
 *	(c)	constant while anybody can find the process
 *	(t)	proc_tree_lock, alone, to write; read as it is without
 *	(l)	its own lock, under the shared tree; or the tree alone
 *	(p)	the same with the lock of its parent
 *	(s)	signals.lock
 *	(own)	its own threads, one at a time as said
 *	(x)	exec: written while the process has one thread; read by others
 *		only through the functions that take a reference under (l)
 *
 * What is guarded by proc_tree_lock is read by who shares it, and written by
 * who has it alone.  C_proc is the lock of this process, or of its parent.
 */
struct proc {
	int pid;                    /* (c) */
	struct refcount refs;       /* threads, the pid table, lookers-on */
	struct rcu_head rcu;        /* (own) whose reference was the last */
	struct LOCK_OF(spinlock, proc) lock; /* RANK_PROC: (l), and its children's (p) */
	enum proc_state state GUARDED_BY(C_proc); /* (p) */
	struct proc *parent GUARDED_BY(proc_tree_lock);
	int parent_pid;             /* (t); getppid() reads it as it is */
	int made_by GUARDED_BY(proc_tree_lock); /* the thread of the parent; 0: unknown */
	struct list children GUARDED_BY(C_proc); /* (l) struct proc.sibling */
	struct list sibling GUARDED_BY(C_proc); /* (p) */
	struct pgroup *group GUARDED_BY(proc_tree_lock); /* pgroup.h; NULL once reaped */
	bool heads_group GUARDED_BY(proc_tree_lock); /* on group->heads, not with its parent */
	struct list group_link;     /* (p) on the parent's members; a head: C_pgroup */
	struct list members GUARDED_BY(C_proc); /* (l) children in its group: group_link */
	bool ties_group GUARDED_BY(proc_tree_lock); /* counted in group->nr_ties */
	unsigned tty_turn GUARDED_BY(proc_tree_lock); /* proc_has_tty(); 0: has none */
	bool did_exec GUARDED_BY(C_proc); /* (l) setpgid() by the parent is over */
	int exit_signal GUARDED_BY(C_proc); /* (p) see proc_exit_signal(); or 0 */
	uint64_t nr_execs GUARDED_BY(C_proc); /* (l) */
	uint64_t parent_execs GUARDED_BY(C_proc); /* (p) nr_execs of the parent that chose */
	int exit_status GUARDED_BY(C_proc); /* (p) as wait4 reports it */
	struct sched_rank rank;     /* (own) of the last one, before it is a zombie */
	struct list tracees GUARDED_BY(proc_tree_lock); /* struct thread.trace.link */
	struct thread *tracee GUARDED_BY(proc_tree_lock); /* its first, if that is traced */
	struct waitq child_wait;    /* wait4 of its threads sleeps here */
	struct waitq exit_wait;     /* who waits for its end by a pidfd */

	struct list threads GUARDED_BY(C_signals); /* struct thread.proc_link */
	unsigned nr_threads GUARDED_BY(C_signals);
	bool group_exit GUARDED_BY(C_signals); /* all threads must die */
	int group_exit_status GUARDED_BY(C_signals); /* first exit_group or fatal signal wins */
	struct thread *exec_thread GUARDED_BY(C_signals); /* exec, core: it waits to be alone */
	struct waitq thread_wait;   /* there */
	struct core *core GUARDED_BY(C_signals); /* for the registers of who ends */
	uint32_t core_filter;       /* (a) which mappings: proc/signal/core.h */
	struct rusage_sums dead_threads GUARDED_BY(C_signals);
	struct io_counts dead_io GUARDED_BY(C_signals); /* the same, and of children */
	struct rusage_sums waited_children GUARDED_BY(C_proc); /* (l) */

	struct mm *mm;              /* (x) NULL once exiting; see proc_mm_get() */
	struct vfs_process vfs;     /* (x) descriptors, cwd, umask */
	const struct cred *cred GUARDED_BY(C_proc); /* (l) its first thread's; see rights.h */
	unsigned uid;               /* (l) to write: cred->uid; read as it is */
	uint64_t start_ticks;       /* (c) */
	struct waitq vfork_wait;    /* the vfork parent sleeps here */
	bool vfork_done;            /* (a) exec or exit gave the mm back */
	/* exec has decided whose rights the program gets, and not given them:
	 * nobody begins to trace it now */
	bool gets_rights GUARDED_BY(C_proc); /* (l) */
	struct itimer {             /* ITIMER_REAL */
		struct timer timer;
		uint64_t interval GUARDED_BY(C_signals); /* ticks */
		uint64_t expires GUARDED_BY(C_signals);  /* ticks, 0: off */
	} real_timer;
	struct cpu_timer {          /* proc/time/cputimer.h */
		uint64_t expires;   /* (s) ticks that it has run, 0: off */
		uint64_t interval;  /* (s) ticks */
	} cpu_timers[NR_CPU_TIMERS];
	struct avl_root cpu_watches GUARDED_BY(C_signals); /* proc/time/cpuclock.h */
	uint64_t cpu_told;          /* (s) SIGXCPU is due again in this second */
	struct LOCK_OF(mutex, timers) timer_lock; /* RANK_MISC_SLEEP: who sets timers */
	struct posix_timer *posix_timers[MAX_POSIX_TIMERS] GUARDED_BY(C_timers);
	int posix_timers_end GUARDED_BY(C_timers); /* from there on there are none */
	limit_t rlimits[NR_LIMITS] GUARDED_BY(C_proc); /* (l) */
	/* The signal it gets when its parent ends, 0 for none; and it is the
	 * parent of those below who lose theirs. */
	int death_signal GUARDED_BY(C_proc); /* (l) */
	bool is_subreaper GUARDED_BY(C_proc); /* (l) */
	struct list aios;           /* (own) under the lock of ipc/aio.c */
	int oom_adj;                /* (a) -1000..1000: oom.h */
	int oom_adj_floor;          /* (a) who is not root goes no lower */
	bool oom_passed;            /* (t) it was chosen, and did not end */
	struct signals signals;     /* pending, job control, actions; (s).  At the
				     * end: proc_alloc() */
};

/* Nobody else can find @p, not yet or no longer: for the checker, its fields
 * need no lock in the rest of the function. */
static inline void proc_is_private(const struct proc *p UNUSED)
	ASSERTS_HELD(proc_tree_lock) ASSERTS_HELD(C_proc)
	ASSERTS_HELD(C_pgroup) ASSERTS_HELD(C_signals)
{
}

extern struct proc *init_proc;         /* (c) process 1 */

static inline struct proc *current_proc(void)
{
	return current_thread()->proc;
}

/* A process by its number or a thread's, with a reference, or NULL; zombies
 * are found too. */
struct proc *proc_find(int pid);
void proc_get(struct proc *p); /* proc_put() is in thread.h */
/* A thread by tid with a reference, or NULL (not of a dead thread). */
struct thread *thread_find(int tid);

/* @t has to end instead of going on: its process is dying, or another of its
 * threads is in exec.  Its own thread, or under the signal lock. */
static inline bool thread_must_die(const struct thread *t)
{
	const struct proc *p = t->proc;
	const struct thread *execing = READ_ONCE(p->exec_thread);

	return READ_ONCE(p->group_exit) || (execing != NULL && execing != t);
}

/* What the parent gets when @p ends.  It has chosen it; but once it has become
 * another program, it gets what every program expects. */
static inline int proc_exit_signal(const struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc)
{
	return p->parent_execs == p->parent->nr_execs ? p->exit_signal :
							SIGCHLD;
}

/* Mark @p as dying with @status (the first call wins) and kick its threads;
 * they end on their way to user mode.  The signal lock is held. */
void proc_begin_group_exit(struct proc *p, int status)
	REQUIRES(p->signals.lock, C_signals);

/* What a live process @p (any) uses, or NULL when exiting: a reference to its
 * memory; its descriptors, to look into them, until fdtable_leave(). */
struct mm *proc_mm_get(struct proc *p);
struct fdtable *proc_files_visit(struct proc *p);
/* The running process, which has one thread, uses @files from now on, if that is
 * not NULL; the reference is taken over. */
void proc_replace_files(struct fdtable *files);
/* The same of its place among the names. */
void proc_replace_fs(struct fs_context *fs);

/* The process after pid @pid in order of pids, with a reference: for /proc. */
struct proc *proc_next(int pid);
/* The next process of the tree below process 1, parents first; NULL: that was
 * the last. */
struct proc *proc_tree_next(struct proc *p) REQUIRES(TREE_ALONE);

/* Of one thread, so far; totals over live and dead threads. */
void thread_rusage(struct thread *t, struct rusage_sums *sums);
void proc_rusage(struct proc *p, struct rusage_sums *sums);
/* What its threads have read and written, those that have ended, and children
 * that were waited for; added to *@io. */
void proc_io(struct proc *p, struct io_counts *io);
/* The counts of @child, which is waited for, are its parent's from now on. */
void proc_take_io(struct proc *parent, struct proc *child);

unsigned nr_procs(void);

void proc_init(void);
/* Make process 1 from @path and let it run. */
void proc_start_init(const char *path, char *const argv[]);

/* ---- life ---- */

struct clone_args {
	uint64_t flags;       /* CLONE_* */
	uint64_t pidfd, child_tid, parent_tid;
	uint64_t exit_signal;
	uint64_t stack, stack_size;
	uint64_t tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

/* (a) kernel.threads-max: of the system; root may change it. */
#define MIN_THREADS_MAX 20
extern uint32_t threads_max;

/* May the running process have new namespaces of @kinds (CLONE_NEW*)?  There are none:
 * -EINVAL, or -EPERM for who could not make them; 0: it asks for none. */
int check_namespaces(uint64_t kinds);

/* The child's tid in the parent, or -errno.  (clone, clone3, fork, vfork) */
long proc_clone(const struct clone_args *args);

/* Does not return on success. @path is kernel memory; argv/envp are user addresses of
 * NULL-terminated vectors. */
long proc_exec(int dirfd, const char *path, vaddr_t argv, vaddr_t envp, int flags);

/* End the calling thread / the whole process with wait status @status. */
void thread_exit(int status) __noreturn;
void proc_exit_group(int status) __noreturn;

/* core_filter of process 1: what has no file, and the heads of programs. */
#define CORE_FILTER_DEFAULT 0x33U

/* rlimits[], by Linux's numbers; others are in mm/limits.h and vfs/process.h.
 * What does not limit anything is kept (docs/caveats.md). */
#define RLIMIT_CPU 0
#define RLIMIT_STACK 3
#define RLIMIT_CORE 4
#define RLIMIT_NPROC 6
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE 12
#define RLIMIT_NICE 13
#define RLIMIT_RTPRIO 14
#define RLIM_INFINITY NO_LIMIT
#define DEFAULT_STACK_LIMIT (8UL << 20)
#define DEFAULT_NOFILE 1024UL
#define DEFAULT_MEMLOCK (8UL << 20)
#define DEFAULT_MSGQUEUE 819200UL

/* proc/time/itimer.c: make the timers of a new process; stop those of a dying one
 * (no thread of it is left); stop POSIX timers at exec. */
void itimer_init(struct proc *p);
void itimer_exit(struct proc *p);
void itimer_exec(struct proc *p);

/* Robust futexes and clear_child_tid of the running thread, which is about
 * to give up its address space by exit or exec. */
void futex_thread_exit(struct thread *t); /* upcall */
/* System V semaphores: @child, which the running thread makes, undoes what it
 * did together with it, if @clone_flags say so (false: no memory); @t ends, or
 * never began. */
bool sem_undo_inherit(struct thread *child, uint64_t clone_flags); /* upcall */
void sem_undo_exit(struct thread *t); /* upcall */
/* Its program is over, and one thread is left: what it had asked for by
 * io_setup() goes. */
void aio_exit(struct proc *p); /* upcall */
/* The leader of session @s is gone: its terminal hangs up. */
void tty_session_exit(struct session *s); /* upcall */
/* Process 1 has ended: so does the machine. */
void proc_init_exited(int wait_status) __noreturn; /* upcall */

/* @p, the running process's child and a zombie, has been waited for: take it
 * off the tree and add up its time.  The caller then puts it. */
void proc_reap_locked(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc);
/* The parent of @p, a zombie, is told of its end: it is another, or the tracer has
 * seen it.  True: he does not want to know, and the caller puts @p. */
bool proc_tell_end_locked(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc);

/* Ticks in the unit of times() and /proc: hundredths of a second. */
#define USER_HZ 100
static inline uint64_t ticks_to_clock(uint64_t ticks)
{
	return ticks / (ticks_per_second / USER_HZ);
}

#define WAIT_STATUS_EXIT(code) (((code) & 0xff) << 8)
#define WAIT_STATUS_SIGNAL(sig) ((sig) & 0x7f)
#define WAIT_STATUS_CORE 0x80
#define WAIT_STATUS_STOP(sig) (((sig) << 8) | 0x7f)
#define WAIT_STATUS_CONTINUE 0xffff
