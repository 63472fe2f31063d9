#pragma once

/*
 * syscall/rusage.h - what a process used, as programs see it.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct rusage_sums;

/* 0 or -EFAULT. */
int MUST_CHECK put_user_rusage(vaddr_t to, const struct rusage_sums *sums);
