/*
 * models/exit.pml - a process ends, is reaped, and leaves a child behind.
 *
 * Code: kernel/proc/task/exit.c:thread_exit, become_zombie,
 *	 give_away_children_locked, unlink_zombie_locked;
 *	 kernel/proc/task/wait.c:proc_wait, look; kernel/proc/sched/sched.c:
 *	 finish_switch; kernel/proc/sched/thread.c:sched_exit_thread, thread_put.
 *
 * Process 0 is init, and waits for whoever there is.  Process 3, its child,
 * waits for process 1, which has two threads: `waits` waits for a child, `exits` waits too or ends the
 * process.  Process 2 is the child of 1 and ends at any time.  A process is
 * unwound on the kernel stack of its last thread, which is freed by the next
 * thread of its hart.
 *
 * Checked: a zombie is reaped once (I9) and by its parent of that moment;
 * nobody stands on a stack that is free; a process is freed once, when nobody
 * refers to it; every zombie is reaped at last (no sleeper whose condition is
 * true, I8).
 *
 * Left out: the sleep (models/sleep.pml): joining a queue, testing and
 * sleeping is `woken`; signals; SIGCHLD ignored.
 *
 * BUGS: kstack_freed_early reparent_order double_reap orphan_zombie_unnoticed parent_not_held
 *	kstack_freed_early	 the parent that reaps frees the stack too
 *	reparent_order		 p->parent is read before the lock is taken
 *	double_reap		 look() finds the zombie, drops the lock, takes
 *				 it again and reaps
 *	orphan_zombie_unnoticed	 init is not woken for the zombies it inherits
 *	parent_not_held		 no reference to the parent while it is woken
 */
#include "bug.pml"

#define NR_PROCS 4
#define INIT 0
#define SHELL 3

#define PROC_ALIVE 0
#define PROC_ZOMBIE 1
#define PROC_REAPED 2

byte parent[NR_PROCS];
byte state[NR_PROCS];
byte refs[NR_PROCS];	/* the table's, the thread's; passing ones */
bool woken[4];		/* a waiter: init_proc, waits, exits, shell */
bool proc_tree_lock;
bool stack_is_free[NR_PROCS], stack_is_used[NR_PROCS];
bool group_exit;	/* of process 1 */
byte nr_threads = 2;	/* of process 1 */

#define spin_lock(lock) atomic { !lock -> lock = true }
#define spin_unlock(lock) lock = false

inline proc_put(p)
{
	d_step { assert(refs[p] != 0); refs[p]-- }
}

inline waitq_wake_all(p)
{
	d_step {
		assert(refs[p] != 0);
		if
		:: p == INIT -> woken[0] = true
		:: p == 1 -> woken[1] = true; woken[2] = true
		:: p == SHELL -> woken[3] = true
		:: else
		fi
	}
}

/* thread_put(): the stack, and the thread's reference to its process */
inline kstack_free(p)
{
	d_step {
		assert(!stack_is_free[p]);
		assert(!stack_is_used[p]);
		stack_is_free[p] = true
	}
}

inline become_zombie(p)
{
	if
	:: bug(reparent_order) -> par = parent[p]
	:: !bug(reparent_order)
	fi;
	spin_lock(proc_tree_lock);
	/* give_away_children_locked() */
	orphans = false;
	if
	:: p == 1 && parent[2] == 1 && state[2] != PROC_REAPED ->
		parent[2] = INIT;
		orphans = (state[2] == PROC_ZOMBIE)
	:: else
	fi;
	state[p] = PROC_ZOMBIE;
	if
	:: bug(reparent_order)
	:: !bug(reparent_order) -> par = parent[p]
	fi;
	unless_bug(parent_not_held, refs[par]++);
	spin_unlock(proc_tree_lock);
	waitq_wake_all(par);
	unless_bug(parent_not_held, proc_put(par));
	if
	:: orphans && !bug(orphan_zombie_unnoticed) -> waitq_wake_all(INIT)
	:: !orphans || bug(orphan_zombie_unnoticed)
	fi
}

/* The last steps on the own stack, then the next thread's on its own. */
inline sched_exit_thread(p)
{
	assert(!stack_is_free[p]);
	stack_is_used[p] = false;
	/* finish_switch() */
	unless_bug(kstack_freed_early, kstack_free(p));
	proc_put(p)
}

inline unlink_zombie_locked(c)
{
	d_step {
		assert(state[c] == PROC_ZOMBIE);
		assert(parent[c] == self);
		state[c] = PROC_REAPED
	};
	if
	:: bug(kstack_freed_early) -> kstack_free(c)
	:: !bug(kstack_freed_early)
	fi
}

#define is_child(c) (parent[c] == self && state[c] != PROC_REAPED)
#define is_zombie(c) (parent[c] == self && state[c] == PROC_ZOMBIE)

/* found: the child that was reaped; 0: none; 255: there is none to wait for */
inline look()
{
	spin_lock(proc_tree_lock);
	if
	:: is_zombie(1) -> found = 1
	:: is_zombie(2) -> found = 2
	:: !is_zombie(1) && !is_zombie(2) ->
		found = (is_child(1) || is_child(2) || self == INIT -> 0 : 255)
	fi;
	if
	:: found != 0 && found != 255 ->
		if
		:: bug(double_reap) ->
			spin_unlock(proc_tree_lock);
			spin_lock(proc_tree_lock)
		:: !bug(double_reap)
		fi;
		unlink_zombie_locked(found)
	:: else
	fi;
	spin_unlock(proc_tree_lock);
	if
	:: found != 0 && found != 255 -> proc_put(found)
	:: else
	fi
}

#define all_reaped() (state[1] == PROC_REAPED && state[2] == PROC_REAPED)
#define interrupted() \
	((self == 1 && group_exit) || (self == INIT && all_reaped()))

inline proc_wait(w)
{
	do
	:: true ->
		woken[w] = false;	/* waitq_prepare() */
		look();
		if
		:: found != 0 || interrupted() -> break
		:: else
		fi;
		if
		:: woken[w]
		:: interrupted()
		fi
	od
}

/* A thread of process 1 ends; the last ends the process. */
inline thread_exit()
{
	spin_lock(proc_tree_lock);
	nr_threads--;
	last = (nr_threads == 0);
	spin_unlock(proc_tree_lock);
	if
	:: last -> become_zombie(1); sched_exit_thread(1)
	:: !last
	fi
}

proctype waits()
{
	byte self = 1, found, par;
	bool orphans, last;

	proc_wait(1);
	group_exit;
	thread_exit()
}

proctype exits()
{
	byte self = 1, found, par;
	bool orphans, last;

	if
	:: proc_wait(2)
	:: true
	fi;
	group_exit = true;
	thread_exit()
}

proctype child()
{
	byte par;
	bool orphans;

	become_zombie(2);
	sched_exit_thread(2)
}

proctype init_proc()
{
	byte self = INIT, found;

	do
	:: all_reaped() -> break
	:: !all_reaped() -> proc_wait(0)
	od
}

proctype shell()
{
	byte self = SHELL, found;

	proc_wait(3)
}

init {
	atomic {
		parent[1] = SHELL;
		parent[2] = 1;
		parent[SHELL] = INIT;
		parent[INIT] = 255;
		refs[INIT] = 1;
		refs[SHELL] = 1;
		refs[1] = 2;
		refs[2] = 2;
		stack_is_used[1] = true;
		stack_is_used[2] = true;
		run init_proc();
		run shell();
		run waits();
		run exits();
		run child()
	};
	_nr_pr == 1;
	assert(all_reaped());
	assert(refs[1] == 0 && refs[2] == 0);
	assert(refs[INIT] == 1 && refs[SHELL] == 1);
	assert(stack_is_free[1] && stack_is_free[2])
}
