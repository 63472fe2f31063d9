/*
 * ipc/mqueue/notify.c - mq_notify(): one process is told, once, that a message
 * has come into the empty queue.
 *
 * Who waits in a receive goes first: a message that is handed to him was never
 * in the queue.  A process that closes a descriptor of the queue, or ends, is
 * not told any more.
 */
#include "ipc/mqueue/mqueue_internal.h"

#include "lib/errno.h"
#include "proc/signal/signal.h"
#include "proc/task/proc.h"
#include "vfs/cred.h"

/* Nobody is to be told: who was, to be put without the lock; or NULL. */
static struct proc *clear(struct mqueue *q) REQUIRES(C_mqueue)
{
	struct proc *owner = q->notify.owner;

	q->notify = (struct mq_notify){ .owner = NULL };
	return owner;
}

struct proc *mqueue_tell(struct mqueue *q)
{
	const struct mq_notify *n = &q->notify;
	struct siginfo info = {
		.si_signo = n->signo,
		.si_code = SI_MESGQ,
		.pid = current_proc()->pid,
		.uid = current_cred()->uid,
		.value = n->value,
	};

	if (n->owner == NULL)
		return NULL;
	/* It may have too many signals queued: then it comes without a word. */
	if (n->by_signal && n->signo != 0)
		(void)signal_send_proc(n->owner, &info);
	return clear(q);
}

int mqueue_notify(struct file *f, bool by_signal, int signo, uint64_t value)
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
		q->notify = (struct mq_notify){ current_proc(), by_signal, signo,
						value };
	}
	mutex_unlock(&q->lock);
	return err;
}

void mqueue_forget(struct mqueue *q)
{
	struct proc *owner = NULL;

	mutex_lock(&q->lock);
	if (q->notify.owner == current_proc())
		owner = clear(q);
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
