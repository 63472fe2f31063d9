#pragma once

/*
 * vfs/fifo.h - a pipe with a name: how opening an inode reaches what ipc/
 * makes.
 *
 * The inode keeps the pipe, from its first open() on.  These are upcalls: a
 * pipe sends signals and so stands above processes, its name stands below.
 */

#include "lib/types.h"

struct file;
struct pipe;

/* A pipe without open ends, one reference; NULL: no memory. */
struct pipe *fifo_create(void);     /* upcall */
void fifo_put(struct pipe *p);      /* upcall */
/*
 * Make @f, which is being opened, an end of @p (or both), and wait for the
 * other end to be opened: 0, -ERESTARTSYS, or -ENXIO when it may not wait to
 * write.  After an error the caller puts @f.
 */
int fifo_open(struct pipe *p, struct file *f); /* upcall */

/* ---- limits, which /proc/sys/fs shows ---- */

/*
 * What who is not root may have: bytes in one pipe (fs.pipe-max-size), and
 * pages in all of his, beyond which a new one is short, or there is none
 * (fs.pipe-user-pages-soft and -hard; 0: no such limit, of the hard one what
 * ipc/pipe/size.c says).  Root may change them.  All (a).
 */
extern uint32_t pipe_max_size, pipe_user_pages_soft, pipe_user_pages_hard;
#define PIPE_MAX_SIZE_LIMIT (1U << 31)
/* The size of the pipe that has room for @size bytes. */
uint32_t pipe_round_size(uint32_t size); /* upcall */
