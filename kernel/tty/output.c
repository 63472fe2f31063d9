/*
 * tty/output.c - what programs write, on its way to the line.
 *
 * A newline becomes carriage return and newline (ONLCR), and the column is
 * followed, so that erasing a tab knows how far to go back.  Output goes in
 * chunks: the lock is dropped between them, so that nobody who echoes or
 * writes waits for a whole megabyte, and a signal can end the call.  A pty has
 * room for a chunk or makes the writer wait, without the lock.
 */
#include "tty/tty_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"

#define CHUNK 256U

static void follow_column(struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	if (c == '\r')
		tty->column = 0;
	else if (c == '\b')
		tty->column -= tty->column > 0;
	else if (c == '\t')
		tty->column = (tty->column | 7) + 1;
	else if (c >= ' ' && c != 0x7f && (c & 0xc0) != 0x80)
		tty->column++;
}

/* What is to be sent for @c, into @out; its length, at most 2. */
static unsigned process(struct tty *tty, uint8_t c, char out[2]) REQUIRES(C_tty)
{
	uint32_t oflag = tty->termios.oflag;
	unsigned n = 0;

	if (!(oflag & OPOST)) {
		follow_column(tty, c);
		out[n++] = (char)c;
		return n;
	}
	if (c == '\r' && (oflag & ONOCR) && tty->column == 0)
		return 0;
	if (c == '\r' && (oflag & OCRNL))
		c = '\n';
	if (c == '\n' && (oflag & ONLCR))
		out[n++] = '\r';
	if (c == '\n' && (oflag & (ONLCR | ONLRET)))
		tty->column = 0;
	follow_column(tty, c);
	out[n++] = (char)c;
	return n;
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
	for (size_t i = 0; i < n; i++) {
		if (used + 2 > CHUNK) {
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

static int write_chunk(struct tty *tty, const char *chunk, size_t n)
{
	int err = 0;

	mutex_lock(&tty->lock);
	if (READ_ONCE(tty->hung_up))
		err = -EIO;
	else if (!tty_has_room(tty))
		err = -EAGAIN;
	else
		tty_put(tty, chunk, n);
	mutex_unlock(&tty->lock);
	return err;
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
	ssize_t err = may_write(tty);

	while (err == 0 && done < n) {
		size_t part = min(n - done, (size_t)CHUNK);

		err = copy_from_user(chunk, buf + done, part);
		if (err != 0)
			break;
		err = attempt(write_chunk(tty, chunk, part),
			      READ_ONCE(f->flags) & O_NONBLOCK,
			      wait_for_room(tty));
		if (err != 0)
			break;
		done += part;
		if (done < n && block_interrupted())
			err = -ERESTARTSYS;
		cond_resched();
	}
	return done > 0 ? (ssize_t)done : err;
}
