/*
 * proc/signal/async.c - telling a file's owner by a signal.
 *
 * With O_ASYNC set, a file's struct async stands in the wait queues of the file
 * as somebody who polls would: whoever wakes those calls it.  That may be in an
 * interrupt, and under a lock under which no signal can be sent.  So it only
 * comes on a list, and a thread of the kernel asks the file what has happened,
 * and tells.  What happens meanwhile is told with it.
 *
 * Neither the list nor the thread has a reference to the file: when its user has
 * closed it, it has to be closed when close() returns, and the other end of a
 * pipe finds that out.  So who puts the last reference waits for the thread:
 *
 *	the thread, with `telling'		who puts the last reference
 *						leaves the queues: nobody puts it
 *						on the list any more
 *	takes it off the list; tells		or takes it off himself
 *	unlocks `telling'			locks `telling', unlocks: the
 *						thread has it no more; frees it
 */

#include "proc/signal/async_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "proc/sched/sched.h"
#include "proc/signal/signal.h"
#include "proc/task/pid.h"
#include "sync/late.h"
#include "sync/work.h"
#include "vfs/landlock/landlock.h"
#include "vfs/notify/dnotify.h"
#include "vfs/poll.h"
#include "vfs/process.h"

#define POLL_IN 1
#define POLL_OUT 2
#define POLL_MSG 3 /* a lease is broken, or something was done in a directory */
#define POLL_PRI 5 /* an urgent byte has come */
#define BAND_IN (POLLIN | POLLRDNORM)
#define BAND_MSG (BAND_IN | 0x400)
#define BAND_PRI (POLLPRI | 0x80)
#define BAND_OUT (POLLOUT | POLLWRNORM | 0x200)

static struct spinlock pending_lock = SPINLOCK_INIT(RANK_READY);
static struct list pending = LIST_INIT(pending); /* (pending_lock); read without
						  * to decide to sleep */
static struct waitq work; /* RANK_READY */
static struct mutex telling; /* RANK_TELLING; what was on the list is asked and
			      * told */

/* ---- sending ---- */

static bool may_tell(const struct async *a, const struct cred *its)
	REQUIRES(TREE_ALONE)
{
	const struct file_owner *owner = &a->owner;

	if (landlock_keeps_in(a->domain, its->domain, LANDLOCK_SCOPE_SIGNAL))
		return false;
	return owner->euid == 0 || owner->euid == its->suid ||
	       owner->euid == its->uid || owner->uid == its->suid ||
	       owner->uid == its->uid;
}

/* Signals whose codes mean something else have one for this. */
static bool has_own_codes(int sig)
{
	return SIGMASK(sig) & (SIGMASK(SIGILL) | SIGMASK(SIGFPE) |
			       SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) |
			       SIGMASK(SIGTRAP) | SIGMASK(SIGCHLD) |
			       SIGMASK(SIGSYS));
}

static struct siginfo info_of(const struct async *a, int fd, int code)
{
	static const long bands[] = {
		[POLL_IN] = BAND_IN,
		[POLL_OUT] = BAND_OUT,
		[POLL_MSG] = BAND_MSG,
		[POLL_PRI] = BAND_PRI,
	};
	int sig = READ_ONCE(a->signal);

	if (sig == 0)
		return (struct siginfo){ .si_signo = SIGIO,
					 .si_code = SI_KERNEL };
	return (struct siginfo){
		.si_signo = sig,
		.si_code = has_own_codes(sig) ? SI_SIGIO : code,
		.band = bands[code],
		.fd = fd,
	};
}

/* @t NULL: to the process.  A queue that is full loses what was to be told, but
 * not that there was something. */
static void send_to(struct proc *p, struct thread *t,
		    int (*send)(struct proc *p, struct thread *t,
				const struct siginfo *info),
		    const struct siginfo *info)
{
	static const struct siginfo plain = { .si_signo = SIGIO,
					      .si_code = SI_KERNEL };

	if (send(p, t, info) == -EAGAIN)
		(void)send(p, t, &plain);
}

static int send_member(struct proc *p, struct thread *t UNUSED,
		       const struct siginfo *info) REQUIRES(TREE_ALONE)
{
	return signal_send_member(p, info);
}

static void tell_group(const struct async *a, const struct siginfo *info)
	REQUIRES(TREE_ALONE)
{
	const struct pgroup *g = async_owner_group(a);
	struct proc *p;

	if (g == NULL)
		return;
	for_each_member(p, g)
		if (p->state == PROC_RUNNING && may_tell(a, p->cred))
			send_to(p, NULL, send_member, info);
}

static void tell_one(const struct async *a, const struct siginfo *info)
	REQUIRES(TREE_ALONE)
{
	struct proc *p = async_owner_proc(a);
	struct thread *t = NULL;

	if (p == NULL || !may_tell(a, p->cred))
		return;
	if (a->owner.type == OWNER_THREAD)
		t = pid_thread(a->owner.number);
	if (a->owner.type == OWNER_THREAD && t == NULL)
		return;
	send_to(p, t, signal_send_thread, info);
}

static void tell_locked(const struct async *a, const struct siginfo *info)
	REQUIRES(TREE_ALONE)
{
	if (a->owner.type == OWNER_GROUP)
		tell_group(a, info);
	else
		tell_one(a, info);
}

static void tell_by(const struct async *a, const struct siginfo *info)
{
	tree_lock();
	tell_locked(a, info);
	tree_unlock();
}

static void tell_owner(const struct async *a, int code)
{
	const struct siginfo info = info_of(a, READ_ONCE(a->fd), code);

	tell_by(a, &info);
}

/* ---- what has happened ---- */

static struct async *async_of_watch(struct waiter *w)
{
	return container_of(w, struct watch, waiter)->async;
}

/* In whatever context the file's queue is woken, with its lock. */
static bool note(struct waiter *w)
{
	struct async *a = async_of_watch(w);
	bool reading = container_of(w, struct watch, waiter)->reading;
	unsigned long irq = spin_lock_irqsave(&pending_lock);

	a->read |= reading;
	a->written |= !reading;
	if (!list_is_linked(&a->link))
		list_push_back(&pending, &a->link);
	spin_unlock_irqrestore(&pending_lock, irq);
	waitq_wake_all(&work);
	return false;
}

/* Off the list; NULL: it is empty. */
static struct async *take_next(bool *read, bool *written) REQUIRES(telling)
{
	struct async *a = NULL;
	unsigned long irq = spin_lock_irqsave(&pending_lock);

	if (!list_is_empty(&pending)) {
		a = list_entry(list_first(&pending), struct async, link);
		list_remove(&a->link);
		*read = a->read;
		*written = a->written;
		a->read = a->written = false;
	}
	spin_unlock_irqrestore(&pending_lock, irq);
	return a;
}

static void tell(const struct async *a, bool read, bool written)
{
	unsigned events = file_poll(a->file, NULL);

	race_point(owner_to_tell, 0);
	if (!(READ_ONCE(a->file->flags) & O_ASYNC))
		return;
	if (read && (events & (POLLIN | POLLRDHUP | POLLHUP | POLLERR)))
		tell_owner(a, POLL_IN);
	if (written && (events & (POLLOUT | POLLHUP | POLLERR)))
		tell_owner(a, POLL_OUT);
}

static bool tell_next(void)
{
	bool read, written;

	mutex_lock(&telling);
	const struct async *a = take_next(&read, &written);

	if (a != NULL)
		tell(a, read, written);
	mutex_unlock(&telling);
	return a != NULL;
}

static void run(void *unused UNUSED)
{
	for (;;) {
		waitq_wait(&work, READ_ONCE(pending.next) != &pending ||
					  dnotify_nr_due() != 0);
		while (tell_next())
			cond_resched();
		owners_tell();
	}
}

/* ---- O_ASYNC ---- */

struct joining {
	struct poll_table table; /* first: what the file is given */
	struct async *async;
};

static void join(struct poll_table *pt, struct waitq *q) REQUIRES(C_pos)
{
	struct async *a = container_of(pt, struct joining, table)->async;
	unsigned i = a->nr_watches;

	assert(i < MAX_QUEUES);
	a->watch[i].waiter = (struct waiter){ .notify = note };
	a->watch[i].reading = i == 0 && (a->file->mode & FMODE_READ);
	a->nr_watches = i + 1;
	waitq_watch(q, &a->watch[i].waiter);
}

static void set_flag(struct file *f, bool on)
{
	if (on)
		atomic_fetch_or_relaxed(&f->flags, O_ASYNC);
	else
		atomic_fetch_and_relaxed(&f->flags, ~O_ASYNC);
}

static int begin(struct file *f, int fd) REQUIRES(C_pos)
{
	struct joining j = { .table = { .watch = join } };

	j.async = async_obtain(f);
	if (j.async == NULL)
		return -ENOMEM;
	WRITE_ONCE(j.async->fd, fd);
	set_flag(f, true);
	if (j.async->nr_watches == 0)
		(void)file_poll(f, &j.table);
	return 0;
}

static void end(struct async *a) REQUIRES(C_pos)
{
	unsigned long irq;

	for (unsigned i = 0; i < a->nr_watches; i++)
		waitq_finish(&a->watch[i].waiter);
	a->nr_watches = 0;
	irq = spin_lock_irqsave(&pending_lock);
	if (list_is_linked(&a->link))
		list_remove(&a->link);
	spin_unlock_irqrestore(&pending_lock, irq);
}

int async_enable(struct file *f, int fd, bool on)
{
	int err = 0;

	if (!f->ops->tells_owner)
		return 0;
	mutex_lock(&f->pos_lock);
	if (on) {
		err = begin(f, fd);
	} else {
		set_flag(f, false);
		if (f->async != NULL)
			end(f->async);
	}
	mutex_unlock(&f->pos_lock);
	return err;
}

/* ---- what others have to tell ---- */

void async_tell_urgent(struct file *f)
{
	static const struct siginfo urgent = { .si_signo = SIGURG,
					       .si_code = SI_KERNEL };
	const struct async *a = async_of(f);

	if (a == NULL)
		return;
	tell_by(a, &urgent);
	if ((READ_ONCE(f->flags) & O_ASYNC) && READ_ONCE(a->signal) != 0)
		tell_owner(a, POLL_PRI);
}

/* Also one that is gone. */
static bool has_owner(struct file *f)
{
	const struct async *a = async_of(f);

	if (a == NULL)
		return false;
	tree_lock();
	bool has = a->owner.number != 0;
	tree_unlock();
	return has;
}

int async_need_owner(struct file *f)
{
	return has_owner(f) ? 0 :
		       async_set_owner(f, OWNER_PROCESS, current_proc()->pid);
}

int async_begin_lease(struct file *f, int fd)
{
	struct async *a;

	mutex_lock(&f->pos_lock);
	a = async_obtain(f);
	if (a != NULL)
		WRITE_ONCE(a->fd, fd);
	mutex_unlock(&f->pos_lock);
	return a != NULL ? async_need_owner(f) : -ENOMEM;
}

void file_tell_broken(struct file *f)
{
	tell_owner(async_of(f), POLL_MSG);
}

/* ---- directories ---- */

/* A thread of the kernel has no call that would be over. */
void owners_tell_soon(void)
{
	if (vfs_self_if_any() != NULL)
		atomic_fetch_or_relaxed(&current_thread()->arch.work, WORK_OWNERS);
	else
		waitq_wake_all(&work);
}

/* The owner of one; false: of none there was something to tell. */
static bool tell_one_due(void)
{
	struct dnotify_due due;

	tree_lock();
	bool any = dnotify_take(&due);

	if (any) {
		const struct async *a = async_of(due.file);
		const struct siginfo info = info_of(a, due.fd, POLL_MSG);

		race_point(dnotify_taken, due.file);
		while (due.times-- > 0)
			tell_locked(a, &info);
	}
	tree_unlock();
	return any;
}

/* As many as there were: others add more.  Where there is nothing, somebody may be
 * telling it who has the lock. */
void owners_tell(void)
{
	unsigned nr = dnotify_nr_due();

	atomic_fetch_and_relaxed(&current_thread()->arch.work,
				 ~(uint32_t)WORK_OWNERS);
	while (tell_one_due() && nr-- > 1)
		cond_resched();
}

void file_leave_queues(struct file *f)
{
	is_private(pos);
	if (f->async->nr_watches == 0)
		return;
	end(f->async);
	race_point(owner_leaves, 0);
	/* Whoever may be telling has it no more. */
	mutex_lock(&telling);
	mutex_unlock(&telling);
}

void file_forget_owner(struct file *f)
{
	static const struct file_owner nobody;

	async_give(f->async, &nobody, NULL, 0, NULL);
	kfree(f->async);
}

void async_init(void)
{
	waitq_init(&work);
	spin_init(&work.lock, RANK_READY);
	mutex_init(&telling, RANK_TELLING);
	if (kthread_start("sigio", run, NULL) == NULL)
		panic("no memory for a thread");
}
