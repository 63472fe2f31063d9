#pragma once

/*
 * proc/task/pgroup.h - process groups and the sessions they belong to, as
 * POSIX job control has them.
 *
 * A session is what one login started, a group one job of it.  A process is
 * in one group; zombies are until they are reaped.  A group is found by its
 * number for as long as it has members; what else names it (a terminal whose
 * foreground it is) keeps the object and the number, but revives nothing.
 *
 * A member *ties* its group to the session when its parent, in another group
 * of the same session, could let it go on after a stop.  Process 1 does not
 * do that, and a zombie has nothing to go on with.  A group without ties is
 * orphaned: the terminal does not stop its members, and if it is the end of a
 * process that makes it so while some are stopped, they are hung up and
 * continued.  This is the one place where that is decided.
 *
 * A group lists its *heads* only, the members whose parent is none.  Each other
 * member is on a list of its parent's, and found from a head by way of those.  So
 * the children of a job come and go under the lock of their parent, which fork and
 * wait have anyway, without a look at what all of the job would share; and a group
 * with members has a head, for above each member the parents end at one.
 *
 * All of it belongs to proc_tree_lock, and but for members that come by fork
 * and go by being reaped, to who has it alone.  A signal to a group is sent so,
 * to all members in one stretch; fork makes the child a member while it shares
 * the lock, and the child gets what its parent got as a member while it was
 * being made (proc/signal/birth.c).  So no process misses a signal to its group.
 */

#include "lib/compiler.h"
#include "lib/list.h"
#include "proc/task/proc.h"

struct tty;

/* (c) constant */
struct session {
	int sid;                   /* (c) holds the number */
	struct refcount refs;      /* its groups, its terminal */
	/* its terminal, which lets go of it first, and that one's device
	 * number as stat() has it; NULL: it has none */
	struct tty *tty GUARDED_BY(proc_tree_lock);
	unsigned tty_dev GUARDED_BY(proc_tree_lock);
	/* how many it has had; a process has the one that it, or who forked
	 * it, had when it was that many, and not one that came later */
	unsigned tty_turn GUARDED_BY(proc_tree_lock);
	/* of its terminal; after a hang-up until the leader is gone, too */
	struct pgroup *foreground GUARDED_BY(proc_tree_lock);
};

struct pgroup {
	int pgid;                /* (c) holds the number */
	uint64_t serial;         /* (c) which no other ever has, unlike the number */
	struct session *session; /* (c) a reference */
	struct refcount refs;    /* all its members together, a terminal */
	unsigned nr_ties GUARDED_BY(proc_tree_lock); /* members with ties_group set */
	struct LOCK_OF(spinlock, pgroup) lock; /* RANK_PGROUP: who shares the tree */
	struct list heads GUARDED_BY(C_pgroup); /* struct proc.group_link */
};

static inline struct session *proc_session(const struct proc *p)
	REQUIRES_SHARED(proc_tree_lock)
{
	return p->group->session;
}

/* The terminal of @p's session, if there is one, is @p's, too. */
static inline bool proc_has_tty(const struct proc *p)
	REQUIRES_SHARED(proc_tree_lock)
{
	return p->tty_turn != 0 && p->tty_turn == proc_session(p)->tty_turn;
}

/* The group @pgid, if it has members. */
struct pgroup *pgroup_find(int pgid) REQUIRES(TREE_ALONE);
/* Its members, each after its parent, if that is one; NULL: there is none left. */
struct proc *pgroup_first(const struct pgroup *g) REQUIRES(TREE_ALONE);
struct proc *pgroup_next(const struct pgroup *g, struct proc *p)
	REQUIRES(TREE_ALONE);

/* Each member @p of @g; nobody joins, leaves or gets another parent within. */
#define for_each_member(p, g)						\
	for ((p) = pgroup_first(g); (p) != NULL; (p) = pgroup_next((g), (p)))

/* For as long as something else than a member names it. */
void pgroup_get(struct pgroup *g);
void pgroup_put(struct pgroup *g) REQUIRES_SHARED(proc_tree_lock);
void session_get(struct session *s);
void session_put(struct session *s) REQUIRES_SHARED(proc_tree_lock);

/* Nobody outside of it would continue a member of @g. */
bool pgroup_is_orphaned(const struct pgroup *g) REQUIRES(TREE_ALONE);
/* The same of the running process's group. */
bool own_pgroup_is_orphaned(void);

/*
 * Memory for either is taken before the lock; freed if it turns out not to
 * be needed.  It is a session, or a group, from now on, with a reference for
 * the caller.
 */
void session_begin_locked(struct session *s, int sid) REQUIRES(TREE_ALONE);
void pgroup_begin_locked(struct pgroup *g, int pgid, struct session *s)
	REQUIRES(TREE_ALONE);

/* @p, which is being made and has a parent, whose lock is held, is a member of @g
 * from now on, the group of who makes it; or (alone) of any. */
void pgroup_join_shared(struct proc *p, struct pgroup *g)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc);
void pgroup_join_locked(struct proc *p, struct pgroup *g)
	REQUIRES(TREE_ALONE);
/* @p leaves its group for another one. */
void pgroup_move_locked(struct proc *p, struct pgroup *g)
	REQUIRES(TREE_ALONE);
/* @p, a zombie, is reaped, by who has its parent's lock: it ties nothing any more. */
void pgroup_leave_shared(struct proc *p)
	REQUIRES_SHARED(proc_tree_lock) REQUIRES(C_proc);

/* @p, a new member, has another parent than who made it: it may tie the group. */
void pgroup_tie_locked(struct proc *p) REQUIRES(TREE_ALONE);
/*
 * @p has got another parent, and so may be a head, or be none any more; or it has
 * become a zombie.  Hang its group up if that has cut the last tie of members
 * that are stopped.
 */
void pgroup_cut_tie_locked(struct proc *p) REQUIRES(TREE_ALONE);
