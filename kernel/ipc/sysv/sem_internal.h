#pragma once

/*
 * ipc/sysv/sem_internal.h - what the files of semaphores share.
 *
 *	sem.c		sets, and operations on them
 *	sem_control.c	semctl()
 *	sem_undo.c	what is undone when a process ends
 */

#include "ipc/sysv/sem.h"
#include "lib/list.h"
#include "sync/waitq.h"

/* All (C_sysv): the lock of the set. */
struct semaphore {
	int value; /* 0 to SEM_VALUE_MAX */
	int pid;   /* who changed it last */
};

struct sem_set {
	struct sysv_object object; /* first */
	unsigned nr;               /* (c) */
	int64_t otime GUARDED_BY(C_sysv), ctime GUARDED_BY(C_sysv);
	struct list waiting GUARDED_BY(C_sysv); /* struct sem_call.link, by age */
	struct list undos GUARDED_BY(C_sysv); /* struct sem_undo.set_link */
	struct semaphore sem[] GUARDED_BY(C_sysv);
};

static inline struct sem_set *sem_set_of(struct sysv_object *o)
{
	return container_of(o, struct sem_set, object);
}

/* Not decided yet; else 0 or -errno. */
#define SEM_WAITS 1

/*
 * A semop() under way, on its caller's stack.  Who changes values decides for
 * those who wait: their operations are done for them, and they are only told.
 * So nobody who comes in between gets what one of them was woken for.
 */
struct sem_call {
	struct list link;        /* (lock of the set) in its list, if it waits */
	struct sem_set *set;     /* (c) */
	const struct sembuf *ops; /* (c) */
	unsigned nr_ops;         /* (c) */
	unsigned blocking;       /* (lock of the set) the operation it waits for */
	int pid;                 /* (c) */
	bool alters;             /* (c) */
	int result;              /* (lock of the set) to write; SEM_WAITS */
	struct sem_undo *undo;   /* (lock of the set) NULL: none of it is undone */
	struct waitq decided;
};

/* The values of @s have changed: decide who can go on. */
void sem_decide(struct sem_set *s) REQUIRES(C_sysv);

/* ---- undo ---- */

/*
 * What the threads of one sem_undo_list add to the semaphores of one set when
 * the last of them ends.  It goes when the set does.
 */
struct sem_undo {
	struct list set_link GUARDED_BY(C_sysv);
	struct list link GUARDED_BY(C_undo); /* of list->undos */
	struct sem_undo_list *list; /* (c) a reference */
	struct sem_set *set;        /* (c) */
	struct user *payer;         /* (c) */
	uint64_t bytes;             /* (c) that he pays */
	int16_t adjust[] GUARDED_BY(C_sysv);
};

/* That of the running thread for @s, which is made if need be: 0, -ENOSPC or
 * -ENOMEM. */
int sem_undo_find(struct sem_set *s, struct sem_undo **found) REQUIRES(C_sysv);
/* Semaphore @num of @s, or all from there on with @n, got a value of its own:
 * nothing that was done to it before is undone. */
void sem_undo_forget(struct sem_set *s, unsigned num, unsigned n)
	REQUIRES(C_sysv);
/* @s goes. */
void sem_undo_drop_all(struct sem_set *s) REQUIRES(C_sysv);
