#pragma once

/*
 * ipc/userfaultfd.h - missing pages of the process that made it, as a file: who
 * wants one is read, and it is filled by ioctl() (mm/userfault.h).
 */

#include "lib/types.h"

struct file;

#define UFFD_USER_MODE_ONLY 1U /* of the kernel's accesses none waits */

/* @flags: UFFD_USER_MODE_ONLY, O_NONBLOCK.  0, -ENFILE or -ENOMEM. */
int userfaultfd_create(struct file **out, unsigned flags);
