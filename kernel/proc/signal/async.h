#pragma once

/*
 * proc/signal/async.h - the owner of an open file, whom signals tell that
 * something has happened to it: F_SETOWN, F_SETSIG, O_ASYNC.
 *
 * Whoever may use the file says who that is, a process, a thread or a group;
 * and what he may send by it is judged by what he himself might have sent when
 * he said so.  What is told, and when, is in async.c.
 *
 * All of it lives as long as the open file does.  Any of these may sleep, but
 * async_tell_urgent().
 */

#include "lib/compiler.h"
#include "vfs/file.h"

enum owner_type { /* Linux's numbers */
	OWNER_THREAD,
	OWNER_PROCESS,
	OWNER_GROUP,
};

struct file_owner {
	enum owner_type type;
	int number;         /* 0: there is none */
	unsigned uid, euid; /* of who has said so */
};

/* 0, -ESRCH (nobody has the number), -ENOMEM.  @number 0: nobody any more. */
int async_set_owner(struct file *f, enum owner_type type, int number);
/* One that is gone is none. */
struct file_owner async_owner(struct file *f);

/* 0: SIGIO, that tells nothing but itself.  -ENOMEM. */
int async_set_signal(struct file *f, int sig);
int async_signal(struct file *f);

/* Whether the owner is told of what happens to it: O_ASYNC is set, or not any
 * more, if it is of a kind that tells; as the descriptor @fd.  0 or -ENOMEM. */
int async_enable(struct file *f, int fd, bool on);

/* Its owner is the running process, if nobody was named.  0 or -ENOMEM. */
int async_need_owner(struct file *f);
/* A lease is about to be taken on it, as the descriptor @fd: so it has an owner,
 * the running process if there was none.  0 or -ENOMEM. */
int async_begin_lease(struct file *f, int fd);

/* An urgent byte has come: the owner gets SIGURG, and with O_ASYNC the signal
 * that was chosen.  No reference to @f, but the lock for which its release waits. */
void async_tell_urgent(struct file *f);

void async_init(void); /* boot */
