/*
 * ipc/timerfd.c - a timer that is a file.
 *
 * Nothing is counted when the timer rings: how often it did follows from the
 * time that has passed since the first ring that nobody has read.  The
 * interrupt only wakes who waits; a read sets the timer for the next ring.
 *
 * One that asks for it is told, once, that the time of day was set: each knows
 * how often it had been when it was told last, and those who may be are in a
 * list, for somebody has to wake who waits.
 */
#include "ipc/timerfd.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "mm/pieces.h"
#include "mm/slab.h"
#include "proc/time/period.h"
#include "proc/time/timer.h"
#include "sync/attempt.h"
#include "sync/waitq.h"
#include "vfs/file.h"

/* Who is told when the time of day is set. */
static struct mutex told_lock; /* RANK_MISC_SLEEP */
static struct list told GUARDED_BY(told_lock) = LIST_INIT(told);
static uint64_t nr_sets; /* (told_lock) to write; how often it was */

struct timerfd {
	struct LOCK_OF(mutex, timerfd) lock;      /* RANK_PIPE: who sets and reads */
	uint64_t expires GUARDED_BY(C_timerfd);   /* first unread ring, a deadline; 0: off */
	uint64_t interval GUARDED_BY(C_timerfd);  /* ns, 0: rings once */
	uint64_t rest GUARDED_BY(C_timerfd);      /* proc/time/period.h */
	bool realtime;                            /* (c) */
	struct timer timer GUARDED_BY(C_timerfd); /* to start and cancel */
	struct list told_link GUARDED_BY(told_lock);
	bool is_told GUARDED_BY(C_timerfd);       /* in that list */
	uint64_t sets GUARDED_BY(C_timerfd);      /* nr_sets when it was told last */
	struct waitq rang;                        /* or is to be told */
};

static bool is_to_be_told(const struct timerfd *t)
{
	return READ_ONCE(t->is_told) && READ_ONCE(t->sets) != READ_ONCE(nr_sets);
}

static void ring(struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);

	waitq_wake_all(&t->rang);
}

static bool is_due(const struct timerfd *t)
{
	uint64_t expires = READ_ONCE(t->expires);

	return expires != 0 && deadline_is_over(expires);
}

static bool has_news(const struct timerfd *t)
{
	return is_due(t) || is_to_be_told(t);
}

/* -ECANCELED, once for each time that the clock was set. */
static int tell(struct timerfd *t) REQUIRES(C_timerfd)
{
	if (!is_to_be_told(t))
		return 0;
	WRITE_ONCE(t->sets, READ_ONCE(nr_sets));
	return -ECANCELED;
}

static void start(struct timerfd *t, uint64_t expires) REQUIRES(C_timerfd)
{
	WRITE_ONCE(t->expires, expires);
	if (expires == 0)
		timer_cancel(&t->timer);
	else
		timer_start(&t->timer, expires);
}

/* How often it rang since the last call; more than none. */
static uint64_t rings_until_now(struct timerfd *t) REQUIRES(C_timerfd)
{
	uint64_t rings = 1, next = 0;

	if (t->interval != 0) {
		next = t->expires;
		rings += periods_missed(&next, &t->rest, t->interval,
					deadline_now(t->expires));
	}
	start(t, next);
	return rings;
}

/* 0, -EAGAIN, or -ECANCELED. */
static int take_rings(struct timerfd *t, uint64_t *rings)
{
	int err;

	*rings = 0;
	mutex_lock(&t->lock);
	err = tell(t);
	if (is_due(t))
		*rings = rings_until_now(t);
	mutex_unlock(&t->lock);
	if (err != 0)
		return err;
	return *rings != 0 ? 0 : -EAGAIN;
}

static ssize_t timerfd_read_vector(struct file *f, struct pieces *to, size_t n)
{
	struct timerfd *t = f->data;
	uint64_t rings;
	ssize_t err;

	if (n < sizeof(rings))
		return -EINVAL;
	err = attempt(take_rings(t, &rings), file_flags(f) & O_NONBLOCK,
		      waitq_wait_interruptible(&t->rang, has_news(t)));
	if (err != 0)
		return err;
	return copy_to_pieces(to, &rings, sizeof(rings)) == sizeof(rings) ?
	       (ssize_t)sizeof(rings) : -EFAULT;
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->data;

	if (pt != NULL)
		pt->watch(pt, &t->rang);
	return has_news(t) ? POLLIN : 0;
}

static void set_told(struct timerfd *t, bool is_told) REQUIRES(C_timerfd)
{
	if (is_told == t->is_told)
		return;
	mutex_lock(&told_lock);
	if (is_told)
		list_push_back(&told, &t->told_link);
	else
		list_remove(&t->told_link);
	WRITE_ONCE(t->is_told, is_told);
	mutex_unlock(&told_lock);
}

/*
 * The count goes up before anybody is waked, and who waits joins the queue
 * before he looks at it (ORDER waitq-empty): he sees it, or is waked.
 */
void timerfd_clock_was_set(void)
{
	struct timerfd *t;

	mutex_lock(&told_lock);
	WRITE_ONCE(nr_sets, nr_sets + 1);
	list_for_each_entry(t, &told, told_link)
		waitq_wake_all(&t->rang);
	mutex_unlock(&told_lock);
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->data;

	is_private(timerfd);
	set_told(t, false);
	timer_cancel(&t->timer);
	kfree(t);
}

static const struct file_ops timerfd_file_ops = {
	.read = file_read_as_vector,
	.read_vector = timerfd_read_vector,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[timerfd]",
};

int timerfd_create(struct file **out, bool realtime, unsigned flags)
{
	struct timerfd *t = kzalloc(sizeof(*t));
	int err;

	if (t == NULL)
		return -ENOMEM;
	mutex_init(&t->lock, RANK_PIPE);
	waitq_init(&t->rang);
	timer_init(&t->timer, ring);
	t->realtime = realtime;
	is_private(timerfd);
	t->sets = READ_ONCE(nr_sets);
	err = file_create(out, &timerfd_file_ops,
			  FMODE_READ | FMODE_WRITE | FMODE_NOWAIT,
			  O_RDWR | (flags & O_NONBLOCK), t);
	if (err != 0)
		kfree(t);
	return err;
}

int timerfd_set(struct file *f, uint64_t expires, uint64_t interval, bool tells)
{
	struct timerfd *t = f->data;
	int err;

	mutex_lock(&t->lock);
	set_told(t, tells && t->realtime);
	t->interval = interval;
	t->rest = 0;
	start(t, expires);
	err = expires != 0 ? tell(t) : 0;
	mutex_unlock(&t->lock);
	return err;
}

/* It is due, and rings again: until then. */
static uint64_t left_of_period(const struct timerfd *t, uint64_t now)
	REQUIRES(C_timerfd)
{
	uint64_t next = t->expires, rest = t->rest;

	(void)periods_missed(&next, &rest, t->interval, now);
	return next - now;
}

int timerfd_get(struct file *f, uint64_t *left, uint64_t *interval,
		bool *realtime)
{
	struct timerfd *t = f->data;
	uint64_t now;

	if (f->mode & FMODE_PATH)
		return -EBADF;
	if (f->ops != &timerfd_file_ops)
		return -EINVAL;
	mutex_lock(&t->lock);
	*interval = t->interval;
	*realtime = t->realtime;
	now = deadline_now(t->expires);
	if (t->expires == 0)
		*left = 0;
	else if (now < t->expires)
		*left = t->expires - now;
	else if (t->interval != 0)
		*left = left_of_period(t, now);
	else
		*left = 0;
	mutex_unlock(&t->lock);
	return 0;
}

void timerfd_init(void)
{
	mutex_init(&told_lock, RANK_MISC_SLEEP);
}
