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
	uint32_t slaves GUARDED_BY(C_tty); /* (*) files open on it */
	bool was_open GUARDED_BY(C_tty);   /* (*) there was one */
	uint32_t taken GUARDED_BY(C_tty);  /* (*) of what was shown, in all */
	uint32_t shown GUARDED_BY(C_tty);  /* (*) */
	bool packets GUARDED_BY(C_tty);  /* packet.c */
	uint8_t news GUARDED_BY(C_tty);  /* (*) TIOCPKT_..., 0 without packets */
	char ring[PTY_BUFFER] GUARDED_BY(C_tty);
	struct waitq readable; /* shown grew, news, or the last slave was closed */
};

static inline struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

/* ---- packet.c ---- */

/* What is new for who reads the master, who has it now; 0: nothing. */
uint8_t pty_take_news(struct pty *p) REQUIRES(C_tty);
/* TIOCPKT, TIOCGPKT: 0 or -EFAULT. */
long pty_set_packets(struct pty *p, vaddr_t arg);
long pty_get_packets(struct pty *p, vaddr_t arg);
