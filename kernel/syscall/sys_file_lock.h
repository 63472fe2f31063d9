#pragma once

/*
 * syscall/sys_file_lock.h - the part of fcntl() that locks.
 */

#include "lib/types.h"

struct file;

#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7

/* One of the three on @f, which is open at @fd. */
long fcntl_lock(struct file *f, int fd, unsigned cmd, vaddr_t arg);
