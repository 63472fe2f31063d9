/*
 * ipc/mqueue/notify.c - mq_notify(): one process is told, once, that a message
 * has come into the empty queue.
 *
 * Who waits in a receive goes first: a message that is handed to him was never
 * in the queue.  A process that closes a descriptor of the queue, or ends, is
 * not told any more; nor is another program that it has become, which may have
 * more rights than who asked for any signal that he liked.
 *
 * Who wants a letter (SIGEV_THREAD) gets one in any case, which says what has
 * happened: that he is not told any more is news, too, for whoever reads them.  It
 * was made, and had its room, when he asked.  Letters are sent under the queue's
 * lock, so they come in the order in which things happened.
 */
#include "ipc/mqueue/mqueue_internal.h"

#include "lib/errno.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

/* Nobody is to be told any more, and by a letter it is said why.  Who was, to be put
 * without the lock; or NULL. */
static struct proc *clear(struct mqueue *q, uint8_t news) REQUIRES(C_mqueue)
{
	struct proc *owner = q->notify.owner;

	if (q->notify.event.letter != NULL)
		mqueue_send_letter(q->notify.event.letter, news);
	q->notify = (struct mq_notify){ .owner = NULL };
	return owner;
}

/* Under its lock, in which exec gives a program its rights. */
static void tell_owner(const struct mq_notify *n, const struct siginfo *info)
{
	spin_lock(&n->owner->lock);
	/* It may have too many signals queued: then it comes without a word. */
	if (n->owner->nr_execs == n->nr_execs)
		(void)signal_send_proc(n->owner, info);
	spin_unlock(&n->owner->lock);
}

struct proc *mqueue_tell(struct mqueue *q)
{
	const struct mq_notify *n = &q->notify;
	struct siginfo info = {
		.si_signo = n->event.signo,
		.si_code = SI_MESGQ,
		.pid = current_proc()->pid,
		.uid = current_cred()->uid,
		.value = n->event.value,
	};

	if (n->owner == NULL)
		return NULL;
	if (n->event.by == MQ_SIGNAL && n->event.signo != 0)
		tell_owner(n, &info);
	return clear(q, MQ_LETTER_CAME);
}

int mqueue_notify(struct file *f, const struct mq_event *event)
{
	struct mqueue *q = mqueue_of(f);
	int err = 0;

	if (q == NULL)
		return -EBADF;
	mutex_lock(&q->lock);
	if (q->notify.owner != NULL) {
		err = -EBUSY;
	} else {
		proc_get(current_proc());
		q->notify = (struct mq_notify){
			.owner = current_proc(),
			/* Only we execute a program, and not meanwhile. */
			.nr_execs = READ_ONCE(current_proc()->nr_execs),
			.event = *event,
		};
	}
	mutex_unlock(&q->lock);
	return err;
}

void mqueue_forget(struct mqueue *q)
{
	struct proc *owner = NULL;

	mutex_lock(&q->lock);
	if (q->notify.owner == current_proc())
		owner = clear(q, MQ_LETTER_OVER);
	mutex_unlock(&q->lock);
	if (owner != NULL)
		proc_put(owner);
}

int mqueue_notify_end(struct file *f)
{
	struct mqueue *q = mqueue_of(f);

	if (q == NULL)
		return -EBADF;
	mqueue_forget(q);
	return 0;
}
