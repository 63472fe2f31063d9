#pragma once

/*
 * proc/random.h - random bytes for getrandom(), /dev/urandom and AT_RANDOM.
 */

#include "lib/types.h"

/* Any context. */
void random_bytes(void *buf, size_t n);
