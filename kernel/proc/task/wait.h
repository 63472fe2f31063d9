#pragma once

/*
 * proc/task/wait.h - wait for children: the part below wait4 and waitid.
 */

#include "proc/task/proc.h"

#define WNOHANG 1
#define WUNTRACED 2 /* WSTOPPED of waitid */
#define WEXITED 4
#define WCONTINUED 8
#define WNOWAIT 0x01000000
#define WNOTHREAD 0x20000000
#define WALL 0x40000000
#define WCLONE 0x80000000

enum wait_for {
	WAIT_ANY,
	WAIT_PROC, /* only by proc_wait_for() */
	WAIT_PID,
	WAIT_GROUP,
};

struct wait_result {
	int pid;         /* 0: WNOHANG and nothing to tell */
	unsigned uid;
	int code;        /* CLD_* */
	int status;      /* exit code or signal */
	int wait_status; /* as wait4 reports it */
	struct rusage_sums usage;
};

/*
 * Wait for a child chosen by @which and @id to do what @options names.
 * 0 with *@out filled, -ECHILD, or -ERESTARTSYS.  Sleeps.  A zombie that is
 * told without WNOWAIT is reaped: by exactly one caller.
 */
long proc_wait(enum wait_for which, int id, int options,
	       struct wait_result *out);
/* The same for @child, whatever its number is by now. */
long proc_wait_for(struct proc *child, int options,
		   struct wait_result *out);

/* For who waits for a thread that it traces (proc/ptrace): fill in *@out. */
void wait_describe_exit(struct wait_result *out, int status);
/* A stop or a continuation of @child that nobody has been told of yet. */
bool wait_take_stop_event(struct proc *child, int options,
			  struct wait_result *out);
/* Of the threads that have ended. */
struct rusage_sums wait_usage_of_dead(struct proc *p);
