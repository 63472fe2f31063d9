#pragma once

/*
 * ipc/mqueue/mqueue.h - POSIX message queues: named, of bounded size, the most
 * urgent message first.
 *
 * A queue is an inode that no file system has: names are of their own, without
 * directories.  What mq_open() gives is a file like any other; the calls below
 * say -EBADF when they are given another kind.
 *
 *	names.c		the names; making queues
 *	queue.c		sending and receiving
 *	notify.c	telling a process that a message has come
 *	file.c		a queue as a file, and its attributes
 */

#include "lib/list.h"
#include "lib/types.h"

struct file;
struct message;
struct user;

/* Priorities are below. */
#define MQ_PRIORITIES 32768U

/* As programs write it. */
struct mq_attr {
	int64_t flags, maxmsg, msgsize, curmsgs;
	int64_t reserved[4];
};

/* fs.mqueue: what a queue may be, but for root's; what it is unless somebody
 * says; how many there may be, but for root's.  (a), root may change them. */
extern uint32_t mq_max_msgs, mq_max_size, mq_default_msgs, mq_default_size,
	mq_max_queues;
/* Root's limits.  A message is one piece of kernel memory. */
#define MQ_MOST_MSGS 65536U
#define MQ_LARGEST_SIZE ((1U << 20) - 4096)
#define MQ_SMALLEST_SIZE 128U

void mqueue_init(void); /* boot */

/* @name has no slash before it; @attr, which may be NULL, is for a new queue.
 * 0, -ENOENT, -EEXIST, -EACCES, -ENOSPC, -EMFILE, ... */
int mqueue_open(const char *name, unsigned flags, unsigned mode,
		const struct mq_attr *attr, struct file **out);
int mqueue_unlink(const char *name);

/* One message.  (c) once it is in a queue, but for the link. */
struct mq_message {
	struct list link; /* (lock of the queue) */
	unsigned priority;
	size_t size;
	char text[];
};

/* May the file @f be sent @size bytes, or receive into so many?  0, -EBADF or
 * -EMSGSIZE. */
int mqueue_may_send(const struct file *f, size_t size);
int mqueue_may_receive(const struct file *f, size_t size);
/* Until @deadline (ticks): 0, -EAGAIN, -ETIMEDOUT, -ERESTARTSYS.  @m is taken
 * if it was sent; the one that was received is the caller's to kfree(). */
int mqueue_send(struct file *f, struct mq_message *m, uint64_t deadline);
int mqueue_receive(struct file *f, struct mq_message **m, uint64_t deadline);

/* How who asks is told, as a read of the queue's file says it. */
enum mq_means { MQ_SIGNAL, MQ_NOT, MQ_LETTER };

struct mq_event {
	enum mq_means by;
	int signo;              /* of a signal, or 0: none after all */
	uint64_t value;         /* with it */
	struct message *letter; /* to be sent, or NULL */
};

/* What a letter says last: a message has come, or who asked is not told any more. */
#define MQ_LETTER_CAME 1
#define MQ_LETTER_OVER 2

/* @letter is gone then.  Sends it without waiting for room; may sleep for the lock
 * of a socket. */
void mqueue_send_letter(struct message *letter, uint8_t news); /* upcall */
void mqueue_drop_letter(struct message *letter);	       /* upcall */

/* Tell the running process when a message comes into the empty queue, once.  0, and
 * the letter is taken; -EBADF, or -EBUSY: another one is to be told. */
int mqueue_notify(struct file *f, const struct mq_event *event);
/* The running process is not to be told any more. */
int mqueue_notify_end(struct file *f);

/* What @f is like; with @flags not negative those are O_NONBLOCK or nothing from
 * now on.  0 or -EBADF. */
int mqueue_attr(struct file *f, int64_t flags, struct mq_attr *old);
