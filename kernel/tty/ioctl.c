/*
 * tty/ioctl.c - what a terminal is asked for and told, by number.
 *
 * Changing them from the background is treated as writing.  Output is sent
 * before write() returns, so there is never any to wait for: TCSETSW is
 * TCSETS, and TCSBRK has nothing to drain.
 */
#include "tty/tty_internal.h"

#include "debug/race.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "vfs/cred.h"

static long get_size(struct tty *tty, vaddr_t arg)
{
	struct winsize size;

	mutex_lock(&tty->lock);
	size = tty->winsize;
	mutex_unlock(&tty->lock);
	return copy_to_user(arg, &size, sizeof(size));
}

static bool same_size(const struct winsize *a, const struct winsize *b)
{
	return a->rows == b->rows && a->columns == b->columns &&
	       a->x_pixels == b->x_pixels && a->y_pixels == b->y_pixels;
}

static long set_size(struct tty *tty, vaddr_t arg)
{
	struct winsize size;
	bool changed;

	if (copy_from_user(&size, arg, sizeof(size)) != 0)
		return -EFAULT;
	mutex_lock(&tty->lock);
	changed = !same_size(&size, &tty->winsize);
	tty->winsize = size;
	mutex_unlock(&tty->lock);
	if (changed)
		tty_signal_foreground(tty, SIGWINCH);
	return 0;
}

static long count_input(struct tty *tty, vaddr_t arg)
{
	uint32_t n;

	mutex_lock(&tty->lock);
	n = tty_bytes(tty);
	mutex_unlock(&tty->lock);
	return put_user_u32(arg, n);
}

static long flush(struct tty *tty, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	mutex_lock(&tty->lock);
	if (which != TCOFLUSH)
		tty_flush_input(tty);
	if (which != TCIFLUSH) /* nothing waits, but the other end has some */
		pty_tell(tty, TIOCPKT_FLUSHWRITE, 0);
	mutex_unlock(&tty->lock);
	return 0;
}

/* There is one. */
static long set_discipline(vaddr_t arg)
{
	uint32_t wanted;

	if (get_user_u32(&wanted, arg) != 0)
		return -EFAULT;
	return wanted == N_TTY ? 0 : -EINVAL;
}

static bool changes_terminal(unsigned cmd)
{
	switch (cmd) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
	case TCFLSH:
	case TCSBRK:
	case TCSBRKP:
	case TCXONC:
	case TIOCSPGRP:
	case TIOCSLCKTRMIOS:
	case TIOCSETD:
		return true;
	default:
		return false;
	}
}

long tty_settings(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return tty_get_settings(tty, arg);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return tty_set_settings(tty, arg, cmd == TCSETSF);
	case TCGETA:
		return tty_get_old_settings(tty, arg);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return tty_set_old_settings(tty, arg, cmd == TCSETAF);
	case TIOCGLCKTRMIOS:
		return tty_get_locked(tty, arg);
	case TIOCSLCKTRMIOS:
		return tty_set_locked(tty, arg);
	case TIOCGETD:
		return put_user_u32(arg, N_TTY);
	case TIOCSETD:
		return set_discipline(arg);
	case TIOCGWINSZ:
		return get_size(tty, arg);
	case TIOCSWINSZ:
		return set_size(tty, arg);
	case FIONREAD:
		return count_input(tty, arg);
	case TIOCOUTQ:
		return put_user_u32(arg, 0);
	case TCFLSH:
		return flush(tty, arg);
	case TCSBRK:
	case TCSBRKP:
		return 0;
	default:
		return -ENOTTY;
	}
}

/* Types @c, as if the user had: who could be anybody's program on any terminal
 * may, others on their own. */
static long type_char(struct tty *tty, vaddr_t arg)
{
	bool may_all = cred_can(current_cred(), CAP_SYS_ADMIN);
	char c;

	if (!may_all && !tty_is_mine(tty))
		return -EPERM;
	if (copy_from_user(&c, arg, sizeof(c)) != 0)
		return -EFAULT;
	(void)tty_receive(tty, &c, 1); /* or it is lost, as on a line */
	return 0;
}

/* What only the slave's side of a pair has, or a terminal that is none. */
static long slave_ioctl(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCXONC:
		return tty_flow(tty, arg);
	case TIOCSTI:
		return type_char(tty, arg);
	case TIOCEXCL:
	case TIOCNXCL:
		WRITE_ONCE(tty->exclusive, cmd == TIOCEXCL);
		return 0;
	case TIOCGEXCL:
		return put_user_u32(arg, READ_ONCE(tty->exclusive));
	default:
		return tty_settings(tty, cmd, arg);
	}
}

long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct tty *tty = f->data;
	long err = READ_ONCE(tty->hung_up) ? -EIO : 0;

	race_point(tty_asked, tty);
	if (err == 0 && changes_terminal(cmd))
		err = tty_check_background(tty, SIGTTOU);
	if (err == -EIO && cmd == TIOCSPGRP)
		return -ENOTTY; /* as POSIX has it */
	if (err == 0)
		err = slave_ioctl(tty, cmd, arg);
	return err == -ENOTTY ? tty_ioctl_job(tty, f, cmd, arg) : err;
}
