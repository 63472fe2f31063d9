#pragma once

/*
 * syscall/transfer.h - bytes between a file and memory, and from file to file:
 * sendfile(), splice(), copy_file_range().
 *
 * File operations know only user memory, so from file to file the bytes go
 * through a piece of the caller's address space that is mapped for the time of
 * the call.
 */

#include "lib/types.h"

struct file;
struct user_iovec;

/* One read() or write() of the @nr pieces @iov, at *@offset, or at the file's
 * own position (NULL); @rwf as in rw_flags.h.  How many bytes, or -errno. */
long transfer(unsigned long fd, const struct user_iovec *iov, unsigned nr,
	      const int64_t *offset, unsigned rwf, bool write);

/* The same of pieces that are told of at @addr. */
long transfer_vector(unsigned long fd, vaddr_t addr, unsigned nr,
		     const int64_t *offset, unsigned rwf, bool write);

/* A piece of @bytes; or -errno.  mm_unmap() gives it back. */
long transfer_map(size_t bytes);
/* One read() or write() of @f, at *@pos, which moves; NULL: at f's own. */
ssize_t transfer_bytes(struct file *f, vaddr_t buf, size_t n, uint64_t *pos,
		       bool write);
