/*
 * ipc/pipe/fifo.c - opening a pipe that has a name.
 *
 * Who opens one end waits until somebody has opened the other.  That one may
 * be gone again before we look, so whether it is there is decided under the
 * lock as we open, and later we compare how often it was opened.
 *
 * A reader that did not wait (O_NONBLOCK) has not met a writer yet: that is
 * no hang-up, which only comes when a writer that came after it has gone.  So
 * its file remembers how many had come before (pipe.c, poll_reader()).
 */
#include "vfs/fifo.h"

#include "ipc/pipe/pipe_internal.h"
#include "lib/bug.h"
#include "lib/errno.h"

struct pipe *fifo_create(void)
{
	struct pipe *p;

	return pipe_alloc(&p) == 0 ? p : NULL;
}

void fifo_put(struct pipe *p)
{
	pipe_put(p);
}

/* Open f's ends of @p.  True: somebody has the other end open; else *@seen is
 * how often that happened so far. */
static bool open_ends(struct pipe *p, struct file *f, unsigned ends,
		      unsigned *seen) REQUIRES(C_pipe)
{
	bool met;

	assert_mutex_held(&p->lock);
	pipe_get(p);
	pipe_open_ends(p, ends);
	f->data = p;
	f->ops = &pipe_file_ops; /* from here on, putting it closes the ends */
	met = p->nr_readers > 0 && p->nr_writers > 0;
	if (p->nr_writers == 0)
		f->writers_before = p->writes_opened;
	*seen = ends == FMODE_READ ? p->writes_opened : p->reads_opened;
	return met;
}

int fifo_open(struct pipe *p, struct file *f)
{
	unsigned ends = f->mode & (FMODE_READ | FMODE_WRITE), seen;
	bool wait = !(f->flags & O_NONBLOCK), met;

	mutex_lock(&p->lock);
	if (ends == FMODE_WRITE && !wait && p->nr_readers == 0) {
		mutex_unlock(&p->lock);
		return -ENXIO;
	}
	met = open_ends(p, f, ends, &seen);
	mutex_unlock(&p->lock);

	if (met || !wait)
		return 0;
	if (ends == FMODE_READ)
		return waitq_wait_interruptible(&p->readable,
				READ_ONCE(p->writes_opened) != seen);
	return waitq_wait_interruptible(&p->writable,
					READ_ONCE(p->reads_opened) != seen);
}
