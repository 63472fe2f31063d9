/*
 * tty/read.c - what programs read from the terminal.
 *
 * With ICANON a read gets at most one line, and waits until there is one;
 * an end-of-file character typed on an empty line is an empty read.  Without,
 * VMIN and VTIME say how long it waits:
 *
 *	VMIN	VTIME
 *	 0	  0	not at all
 *	 0	 >0	for one character, VTIME tenths of a second
 *	>0	  0	for VMIN characters
 *	>0	 >0	for VMIN, or until VTIME passes after a character
 *
 * With both ICANON and EXTPROC the other end makes the lines: a read gets what
 * there is, and waits until there is something; the end-of-file character, if it
 * comes alone, is an empty read.
 *
 * The settings may change while a reader waits, so it looks at them anew
 * each time it has the lock.
 */
#include "tty/tty_internal.h"

#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/uaccess.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"

#define CHUNK 256U

struct reading {
	vaddr_t buf;
	size_t n, done;
	bool complete;     /* no need to wait for more */
	uint64_t start;    /* ticks */
	uint64_t deadline; /* ticks; how long the next wait may last */
};

static bool has_input(const struct tty *tty)
{
	return READ_ONCE(tty->read_pos) != READ_ONCE(tty->line_pos);
}

/* There are lines, and this end has made them. */
static bool is_canonical(const struct tty *tty)
{
	return (READ_ONCE(tty->termios.lflag) & (ICANON | EXTPROC)) == ICANON;
}

/* With ICANON all but the marks of Ctrl-D. */
unsigned tty_bytes(const struct tty *tty)
{
	bool canonical = is_canonical(tty);
	unsigned n = 0;

	for (uint32_t at = tty->read_pos; at != tty->line_pos; at++)
		n += !canonical || !(tty->ring[at % TTY_BUFFER] & TTY_EOF);
	return n;
}

bool tty_is_readable(const struct tty *tty)
{
	unsigned wanted = 1;

	if (!is_canonical(tty) && READ_ONCE(tty->termios.cc[VTIME]) == 0)
		wanted = max(1, READ_ONCE(tty->termios.cc[VMIN]));
	return READ_ONCE(tty->line_pos) - READ_ONCE(tty->read_pos) >= wanted;
}

/* The next character of the ring is the mark that Ctrl-D left. */
static bool at_eof_mark(const struct tty *tty) REQUIRES(C_tty)
{
	return has_input(tty) &&
	       (tty->ring[tty->read_pos % TTY_BUFFER] & TTY_EOF);
}

static uint16_t take_char(struct tty *tty) REQUIRES(C_tty)
{
	uint16_t c = tty->ring[tty->read_pos % TTY_BUFFER];

	WRITE_ONCE(tty->read_pos, tty->read_pos + 1);
	return c;
}

/* Up to @n characters into @out; *@ended when a line ended.  The mark of a
 * Ctrl-D that was typed with ICANON is a NUL to who reads without. */
static size_t take_chunk(struct tty *tty, uint8_t *out, size_t n,
			 bool canonical, bool *ended) REQUIRES(C_tty)
{
	size_t taken = 0;

	while (taken < n && has_input(tty) && !*ended) {
		uint16_t c = take_char(tty);

		*ended = c & TTY_LINE_END;
		if (!canonical || !(c & TTY_EOF))
			out[taken++] = c & TTY_CHAR;
	}
	return taken;
}

/* @n characters have come from an end that makes the lines. */
static bool is_eof_alone(const struct tty *tty, const uint8_t *chunk, size_t n)
	REQUIRES(C_tty)
{
	return (tty->termios.lflag & ICANON) && n == 1 &&
	       chunk[0] == tty->termios.cc[VEOF];
}

static int take(struct tty *tty, struct reading *r, bool canonical)
	REQUIRES(C_tty)
{
	uint8_t chunk[CHUNK];
	bool line_end = false;

	while (r->done < r->n && has_input(tty) && !(canonical && line_end)) {
		size_t part = min(r->n - r->done, (size_t)CHUNK);

		line_end = false;
		part = take_chunk(tty, chunk, part, canonical, &line_end);
		if (!canonical && is_eof_alone(tty, chunk, part)) {
			r->complete = true;
			return 0;
		}
		if (copy_to_user(r->buf + r->done, chunk, part) != 0)
			return -EFAULT;
		r->done += part;
	}
	/* A Ctrl-D right behind what was read did its work: it ended it. */
	if (canonical && r->done == r->n && !line_end && at_eof_mark(tty))
		take_char(tty);
	waitq_wake_all(&tty->drained);
	r->complete = r->done == r->n || (canonical && (line_end || r->done));
	return 0;
}

static void apply_min_and_time(const struct tty *tty, struct reading *r)
	REQUIRES(C_tty)
{
	bool lines = tty->termios.lflag & ICANON; /* of the other end */
	size_t at_least = lines ? 1 : tty->termios.cc[VMIN];
	uint64_t tenths = lines ? 0 : tty->termios.cc[VTIME];
	uint64_t time = tenths * ticks_per_second / 10;

	r->deadline = TIMER_NEVER;
	if (at_least == 0) {
		r->complete |= r->done > 0 || time == 0;
		r->deadline = r->start + time;
	} else {
		r->complete |= r->done >= at_least;
		if (time != 0 && r->done > 0)
			r->deadline = clock_ticks() + time;
	}
}

/* One turn with the lock: 0 when the read is complete. */
static int read_once(struct tty *tty, struct reading *r)
{
	bool canonical;
	int err;

	mutex_lock(&tty->lock);
	canonical = is_canonical(tty);
	err = take(tty, r, canonical);
	if (canonical)
		r->deadline = TIMER_NEVER;
	else
		apply_min_and_time(tty, r);
	if (READ_ONCE(tty->hung_up))
		r->complete = true; /* what there was, and then the end */
	mutex_unlock(&tty->lock);
	return err == 0 && !r->complete ? -EAGAIN : err;
}

ssize_t tty_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos UNUSED)
{
	struct tty *tty = f->data;
	struct reading r = { .buf = buf, .n = n, .start = clock_ticks() };
	ssize_t err = tty_check_background(tty, SIGTTIN);

	if (n > 0 && err == 0) /* else not even a Ctrl-D is taken */
		err = attempt(read_once(tty, &r),
			      READ_ONCE(f->flags) & O_NONBLOCK,
			      waitq_wait_until(&tty->readable,
					       has_input(tty) ||
						       READ_ONCE(tty->hung_up),
					       r.deadline));
	if (r.done > 0 || err == -ETIMEDOUT)
		return (ssize_t)r.done;
	return err;
}
