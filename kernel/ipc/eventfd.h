#pragma once

/*
 * ipc/eventfd.h - a counter that is a file: writes add, reads take.
 */

#include "lib/types.h"

struct file;

#define EFD_SEMAPHORE 1U /* a read takes 1, not everything */

/* @flags: EFD_SEMAPHORE, O_NONBLOCK.  0, or -ENOMEM. */
int eventfd_create(struct file **out, unsigned initial, unsigned flags);

bool is_eventfd(const struct file *f);
/* Add 1 to that of @f, which is one; nothing, if there is no room. */
void eventfd_signal(struct file *f);
