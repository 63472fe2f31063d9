#pragma once

/*
 * proc/task/random.h - random bytes for getrandom(), /dev/urandom and AT_RANDOM.
 */

#include "lib/types.h"

struct fdt;

/* Any context. */
void random_bytes(void *buf, size_t n);
/* Boot: seed it. */
void random_init(const struct fdt *fdt);
