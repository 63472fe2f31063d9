/*
 * ipc/pipe/size.c - how long a pipe's ring is, and who pays for it.
 *
 * What is in a pipe stays while anybody has an end, so its pages belong to no
 * process that could be ended for them.  They are charged to whoever made the
 * pipe, as Linux does: all that it may have, when it is made, so that a write
 * asks for nothing.  Who has many gets short ones (soft), and then none
 * (hard).  Linux has no hard limit unless one is set; here it is an eighth of
 * memory.  Root sets them in /proc/sys/fs.
 */
#include "ipc/pipe/pipe_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"

uint32_t pipe_max_size = 1U << 20;
uint32_t pipe_user_pages_soft = 16384;
uint32_t pipe_user_pages_hard;

static uint64_t hard_limit(void)
{
	uint64_t set = READ_ONCE(pipe_user_pages_hard);

	if (cred_can(current_cred(), CAP_SYS_RESOURCE))
		return UINT64_MAX;
	return set != 0 ? min(set, pages_total() / 8) : pages_total() / 8;
}

static uint64_t soft_limit(void)
{
	uint64_t set = READ_ONCE(pipe_user_pages_soft);

	if (cred_can(current_cred(), CAP_SYS_RESOURCE))
		return UINT64_MAX;
	return set != 0 ? min(hard_limit() / 2, set) : hard_limit();
}

/* Of a new pipe, where it may have as many. */
static unsigned usual_pages(void)
{
	uint64_t most = READ_ONCE(pipe_max_size) / PAGE_SIZE;

	return cred_can(current_cred(), CAP_SYS_RESOURCE) ?
		       PIPE_PAGES : (unsigned)min(most, (uint64_t)PIPE_PAGES);
}

static struct user *charge(uint64_t pages, uint64_t limit)
{
	return user_charge(current_cred()->user, USER_PIPE_PAGES, pages, limit);
}

int pipe_ring_make(struct pipe *p)
{
	is_private(pipe);
	p->nr_pages = usual_pages();
	p->payer = charge(p->nr_pages, soft_limit());
	if (p->payer == NULL) {
		p->nr_pages = min(p->nr_pages, PIPE_FEW_PAGES);
		p->payer = charge(p->nr_pages, hard_limit());
	}
	if (p->payer == NULL)
		return -ENFILE;
	p->ring = kzalloc(p->nr_pages * sizeof(*p->ring));
	if (p->ring != NULL)
		return 0;
	user_uncharge(p->payer, USER_PIPE_PAGES, p->nr_pages);
	return -ENOMEM;
}

void pipe_ring_free(struct pipe *p)
{
	kfree(p->ring);
	user_uncharge(p->payer, USER_PIPE_PAGES, p->nr_pages);
}

/* ---- another size ---- */

/* What is in it finds its place in the longer or shorter ring.  The lock is
 * held. */
static void move_ring(struct pipe *p, struct pipe_buffer *to, unsigned n)
	REQUIRES(C_pipe)
{
	for (uint64_t at = p->tail; at != p->head; at++)
		to[at & (n - 1)] = *buffer_at(p, at);
}

static bool fits(const struct pipe *p, unsigned n) REQUIRES(C_pipe)
{
	return p->head - p->tail <= n;
}

/* False: more is in it than @n pages hold. */
static bool replace_ring(struct pipe *p, struct pipe_buffer *ring, unsigned n,
			 struct user *payer)
{
	bool ok;

	mutex_lock(&p->lock);
	ok = fits(p, n);
	if (ok) {
		move_ring(p, ring, n);
		pipe_ring_free(p);
		p->ring = ring;
		p->payer = payer;
		WRITE_ONCE(p->nr_pages, n);
	}
	mutex_unlock(&p->lock);
	if (ok)
		waitq_wake_all(&p->writable);
	return ok;
}

long pipe_size(struct file *f)
{
	const struct pipe *p = f->data;

	return (long)(READ_ONCE(p->nr_pages) * PAGE_SIZE);
}

/* Pages for @size bytes, a power of two of them. */
static unsigned pages_for(size_t size)
{
	unsigned n = 1;

	while (n * PAGE_SIZE < size)
		n *= 2;
	return n;
}

uint32_t pipe_round_size(uint32_t size)
{
	return (uint32_t)(pages_for(size) * PAGE_SIZE);
}

long pipe_resize(struct file *f, size_t size)
{
	struct pipe *p = f->data;
	struct pipe_buffer *ring;
	struct user *payer;
	unsigned n;

	if (size > 1UL << 31)
		return -EINVAL;
	n = pages_for(size);
	if (n * PAGE_SIZE > READ_ONCE(pipe_max_size) && !cred_can(current_cred(), CAP_SYS_RESOURCE))
		return -EPERM;
	payer = charge(n, n > READ_ONCE(p->nr_pages) ? soft_limit() :
						       UINT64_MAX);
	if (payer == NULL)
		return -EPERM;
	ring = kzalloc(n * sizeof(*ring));
	if (ring != NULL && replace_ring(p, ring, n, payer))
		return (long)(n * PAGE_SIZE);
	user_uncharge(payer, USER_PIPE_PAGES, n);
	kfree(ring);
	return ring == NULL ? -ENOMEM : -EBUSY;
}
