#pragma once

/*
 * syscall/file_ioctl.h - ioctl() of what has bytes, whoever stores them.
 */

#include "vfs/file.h"

/* -ENOTTY: it is none of these, or @f is no such file. */
long file_ioctl(struct file *f, unsigned cmd, unsigned long arg);
