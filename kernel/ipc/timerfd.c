/*
 * ipc/timerfd.c - a timer that is a file.
 *
 * Nothing is counted when the timer rings: how often it did follows from the
 * time that has passed since the first ring that nobody has read.  The
 * interrupt only wakes who waits; a read sets the timer for the next ring.
 */
#include "ipc/timerfd.h"

#include "arch/hart.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/time/timer.h"
#include "sync/attempt.h"
#include "vfs/file.h"

struct timerfd {
	struct LOCK_OF(mutex, timerfd) lock;      /* RANK_PIPE: who sets and reads */
	uint64_t expires GUARDED_BY(C_timerfd);   /* first unread ring, 0: off */
	uint64_t interval GUARDED_BY(C_timerfd);  /* ticks, 0: rings once */
	bool realtime;                            /* (c) */
	struct timer timer GUARDED_BY(C_timerfd); /* to start and cancel */
	struct waitq rang;
};

static void ring(struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);

	waitq_wake_all(&t->rang);
}

static bool is_due(const struct timerfd *t)
{
	uint64_t expires = READ_ONCE(t->expires);

	return expires != 0 && clock_ticks() >= expires;
}

static void start(struct timerfd *t, uint64_t expires) REQUIRES(C_timerfd)
{
	WRITE_ONCE(t->expires, expires);
	if (expires == 0)
		timer_cancel(&t->timer);
	else
		timer_start(&t->timer, expires);
}

/* How often it rang since the last call. */
static int take_rings(struct timerfd *t, uint64_t *rings)
{
	*rings = 0;
	mutex_lock(&t->lock);
	if (is_due(t)) {
		*rings = t->interval == 0 ? 1 :
			 (clock_ticks() - t->expires) / t->interval + 1;
		start(t, t->interval == 0 ? 0 :
			 t->expires + *rings * t->interval);
	}
	mutex_unlock(&t->lock);
	return *rings != 0 ? 0 : -EAGAIN;
}

static ssize_t timerfd_read(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	struct timerfd *t = f->data;
	uint64_t rings;
	ssize_t err;

	if (n < sizeof(rings))
		return -EINVAL;
	err = attempt(take_rings(t, &rings), READ_ONCE(f->flags) & O_NONBLOCK,
		      waitq_wait_interruptible(&t->rang, is_due(t)));
	if (err != 0)
		return err;
	return put_user_u64(buf, rings) == 0 ? (ssize_t)sizeof(rings) : -EFAULT;
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->data;

	if (pt != NULL)
		pt->watch(pt, &t->rang);
	return is_due(t) ? POLLIN : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->data;

	timer_cancel(&t->timer);
	kfree(t);
}

static const struct file_ops timerfd_file_ops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
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
	err = file_create(out, &timerfd_file_ops, FMODE_READ | FMODE_WRITE,
			  O_RDWR | (flags & O_NONBLOCK), t);
	if (err != 0)
		kfree(t);
	return err;
}

void timerfd_set(struct file *f, uint64_t expires, uint64_t interval)
{
	struct timerfd *t = f->data;

	mutex_lock(&t->lock);
	t->interval = interval;
	start(t, expires);
	mutex_unlock(&t->lock);
}

int timerfd_get(struct file *f, uint64_t *left, uint64_t *interval,
		bool *realtime)
{
	struct timerfd *t = f->data;
	uint64_t now = clock_ticks();

	if (f->mode & FMODE_PATH)
		return -EBADF;
	if (f->ops != &timerfd_file_ops)
		return -EINVAL;
	mutex_lock(&t->lock);
	*interval = t->interval;
	*realtime = t->realtime;
	if (t->expires == 0)
		*left = 0;
	else if (now < t->expires)
		*left = t->expires - now;
	else if (t->interval != 0)
		*left = t->interval - (now - t->expires) % t->interval;
	else
		*left = 0;
	mutex_unlock(&t->lock);
	return 0;
}
