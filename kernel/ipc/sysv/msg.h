#pragma once

/*
 * ipc/sysv/msg.h - System V message queues: messages with a type, received by
 * type.
 *
 * Messages come and go as kernel memory; errors are Linux's.
 */

#include "ipc/sysv/object.h"

/* kernel.msgmax, bytes of a message; msgmnb, of what a new queue may have.
 * (a), root may change them; msgmni is msg_table.limit. */
extern uint32_t msg_max_bytes, msg_max_in_queue;

extern struct sysv_table msg_table;

/* One message.  (c) once it is in a queue, but for the link. */
struct message {
	struct list link;   /* (lock of the queue) */
	struct user *payer; /* of what it takes: USER_SYSV_BYTES */
	long type;          /* 1 or more */
	size_t size;
	char text[];
};

void msg_init(void); /* sysv_init() */

/* A message of @size bytes, to be filled in; charged to who runs.  NULL: no
 * memory, or he has too many. */
struct message *msg_alloc(size_t size);
void msg_free(struct message *m);

/* @m is taken if the result is 0, else the caller's still. */
long msg_send(int id, struct message *m, bool wait);

/* What msgrcv() asks for. */
struct msg_wish {
	long type;      /* 0: any; below: the smallest type up to -type */
	size_t max;     /* bytes */
	unsigned flags; /* IPC_NOWAIT, MSG_* */
};

/* A message, which is the caller's to free: 0 or -errno.  With MSG_COPY it is
 * a copy of the one that is type-th. */
long msg_receive(int id, const struct msg_wish *wish, struct message **m);

/* IPC_STAT, MSG_STAT, MSG_STAT_ANY: 0 or the id, or -errno. */
long msg_stat(int id, int how, struct user_msqid_ds *to);
/* IPC_INFO, MSG_INFO: the last place. */
int msg_info(bool usage, struct user_msginfo *to);
