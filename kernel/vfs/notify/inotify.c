/*
 * vfs/notify/inotify.c - an inotify instance: watches by number, and a queue
 * that is read.
 */
#include "vfs/notify/notify_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sync/attempt.h"
#include "sync/block.h"
#include "vfs/cred.h"
#include "vfs/mount.h"
#include "vfs/user.h"

#define FIONREAD 0x541b

uint32_t inotify_max_instances = 128, inotify_max_events = 16384;
uint32_t inotify_max_watches;

/* As Linux: a hundredth of memory, at most so many; a watch keeps an inode, which
 * is as large again in its file system's node. */
void inotify_init(void)
{
	uint64_t most = pages_total() * PAGE_SIZE / 100 /
			(sizeof(struct notify_watch) + 2 * sizeof(struct inode));

	inotify_max_watches = (uint32_t)max(8192UL, min(most, 1048576UL));
}

/* ---- what a watch is told ---- */

static struct notify_watch *watch_of(struct notify_mark *m)
{
	return container_of(m, struct notify_watch, mark);
}

static void tell(const struct notify_watch *w, uint32_t mask, uint32_t cookie,
		 const struct name *name) REQUIRES(notify_lock)
{
	const struct inotify_event event = {
		.wd = w->wd,
		.mask = mask,
		.cookie = cookie,
	};

	queue_event(w->in, &event, name);
}

static void watch_free(struct notify_watch *w) REQUIRES(notify_lock)
{
	mark_detach(&w->mark);
	(void)radix_delete(&w->in->watches, (uint64_t)w->wd);
	user_uncharge(w->payer, USER_INOTIFY_WATCHES, 1);
	kfree(w);
}

/* It is over, and its instance is told so. */
static void watch_end(struct notify_watch *w) REQUIRES(notify_lock)
{
	tell(w, IN_IGNORED, 0, NULL);
	watch_free(w);
}

static bool wants(const struct notify_watch *w, const struct happening *h)
{
	if (h->nameless && (w->mark.mask & IN_EXCL_UNLINK) &&
	    (h->event & IN_OF_OPEN_FILES))
		return false;
	return w->mark.mask & h->event & IN_ALL_EVENTS;
}

/* Linux says so of all but these. */
static bool says_dir(const struct happening *h)
{
	return h->is_dir && !(h->event & (IN_DELETE_SELF | IN_MOVE_SELF));
}

static void inotify_happens(struct notify_mark *m, const struct happening *h)
	REQUIRES(notify_lock)
{
	uint32_t event = h->event & IN_ALL_EVENTS;
	struct notify_watch *w = watch_of(m);

	if (!wants(w, h))
		return;
	tell(w, event | (says_dir(h) ? IN_ISDIR : 0), h->cookie,
	     happening_name(h));
	if (m->mask & IN_ONESHOT)
		watch_end(w);
}

static void inotify_gone(struct notify_mark *m, bool unmounted)
	REQUIRES(notify_lock)
{
	if (unmounted)
		tell(watch_of(m), IN_UNMOUNT, 0, NULL);
	watch_end(watch_of(m));
}

static const struct notify_kind inotify_kind = {
	.happens = inotify_happens,
	.gone = inotify_gone,
};

/* Of @inode's watches that of @in; NULL: there is none. */
static struct notify_watch *watch_find(struct inode *inode,
				       const struct inotify *in)
	REQUIRES(notify_lock)
{
	struct notify_mark *m;

	list_for_each_entry(m, &inode->watches, of_object)
		if (m->kind == &inotify_kind && watch_of(m)->in == in)
			return watch_of(m);
	return NULL;
}

/* ---- the file ---- */

static ssize_t inotify_read(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	bool nonblock = READ_ONCE(f->flags) & O_NONBLOCK;
	struct inotify *in = f->data;
	ssize_t got = attempt(
		queue_read(in, buf, n), nonblock,
		waitq_wait_interruptible(&in->readers,
					 READ_ONCE(in->nr_events) > 0));
	size_t done = 0;

	while (got > 0) { /* others may tell more as fast as it is read */
		done += (size_t)got;
		got = block_go_on() ? queue_read(in, buf + done, n - done) : -EINTR;
	}
	return done > 0 && got != -EFAULT ? (ssize_t)done : got;
}

static unsigned inotify_poll(struct file *f, struct poll_table *pt)
{
	struct inotify *in = f->data;

	if (pt != NULL)
		pt->watch(pt, &in->readers);
	return READ_ONCE(in->nr_events) > 0 ? POLLIN : 0;
}

static long inotify_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct inotify *in = f->data;
	size_t bytes;

	if (cmd != FIONREAD)
		return -ENOTTY;
	spin_lock(&notify_lock);
	bytes = in->bytes;
	spin_unlock(&notify_lock);
	return put_user_u32(arg, (uint32_t)bytes);
}

/* As many as others can wait for; false: there were no more. */
static bool drop_watches(struct inotify *in)
{
	struct notify_watch *w = NULL;
	uint64_t wd = 0;

	spin_lock(&notify_lock);
	for (unsigned i = 0; i < WATCHES_AT_ONCE; i++) {
		w = radix_next(&in->watches, &wd);
		if (w == NULL)
			break;
		watch_free(w);
	}
	spin_unlock(&notify_lock);
	return w != NULL;
}

static void inotify_free(struct inotify *in)
{
	user_uncharge(in->payer, USER_INOTIFY_INSTANCES, 1);
	kfree(in);
}

static void inotify_release(struct file *f)
{
	struct inotify *in = f->data;

	while (drop_watches(in))
		cond_resched();
	queue_drop(in);
	inotify_free(in);
}

static const struct file_ops inotify_file_ops = {
	.tells_owner = true,
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.inode_mode = 0600,
	.kind = "anon_inode:inotify",
};

bool is_inotify(const struct file *f)
{
	return f->ops == &inotify_file_ops;
}

/* ---- a new one ---- */

static int instance_create(struct inotify **out)
{
	static const struct radix_ops ops = { .alloc = kmalloc, .free = kfree };
	struct user *payer = user_charge(current_cred()->user,
					 USER_INOTIFY_INSTANCES, 1,
					 READ_ONCE(inotify_max_instances));
	struct inotify *in;

	if (payer == NULL)
		return -EMFILE;
	in = kzalloc(sizeof(*in));
	if (in == NULL) {
		user_uncharge(payer, USER_INOTIFY_INSTANCES, 1);
		return -ENOMEM;
	}
	in->payer = payer;
	in->max_events = READ_ONCE(inotify_max_events);
	radix_init(&in->watches, &ops);
	queue_init(in);
	*out = in;
	return 0;
}

int inotify_create(struct file **out, unsigned flags)
{
	struct inotify *in;
	int err = instance_create(&in);

	if (err != 0)
		return err;
	err = file_create(out, &inotify_file_ops, FMODE_READ,
			  O_RDONLY | (flags & O_NONBLOCK), in);
	if (err != 0)
		inotify_free(in);
	return err;
}

/* ---- watches ---- */

#define KEPT_OF_MASK (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)

static int change_watch(struct notify_watch *w, uint32_t mask)
	REQUIRES(notify_lock)
{
	uint32_t kept = mask & KEPT_OF_MASK;

	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	w->mark.mask = mask & IN_MASK_ADD ? w->mark.mask | kept : kept;
	mark_changed(&w->mark);
	return w->wd;
}

/* A number comes again only when all have been given. */
static int next_wd(struct inotify *in) REQUIRES(notify_lock)
{
	do {
		in->last_wd = in->last_wd == INT32_MAX ? 1 : in->last_wd + 1;
	} while (radix_get(&in->watches, (uint64_t)in->last_wd) != NULL);
	return in->last_wd;
}

static int register_watch(struct notify_watch *w) REQUIRES(notify_lock)
{
	w->wd = next_wd(w->in);
	return radix_set(&w->in->watches, (uint64_t)w->wd, w);
}

static int new_watch(struct inotify *in, struct inode *inode, uint32_t mask)
	REQUIRES(notify_lock)
{
	struct user *payer = user_charge(in->payer, USER_INOTIFY_WATCHES, 1,
					 READ_ONCE(inotify_max_watches));
	struct notify_watch *w;

	if (payer == NULL)
		return -ENOSPC;
	w = kzalloc(sizeof(*w));
	if (w != NULL) {
		w->in = in;
		w->payer = payer;
		w->mark.kind = &inotify_kind;
		w->mark.mask = mask & KEPT_OF_MASK;
		w->mark.inode = inode;
	}
	if (w == NULL || register_watch(w) != 0) {
		user_uncharge(payer, USER_INOTIFY_WATCHES, 1);
		kfree(w);
		return -ENOMEM;
	}
	mark_attach(&w->mark);
	return w->wd;
}

int inotify_add(struct file *f, struct inode *inode, uint32_t mask)
{
	struct inotify *in = f->data;
	int wd;

	spin_lock(&notify_lock);
	struct notify_watch *w = watch_find(inode, in);

	wd = w != NULL ? change_watch(w, mask) : new_watch(in, inode, mask);
	spin_unlock(&notify_lock);
	return wd;
}

/* One whose inode is gone for now watches nothing. */
static const struct notify_watch *watch_above(const struct inotify *in, int wd)
	REQUIRES(notify_lock)
{
	uint64_t at = (uint64_t)wd + 1;
	const struct notify_watch *w;

	while ((w = radix_next(&in->watches, &at)) != NULL && w->mark.inode == NULL)
		at++;
	return w;
}

bool inotify_next(struct file *f, struct inotify_about *about)
{
	spin_lock(&notify_lock);
	const struct notify_watch *w = watch_above(f->data, about->wd);

	if (w != NULL)
		*about = (struct inotify_about){
			.wd = w->wd,
			.mask = w->mark.mask,
			.ino = w->mark.inode->ino,
			.dev = w->mark.inode->fs->dev,
		};
	spin_unlock(&notify_lock);
	return w != NULL;
}

int inotify_remove(struct file *f, int wd)
{
	struct inotify *in = f->data;

	spin_lock(&notify_lock);
	struct notify_watch *w = wd > 0 ? radix_get(&in->watches, (uint64_t)wd)
					: NULL;

	if (w != NULL)
		watch_end(w);
	spin_unlock(&notify_lock);
	return w != NULL ? 0 : -EINVAL;
}
