/*
 * ipc/fifo.c - opening a pipe that has a name.
 *
 * Who opens one end waits until somebody has opened the other.  That one may
 * be gone again before we look, so what is compared is how often it was
 * opened, not whether it is open.
 */
#include "proc/fifo.h"

#include "ipc/pipe_internal.h"
#include "lib/bug.h"
#include "lib/errno.h"

struct pipe *fifo_create(void)
{
	return pipe_alloc();
}

void fifo_put(struct pipe *p)
{
	pipe_put(p);
}

static int wait_for_writer(struct pipe *p, unsigned seen)
{
	return waitq_wait_interruptible(&p->readable,
					READ_ONCE(p->nr_writers) > 0 ||
					READ_ONCE(p->writes_opened) != seen);
}

static int wait_for_reader(struct pipe *p, unsigned seen)
{
	return waitq_wait_interruptible(&p->writable,
					READ_ONCE(p->nr_readers) > 0 ||
					READ_ONCE(p->reads_opened) != seen);
}

int fifo_open(struct pipe *p, struct file *f)
{
	unsigned ends = f->mode & (FMODE_READ | FMODE_WRITE);
	bool wait = !(f->flags & O_NONBLOCK);
	unsigned reads_seen, writes_seen;

	mutex_lock(&p->lock);
	if (ends == FMODE_WRITE && !wait && p->nr_readers == 0) {
		mutex_unlock(&p->lock);
		return -ENXIO;
	}
	reads_seen = p->reads_opened;
	writes_seen = p->writes_opened;
	pipe_get(p);
	pipe_open_ends(p, ends);
	f->data = p;
	f->ops = &pipe_file_ops; /* from here on, putting it closes the ends */
	mutex_unlock(&p->lock);

	if (!wait)
		return 0;
	if (ends == FMODE_READ)
		return wait_for_writer(p, writes_seen);
	if (ends == FMODE_WRITE)
		return wait_for_reader(p, reads_seen);
	return 0;
}
