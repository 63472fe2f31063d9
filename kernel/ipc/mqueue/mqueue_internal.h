#pragma once

/*
 * ipc/mqueue/mqueue_internal.h - what the files of POSIX message queues share.
 */

#include "ipc/mqueue/mqueue.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/inode.h"

struct proc;

/* Who is to be told of a message; owner NULL: nobody. */
struct mq_notify {
	struct proc *owner; /* a reference */
	uint64_t nr_execs;  /* its, when it asked: the program that did */
	struct mq_event event;
};

/*
 *	(c)	constant
 *	(*)	read without the lock to decide whether poll() is ready
 */
struct mqueue {
	struct inode inode;        /* first; its name, open files */
	char *name;                /* (c) kfree'd */
	struct list link;          /* (lock of the names) while it has a name */
	struct user *payer;        /* (c) of what it may have: USER_MQ_BYTES */
	uint64_t bytes;            /* (c) so much */
	int64_t max_msgs, max_size; /* (c) */
	struct LOCK_OF(mutex, mqueue) lock; /* RANK_PIPE */
	int64_t nr GUARDED_BY(C_mqueue); /* (*) messages */
	uint64_t sum GUARDED_BY(C_mqueue); /* of their bytes */
	struct list messages GUARDED_BY(C_mqueue); /* the next one first */
	struct list senders GUARDED_BY(C_mqueue); /* struct mq_call.link, the first one first */
	struct list receivers GUARDED_BY(C_mqueue); /* the same */
	struct mq_notify notify GUARDED_BY(C_mqueue);
	struct waitq changed;      /* poll() */
};

static inline struct mqueue *mqueue_of_inode(struct inode *inode)
{
	return container_of(inode, struct mqueue, inode);
}

#define MQUEUE_FILE_SIZE 80L /* of what reading one tells, as on Linux */
extern const struct file_ops mqueue_file_ops;
/* The queue of @f; NULL: it is another kind of file. */
struct mqueue *mqueue_of(const struct file *f);

/* A message has come into the empty queue: tell who is to be told.  What he
 * held is the caller's to put, without the lock, if it is not NULL. */
struct proc *mqueue_tell(struct mqueue *q) REQUIRES(C_mqueue);
/* The running process is not to be told any more, if it was. */
void mqueue_forget(struct mqueue *q);

/* Nobody has it any more: its messages go. */
void mqueue_empty(struct mqueue *q);
