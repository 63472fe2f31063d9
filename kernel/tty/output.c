/*
 * tty/output.c - what programs write, on its way to the line.
 *
 * A newline becomes carriage return and newline (ONLCR), a tab spaces (XTABS),
 * and the column is followed for that and for erasing a tab.  Output goes in
 * chunks: the lock is dropped between them, so that nobody who echoes or
 * writes waits for a whole megabyte, and a signal can end the call.  A pty has
 * room for a chunk or makes the writer wait, without the lock; how many
 * characters make up a chunk is decided with it, as another may make spaces of
 * tabs after the writer has looked.
 */
#include "tty/tty_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"

#define CHUNK 256U
#define TAB 8U

static bool tabs_are_spaces(const struct tty *tty) REQUIRES(C_tty)
{
	return (tty->termios.oflag & TABDLY) == XTABS;
}

static unsigned newline(struct tty *tty, char *out) REQUIRES(C_tty)
{
	unsigned n = 0;

	if (tty->termios.oflag & (ONLCR | ONLRET))
		tty->column = 0;
	if (tty->termios.oflag & ONLCR)
		out[n++] = '\r';
	out[n++] = '\n';
	return n;
}

/* One that becomes a newline (OCRNL) is no newline that becomes two. */
static unsigned carriage_return(struct tty *tty, char *out) REQUIRES(C_tty)
{
	uint32_t oflag = tty->termios.oflag;

	if ((oflag & ONOCR) && tty->column == 0)
		return 0;
	if (!(oflag & OCRNL) || (oflag & ONLRET))
		tty->column = 0;
	*out = oflag & OCRNL ? '\n' : '\r';
	return 1;
}

static unsigned tab(struct tty *tty, char *out) REQUIRES(C_tty)
{
	unsigned columns = TAB - tty->column % TAB;

	tty->column += columns;
	if (!tabs_are_spaces(tty)) {
		*out = '\t';
		return 1;
	}
	memset(out, ' ', columns);
	return columns;
}

static unsigned other(struct tty *tty, uint8_t c, char *out) REQUIRES(C_tty)
{
	if (c == '\b')
		tty->column -= tty->column > 0;
	else if (c >= ' ' && c != 0x7f && !tty_continues(tty, c))
		tty->column++;
	*out = (char)(tty->termios.oflag & OLCUC ? tty_to_large(c) : c);
	return 1;
}

/* What is to be sent for @c, into @out; its length, at most TAB. */
static unsigned process(struct tty *tty, uint8_t c, char out[TAB]) REQUIRES(C_tty)
{
	switch (c) {
	case '\n':
		return newline(tty, out);
	case '\r':
		return carriage_return(tty, out);
	case '\t':
		return tab(tty, out);
	default:
		return other(tty, c, out);
	}
}

void tty_send(struct tty *tty, const char *s, size_t n)
{
	if (tty->device != NULL)
		tty->device->write(s, n);
	else
		pty_emit(tty, s, n);
}

void tty_put(struct tty *tty, const char *s, size_t n)
{
	char out[CHUNK];
	unsigned used = 0;

	assert_mutex_held(&tty->lock);
	if (!(tty->termios.oflag & OPOST)) {
		tty_send(tty, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (used + TAB > CHUNK) {
			tty_send(tty, out, used);
			used = 0;
		}
		used += process(tty, (uint8_t)s[i], out + used);
	}
	if (used != 0)
		tty_send(tty, out, used);
}

bool tty_has_room(const struct tty *tty)
{
	return !READ_ONCE(tty->stopped) &&
	       (tty->device != NULL || pty_has_room(tty));
}

static int may_write(struct tty *tty)
{
	if (!(READ_ONCE(tty->termios.lflag) & TOSTOP))
		return 0;
	return tty_check_background(tty, SIGTTOU);
}

/* As many of @n characters as there is room for, when there is room. */
static size_t fitting(const struct tty *tty, size_t n) REQUIRES(C_tty)
{
	return min(n, (size_t)TTY_ROOM / (tabs_are_spaces(tty) ? TAB : 2));
}

/* How many of @n characters have been put, or why none. */
static ssize_t write_chunk(struct tty *tty, const char *chunk, size_t n)
{
	ssize_t err = 0;

	mutex_lock(&tty->lock);
	if (READ_ONCE(tty->hung_up))
		err = -EIO;
	else if (!tty_has_room(tty))
		err = -EAGAIN;
	else
		tty_put(tty, chunk, n = fitting(tty, n));
	mutex_unlock(&tty->lock);
	return err != 0 ? err : (ssize_t)n;
}

static int wait_for_room(struct tty *tty)
{
	return waitq_wait_interruptible(&tty->writable,
					tty_has_room(tty) ||
						READ_ONCE(tty->hung_up));
}

ssize_t tty_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos UNUSED)
{
	struct tty *tty = f->data;
	size_t done = 0;
	char chunk[CHUNK];
	ssize_t put = may_write(tty);

	while (put >= 0 && done < n) {
		size_t part = min(n - done, (size_t)CHUNK);

		put = copy_from_user(chunk, buf + done, part);
		if (put < 0)
			break;
		put = attempt(write_chunk(tty, chunk, part),
			      READ_ONCE(f->flags) & O_NONBLOCK,
			      wait_for_room(tty));
		if (put < 0)
			break;
		done += (size_t)put;
		if (done < n && block_interrupted())
			put = -ERESTARTSYS;
		cond_resched();
	}
	return done > 0 ? (ssize_t)done : put;
}
