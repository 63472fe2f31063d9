/*
 * tty/settings.c - the terminal's settings, in the two forms that programs know
 * them in: struct termios, and the older struct termio with 16 bits of each
 * word and 8 characters.
 *
 * What is locked (TIOCSLCKTRMIOS) stays as it is, whoever sets the rest.
 */
#include "tty/tty_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"

#define NCC 8

struct termio {
	uint16_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCC];
	uint8_t pad;
};

static struct termios settings_of(struct tty *tty)
{
	struct termios settings;

	mutex_lock(&tty->lock);
	settings = tty->termios;
	mutex_unlock(&tty->lock);
	return settings;
}

long tty_get_settings(struct tty *tty, vaddr_t arg)
{
	struct termios settings = settings_of(tty);

	return copy_to_user(arg, &settings, sizeof(settings));
}

long tty_get_old_settings(struct tty *tty, vaddr_t arg)
{
	struct termios settings = settings_of(tty);
	struct termio old = {
		.iflag = (uint16_t)settings.iflag,
		.oflag = (uint16_t)settings.oflag,
		.cflag = (uint16_t)settings.cflag,
		.lflag = (uint16_t)settings.lflag,
		.line = settings.line,
	};

	memcpy(old.cc, settings.cc, NCC);
	return copy_to_user(arg, &old, sizeof(old));
}

static uint32_t keep(uint32_t old, uint32_t new, uint32_t locked)
{
	return (old & locked) | (new & ~locked);
}

static void keep_locked(struct termios *new, const struct termios *old,
			const struct termios *locked)
{
	new->iflag = keep(old->iflag, new->iflag, locked->iflag);
	new->oflag = keep(old->oflag, new->oflag, locked->oflag);
	new->cflag = keep(old->cflag, new->cflag, locked->cflag);
	new->lflag = keep(old->lflag, new->lflag, locked->lflag);
	new->line = locked->line ? old->line : new->line;
	for (unsigned i = 0; i < NCCS; i++)
		new->cc[i] = locked->cc[i] ? old->cc[i] : new->cc[i];
}

static void set(struct tty *tty, struct termios *settings, bool flush)
{
	mutex_lock(&tty->lock);
	keep_locked(settings, &tty->termios, &tty->locked);
	if (flush)
		tty_flush_input(tty);
	/* What was typed so far is no line, but nobody will edit it now. */
	if ((tty->termios.lflag ^ settings->lflag) & (ICANON | EXTPROC))
		WRITE_ONCE(tty->line_pos, tty->write_pos);
	/* No character could start it any more. */
	if (tty->termios.iflag & ~settings->iflag & IXON)
		tty_start(tty);
	pty_tell_settings(tty, settings);
	tty->termios = *settings;
	tty->next_is_literal = false;
	mutex_unlock(&tty->lock);
	waitq_wake_all(&tty->readable);
	waitq_wake_all(&tty->drained);
}

long tty_set_settings(struct tty *tty, vaddr_t arg, bool flush)
{
	struct termios settings;

	if (copy_from_user(&settings, arg, sizeof(settings)) != 0)
		return -EFAULT;
	set(tty, &settings, flush);
	return 0;
}

#define LOW 0xffffU

/* What has no place in the older form stays. */
long tty_set_old_settings(struct tty *tty, vaddr_t arg, bool flush)
{
	struct termios settings = settings_of(tty);
	struct termio old;

	if (copy_from_user(&old, arg, sizeof(old)) != 0)
		return -EFAULT;
	settings.iflag = (settings.iflag & ~LOW) | old.iflag;
	settings.oflag = (settings.oflag & ~LOW) | old.oflag;
	settings.cflag = (settings.cflag & ~LOW) | old.cflag;
	settings.lflag = (settings.lflag & ~LOW) | old.lflag;
	settings.line = old.line;
	memcpy(settings.cc, old.cc, NCC);
	set(tty, &settings, flush);
	return 0;
}

long tty_get_locked(struct tty *tty, vaddr_t arg)
{
	struct termios locked;

	mutex_lock(&tty->lock);
	locked = tty->locked;
	mutex_unlock(&tty->lock);
	return copy_to_user(arg, &locked, sizeof(locked));
}

long tty_set_locked(struct tty *tty, vaddr_t arg)
{
	struct termios locked;

	if (!cred_can(current_cred(), CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&locked, arg, sizeof(locked)) != 0)
		return -EFAULT;
	mutex_lock(&tty->lock);
	tty->locked = locked;
	mutex_unlock(&tty->lock);
	return 0;
}
