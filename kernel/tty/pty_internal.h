#pragma once

/*
 * tty/pty_internal.h - a pair: the slave is a terminal, the master its line.
 *
 * What is written to the master is typed at the slave (tty/input.c); what the
 * slave shows waits in a ring for who reads the master.  Both ends are under
 * the lock of the terminal.
 *
 * References have the master, the inode of the slave's name, each file that is
 * open on the slave, and who holds it by tty_own_get().  A session has none:
 * the master hangs up before it goes, and takes the terminal from it.
 */

#include "tty/tty_internal.h"

#define PTY_BUFFER 4096U /* a power of 2 */

/*
 *	(c)	constant
 *	(a)	one word, atomic
 *	(*)	read without the lock to decide whether to sleep
 */
struct pty {
	struct tty tty; /* first */
	struct refcount refs;
	unsigned index;  /* (c) /dev/pts/INDEX */
	uint32_t locked; /* (a) the slave cannot be opened yet */
	uint32_t packet; /* (a) each read of the master begins with a byte 0 */
	uint32_t slaves GUARDED_BY(C_tty); /* (*) files open on it */
	bool was_open GUARDED_BY(C_tty);   /* (*) there was one */
	uint32_t taken GUARDED_BY(C_tty);  /* (*) of what was shown, in all */
	uint32_t shown GUARDED_BY(C_tty);  /* (*) */
	char ring[PTY_BUFFER] GUARDED_BY(C_tty);
	struct waitq readable; /* shown grew, or the last slave was closed */
};

static inline struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}
