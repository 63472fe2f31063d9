/*
 * ipc/mqueue/queue.c - sending and receiving.
 *
 * As in ipc/sysv/msg.c nobody who waits looks for himself: who sends gives his
 * message to the first of those who wait to receive, who receives puts in what
 * the first of those who wait to send has brought.  So a queue that somebody waits
 * to send to is full, one that somebody waits to receive from is empty, and
 * whoever slept wakes to a result.
 *
 * First is the most urgent, of equals the oldest: they stand in that order, by
 * what they were when they began to wait.  Who is given another priority later
 * keeps his place, so nobody has to find a sleeper's queue to move him in it.
 * What could go wrong, and why it does not, all of it by the queue's lock:
 *
 *	a message, and one more	who comes takes his place under the lock with
 *	urgent comes		which he found nothing; before, and the message
 *				is his, or after, and it was the other's
 *	a message, and its	the message was given or was not: who wakes by a
 *	receiver's time is up	signal or the clock looks at the result (wait()),
 *				and takes himself off only if there is none
 *
 * The queue that a sleeper sleeps on is on its stack, so it takes the lock once
 * more before it goes: then nobody is in the middle of waking it.
 */
#include "ipc/mqueue/mqueue_internal.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "proc/sched/rt.h"
#include "proc/task/proc.h"
#include "vfs/file.h"

/* Not decided yet; else 0. */
#define MQ_WAITS 1

/* A call that waits, on its caller's stack.  (lock of the queue) */
struct mq_call {
	struct list link;
	unsigned urgency;     /* (c) */
	struct mq_message *m; /* that is to be sent; that was received */
	int result;           /* MQ_WAITS */
	struct waitq decided;
};

int mqueue_may_send(const struct file *f, size_t size)
{
	const struct mqueue *q = mqueue_of(f);

	if (q == NULL || !(f->mode & FMODE_WRITE))
		return -EBADF;
	return size > (size_t)q->max_size ? -EMSGSIZE : 0;
}

int mqueue_may_receive(const struct file *f, size_t size)
{
	const struct mqueue *q = mqueue_of(f);

	if (q == NULL || !(f->mode & FMODE_READ))
		return -EBADF;
	return size < (size_t)q->max_size ? -EMSGSIZE : 0;
}

/* ---- messages in the queue ---- */

/* Behind all that are as urgent. */
static void put_in(struct mqueue *q, struct mq_message *m) REQUIRES(C_mqueue)
{
	struct list *at = &q->messages;

	while (at->prev != &q->messages &&
	       list_entry_as(m, at->prev, link)->priority < m->priority)
		at = at->prev;
	list_insert_before(at, &m->link);
	WRITE_ONCE(q->nr, q->nr + 1);
	q->sum += m->size;
}

static struct mq_message *take_out(struct mqueue *q) REQUIRES(C_mqueue)
{
	struct list *link = list_pop_front(&q->messages);

	assert(link != NULL);

	struct mq_message *m = list_entry_as(m, link, link);

	WRITE_ONCE(q->nr, q->nr - 1);
	q->sum -= m->size;
	return m;
}

void mqueue_empty(struct mqueue *q)
{
	is_private(mqueue);
	assert(list_is_empty(&q->senders) && list_is_empty(&q->receivers));
	/* Who shared his descriptors with others may have ended without
	 * closing one. */
	if (q->notify.event.letter != NULL)
		mqueue_drop_letter(q->notify.event.letter);
	if (q->notify.owner != NULL)
		proc_put(q->notify.owner);
	while (!list_is_empty(&q->messages))
		kfree(take_out(q));
}

/* ---- those who wait ---- */

static void tell(struct mq_call *c) REQUIRES(C_mqueue)
{
	list_remove(&c->link);
	WRITE_ONCE(c->result, 0);
	race_point(mq_decided, c);
	waitq_wake_all(&c->decided);
}

#define NICEST 19

/* Real-time threads by priority, and then who shares, by the nice value. */
static unsigned urgency_of(const struct thread *t)
{
	unsigned priority = rt_priority_of(t);

	return priority != 0 ? 2 * NICEST + 1 + priority :
			       (unsigned)(NICEST - READ_ONCE(t->nice));
}

/* Behind all that are as urgent. */
static void line_up(struct list *calls, struct mq_call *c) REQUIRES(C_mqueue)
{
	struct list *at = calls;

	while (at->prev != calls &&
	       list_entry(at->prev, struct mq_call, link)->urgency < c->urgency)
		at = at->prev;
	list_insert_before(at, &c->link);
}

static struct mq_call *first(const struct list *calls)
{
	struct list *link = list_first(calls);

	return link == NULL ? NULL : list_entry(link, struct mq_call, link);
}

static void begin_wait(struct mq_call *c)
{
	c->result = MQ_WAITS;
	c->urgency = urgency_of(current_thread());
	list_init(&c->link);
	waitq_init(&c->decided);
}

/* Until it is decided, a signal comes, or the time is up: the result. */
static NOINLINE int wait(struct mqueue *q, struct mq_call *c, uint64_t deadline)
{
	int err;

	race_point(mq_waits, c);
	err = waitq_wait_until(&c->decided, READ_ONCE(c->result) != MQ_WAITS,
			       deadline);
	mutex_lock(&q->lock);
	list_remove(&c->link);
	if (c->result != MQ_WAITS)
		err = c->result;
	mutex_unlock(&q->lock);
	return err;
}

/* ---- sending ---- */

/* There is room.  Who was told, to be put. */
static struct proc *deliver(struct mqueue *q, struct mq_message *m)
	REQUIRES(C_mqueue)
{
	struct mq_call *receiver = first(&q->receivers);

	if (receiver != NULL) {
		receiver->m = m;
		tell(receiver);
		return NULL;
	}
	put_in(q, m);
	return q->nr == 1 ? mqueue_tell(q) : NULL;
}

static int send_locked(struct mqueue *q, struct mq_call *c, bool nonblock,
		       struct proc **told) REQUIRES(C_mqueue)
{
	if (q->nr < q->max_msgs) {
		*told = deliver(q, c->m);
		return 0;
	}
	if (nonblock)
		return -EAGAIN;
	line_up(&q->senders, c);
	return MQ_WAITS;
}

int mqueue_send(struct file *f, struct mq_message *m, uint64_t deadline)
{
	struct mqueue *q = mqueue_of(f);
	struct mq_call c = { .m = m };
	struct proc *told = NULL;
	int result;

	begin_wait(&c);
	mutex_lock(&q->lock);
	result = send_locked(q, &c, READ_ONCE(f->flags) & O_NONBLOCK, &told);
	mutex_unlock(&q->lock);
	if (told != NULL)
		proc_put(told);
	if (result == MQ_WAITS)
		result = wait(q, &c, deadline);
	if (result != 0)
		return result;
	inode_touch_mtime(&q->inode);
	waitq_wake_all(&q->changed);
	return 0;
}

/* ---- receiving ---- */

static int receive_locked(struct mqueue *q, struct mq_call *c, bool nonblock)
	REQUIRES(C_mqueue)
{
	struct mq_call *sender = first(&q->senders);

	if (q->nr > 0) {
		c->m = take_out(q);
		if (sender != NULL) {
			put_in(q, sender->m);
			tell(sender);
		}
		return 0;
	}
	if (nonblock)
		return -EAGAIN;
	line_up(&q->receivers, c);
	return MQ_WAITS;
}

int mqueue_receive(struct file *f, struct mq_message **m, uint64_t deadline)
{
	struct mqueue *q = mqueue_of(f);
	struct mq_call c = { .m = NULL };
	int result;

	begin_wait(&c);
	mutex_lock(&q->lock);
	result = receive_locked(q, &c, READ_ONCE(f->flags) & O_NONBLOCK);
	mutex_unlock(&q->lock);
	if (result == MQ_WAITS)
		result = wait(q, &c, deadline);
	if (result != 0)
		return result;
	inode_touch_atime(&q->inode);
	waitq_wake_all(&q->changed);
	*m = c.m;
	return 0;
}
