#pragma once

/*
 * proc/task/random.h - random bytes for getrandom(), /dev/urandom and AT_RANDOM.
 */

#include "lib/types.h"

struct fdt;

/* Any context. */
void random_bytes(void *buf, size_t n);
/* What may be known to nobody is of use to all from now on; what is known harms
 * none.  As above. */
void random_add(const void *bytes, size_t n);
/* All harts take a new key before what they give next. */
void random_renew(void);
/* A number for @object, for programs that have to tell it from others: the same for as
 * long as it is there, and of where it is it says nothing. */
uint64_t random_number_of(const void *object);
/* The same as that of an inode, for a file that has none but keeps @data. */
static inline uint64_t random_ino_of(const void *data)
{
	return (random_number_of(data) >> 32) | 1;
}
/* Boot: seed it. */
void random_init(const struct fdt *fdt);
