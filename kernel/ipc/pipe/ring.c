/*
 * ipc/pipe/ring.c - the ring of a pipe: buffers, each a piece of one page.
 *
 * A page is the pipe's own, or it is somebody else's: a program's (vmsplice())
 * or a file's (splice()).  What is somebody else's is read here, and never
 * written to; that is what BUFFER_CAN_MERGE says, and why whoever puts a buffer
 * into the ring says all of what it is, whatever stood at its place before.  A
 * page that is the pipe's own loses the flag when another pipe gets it, too
 * (splice.c): then two could write behind the same bytes.
 *
 * One page that was read empty is kept for the next write, so that a byte that
 * goes to and fro allocates nothing.
 */
#include "ipc/pipe/pipe_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"

/* @b, the oldest buffer, has nothing any more. */
static void drop_oldest(struct pipe *p, struct pipe_buffer *b) REQUIRES(C_pipe)
{
	struct page *page = b->page;

	b->page = NULL;
	WRITE_ONCE(p->tail, p->tail + 1);
	if (p->spare == NULL && (b->flags & BUFFER_CAN_MERGE))
		p->spare = page;
	else
		put_page(page);
}

void pipe_consume(struct pipe *p, size_t n)
{
	struct pipe_buffer *b = buffer_at(p, p->tail);

	b->offset = (uint16_t)(b->offset + n);
	b->length = (uint16_t)(b->length - n);
	WRITE_ONCE(p->nr_bytes, p->nr_bytes - n);
	if (b->length == 0)
		drop_oldest(p, b);
}

void pipe_empty(struct pipe *p)
{
	while (p->tail != p->head)
		pipe_consume(p, buffer_at(p, p->tail)->length);
}

struct page *pipe_own_page(struct pipe *p)
{
	struct page *page = p->spare;

	p->spare = NULL;
	return page != NULL ? page : page_alloc(PAGE_KERNEL);
}

size_t pipe_mergeable(const struct pipe *p, size_t n)
{
	const struct pipe_buffer *last;

	n %= PAGE_SIZE;
	if (p->head == p->tail)
		return 0;
	last = &p->ring[(p->head - 1) & (p->nr_pages - 1)];
	return (last->flags & BUFFER_CAN_MERGE) &&
	       last->offset + last->length + n <= PAGE_SIZE ? n : 0;
}

ssize_t pipe_merge(struct pipe *p, vaddr_t buf, size_t n)
{
	struct pipe_buffer *last = buffer_at(p, p->head - 1);
	char *to = (char *)page_address(last->page) + last->offset + last->length;

	if (copy_from_user(to, buf, n) != 0)
		return -EFAULT;
	last->length = (uint16_t)(last->length + n);
	WRITE_ONCE(p->nr_bytes, p->nr_bytes + n);
	return (ssize_t)n;
}
