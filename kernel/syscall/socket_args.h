#pragma once

/*
 * syscall/socket_args.h - sockets and their addresses as arguments of system
 * calls.
 */

#include "lib/compiler.h"
#include "net/socket.h"
#include "vfs/file.h"

/* The open file of a descriptor, with a reference, and its socket: 0, -EBADF,
 * -ENOTSOCK. */
int MUST_CHECK socket_of_fd(unsigned long fd, struct file **f,
			    struct socket **s);

/* 0, -EINVAL, -EFAULT. */
int MUST_CHECK address_from_user(struct address *a, vaddr_t from, unsigned len);
/* As much as *@len says there is room for; the whole length to *@len. */
int MUST_CHECK address_to_user(const struct address *a, vaddr_t to,
			       vaddr_t len);

/* MSG_DONTWAIT, if @f does not block. */
static inline unsigned nonblock_flag(const struct file *f)
{
	return READ_ONCE(f->flags) & O_NONBLOCK ? MSG_DONTWAIT : 0;
}
