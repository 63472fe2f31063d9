#pragma once

/*
 * fs/dev/memory_internal.h - what the devices that need no hardware share.
 */

#include "vfs/file.h"

extern const struct file_ops random_ops;

/* Make them, with their names.  Boot, when /dev is there. */
void memory_devices_init(void);

/* Of file_ops: they never let wait, and have no place to go to. */
int memory_open_ready(struct file *f);
long memory_lseek(struct file *f, long offset, int whence);

/* What @move does with @n bytes at @buf, at most @most at a time; it says how many it
 * were.  How many in all, fewer when a signal came; or -EFAULT: none.  May sleep. */
ssize_t memory_in_pieces(vaddr_t buf, size_t n, size_t most,
			 size_t (*move)(vaddr_t buf, size_t n));
