/*
 * proc/task/pidfd.c - see pidfd.h.
 *
 * The file holds the process, which so outlives its end and its number.  It
 * can be waited for: it is ready once no thread is left, and hung up once it
 * is reaped.  Whoever makes either so wakes p->exit_wait afterwards.
 */
#include "proc/task/pidfd.h"

#include "debug/race.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/task/clone_flags.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/process.h"

static unsigned pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct proc *p = f->data;

	if (pt != NULL)
		pt->watch(pt, &p->exit_wait);
	switch (READ_ONCE(p->state)) {
	case PROC_RUNNING:
		return 0;
	case PROC_ZOMBIE:
		return POLLIN;
	default:
		return POLLIN | POLLHUP;
	}
}

/* By this the C library finds whose it is; nobody's number is -1. */
static void pidfd_about(const struct file *f, char *text)
{
	const struct proc *p = f->data;
	int pid = READ_ONCE(p->state) == PROC_REAPED ? -1 : p->pid;

	ksnprintf(text, FILE_ABOUT_MAX, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static void pidfd_release(struct file *f)
{
	proc_put(f->data);
}

static const struct file_ops pidfd_file_ops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.inode_mode = 0700,
	.kind = "anon_inode:[pidfd]",
	.opens_again = true,
	.about = pidfd_about,
};

int pidfd_create(struct file **out, struct proc *p, unsigned flags)
{
	int err = file_create(out, &pidfd_file_ops, FMODE_READ | FMODE_WRITE,
			      O_RDWR | (flags & O_NONBLOCK), p);

	if (err == 0)
		proc_get(p);
	return err;
}

struct proc *pidfd_proc(const struct file *f)
{
	return f->ops == &pidfd_file_ops ? f->data : NULL;
}

int vfs_pidfd(unsigned pid, uint64_t birth, struct file **out)
{
	struct proc *p = proc_find((int)pid);
	int err = -ESRCH;

	if (p == NULL)
		return -ESRCH;
	if (p->pid == (int)pid && p->start_ticks == birth)
		err = pidfd_create(out, p, 0);
	proc_put(p);
	return err;
}

/* ---- of a child that is being made ---- */

int pidfd_begin(struct pidfd_birth *b, const struct clone_args *args,
		struct proc *p)
{
	int err;

	*b = (struct pidfd_birth){ 0 };
	if (!(args->flags & CLONE_PIDFD))
		return 0;
	b->fd = fd_reserve(true);
	if (b->fd < 0)
		return b->fd;
	err = pidfd_create(&b->file, p, 0);
	if (err != 0)
		fd_unreserve(b->fd);
	else
		err = put_user_u32(args->pidfd, (uint32_t)b->fd);
	return err;
}

void pidfd_end(struct pidfd_birth *b, bool made)
{
	if (b->file == NULL)
		return;
	if (made) {
		fd_fill(b->fd, b->file);
		return;
	}
	fd_unreserve(b->fd);
	file_put(b->file);
}
