#pragma once

/*
 * ipc/eventfd.h - a counter that is a file: writes add, reads take.
 */

struct file;

#define EFD_SEMAPHORE 1U /* a read takes 1, not everything */

/* @flags: EFD_SEMAPHORE, O_NONBLOCK.  0, or -ENOMEM. */
int eventfd_create(struct file **out, unsigned initial, unsigned flags);
