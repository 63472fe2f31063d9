#pragma once

/*
 * tty/tty_internal.h - the terminal, as the files of this room share it.
 *
 *	tty.c		the files, and the thread that takes the input
 *	input.c	one typed character: signals, editing
 *	echo.c	what the user sees of it
 *	output.c	what programs write
 *	read.c	what programs read
 *	job.c	sessions, the foreground group
 *	ioctl.c	what is asked for by number
 *	settings.c	settings
 *	flow.c	output that is stopped
 *	pty.c		pairs: a terminal whose line is another file
 *	packet.c	what is told to who reads that
 *	devpts.c	their names
 *
 * The input buffer is a ring with three positions that only grow (but for
 * editing, which takes back what no reader may have yet):
 *
 *	read_pos <= line_pos <= write_pos
 *
 * Readers take what is before line_pos.  Between line_pos and write_pos is
 * the line being typed; without ICANON nothing is.
 */

#include "lib/types.h"
#include "proc/task/proc.h"
#include "sync/mutex.h"
#include "tty/termios.h"
#include "tty/tty.h"
#include "vfs/file.h"

#define TTY_BUFFER 4096U /* a power of 2 */
#define TTY_ROOM 512U    /* so much, after processing, a writer waits for */

/* A character in the ring, and what ends a line. */
#define TTY_CHAR 0x0ff
#define TTY_LINE_END 0x100 /* a canonical read stops behind it */
#define TTY_EOF 0x200      /* ... and does not see it */

/*
 *	(c)	constant after tty_init()
 *	(*)	read without the lock to decide whether to sleep, and then
 *		again with it
 */
struct tty {
	struct LOCK_OF(mutex, tty) lock; /* RANK_TTY; not held while waiting */
	const struct tty_device *device; /* (c) NULL: a pty's slave */
	unsigned dev;                    /* (c) its number, as stat() has it */
	bool hung_up;                    /* (a) the other end is gone */
	struct termios termios GUARDED_BY(C_tty); /* (*) */
	struct termios locked GUARDED_BY(C_tty); /* what stays of them: TIOCSLCKTRMIOS */
	struct winsize winsize GUARDED_BY(C_tty);
	bool stopped GUARDED_BY(C_tty);  /* (*) no output: flow.c */
	bool stopped_by_program GUARDED_BY(C_tty); /* by TCOOFF */
	bool exclusive;                  /* (a) nobody else opens it */
	unsigned column GUARDED_BY(C_tty); /* of the cursor */
	unsigned line_column GUARDED_BY(C_tty); /* where the typed line began */
	bool next_is_literal GUARDED_BY(C_tty); /* VLNEXT was typed */
	uint16_t ring[TTY_BUFFER] GUARDED_BY(C_tty);
	uint32_t read_pos GUARDED_BY(C_tty); /* (*) */
	uint32_t line_pos GUARDED_BY(C_tty); /* (*) */
	uint32_t write_pos GUARDED_BY(C_tty); /* (*) */
	struct waitq readable;           /* line_pos grew, new settings */
	struct waitq drained;            /* read_pos grew */
	struct waitq writable;           /* there is room for output again */
	/* whose terminal it is, a reference; or NULL.  Its tty is this one */
	struct session *session GUARDED_BY(proc_tree_lock);
};

extern struct tty console_tty;

/* ---- tty.c ---- */

/* As every terminal begins, but for its line. */
void tty_setup(struct tty *tty, unsigned dev);
/* @f is open on @tty, which stays for as long. */
int tty_open_file(struct tty *tty, struct file *f);
extern const struct file_ops tty_file_ops;

/* ---- characters ---- */

/* As Linux has them: those of Latin-1, whatever bytes are taken for. */
static inline uint8_t tty_to_large(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7) ? c - 0x20 : c;
}

static inline uint8_t tty_to_small(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') ||
	       (c >= 0xc0 && c <= 0xde && c != 0xd7) ? c + 0x20 : c;
}

/* @c is part of the character before it. */
static inline bool tty_continues(const struct tty *tty, uint8_t c) REQUIRES(C_tty)
{
	return (tty->termios.iflag & IUTF8) && (c & 0xc0) == 0x80;
}

/* ---- input.c ---- */

/* There is room for one more character, or it may be dropped. */
bool tty_can_receive(const struct tty *tty);
/* As many of @n characters as there is room for come in: how many. */
size_t tty_receive(struct tty *tty, const char *s, size_t n);
void tty_flush_input(struct tty *tty) REQUIRES(tty->lock, C_tty);

/* ---- echo.c ---- */

void tty_echo(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty);
/* The signal character or end of file @c: shown if characters are. */
void tty_echo_control(struct tty *tty, uint8_t c) REQUIRES(tty->lock, C_tty);
/* Characters from write_pos on up to @old_end were taken back. */
void tty_echo_erase(struct tty *tty, uint32_t old_end) REQUIRES(tty->lock, C_tty);
void tty_echo_kill(struct tty *tty, uint32_t old_end) REQUIRES(tty->lock, C_tty);
/* The next character is data: the cursor stands on the caret that will be there. */
void tty_echo_literal(struct tty *tty) REQUIRES(tty->lock, C_tty);
void tty_echo_bell(struct tty *tty) REQUIRES(tty->lock, C_tty);

/* ---- output.c ---- */

/* Send @n characters as they are. */
void tty_send(struct tty *tty, const char *s, size_t n) REQUIRES(tty->lock, C_tty);
/* Send @n characters, processed as the settings say. */
void tty_put(struct tty *tty, const char *s, size_t n) REQUIRES(tty->lock, C_tty);
/* Output would not wait. */
bool tty_has_room(const struct tty *tty);
ssize_t tty_write(struct file *f, vaddr_t buf, size_t n, uint64_t *pos);

/* ---- read.c ---- */

ssize_t tty_read(struct file *f, vaddr_t buf, size_t n, uint64_t *pos);
/* What reads would get of what there is. */
unsigned tty_bytes(const struct tty *tty) REQUIRES(tty->lock, C_tty);
/* A read would not wait. */
bool tty_is_readable(const struct tty *tty);

/* ---- job.c ---- */

/* The terminal is the controlling terminal of the running process. */
bool tty_is_mine(struct tty *tty);
/* The running process may go on; or it was sent @sig for using the terminal
 * in the background, and the call restarts later: -ERESTARTSYS, or -EIO. */
int tty_check_background(struct tty *tty, int sig);
void tty_signal_foreground(struct tty *tty, int sig);
/* That of the running process, which cannot go as long as it is held by
 * pty_get(); NULL: it has none. */
struct tty *tty_own_get(void);
/* Its first terminal, if it leads a session and @tty is free. */
void tty_acquire_at_open(struct tty *tty);
/* The other end is gone: the session's leader is told, and has no terminal. */
void tty_hang_up(struct tty *tty);
/* The number of the foreground group, or of the session; 0: there is none. */
int tty_job_number(struct tty *tty, bool foreground);
/* Asked by @f, a file of @tty's or of its other end. */
long tty_ioctl_job(struct tty *tty, const struct file *f, unsigned cmd,
		   unsigned long arg);

/* ---- ioctl.c ---- */

long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg);
/* What any end may ask for. */
long tty_settings(struct tty *tty, unsigned cmd, unsigned long arg);

/* ---- settings.c: 0, -EFAULT, or -EPERM ---- */

long tty_get_settings(struct tty *tty, vaddr_t arg);
long tty_set_settings(struct tty *tty, vaddr_t arg, bool flush);
long tty_get_old_settings(struct tty *tty, vaddr_t arg);
long tty_set_old_settings(struct tty *tty, vaddr_t arg, bool flush);
long tty_get_locked(struct tty *tty, vaddr_t arg);
long tty_set_locked(struct tty *tty, vaddr_t arg);

/* ---- flow.c ---- */

/* Output goes on, unless a program has stopped it. */
void tty_start(struct tty *tty) REQUIRES(C_tty);
/* @c stops output or starts it, and is no input. */
bool tty_flow_char(struct tty *tty, uint8_t c) REQUIRES(C_tty);
/* TCXONC: 0 or -EINVAL. */
long tty_flow(struct tty *tty, unsigned long action);

/* ---- pty.c ---- */

/* A terminal that is no pty needs no references. */
void pty_get(struct tty *tty);
void pty_put(struct tty *tty);
/* Output of the slave, for who reads the master; what does not fit is lost. */
void pty_emit(struct tty *tty, const char *s, size_t n) REQUIRES(tty->lock, C_tty);
bool pty_has_room(const struct tty *tty);
/* One more file is open on the slave, or one less: 0, or -EIO when it is
 * locked or hung up. */
int pty_slave_opened(struct tty *tty);
void pty_slave_closed(struct tty *tty);
void pty_init(void);

/* ---- packet.c ---- */

/* The master is told @news (TIOCPKT_...), and not what is @untrue now, if it
 * wants to be told, and if there is one. */
void pty_tell(struct tty *tty, unsigned news, unsigned untrue) REQUIRES(C_tty);
/* ... that @new will be the settings. */
void pty_tell_settings(struct tty *tty, const struct termios *new) REQUIRES(C_tty);

/* ---- devpts.c ---- */

struct pty;
struct inode;

/* Give @pty the lowest free number and a name: it, or -ENOSPC, -ENOMEM. */
int devpts_add(struct pty *pty);
/* Nobody finds it any more. */
void devpts_remove(unsigned index);
/* Its inode, with a reference; NULL: it has none any more. */
struct inode *devpts_inode(unsigned index);
void devpts_init(void);
