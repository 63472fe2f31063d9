#pragma once

/*
 * syscall/crowd.h - the threads that a call means: one, a group's, a user's.
 *
 *	struct walk w = { .crowd.visit = look, ... };
 *
 *	crowd_walk(CROWD_GROUP, pgid, &w.crowd);
 *
 * visit() is called for each of them, with proc_tree_lock, alone.
 */

#include "proc/task/proc.h"

enum crowd_kind {
	CROWD_THREAD, /* one thread; 0: the running one */
	CROWD_GROUP,  /* the processes of a group; 0: one's own */
	CROWD_USER,   /* the processes of a real user; 0: one's own */
	NR_CROWDS,
};

struct crowd {
	void (*visit)(struct crowd *c, struct thread *t);
};

void crowd_walk(enum crowd_kind kind, unsigned id, struct crowd *c);

/* As setpriority() and its kin ask: he is root, or has the rights of @t. */
bool may_change_thread_locked(const struct thread *t)
	REQUIRES(TREE_ALONE);

/* Thread @tid, 0 for the running one, with a reference; or NULL. */
struct thread *thread_by_id(int tid);
/* The limits of @t's process, or who asks, allow it that: RLIMIT_NICE. */
bool may_be_nice(const struct thread *t, int nice) REQUIRES(TREE_ALONE);
