/*
 * tty/flow.c - output that is stopped, and goes on: Ctrl-S and Ctrl-Q (IXON),
 * or any other character then (IXANY), and tcflow().
 *
 * Stopped means that there is no room: who writes waits as for a pty that is
 * full, and can be killed or told of a signal.  What is echoed is shown all the
 * same.  What a program has stopped (TCOOFF) no character starts, as on Linux.
 */
#include "tty/tty_internal.h"

#include "lib/errno.h"

static void stop(struct tty *tty) REQUIRES(C_tty)
{
	if (tty->stopped)
		return;
	WRITE_ONCE(tty->stopped, true);
	pty_tell(tty, TIOCPKT_STOP, TIOCPKT_START);
}

void tty_start(struct tty *tty)
{
	assert_mutex_held(&tty->lock);
	if (!tty->stopped || tty->stopped_by_program)
		return;
	WRITE_ONCE(tty->stopped, false);
	pty_tell(tty, TIOCPKT_START, TIOCPKT_STOP);
	waitq_wake_all(&tty->writable);
}

bool tty_flow_char(struct tty *tty, uint8_t c)
{
	const uint8_t *cc = tty->termios.cc;

	if (!(tty->termios.iflag & IXON) || c == 0)
		return false;
	if (c == cc[VSTOP])
		stop(tty);
	else if (c == cc[VSTART] || (tty->termios.iflag & IXANY))
		tty_start(tty);
	return c == cc[VSTOP] || c == cc[VSTART];
}

/* To who is at the other end: he shall stop sending, or go on. */
static void send_char(struct tty *tty, unsigned which) REQUIRES(tty->lock, C_tty)
{
	char c = (char)tty->termios.cc[which];

	if (c != 0)
		tty_send(tty, &c, 1);
}

static int flow_locked(struct tty *tty, unsigned long action)
	REQUIRES(tty->lock, C_tty)
{
	switch (action) {
	case TCOOFF:
		tty->stopped_by_program = true;
		stop(tty);
		return 0;
	case TCOON:
		if (tty->stopped_by_program) {
			tty->stopped_by_program = false;
			tty_start(tty);
		}
		return 0;
	case TCIOFF:
		send_char(tty, VSTOP);
		return 0;
	case TCION:
		send_char(tty, VSTART);
		return 0;
	}
	return -EINVAL;
}

long tty_flow(struct tty *tty, unsigned long action)
{
	mutex_lock(&tty->lock);
	int err = flow_locked(tty, action);

	mutex_unlock(&tty->lock);
	return err;
}
