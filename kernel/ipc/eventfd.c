/*
 * ipc/eventfd.c - a counter that is a file.
 *
 * A read waits while the counter is 0, a write while the sum would reach
 * 2^64 - 1.  One queue is enough: of the two kinds only one can wait at a
 * time, but for writers of large values.
 */
#include "ipc/eventfd.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mm/pieces.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"
#include "vfs/file.h"

#define EVENTFD_MAX (UINT64_MAX - 1)

struct eventfd {
	struct LOCK_OF(mutex, eventfd) lock;     /* RANK_PIPE */
	uint64_t count GUARDED_BY(C_eventfd);    /* READ_ONCE(): a snapshot */
	bool semaphore;                          /* (c) */
	struct waitq changed;
};

/* What a read gets. */
static int take(struct eventfd *e, uint64_t *value)
{
	mutex_lock(&e->lock);
	*value = e->semaphore && e->count > 0 ? 1 : e->count;
	WRITE_ONCE(e->count, e->count - *value);
	mutex_unlock(&e->lock);
	return *value != 0 ? 0 : -EAGAIN;
}

static bool fits(const struct eventfd *e, uint64_t value)
{
	return value <= EVENTFD_MAX - READ_ONCE(e->count);
}

static int add(struct eventfd *e, uint64_t value)
{
	bool added;

	mutex_lock(&e->lock);
	added = fits(e, value);
	race_point(event_fits, e);
	if (added)
		WRITE_ONCE(e->count, e->count + value);
	mutex_unlock(&e->lock);
	return added ? 0 : -EAGAIN;
}

static ssize_t eventfd_read_vector(struct file *f, struct pieces *to, size_t n)
{
	struct eventfd *e = f->data;
	uint64_t value;
	ssize_t err;

	if (n < sizeof(value))
		return -EINVAL;
	err = attempt(take(e, &value), file_flags(f) & O_NONBLOCK,
		      waitq_wait_interruptible(&e->changed,
					       READ_ONCE(e->count) > 0));
	if (err != 0)
		return err;
	waitq_wake_all(&e->changed);
	return copy_to_pieces(to, &value, sizeof(value)) == sizeof(value) ?
	       (ssize_t)sizeof(value) : -EFAULT;
}

static ssize_t eventfd_write(struct file *f, vaddr_t buf, size_t n,
			     uint64_t *pos UNUSED)
{
	struct eventfd *e = f->data;
	uint64_t value;
	ssize_t err;

	if (n < sizeof(value))
		return -EINVAL;
	if (copy_from_user(&value, buf, sizeof(value)) != 0)
		return -EFAULT;
	if (value > EVENTFD_MAX)
		return -EINVAL;
	err = attempt(add(e, value), file_flags(f) & O_NONBLOCK,
		      waitq_wait_interruptible(&e->changed, fits(e, value)));
	if (err != 0)
		return err;
	waitq_wake_all(&e->changed);
	return sizeof(value);
}

static unsigned eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->data;
	uint64_t count;

	if (pt != NULL)
		pt->watch(pt, &e->changed);
	count = READ_ONCE(e->count);
	return (count > 0 ? POLLIN : 0) | (count < EVENTFD_MAX ? POLLOUT : 0);
}

static void eventfd_about(const struct file *f, char *text)
{
	const struct eventfd *e = f->data;

	ksnprintf(text, FILE_ABOUT_MAX,
		  "eventfd-count: %16lx\neventfd-semaphore: %d\n",
		  READ_ONCE(e->count), e->semaphore);
}

static void eventfd_release(struct file *f)
{
	kfree(f->data);
}

static const struct file_ops eventfd_file_ops = {
	.read = file_read_as_vector,
	.read_vector = eventfd_read_vector,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[eventfd]",
	.about = eventfd_about,
};

int eventfd_create(struct file **out, unsigned initial, unsigned flags)
{
	struct eventfd *e = kzalloc(sizeof(*e));
	int err;

	if (e == NULL)
		return -ENOMEM;
	is_private(eventfd);
	mutex_init(&e->lock, RANK_PIPE);
	waitq_init(&e->changed);
	e->count = initial;
	e->semaphore = flags & EFD_SEMAPHORE;
	err = file_create(out, &eventfd_file_ops,
			  FMODE_READ | FMODE_WRITE | FMODE_NOWAIT,
			  O_RDWR | (flags & O_NONBLOCK), e);
	if (err != 0)
		kfree(e);
	return err;
}

bool is_eventfd(const struct file *f)
{
	return f->ops == &eventfd_file_ops;
}

void eventfd_signal(struct file *f)
{
	struct eventfd *e = f->data;

	if (add(e, 1) == 0)
		waitq_wake_all(&e->changed);
}
