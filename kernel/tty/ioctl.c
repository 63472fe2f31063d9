/*
 * tty/ioctl.c - the terminal's settings.
 *
 * Changing them from the background is treated as writing.  Output is sent
 * before write() returns, so there is never any to wait for: TCSETSW is
 * TCSETS, and TCSBRK has nothing to drain.
 */
#include "tty/tty_internal.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"

static long get_settings(struct tty *tty, vaddr_t arg)
{
	struct termios settings;

	mutex_lock(&tty->lock);
	settings = tty->termios;
	mutex_unlock(&tty->lock);
	return copy_to_user(arg, &settings, sizeof(settings));
}

static long set_settings(struct tty *tty, vaddr_t arg, bool flush)
{
	struct termios settings;

	if (copy_from_user(&settings, arg, sizeof(settings)) != 0)
		return -EFAULT;
	mutex_lock(&tty->lock);
	if (flush)
		tty_flush_input(tty);
	/* What was typed so far is no line, but nobody will edit it now. */
	if ((tty->termios.lflag ^ settings.lflag) & ICANON)
		WRITE_ONCE(tty->line_pos, tty->write_pos);
	tty->termios = settings;
	tty->next_is_literal = false;
	mutex_unlock(&tty->lock);
	waitq_wake_all(&tty->readable);
	waitq_wake_all(&tty->drained);
	return 0;
}

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
	n = tty->line_pos - tty->read_pos;
	mutex_unlock(&tty->lock);
	return put_user_u32(arg, n);
}

static long flush(struct tty *tty, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which == TCOFLUSH)
		return 0;
	mutex_lock(&tty->lock);
	tty_flush_input(tty);
	mutex_unlock(&tty->lock);
	return 0;
}

static bool changes_terminal(unsigned cmd)
{
	switch (cmd) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCFLSH:
	case TCSBRK:
	case TCSBRKP:
	case TIOCSPGRP:
		return true;
	default:
		return false;
	}
}

long tty_settings(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TCGETS:
		return get_settings(tty, arg);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_settings(tty, arg, cmd == TCSETSF);
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

long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct tty *tty = f->data;
	long err = 0;

	if (READ_ONCE(tty->hung_up))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	if (changes_terminal(cmd))
		err = tty_check_background(tty, SIGTTOU);
	if (err == 0)
		err = tty_settings(tty, cmd, arg);
	return err == -ENOTTY ? tty_ioctl_job(tty, cmd, arg) : err;
}
