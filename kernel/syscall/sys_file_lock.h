#pragma once

/*
 * syscall/sys_file_lock.h - the part of fcntl() that locks.
 */

#include "lib/types.h"

struct file;

#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38

/* One of these on @f, which is open at @fd. */
long fcntl_lock(struct file *f, int fd, unsigned cmd, vaddr_t arg);
