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
