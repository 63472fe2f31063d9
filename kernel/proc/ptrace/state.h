#pragma once

/*
 * proc/ptrace/state.h - what a thread has to do with its tracer.
 */

#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/types.h"

struct siginfo;
struct thread;
struct user;

enum tracee_state {
	TRACEE_RUNS,
	TRACEE_STOPPED, /* its registers are in memory; the tracer's to change */
	TRACEE_LISTENS, /* the same, but it stops anew for news of job control */
};

/* What a thread is to stop for before it goes to user mode. */
#define TRAP_STOP 1   /* PTRACE_INTERRUPT; the process stood still at ATTACH */
#define TRAP_NOTIFY 2 /* job control has news for who has seized it */

/*
 * Part of struct thread.
 *
 *	(t)	proc_tree_lock
 *	(s)	signals.lock of its process
 *	(ts)	both to write, either to read; its own thread reads it racily,
 *		and is told to look again when it changes
 *	(a)	(s) to write; its own thread reads it as it is
 */
struct tracee {
	struct thread *tracer;      /* (ts) NULL: nobody */
	struct list link;           /* (t) of the tracer's proc->tracees; a reference */
	bool by_root;               /* (t) who began to trace it had root's rights */
	bool is_zombie;             /* (t) it has ended and the tracer was not told;
				     * not the first of its process */
	int exit_status;            /* (t) of the zombie, as wait4 reports it */
	struct user *charged;       /* (t) for the zombie; NULL: nobody */

	bool seized;                /* (ts) PTRACE_SEIZE: no SIGSTOP, and LISTEN */
	uint32_t options;           /* (a) PTRACE_O_* */
	uint8_t state;              /* (a) enum tracee_state */
	uint8_t asked;              /* (a) TRAP_* */
	bool is_news;               /* (s) wait4 has not told of this stop */
	int code;                   /* (s) of the stop: signal, event << 8 */
	int resumed_with;           /* (s) a signal, by who let it go on; or 0 */
	uint64_t message;           /* (s) PTRACE_GETEVENTMSG */
	struct siginfo *info;       /* (s) while it is stopped, on its own stack;
				     * NULL: by job control, there is none */
};
