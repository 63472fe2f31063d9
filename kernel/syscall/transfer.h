#pragma once

/*
 * syscall/transfer.h - bytes from file to file: sendfile(), splice(),
 * copy_file_range().
 *
 * File operations know only user memory, so the bytes go through a piece of
 * the caller's address space that is mapped for the time of the call.
 */

#include "lib/types.h"

struct file;

/* A piece of @bytes; or -errno.  mm_unmap() gives it back. */
long transfer_map(size_t bytes);
/* One read() or write() of @f, at *@pos, which moves; NULL: at f's own. */
ssize_t transfer_bytes(struct file *f, vaddr_t buf, size_t n, uint64_t *pos,
		       bool write);
