#pragma once

/*
 * proc/task/pidfd.h - a process as a descriptor: it means that one for ever,
 * also when its number is another's.
 */

#include "proc/task/proc.h"

struct file;

/* @flags: O_NONBLOCK.  0, -ENFILE or -ENOMEM. */
int pidfd_create(struct file **out, struct proc *p, unsigned flags);
/* The process, held by @f; NULL: @f is no pidfd. */
struct proc *pidfd_proc(const struct file *f);

/*
 * CLONE_PIDFD: a descriptor of the child @p that nobody can see yet, whose
 * number is stored before the child exists.  Then there is one, or there is
 * not (@made).  Nothing without that flag.
 */
struct pidfd_birth {
	struct file *file; /* NULL: not asked for */
	int fd;
};
int pidfd_begin(struct pidfd_birth *b, const struct clone_args *args,
		struct proc *p);
void pidfd_end(struct pidfd_birth *b, bool made);
