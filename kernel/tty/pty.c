/*
 * tty/pty.c - pseudoterminals: the master's file, and what the slave has
 * instead of a serial line.
 *
 * Opening /dev/ptmx makes a pair.  A master that reads gets -EIO when every
 * slave has been closed again, as on a line whose other end is gone; a slave
 * whose master is closed has hung up, for good: reads find the end, writes and
 * ioctls -EIO.
 */
#include "tty/pty_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"
#include "vfs/device.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"

#define PTMX_MAJOR 5
#define PTMX_MINOR 2
#define CHUNK 256U

/* ---- life ---- */

void pty_get(struct tty *tty)
{
	if (tty->device == NULL)
		refcount_get(&pty_of(tty)->refs);
}

void pty_put(struct tty *tty)
{
	if (tty->device == NULL && refcount_put(&pty_of(tty)->refs))
		kfree(pty_of(tty));
}

static struct pty *pty_create(void)
{
	struct pty *p = kzalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	tty_setup(&p->tty, 0);
	p->refs = REFCOUNT_INIT(1);
	p->locked = 1;
	waitq_init(&p->readable);
	return p;
}

/* ---- the slave's side ---- */

static unsigned bytes_shown(const struct pty *p)
{
	return READ_ONCE(p->shown) - READ_ONCE(p->taken);
}

bool pty_has_room(const struct tty *tty)
{
	const struct pty *p = container_of(tty, const struct pty, tty);

	return PTY_BUFFER - bytes_shown(p) >= TTY_ROOM;
}

void pty_emit(struct tty *tty, const char *s, size_t n)
{
	struct pty *p = pty_of(tty);

	for (; n > 0 && bytes_shown(p) < PTY_BUFFER; n--) {
		p->ring[p->shown % PTY_BUFFER] = *s++;
		WRITE_ONCE(p->shown, p->shown + 1);
	}
	waitq_wake_all(&p->readable);
}

int pty_slave_opened(struct tty *tty)
{
	struct pty *p = pty_of(tty);
	int err = -EIO;

	mutex_lock(&tty->lock);
	if (!READ_ONCE(tty->hung_up) && !READ_ONCE(p->locked)) {
		WRITE_ONCE(p->slaves, p->slaves + 1);
		WRITE_ONCE(p->was_open, true);
		err = 0;
	}
	mutex_unlock(&tty->lock);
	return err;
}

void pty_slave_closed(struct tty *tty)
{
	struct pty *p = pty_of(tty);

	mutex_lock(&tty->lock);
	WRITE_ONCE(p->slaves, p->slaves - 1);
	mutex_unlock(&tty->lock);
	waitq_wake_all(&p->readable);
}

/* ---- the master's side ---- */

static bool is_abandoned(const struct pty *p)
{
	return READ_ONCE(p->was_open) && READ_ONCE(p->slaves) == 0;
}

static size_t take(struct pty *p, char *to, size_t n) REQUIRES(C_tty)
{
	size_t taken = 0;

	while (taken < n && bytes_shown(p) > 0) {
		to[taken++] = p->ring[p->taken % PTY_BUFFER];
		WRITE_ONCE(p->taken, p->taken + 1);
	}
	return taken;
}

/* News alone; or what was shown, in packets with a byte 0 before it. */
static size_t take_packet(struct pty *p, char *to, size_t n) REQUIRES(C_tty)
{
	uint8_t news = pty_take_news(p);

	if (!p->packets || (news == 0 && bytes_shown(p) == 0))
		return take(p, to, n);
	*to = (char)news;
	return 1 + (news == 0 ? take(p, to + 1, n - 1) : 0);
}

static ssize_t take_chunk(struct pty *p, char *to, size_t n)
{
	ssize_t taken;

	mutex_lock(&p->tty.lock);
	taken = (ssize_t)take_packet(p, to, n);
	if (taken == 0)
		taken = is_abandoned(p) ? -EIO : -EAGAIN;
	mutex_unlock(&p->tty.lock);
	if (taken > 0)
		waitq_wake_all(&p->tty.writable);
	return taken;
}

static bool has_something(const struct pty *p)
{
	return bytes_shown(p) > 0 || READ_ONCE(p->news) != 0;
}

/* At most a chunk, as a line would bring it. */
static ssize_t master_read(struct file *f, vaddr_t buf, size_t n,
			   uint64_t *pos UNUSED)
{
	struct pty *p = f->data;
	char chunk[CHUNK];
	ssize_t taken;

	if (n == 0)
		return 0;
	taken = attempt(take_chunk(p, chunk, min(n, (size_t)CHUNK)),
			READ_ONCE(f->flags) & O_NONBLOCK,
			waitq_wait_interruptible(&p->readable,
						 has_something(p) ||
							 is_abandoned(p)));
	if (taken < 0)
		return taken;
	return copy_to_user(buf, chunk, (size_t)taken) != 0 ? -EFAULT : taken;
}

/* Type as many of @n characters as the slave can have: how many, or -EAGAIN. */
static ssize_t type(struct tty *tty, const char *s, size_t n)
{
	size_t done = tty_receive(tty, s, n);

	return done == 0 ? -EAGAIN : (ssize_t)done;
}

static ssize_t master_write(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	struct pty *p = f->data;
	size_t done = 0;
	char chunk[CHUNK];
	ssize_t typed = 0;

	while (typed >= 0 && done < n) {
		size_t part = min(n - done, (size_t)CHUNK);

		typed = copy_from_user(chunk, buf + done, part);
		if (typed < 0)
			break;
		typed = attempt(type(&p->tty, chunk, part),
				READ_ONCE(f->flags) & O_NONBLOCK,
				waitq_wait_interruptible(
					&p->tty.drained,
					tty_can_receive(&p->tty)));
		if (typed > 0)
			done += (size_t)typed;
		if (done < n && block_interrupted())
			typed = -ERESTARTSYS;
		cond_resched();
	}
	return done > 0 ? (ssize_t)done : typed;
}

static unsigned master_poll(struct file *f, struct poll_table *pt)
{
	struct pty *p = f->data;
	unsigned events = 0;

	if (pt != NULL) {
		pt->watch(pt, &p->readable);
		pt->watch(pt, &p->tty.drained);
	}
	if (has_something(p))
		events |= POLLIN;
	if (READ_ONCE(p->news) != 0)
		events |= POLLPRI;
	if (is_abandoned(p))
		events |= POLLHUP;
	if (tty_can_receive(&p->tty))
		events |= POLLOUT;
	return events;
}

static void master_release(struct file *f)
{
	struct pty *p = f->data;

	devpts_remove(p->index);
	mutex_lock(&p->tty.lock);
	WRITE_ONCE(p->tty.hung_up, true);
	mutex_unlock(&p->tty.lock);
	tty_hang_up(&p->tty);
	race_point(tty_hung_up, &p->tty);
	waitq_wake_all(&p->tty.readable);
	waitq_wake_all(&p->tty.writable);
	pty_put(&p->tty);
}

/* ---- what the master may be asked ---- */

/* A descriptor of the slave, without its name. */
static long open_peer(struct pty *p, unsigned flags)
{
	static const unsigned modes[] = {
		[O_RDONLY] = FMODE_READ,
		[O_WRONLY] = FMODE_WRITE,
		[O_RDWR] = FMODE_READ | FMODE_WRITE,
		[O_ACCMODE] = 0,
	};
	struct inode *inode = devpts_inode(p->index);
	char path[24];
	struct file *f;
	int err;

	if (inode == NULL)
		return -EIO;
	ksnprintf(path, sizeof(path), "/dev/pts/%u", p->index);
	err = file_create(&f, NULL, modes[flags & O_ACCMODE],
			  flags & (O_ACCMODE | O_NONBLOCK | O_NOCTTY), NULL);
	if (err != 0) {
		inode_put(inode);
		return err;
	}
	f->inode = inode;
	f->path = kstrdup(path);
	err = inode->ops->open(inode, f);
	f->flags &= ~(unsigned)O_NOCTTY;
	if (err != 0) {
		file_put(f);
		return err;
	}
	return fd_install(f, flags & O_CLOEXEC);
}

static long set_locked(struct pty *p, vaddr_t arg)
{
	uint32_t value;

	if (get_user_u32(&value, arg) != 0)
		return -EFAULT;
	WRITE_ONCE(p->locked, value != 0);
	return 0;
}

/* Those that can be typed: whom they are for may have other rights. */
static long send_signal(struct tty *tty, unsigned long sig)
{
	if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
		return -EINVAL;
	tty_signal_foreground(tty, (int)sig);
	return 0;
}

/* What has come in here is what the slave has shown; what is typed was sent on
 * at once, and is the slave's. */
static long flush(struct pty *p, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which == TCOFLUSH)
		return 0;
	mutex_lock(&p->tty.lock);
	WRITE_ONCE(p->taken, p->shown);
	mutex_unlock(&p->tty.lock);
	waitq_wake_all(&p->tty.writable);
	return 0;
}

static long master_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct pty *p = f->data;
	int number;

	switch (cmd) {
	case TIOCGPTN:
		return put_user_u32(arg, p->index);
	case TIOCSPTLCK:
		return set_locked(p, arg);
	case TIOCGPTLCK:
		return put_user_u32(arg, READ_ONCE(p->locked));
	case TIOCGPTPEER:
		return open_peer(p, (unsigned)arg);
	case TIOCPKT:
		return pty_set_packets(p, arg);
	case TIOCGPKT:
		return pty_get_packets(p, arg);
	case TIOCSIG:
		return send_signal(&p->tty, arg);
	case FIONREAD:
		return put_user_u32(arg, bytes_shown(p));
	case TCFLSH:
		return flush(p, arg);
	case TIOCGPGRP:
		return put_user_u32(arg, (uint32_t)tty_job_number(&p->tty, true));
	case TIOCGSID:
		number = tty_job_number(&p->tty, false);
		return number == 0 ? -ENOTTY : put_user_u32(arg, (uint32_t)number);
	case TIOCSPGRP:
	case TIOCSCTTY:
	case TIOCNOTTY:
		return tty_ioctl_job(&p->tty, f, cmd, arg);
	default:
		return tty_settings(&p->tty, cmd, arg);
	}
}

static const struct file_ops master_file_ops = {
	.tells_owner = true,
	.read = master_read,
	.write = master_write,
	.ioctl = master_ioctl,
	.poll = master_poll,
	.release = master_release,
};

static int open_ptmx(struct file *f)
{
	struct pty *p = pty_create();
	int err;

	if (p == NULL)
		return -ENOMEM;
	err = devpts_add(p);
	if (err < 0) {
		pty_put(&p->tty);
		return err;
	}
	f->data = p;
	f->ops = &master_file_ops;
	return 0;
}

void pty_init(void)
{
	static const struct file_ops ptmx_node_ops = { .open = open_ptmx };

	if (device_register(S_IFCHR, PTMX_MAJOR, PTMX_MINOR, &ptmx_node_ops) != 0)
		panic("the device number of pseudoterminals is taken");
	device_name("ptmx", S_IFCHR | 0666, PTMX_MAJOR, PTMX_MINOR);
	devpts_init();
}
