#pragma once

/*
 * proc/signal/async_internal.h - what is kept of a file that has an owner.
 *
 *	async_owner.c	who that is, and whether he is still there
 *	async.c		telling him
 */

#include "proc/signal/async.h"
#include "proc/task/pgroup.h"
#include "proc/task/proc.h"
#include "sync/waitq.h"

/* No file has more: one for who reads, then one for who writes. */
enum { MAX_QUEUES = 2 };

struct watch {
	struct waiter waiter;
	struct async *async; /* (c) */
	bool reading;        /* (c) while it is in a queue */
};

/*
 *	(c)	constant
 *	(a)	one word
 */
struct async {
	struct file *file;           /* (c) it is part of it: no reference */
	int signal;                  /* (a) 0: SIGIO */
	int fd;                      /* (a) as whoever set O_ASYNC called it */
	struct watch watch[MAX_QUEUES] GUARDED_BY(C_pos);
	unsigned nr_watches GUARDED_BY(C_pos);
	struct file_owner owner GUARDED_BY(proc_tree_lock);
	struct proc *proc GUARDED_BY(proc_tree_lock); /* a reference */
	const struct landlock_domain *domain GUARDED_BY(proc_tree_lock); /* of who has
				      * said so: a reference, or NULL */
	uint64_t group GUARDED_BY(proc_tree_lock);    /* pgroup.serial */
	struct list link;            /* (pending_lock of async.c) */
	bool read, written;          /* (the same) which queue was woken */
};

/* That of @f, which is made if there is none; NULL: no memory. */
struct async *async_obtain(struct file *f) REQUIRES(C_pos);
/* NULL: nothing was ever said of it. */
struct async *async_of(const struct file *f);

/* Is the owner who he was, and there? */
struct proc *async_owner_proc(const struct async *a) REQUIRES(TREE_ALONE);
struct pgroup *async_owner_group(const struct async *a) REQUIRES(TREE_ALONE);
/* He is @owner: @p, whose reference is taken over, or the group of that serial
 * number; with what @domain has forbidden, which gets a reference. */
void async_give(struct async *a, const struct file_owner *owner,
		struct proc *p, uint64_t group,
		const struct landlock_domain *domain);
