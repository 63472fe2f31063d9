#pragma once

/*
 * proc/signal/signal.h - a signal's road, from who sends it to who takes it.
 *
 * Sending marks the signal pending, for a thread or for the process as a
 * whole, and tells one thread, the taker, to come by.  Delivery happens on
 * the way to user mode: the handler's frame is built on the user stack, or
 * the default action is done.  sigtimedwait() takes a signal without either.
 *
 * The rule of the road (invariant 12; docs/signals.md has the interleavings):
 *
 *	may take	A signal for a thread is that thread's alone.  One for
 *			the process any thread of it may take that does not
 *			block it, or waits for it in sigtimedwait().
 *	is chosen	the first such thread.  It is told: its work bit is
 *			set, and it is woken or interrupted.  No thread?  The
 *			signal stays pending, and whoever stops blocking it
 *			or begins to wait for it looks at what is pending.
 *	hands on	Told is not taken.  A thread that can be chosen and
 *			then can no longer (it blocks the signal, leaves
 *			sigtimedwait(), leaves the process) withdraws: in
 *			the same stretch under the lock it chooses the next
 *			taker for what is still pending.
 *
 * So every signal that is pending for a process, and that one of its threads
 * may take, is known to a thread that may: that one has its work bit set, or
 * runs and has not looked yet.  A stop is no withdrawal: nobody takes anything
 * while it lasts, and everybody looks when it is over.
 *
 * All of it is under one lock, p->signals.lock, also the masks of the threads
 * and who waits for what; only a thread's look at itself is not.
 *
 *	send.c		who sends, and what is ignored at once
 *	taker.c		may take, is chosen, hands on; masks
 *	pending.c	the sets	action.c	what to do with each
 *	wait.c		sigtimedwait(), sigsuspend()
 *	deliver.c	on the way out	frame.c		the user's stack
 *	stop.c		job control	parent.c	SIGCHLD and wait4()
 *	heard.c		signalfd's queues
 *	birth.c		signals to many, and a child that is being made
 *	async.c		to the owners of open files, of what happens to those
 */

#include "arch/context.h"
#include "proc/task/proc.h"
#include "proc/task/to_signal.h"

/* Send @info->si_signo.  Any context down to rank SIGNAL.  0 or -EAGAIN
 * (no memory for a queued real-time signal). */
int signal_send_proc(struct proc *p, const struct siginfo *info);
/* @t belongs to @p, or did: then it is too late, and nothing happens. */
int signal_send_thread(struct proc *p, struct thread *t,
		       const struct siginfo *info);
/* The same, @t NULL: to @p, from what may ring again before it is heard: then
 * its entry in the queue counts (SI_TIMER). */
void signal_send_from(struct sigsource *source, struct proc *p,
		      struct thread *t, const struct siginfo *info);
/* @source is about to go; what it has sent stays. */
void signal_forget_source(struct proc *p, struct sigsource *source);
/* What timers have sent the running process, which execs, goes with them. */
void signal_discard_from_timers(struct proc *p);
/* SIGCHLD to the tracer of @t for a stop or the end of it. */
void signal_tell_tracer(const struct thread *t, int code, int status)
	REQUIRES_SHARED(proc_tree_lock);
/* From the kernel, SI_KERNEL. */
void signal_kernel(struct proc *p, int sig);
/* To @p as one of many; the others get it without the lock being dropped. */
int signal_send_member(struct proc *p, const struct siginfo *info)
	REQUIRES(TREE_ALONE);

/* What @t takes of what is sent to its process.  The signal lock is held. */
static inline sigset_t signal_takes(const struct thread *t)
	REQUIRES(C_signals)
{
	return ~t->blocked | t->waiting_for;
}

/* A fault of the running thread: cannot be blocked or ignored. */
void signal_fault(int sig, int code, vaddr_t addr);

/* 1: *@info is entry @nr of those queued in @p, by number of the signal; or 0. */
long signal_peek_locked(const struct sigpending *p, uint64_t nr,
			struct siginfo *info) REQUIRES(C_signals);
/* The running thread stops for its tracer: what is pending for the process
 * is others', if there are some.  Signal lock held. */
void signal_leave_to_others_locked(struct proc *p)
	REQUIRES(p->signals.lock, C_signals);
/* It stops as its process does.  Signal lock held. */
void signal_join_stop_locked(struct proc *p, struct thread *t)
	REQUIRES(p->signals.lock, C_signals);
/* Send with the lock held: to @p, or (not NULL) its thread @t. */
int signal_send_locked(struct proc *p, struct thread *t,
		       const struct siginfo *info) REQUIRES(p->signals.lock, C_signals);

/* On the way to user mode: deliver what is pending. */
void signal_deliver(struct trapframe *frame);
/* A siginfo as programs lay it out: 0 or -EFAULT. */
int MUST_CHECK signal_put_info(vaddr_t to, const struct siginfo *info);
/* rt_sigreturn: the registers of the frame on the user stack. */
long signal_return(struct trapframe *frame);

/* A signal the running thread would act on is pending. */
bool signal_pending_current(void);
bool signal_fatal_pending_current(void);
/* The running thread blocks @mask from now on. */
void signal_set_blocked(sigset_t mask);
/* ... for the length of one call.  When that was @interrupted the old mask
 * comes back with the handler's frame or on the way out, else at once. */
void signal_mask_for_call(sigset_t mask);
void signal_mask_call_over(bool interrupted);
/* sigsuspend(): block @mask alone until a signal comes.  Sleeps. */
void signal_suspend(sigset_t mask);
/* Replace the action of @sig (NULL: do not) and tell the old one. */
int signal_set_action(int sig, const struct sigaction *new,
		      struct sigaction *old);
/* sigaltstack(); @sp is the user's stack pointer. */
long signal_altstack(const struct sigaltstack *new, struct sigaltstack *old,
		     vaddr_t sp);
/* Take one of @set that is pending for the running thread, or wait for one
 * until @deadline: its number, -EAGAIN, or -EINTR.  Sleeps. */
long signal_wait(sigset_t set, uint64_t deadline, struct siginfo *info);
/* All that is pending for the running thread. */
sigset_t signal_pending_set(void);
/* One of @set that is pending for the running thread; false: none is. */
bool signal_take(sigset_t set, struct siginfo *info);
/* Whoever waits for signals of @p by a descriptor stands here: heard.c. */
struct waitq *signal_queue(const struct proc *p);
void signal_init(void); /* boot */
