/*
 * vfs/lease.c - leases.
 *
 * How often an inode is open to read and to write is two counts without a lock,
 * for every open changes them, and only few files have leases.  An opener
 * counts itself, and looks for leases then; who wants a lease puts it up, and
 * looks at the counts then.  So of two who do so at once one at least sees the
 * other:
 *
 *	opener				who wants a lease, with lease_lock
 *	counts itself			puts the lease up
 *	fence				fence
 *	are there leases?		is somebody there?
 *	yes: breaks them, and waits	yes: takes it down again
 *
 * If both do, the opener finds none when it has the lock, or the lease is
 * refused: nobody waits for the other.
 *
 * Who breaks a lease marks it, tells its holder once, and sleeps until some
 * lease has changed or the time is up; then he looks again, under the lock.
 * Whoever looks takes away what was not given up in time.
 */

#include "vfs/lease.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "lib/time.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "vfs/attr.h"
#include "vfs/busy.h"
#include "vfs/file.h"

/* All under lease_lock. */
struct lease {
	struct lease *next; /* of the same inode */
	struct file *file;  /* no reference: lease_closed() */
	enum lease_type type;
	bool breaking;          /* its holder has been told, */
	enum lease_type target; /* and it is to become this by then */
	uint64_t deadline;
};

uint32_t lease_break_time = 45;

static struct mutex lease_lock; /* RANK_MISC_SLEEP */
static struct waitq changed = WAITQ_INIT(changed);
static uint64_t nr_changes GUARDED_BY(lease_lock); /* who waits reads it, too */

void lease_init(void)
{
	mutex_init(&lease_lock, RANK_MISC_SLEEP);
}

/* ---- the leases of an inode; lease_lock is held ---- */

static void has_changed(void) REQUIRES(lease_lock)
{
	WRITE_ONCE(nr_changes, nr_changes + 1);
	waitq_wake_all(&changed);
}

/* Where that of @f is, or the end. */
static struct lease **find(struct file *f) REQUIRES(lease_lock)
{
	struct lease **at = &f->inode->leases;

	while (*at != NULL && (*at)->file != f)
		at = &(*at)->next;
	return at;
}

static void remove(struct lease **at) REQUIRES(lease_lock)
{
	struct lease *lease = *at;

	WRITE_ONCE(*at, lease->next);
	kfree(lease);
	has_changed();
}

/* What was not given up in time is taken. */
static void expire(struct inode *inode) REQUIRES(lease_lock)
{
	struct lease **at = &inode->leases;

	while (*at != NULL) {
		struct lease *lease = *at;

		if (!lease->breaking || !deadline_is_over(lease->deadline)) {
			at = &lease->next;
		} else if (lease->target == LEASE_NONE) {
			remove(at);
		} else {
			lease->type = lease->target;
			lease->breaking = false;
			has_changed();
		}
	}
}

/* ---- taking one ---- */

/* Is @inode open in such a way that @f cannot have a lease of @type? */
static bool is_disturbed(struct file *f, enum lease_type type)
{
	const struct inode *inode = f->inode;
	uint32_t reading = 0;
	int32_t writing = 0;

	if (type == LEASE_READ)
		return READ_ONCE(inode->open_to_write) > 0;
	if (f->mode & FMODE_WRITE)
		writing = 1;
	else
		reading = 1;
	return READ_ONCE(inode->open_to_write) != writing ||
	       READ_ONCE(inode->open_to_read) != reading;
}

/* Of another open file: one that excludes all others, or is to go. */
static bool is_excluded(struct file *f, enum lease_type type)
	REQUIRES(lease_lock)
{
	const struct lease *lease = f->inode->leases;

	for (; lease != NULL; lease = lease->next)
		if (lease->file != f &&
		    (type == LEASE_WRITE || lease->type == LEASE_WRITE ||
		     (lease->breaking && lease->target == LEASE_NONE)))
			return true;
	return false;
}

static void change(struct lease *lease, enum lease_type type)
	REQUIRES(lease_lock)
{
	lease->type = type;
	if (lease->breaking && lease->target == type)
		lease->breaking = false;
	has_changed();
}

static int add(struct file *f, enum lease_type type) REQUIRES(lease_lock)
{
	struct lease *lease = kzalloc(sizeof(*lease));

	if (lease == NULL)
		return -ENOMEM;
	lease->file = f;
	lease->type = type;
	lease->next = f->inode->leases;
	race_point(lease_begins, f->inode);
	/*
	 * ORDER lease-open, leasing side; the other is in lease_open().
	 * Full: the lease, then the counts.
	 */
	WRITE_ONCE(f->inode->leases, lease);
	smp_mb();
	if (!is_disturbed(f, type))
		return 0;
	remove(&f->inode->leases);
	return -EAGAIN;
}

static int set(struct file *f, enum lease_type type) REQUIRES(lease_lock)
{
	struct lease **at = find(f);

	if (type == LEASE_NONE) {
		if (*at == NULL)
			return -EAGAIN;
		remove(at);
		return 0;
	}
	if (is_excluded(f, type))
		return -EAGAIN;
	if (*at == NULL)
		return add(f, type);
	if (is_disturbed(f, type))
		return -EAGAIN;
	change(*at, type);
	return 0;
}

static int may_lease(struct inode *inode)
{
	const struct inode_owner owner = inode_owner(inode);

	if (!is_own(&owner))
		return -EACCES;
	return (owner.mode & S_IFMT) == S_IFREG ? 0 : -EINVAL;
}

int lease_set(struct file *f, enum lease_type type)
{
	int err = f->inode != NULL ? may_lease(f->inode) : -EINVAL;

	if (err < 0)
		return err;
	mutex_lock(&lease_lock);
	expire(f->inode);
	err = set(f, type);
	mutex_unlock(&lease_lock);
	return err;
}

enum lease_type lease_of(struct file *f)
{
	enum lease_type type = LEASE_NONE;
	const struct lease *lease;

	if (f->inode == NULL)
		return type;
	mutex_lock(&lease_lock);
	expire(f->inode);
	lease = *find(f);
	if (lease != NULL)
		type = lease->breaking ? lease->target : lease->type;
	mutex_unlock(&lease_lock);
	return type;
}

/* ---- breaking ---- */

/* Its holder is told, once for what he has to do. */
static void begin_break(struct lease *lease, enum lease_type target)
	REQUIRES(lease_lock)
{
	uint64_t seconds = READ_ONCE(lease_break_time);

	if (lease->breaking && lease->target >= target)
		return;
	lease->breaking = true;
	lease->target = target;
	lease->deadline = seconds == 0 ? TIMER_NEVER :
		clock_monotonic_deadline(clock_monotonic_ns() +
					 seconds * NS_PER_SECOND);
	file_tell_broken(lease->file);
}

/* Mark all that are in the way: until when to wait; 0: nothing is. */
static uint64_t break_all(struct inode *inode, bool write) REQUIRES(lease_lock)
{
	uint64_t deadline = 0;

	for (struct lease *lease = inode->leases; lease != NULL;
	     lease = lease->next) {
		if (!write && lease->type == LEASE_READ)
			continue;
		begin_break(lease, write ? LEASE_NONE : LEASE_READ);
		if (deadline == 0 || lease->deadline < deadline)
			deadline = lease->deadline;
	}
	return deadline;
}

static NOINLINE int break_leases(struct inode *inode, bool write, bool nonblock)
{
	for (;;) {
		mutex_lock(&lease_lock);
		expire(inode);
		uint64_t deadline = break_all(inode, write);
		uint64_t seen = nr_changes;

		mutex_unlock(&lease_lock);
		if (deadline == 0)
			return 0;
		if (nonblock)
			return -EAGAIN;

		int err = waitq_wait_until(&changed,
					   READ_ONCE(nr_changes) != seen,
					   deadline);

		if (err == -ERESTARTSYS)
			return err;
	}
}

static int count_in(struct file *f)
{
	if (f->mode & FMODE_WRITE)
		return inode_begin_writing(f->inode);
	atomic_fetch_add_relaxed(&f->inode->open_to_read, 1);
	return 0;
}

static void count_out(struct file *f)
{
	if (f->mode & FMODE_WRITE)
		inode_end_writing(f->inode);
	else
		atomic_fetch_add_relaxed(&f->inode->open_to_read, -1U);
}

int lease_open(struct file *f)
{
	int err = count_in(f);

	if (err != 0)
		return err;
	f->mode |= FMODE_COUNTED;
	/*
	 * ORDER lease-open, opening side; the other is in add().
	 * Full: the count, then the leases.
	 */
	smp_mb();
	race_point(lease_counted, f->inode);
	if (likely(READ_ONCE(f->inode->leases) == NULL))
		return 0;
	return break_leases(f->inode, f->mode & FMODE_WRITE,
			    READ_ONCE(f->flags) & O_NONBLOCK);
}

int lease_break_to_write(struct inode *inode)
{
	if (likely(READ_ONCE(inode->leases) == NULL))
		return 0;
	return break_leases(inode, true, false);
}

static NOINLINE void give_up(struct file *f)
{
	mutex_lock(&lease_lock);
	struct lease **at = find(f);

	if (*at != NULL)
		remove(at);
	mutex_unlock(&lease_lock);
}

void lease_closed(struct file *f)
{
	count_out(f);
	if (unlikely(READ_ONCE(f->inode->leases) != NULL))
		give_up(f);
}
