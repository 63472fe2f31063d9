#pragma once

/*
 * tests/threads/harts.h - threads of the host as harts, each with one thread of
 * the kernel's that stays on it.
 *
 * The locks and wait queues of kernel/sync are compiled as they are, but for the
 * host and by its thread sanitizer.  What they ask of the layers above is in
 * harts.c, made of relaxed accesses alone: so whatever order there is between
 * two threads is order that the lock has made, and the sanitizer names each pair
 * of accesses that it has not ordered.  QEMU, which runs the rest, orders all.
 */

#include "arch/hart.h"
#include "sync/block.h"

enum { TEST_HARTS = 4 };

/* @body on each hart at once, until all have come back. */
void harts_run(void (*body)(void));

/* Somebody else wants this hart, or no longer: locks then are waited for asleep. */
void hart_is_wanted(bool is);
