#pragma once

/*
 * syscall/sys_file_owner.h - the parts of fcntl() and ioctl() that are about
 * the owner of an open file, whom signals tell what happens to it.
 */

#include "lib/types.h"

struct file;

/* F_SETOWN and its relatives, leases, F_NOTIFY; -EINVAL: it is none of them. */
long fcntl_owner(struct file *f, int fd, unsigned cmd, unsigned long arg);
/* FIOASYNC. */
long ioctl_async(struct file *f, int fd, vaddr_t arg);
