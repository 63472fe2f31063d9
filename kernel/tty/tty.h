#pragma once

/*
 * tty/tty.h - terminals as programs know them: the console, pseudoterminals
 * (/dev/ptmx and /dev/pts), and /dev/tty.
 *
 * Between the serial line and its readers stands the line discipline.  It
 * echoes and edits what is typed until a line is complete, turns Ctrl-C into
 * a signal, and keeps background processes from reading.  A pseudoterminal has
 * the same discipline, and instead of a line another file, the master.  Each
 * may be the controlling terminal of one session.
 */

#include "lib/types.h"
#include "sync/waitq.h"

struct file_ops;

/* What the line discipline needs of a serial line: dev/uart.h. */
struct tty_device {
	/* Send @n characters; returns when the device has taken them. */
	void (*write)(const char *buf, size_t n);
	/* Take up to @n characters that arrived; 0 when there are none. */
	size_t (*read)(uint8_t *buf, size_t n);
	struct waitq *readable; /* woken when characters arrive */
};

/* Make the terminal on @device, and its names in /dev: after devfs_init(). */
void tty_init(const struct tty_device *device);

/* The running process's terminal is that of no session any more, and who leads
 * the one it was is told. */
void tty_hang_up_own(void);
/* tty_session_exit() is declared in proc/task/proc.h, which calls it. */
