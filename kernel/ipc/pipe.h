#pragma once

/*
 * ipc/pipe.h - a pipe: what is written at one end is read at the other.
 */

#include "lib/types.h"

struct file;

/*
 * A new pipe as two open files with one reference each.  @flags: O_NONBLOCK.
 * 0, -ENFILE (this user has too many) or -ENOMEM.
 */
int pipe_create(struct file **read_end, struct file **write_end,
		unsigned flags);

bool is_pipe(const struct file *f);
/*
 * As a write of @n bytes at @buf, but goes on after a part, and whole pages of
 * the program's go into the pipe by reference where they can: vmsplice().
 */
ssize_t pipe_splice(struct file *f, vaddr_t buf, size_t n, bool nonblock);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: bytes; or -EPERM (more than its user may have),
 * -EBUSY (more is in it), -EINVAL, -ENOMEM. */
long pipe_size(struct file *f);
long pipe_resize(struct file *f, size_t size);
