#pragma once

/*
 * ipc/pipe.h - a pipe: what is written at one end is read at the other.
 */

struct file;

/*
 * A new pipe as two open files with one reference each.  @flags: O_NONBLOCK.
 * 0, or -ENOMEM.
 */
int pipe_create(struct file **read_end, struct file **write_end,
		unsigned flags);
