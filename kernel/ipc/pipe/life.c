/*
 * ipc/pipe/life.c - from pipe() to the last reference.
 *
 * The pipe lives as long as one of its files, or its name (fifo.c).
 */
#include "ipc/pipe/pipe_internal.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"

void pipe_open_ends(struct pipe *p, unsigned mode)
{
	if (mode & FMODE_READ) {
		WRITE_ONCE(p->nr_readers, p->nr_readers + 1);
		WRITE_ONCE(p->reads_opened, p->reads_opened + 1);
	}
	if (mode & FMODE_WRITE) {
		WRITE_ONCE(p->nr_writers, p->nr_writers + 1);
		WRITE_ONCE(p->writes_opened, p->writes_opened + 1);
	}
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
}

void pipe_get(struct pipe *p)
{
	refcount_get(&p->refs);
}

void pipe_put(struct pipe *p)
{
	if (!refcount_put(&p->refs))
		return;
	is_private(pipe);
	pipe_empty(p);
	if (p->spare != NULL)
		put_page(p->spare);
	pipe_ring_free(p);
	kfree(p);
}

bool is_pipe(const struct file *f)
{
	return f->ops == &pipe_file_ops;
}

int pipe_alloc(struct pipe **pipe)
{
	struct pipe *p = kzalloc(sizeof(*p));
	int err = p == NULL ? -ENOMEM : pipe_ring_make(p);

	if (err != 0) {
		kfree(p);
		return err;
	}
	p->refs = REFCOUNT_INIT(1);
	mutex_init(&p->lock, RANK_PIPE);
	waitq_init(&p->readable);
	waitq_init(&p->writable);
	*pipe = p;
	return 0;
}

/* A new file that is the end @mode of @p, with a reference of its own. */
static int make_end(struct file **end, struct pipe *p, unsigned mode,
		    unsigned flags)
{
	int err = file_create(end, &pipe_file_ops, mode | FMODE_NOWAIT,
			      flags, p);

	is_private(pipe);
	if (err != 0)
		return err;
	pipe_get(p);
	pipe_open_ends(p, mode);
	return 0;
}

int pipe_create(struct file **read_end, struct file **write_end,
		unsigned flags)
{
	struct pipe *p;
	int err = pipe_alloc(&p);

	if (err != 0)
		return err;
	err = make_end(read_end, p, FMODE_READ, (flags & O_NONBLOCK) | O_RDONLY);
	if (err == 0) {
		err = make_end(write_end, p, FMODE_WRITE, flags | O_WRONLY);
		if (err != 0)
			file_put(*read_end);
	}
	pipe_put(p); /* ours; each end has one */
	return err;
}
