/*
 * tty/input.c - what becomes of one typed character.
 *
 * With EXTPROC the other end does all of this, and every character is data.  Else,
 * in the order of the tests: it is translated (ICRNL), it is a signal
 * (ISIG), it edits or ends the line (ICANON), or it is data.  A character
 * after VLNEXT is data whatever it is.
 *
 * A full ring: if readers have something to take, the receiving thread waits
 * for them (tty_can_receive()), and the characters wait in the device.  If
 * not, one endless line fills it, and what follows is dropped with a bell;
 * only then may the character that ends the line still come in.  Whether there
 * is room is asked for each character, under the lock with which it comes in:
 * besides the line there is who types by TIOCSTI.
 */
#include "tty/tty_internal.h"

#include "debug/race.h"
#include "lib/bug.h"
#include "proc/signal/signal.h"

/* One place is kept for the character that ends the line. */
#define TTY_LINE_MAX (TTY_BUFFER - 1)

static unsigned used(const struct tty *tty)
{
	return READ_ONCE(tty->write_pos) - READ_ONCE(tty->read_pos);
}

bool tty_can_receive(const struct tty *tty)
{
	return used(tty) < TTY_LINE_MAX ||
	       READ_ONCE(tty->read_pos) == READ_ONCE(tty->line_pos);
}

void tty_flush_input(struct tty *tty)
{
	assert_mutex_held(&tty->lock);
	tty->read_pos = tty->line_pos = tty->write_pos;
	pty_tell(tty, TIOCPKT_FLUSHREAD, 0);
	waitq_wake_all(&tty->drained);
}

static bool is_char(const struct tty *tty, unsigned which, uint8_t c)
	REQUIRES(C_tty)
{
	return c != 0 && tty->termios.cc[which] == c;
}

/* Everything up to here is for readers. */
static void complete(struct tty *tty) REQUIRES(C_tty)
{
	WRITE_ONCE(tty->line_pos, tty->write_pos);
	waitq_wake_all(&tty->readable);
}

static void store(struct tty *tty, uint16_t c) REQUIRES(C_tty)
{
	lab_assert(used(tty) < TTY_BUFFER);
	tty->ring[tty->write_pos % TTY_BUFFER] = c;
	WRITE_ONCE(tty->write_pos, tty->write_pos + 1);
}

/* ---- signals ---- */

static int signal_of(const struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	if (!(tty->termios.lflag & ISIG))
		return 0;
	if (is_char(tty, VINTR, c))
		return SIGINT;
	if (is_char(tty, VQUIT, c))
		return SIGQUIT;
	if (is_char(tty, VSUSP, c))
		return SIGTSTP;
	return 0;
}

static void send_signal(struct tty *tty, uint8_t c, int sig) REQUIRES(tty->lock, C_tty)
{
	if (tty->termios.iflag & IXON)
		tty_start(tty);
	if (!(tty->termios.lflag & NOFLSH)) {
		pty_tell(tty, TIOCPKT_FLUSHWRITE, 0);
		tty_flush_input(tty);
	}
	tty_echo_control(tty, c);
	tty_signal_foreground(tty, sig);
}

/* ---- editing: only what is behind line_pos ---- */

static bool line_is_empty(const struct tty *tty) REQUIRES(C_tty)
{
	return tty->write_pos == tty->line_pos;
}

static uint8_t last_char(const struct tty *tty) REQUIRES(C_tty)
{
	return tty->ring[(tty->write_pos - 1) % TTY_BUFFER] & TTY_CHAR;
}

/* Take back the last character, all its bytes. */
static void take_back(struct tty *tty) REQUIRES(C_tty)
{
	bool utf8 = tty->termios.iflag & IUTF8;
	uint8_t c;

	do {
		c = last_char(tty);
		WRITE_ONCE(tty->write_pos, tty->write_pos - 1);
	} while (utf8 && (c & 0xc0) == 0x80 && !line_is_empty(tty));
}

static void erase(struct tty *tty) REQUIRES(tty->lock, C_tty)
{
	uint32_t old_end = tty->write_pos;

	if (line_is_empty(tty))
		return;
	take_back(tty);
	tty_echo_erase(tty, old_end);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void erase_word(struct tty *tty) REQUIRES(tty->lock, C_tty)
{
	uint32_t old_end = tty->write_pos;

	while (!line_is_empty(tty) && is_blank(last_char(tty)))
		take_back(tty);
	while (!line_is_empty(tty) && !is_blank(last_char(tty)))
		take_back(tty);
	if (tty->write_pos != old_end)
		tty_echo_erase(tty, old_end);
}

static void kill_line(struct tty *tty) REQUIRES(tty->lock, C_tty)
{
	uint32_t old_end = tty->write_pos;

	WRITE_ONCE(tty->write_pos, tty->line_pos);
	tty_echo_kill(tty, old_end);
}

static void reprint(struct tty *tty) REQUIRES(tty->lock, C_tty)
{
	uint32_t end = tty->write_pos;

	tty_echo_control(tty, tty->termios.cc[VREPRINT]);
	tty_put(tty, "\n", 1);
	tty->write_pos = tty->line_pos;
	while (tty->write_pos != end) {
		uint16_t c = tty->ring[tty->write_pos % TTY_BUFFER];

		tty_echo(tty, c & TTY_CHAR);
		tty->write_pos++;
	}
}

static bool edit(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty)
{
	bool extended = tty->termios.lflag & IEXTEN;

	if (is_char(tty, VERASE, c))
		erase(tty);
	else if (is_char(tty, VKILL, c))
		kill_line(tty);
	else if (extended && is_char(tty, VWERASE, c))
		erase_word(tty);
	else if (extended && is_char(tty, VREPRINT, c))
		reprint(tty);
	else
		return false;
	return true;
}

static bool ends_line(const struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	return c == '\n' || is_char(tty, VEOL, c) ||
	       ((tty->termios.lflag & IEXTEN) && is_char(tty, VEOL2, c));
}

static bool end_line(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty)
{
	if (is_char(tty, VEOF, c)) {
		store(tty, TTY_LINE_END | TTY_EOF);
	} else if (ends_line(tty, c)) {
		tty_echo(tty, c);
		store(tty, c | TTY_LINE_END);
	} else {
		return false;
	}
	complete(tty);
	return true;
}

/* ---- data ---- */

static void add(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty)
{
	if (used(tty) >= TTY_LINE_MAX) {
		if (tty->termios.iflag & IMAXBEL)
			tty_echo_bell(tty);
		return;
	}
	tty_echo(tty, c);
	store(tty, c);
	if (!(tty->termios.lflag & ICANON))
		complete(tty);
}

/* What is done to a character that is quoted, too. */
static uint8_t narrow(const struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	if (tty->termios.iflag & ISTRIP)
		c &= 0x7f;
	if ((tty->termios.iflag & IUCLC) && (tty->termios.lflag & IEXTEN))
		c = tty_to_small(c);
	return c;
}

/* False: the character is to be ignored. */
static bool translate(const struct tty *tty, uint8_t *c) REQUIRES(C_tty)
{
	uint32_t iflag = tty->termios.iflag;

	if (*c == '\r') {
		if (iflag & IGNCR)
			return false;
		if (iflag & ICRNL)
			*c = '\n';
	} else if (*c == '\n' && (iflag & INLCR)) {
		*c = '\r';
	}
	return true;
}

static bool quotes_next(const struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	const uint32_t both = ICANON | IEXTEN;

	return (tty->termios.lflag & both) == both && is_char(tty, VLNEXT, c);
}

static void quote_next(struct tty *tty) REQUIRES(tty->lock, C_tty)
{
	tty->next_is_literal = true;
	tty_echo_literal(tty);
}

static void receive_one(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty)
{
	bool canonical = tty->termios.lflag & ICANON;
	int sig;

	c = narrow(tty, c);
	if (tty->termios.lflag & EXTPROC) {
		store(tty, c);
		complete(tty);
		return;
	}
	if (tty->next_is_literal) {
		tty->next_is_literal = false;
		add(tty, c);
		return;
	}
	if (!translate(tty, &c) || tty_flow_char(tty, c))
		return;
	sig = signal_of(tty, c);
	if (sig != 0)
		send_signal(tty, c, sig);
	else if (quotes_next(tty, c))
		quote_next(tty);
	else if (!canonical || (!edit(tty, c) && !end_line(tty, c)))
		add(tty, c);
}

size_t tty_receive(struct tty *tty, const char *s, size_t n)
{
	size_t done = 0;

	race_point(tty_types, tty);
	mutex_lock(&tty->lock);
	while (done < n && tty_can_receive(tty))
		receive_one(tty, (uint8_t)s[done++]);
	mutex_unlock(&tty->lock);
	return done;
}
