/*
 * tty/output.c - what programs write, on its way to the line.
 *
 * A newline becomes carriage return and newline (ONLCR), and the column is
 * followed, so that erasing a tab knows how far to go back.  Output goes in
 * chunks: the lock is dropped between them, so that nobody who echoes or
 * writes waits for a whole megabyte, and a signal can end the call.
 */
#include "tty/tty_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"

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

void tty_put(struct tty *tty, const char *s, size_t n)
{
	char out[CHUNK];
	unsigned used = 0;

	assert_mutex_held(&tty->lock);
	for (size_t i = 0; i < n; i++) {
		if (used + 2 > CHUNK) {
			tty->device->write(out, used);
			used = 0;
		}
		used += process(tty, (uint8_t)s[i], out + used);
	}
	tty->device->write(out, used);
}

static int may_write(struct tty *tty)
{
	if (!(READ_ONCE(tty->termios.lflag) & TOSTOP))
		return 0;
	return tty_check_background(tty, SIGTTOU);
}

ssize_t tty_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos UNUSED)
{
	struct tty *tty = &console_tty;
	size_t done = 0;
	char chunk[CHUNK];
	int err = may_write(tty);

	(void)f;
	while (err == 0 && done < n) {
		size_t part = min(n - done, (size_t)CHUNK);

		err = copy_from_user(chunk, buf + done, part);
		if (err != 0)
			break;
		mutex_lock(&tty->lock);
		tty_put(tty, chunk, part);
		mutex_unlock(&tty->lock);
		done += part;
		if (done < n && block_interrupted())
			err = -ERESTARTSYS;
		cond_resched();
	}
	return done > 0 ? (ssize_t)done : err;
}
