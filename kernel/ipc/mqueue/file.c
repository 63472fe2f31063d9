/*
 * ipc/mqueue/file.c - a queue as a file: it can be polled, and read for what is
 * in it.
 */
#include "ipc/mqueue/mqueue_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "vfs/file.h"

struct mqueue *mqueue_of(const struct file *f)
{
	return f->ops == &mqueue_file_ops ? f->data : NULL;
}

/* As Linux has it. */
static int describe(struct mqueue *q, char *text, size_t size)
{
	struct mq_event event;
	int n;

	mutex_lock(&q->lock);
	event = q->notify.event; /* of nobody: zeroes */
	n = ksnprintf(text, size,
		      "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		      q->sum, event.by, event.by == MQ_SIGNAL ? event.signo : 0,
		      q->notify.owner != NULL ? q->notify.owner->pid : 0);
	mutex_unlock(&q->lock);
	return n;
}

static ssize_t mqueue_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos)
{
	char text[80];
	uint64_t length = (uint64_t)describe(f->data, text, sizeof(text));

	if (*pos >= length)
		return 0;
	n = min(n, length - *pos);
	if (copy_to_user(buf, text + *pos, n) != 0)
		return -EFAULT;
	*pos += n;
	return (ssize_t)n;
}

/* Its end is where fstat() says, however short the text. */
static long mqueue_lseek(struct file *f, long offset, int whence)
{
	long to = file_seek(offset, whence, (long)READ_ONCE(f->pos),
			    MQUEUE_FILE_SIZE);

	if (to >= 0)
		WRITE_ONCE(*file_pos_without_turn(f), (uint64_t)to);
	return to;
}

static unsigned mqueue_poll(struct file *f, struct poll_table *pt)
{
	struct mqueue *q = f->data;
	int64_t nr;

	if (pt != NULL)
		pt->watch(pt, &q->changed);
	nr = READ_ONCE(q->nr);
	return (nr > 0 ? POLLIN : 0) | (nr < q->max_msgs ? POLLOUT : 0);
}

static void mqueue_closed(struct file *f)
{
	mqueue_forget(f->data);
}

const struct file_ops mqueue_file_ops = {
	.read = mqueue_read,
	.lseek = mqueue_lseek,
	.poll = mqueue_poll,
	.closed = mqueue_closed,
};

/* Alone: fcntl() changes others at the same time. */
static void set_nonblock(struct file *f, bool on)
{
	if (on)
		atomic_fetch_or_relaxed(&f->flags, O_NONBLOCK);
	else
		atomic_fetch_and_relaxed(&f->flags, ~O_NONBLOCK);
}

int mqueue_attr(struct file *f, int64_t flags, struct mq_attr *old)
{
	const struct mqueue *q = mqueue_of(f);

	if (q == NULL)
		return -EBADF;
	*old = (struct mq_attr){
		.flags = READ_ONCE(f->flags) & O_NONBLOCK,
		.maxmsg = q->max_msgs,
		.msgsize = q->max_size,
		.curmsgs = READ_ONCE(q->nr),
	};
	if (flags >= 0)
		set_nonblock(f, flags & O_NONBLOCK);
	return 0;
}
