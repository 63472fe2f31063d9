#pragma once

/*
 * ipc/signalfd.h - signals as what is read from a file.
 */

#include "proc/signal/types.h"

struct file;

/* @flags: O_NONBLOCK.  0, -ENFILE or -ENOMEM. */
int signalfd_create(struct file **out, sigset_t mask, unsigned flags);
/* From now on it is about @mask.  -EINVAL: @f is no signalfd. */
int signalfd_set(struct file *f, sigset_t mask);
