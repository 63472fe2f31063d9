/*
 * tty/echo.c - what the user sees of what is typed.
 *
 * Control characters show as ^X (ECHOCTL), two columns wide.  To erase, the
 * cursor goes back as many columns as the character took; for a tab that
 * depends on what stands before it, so the line is measured from its start.
 */
#include "tty/tty_internal.h"

#include "lib/bug.h"

static bool shows_caret(const struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	return (tty->termios.lflag & ECHOCTL) && c != '\t' && c != '\n' &&
	       (c < ' ' || c == 0x7f);
}

static void put_caret(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty)
{
	char text[2] = { '^', (char)(c ^ 0x40) };

	tty_put(tty, text, sizeof(text));
}

void tty_echo(struct tty *tty, uint8_t c)
{
	char text = (char)c;

	if (c == '\n' && (tty->termios.lflag & ECHONL)) {
		tty_put(tty, "\n", 1);
		return;
	}
	if (!(tty->termios.lflag & ECHO))
		return;
	if (tty->line_pos == tty->write_pos)
		tty->line_column = tty->column;
	if (shows_caret(tty, c))
		put_caret(tty, c);
	else
		tty_put(tty, &text, 1);
}

void tty_echo_control(struct tty *tty, uint8_t c)
{
	if ((tty->termios.lflag & (ECHO | ECHOCTL)) == (ECHO | ECHOCTL))
		put_caret(tty, c);
}

void tty_echo_literal(struct tty *tty)
{
	if ((tty->termios.lflag & (ECHO | ECHOCTL)) == (ECHO | ECHOCTL))
		tty_put(tty, "^\b", 2);
}

void tty_echo_bell(struct tty *tty)
{
	tty_put(tty, "\a", 1);
}

/* The column behind the character @c that is shown at @column. */
static unsigned column_after(const struct tty *tty, uint8_t c, unsigned column)
	REQUIRES(C_tty)
{
	if (c == '\t')
		return (column | 7) + 1;
	if (shows_caret(tty, c))
		return column + 2;
	if (c < ' ' || c == 0x7f)
		return column;
	return column + !tty_continues(tty, c);
}

static unsigned column_at(const struct tty *tty, uint32_t pos) REQUIRES(C_tty)
{
	unsigned column = tty->line_column;

	for (uint32_t i = tty->line_pos; i != pos; i++) {
		uint16_t c = tty->ring[i % TTY_BUFFER];

		column = column_after(tty, c & TTY_CHAR, column);
	}
	return column;
}

static void wipe(struct tty *tty, uint32_t old_end) REQUIRES(tty->lock, C_tty)
{
	unsigned now = column_at(tty, tty->write_pos);
	unsigned columns = column_at(tty, old_end) - now;

	while (columns-- > 0)
		tty_put(tty, "\b \b", 3);
}

void tty_echo_erase(struct tty *tty, uint32_t old_end)
{
	uint32_t lflag = tty->termios.lflag;

	if (!(lflag & ECHO))
		return;
	if (lflag & ECHOE)
		wipe(tty, old_end);
	else
		tty_echo(tty, tty->termios.cc[VERASE]);
}

void tty_echo_kill(struct tty *tty, uint32_t old_end)
{
	uint32_t lflag = tty->termios.lflag;

	if (!(lflag & ECHO))
		return;
	if ((lflag & (ECHOK | ECHOKE | ECHOE)) == (ECHOK | ECHOKE | ECHOE)) {
		wipe(tty, old_end);
		return;
	}
	tty_echo(tty, tty->termios.cc[VKILL]);
	if (lflag & ECHOK)
		tty_put(tty, "\n", 1);
}
