/*
 * vfs/fd/get.c - which file a descriptor names.
 *
 * If who looks is alone with the table nobody can change it meanwhile.  Else he
 * reads by RCU (sync/rcu.h), and writes to nothing but the count of the file that
 * he finds:
 *
 *	finds the file	which is there for as long as he reads: what was closed
 *			by who was not alone is freed after a grace period, and
 *			so are arrays of slots that were too small
 *	gets it		unless the last reference is gone
 *	looks again	a file that was closed meanwhile is somebody else's, or
 *			only in messages, whose collector has counted without
 *			him (net/unix/rights.c)
 *
 * If he was too late for one of the last two he looks with the mutex.
 */

#include "vfs/fdtable.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "mm/mm.h"
#include "vfs/fd/fd_internal.h"
#include "vfs/file.h"

static ALWAYS_INLINE struct file *slot_get(struct fdtable *t, int fd)
	REQUIRES(C_fdtable)
{
	struct file *f = slot_file(t, fd);

	if (f != NULL)
		refcount_get(&f->refs); /* file_get() without a call */
	return f;
}

/* alone_with(t) is true. */
static ALWAYS_INLINE struct file *alone_get(struct fdtable *t, int fd)
{
	is_private(fdtable);
	return slot_get(t, fd);
}

static struct file *locked_get(struct fdtable *t, int fd)
{
	mutex_lock(&t->lock);
	struct file *f = slot_get(t, fd);
	mutex_unlock(&t->lock);
	return f;
}

/* What @fd names at this moment; there for as long as we read. */
static ALWAYS_INLINE struct file *slot_look(const struct fdtable *t, int fd)
{
	const struct slots *slots = rcu_dereference(t->slots);

	race_point(fd_slots_found, t);
	return (unsigned)fd < slots->nr ?
		       rcu_dereference(slots->slot[fd].file) : NULL;
}

/* @fd names @f no more, of which we have a reference if it is @held. */
static NOINLINE struct file *get_again(struct fdtable *t, int fd,
				       struct file *f, bool held)
{
	if (held)
		file_put(f);
	return locked_get(t, fd);
}

/* Nobody is kept away meanwhile. */
static NOINLINE struct file *shared_get(struct fdtable *t, int fd)
{
	rcu_read_lock();
	struct file *f = slot_look(t, fd);

	race_point(fd_found, t);
	race_point(fd_to_hold, 0);
	bool held = f != NULL && refcount_try_get(&f->refs);

	/*
	 * ORDER fd-closed, looking side; the other is close_slot().
	 * Who has given up the slot's reference and then looks at the count,
	 * as the collector of sockets does, finds ours, too; or we have got it
	 * after he gave up his, and find the slot empty.
	 */
	smp_rmb();
	bool stays = slot_look(t, fd) == f;

	rcu_read_unlock();
	if (f == NULL || likely(held && stays))
		return f;
	return get_again(t, fd, f, held);
}

struct file *fd_get_from(struct fdtable *t, int fd)
{
	return locked_get(t, fd);
}

/* Every read() and write() comes by. */
struct file *fd_get(int fd)
{
	struct fdtable *t = own_table();

	return likely(alone_with(t)) ? alone_get(t, fd) : shared_get(t, fd);
}
