#pragma once

/*
 * syscall/socket_control.h - what goes beside the bytes of a message: open
 * files (SCM_RIGHTS), who sends it (SCM_CREDENTIALS), and how far it might have gone.
 */

#include "lib/compiler.h"
#include "net/socket.h"

/* What the @n bytes at @from ask for, to @x: 0, -EINVAL, -EPERM, -EBADF, ...
 * Whatever it says, control_drop() is due. */
int MUST_CHECK control_from_user(struct socket *s, struct exchange *x,
				 vaddr_t from, size_t n);
void control_drop(struct exchange *x);
/*
 * What came with @x, to the program: into the @n bytes at @to, as much as
 * there is room for, the rest is dropped and x->told says so.  How many bytes,
 * or -EFAULT.
 */
ssize_t MUST_CHECK control_to_user(struct socket *s, struct exchange *x,
				   vaddr_t to, size_t n);
