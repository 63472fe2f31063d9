/*
 * vfs/notify/fanotify.c - a fanotify group as a file.
 */
#include "vfs/notify/fanotify_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "sync/attempt.h"
#include "sync/block.h"
#include "vfs/cred.h"
#include "vfs/user.h"

#define FIONREAD 0x541b

uint32_t fanotify_max_groups = 128, fanotify_max_events = 16384;
uint32_t fanotify_max_marks;

/* As Linux: a hundredth of memory, at most so many. */
void fanotify_init(void)
{
	uint64_t most = pages_total() * PAGE_SIZE / 100 /
			(sizeof(struct fanotify_mark) + 2 * sizeof(struct inode));

	fanotify_max_marks = (uint32_t)max(8192UL, min(most, 1048576UL));
}

/* ---- the file ---- */

static ssize_t fanotify_read(struct file *f, vaddr_t buf, size_t n,
			     uint64_t *pos UNUSED)
{
	bool nonblock = READ_ONCE(f->flags) & O_NONBLOCK;
	struct fanotify *g = f->data;
	ssize_t got = attempt(
		fanotify_read_event(g, buf, n), nonblock,
		waitq_wait_interruptible(&g->readers,
					 READ_ONCE(g->nr_events) > 0));
	size_t done = 0;

	while (got > 0) { /* others may tell more as fast as it is read */
		done += (size_t)got;
		got = block_go_on() ? fanotify_read_event(g, buf + done, n - done)
				    : -EINTR;
	}
	return done > 0 && got != -EFAULT ? (ssize_t)done : got;
}

/* An answer. */
static ssize_t fanotify_write(struct file *f, vaddr_t buf, size_t n,
			      uint64_t *pos UNUSED)
{
	struct {
		int32_t fd;
		uint32_t answer;
	} said;
	int err = -EINVAL;

	if (n >= sizeof(said))
		err = copy_from_user(&said, buf, sizeof(said));
	if (err != 0)
		return err;
	if ((said.answer != FAN_ALLOW && said.answer != FAN_DENY) || said.fd < 0)
		return -EINVAL;
	err = fanotify_answer(f->data, said.fd, said.answer);
	return err != 0 ? err : (ssize_t)sizeof(said);
}

static unsigned fanotify_poll(struct file *f, struct poll_table *pt)
{
	struct fanotify *g = f->data;

	if (pt != NULL)
		pt->watch(pt, &g->readers);
	return READ_ONCE(g->nr_events) > 0 ? POLLIN : 0;
}

static long fanotify_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	if (cmd != FIONREAD)
		return -ENOTTY;

	const struct fanotify *g = f->data;

	return put_user_u32(arg, (uint32_t)READ_ONCE(g->bytes));
}

static void fanotify_free(struct fanotify *g)
{
	user_uncharge(g->payer, USER_FANOTIFY_GROUPS, 1);
	kfree(g);
}

static void fanotify_release(struct file *f)
{
	struct fanotify *g = f->data;
	uint64_t at = 0;

	while (fanotify_drop_marks(g, &at, 0, true))
		cond_resched();
	fanotify_queue_drop(g);
	fanotify_let_all_go(g);
	fanotify_free(g);
}

static const struct file_ops fanotify_file_ops = {
	.tells_owner = true,
	.read = fanotify_read,
	.write = fanotify_write,
	.poll = fanotify_poll,
	.ioctl = fanotify_ioctl,
	.release = fanotify_release,
	.inode_mode = 0600,
	.kind = "anon_inode:[fanotify]",
};

bool is_fanotify(const struct file *f)
{
	return f->ops == &fanotify_file_ops;
}

bool fanotify_is_asked(const struct file *f)
{
	const struct fanotify *g = f->data;

	return g->flags & (FAN_CLASS_CONTENT | FAN_CLASS_PRE_CONTENT);
}

bool fanotify_is_private(const struct file *f)
{
	const struct fanotify *g = f->data;

	return g->is_private;
}

void fanotify_flags(const struct file *f, unsigned *flags, unsigned *event_flags)
{
	const struct fanotify *g = f->data;

	*flags = g->flags;
	*event_flags = g->event_flags;
}

/* ---- a new one ---- */

static int group_create(struct fanotify **out)
{
	static const struct radix_ops ops = { .alloc = kmalloc, .free = kfree };
	struct user *payer = user_charge(current_cred()->user,
					 USER_FANOTIFY_GROUPS, 1,
					 READ_ONCE(fanotify_max_groups));
	struct fanotify *g;

	if (payer == NULL)
		return -EMFILE;
	g = kzalloc(sizeof(*g));
	if (g == NULL) {
		user_uncharge(payer, USER_FANOTIFY_GROUPS, 1);
		return -ENOMEM;
	}
	g->payer = payer;
	radix_init(&g->marks, &ops);
	fanotify_queue_init(g);
	list_init(&g->concerned);
	list_init(&g->asked);
	*out = g;
	return 0;
}

int fanotify_create(struct file **out, unsigned flags, unsigned event_flags,
		    bool is_private)
{
	struct fanotify *g;
	int err = group_create(&g);

	if (err != 0)
		return err;
	g->flags = flags & ~(FAN_CLOEXEC | FAN_NONBLOCK);
	g->event_flags = event_flags;
	g->is_private = is_private;
	fanotify_set_age(g);
	g->max_events = flags & FAN_UNLIMITED_QUEUE ?
				UINT32_MAX : READ_ONCE(fanotify_max_events);
	err = file_create(out, &fanotify_file_ops, FMODE_READ | FMODE_WRITE,
			  O_RDWR | (flags & FAN_NONBLOCK ? O_NONBLOCK : 0), g);
	if (err != 0)
		fanotify_free(g);
	return err;
}
