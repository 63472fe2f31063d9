#pragma once

/*
 * syscall/user_time.h - times in user memory, and clocks by their numbers.
 *
 * The readers return 0, -EFAULT, or -EINVAL when it is no time; the writers
 * 0 or -EFAULT.
 */

#include "lib/compiler.h"
#include "lib/types.h"

int MUST_CHECK get_user_timespec(uint64_t *ns, vaddr_t from);
/* The deadline in ticks of a timeout that is there; @from 0: TIMER_NEVER. */
int MUST_CHECK get_user_deadline(uint64_t *deadline, vaddr_t from);
int MUST_CHECK get_user_timeval(uint64_t *ns, vaddr_t from);
int MUST_CHECK put_user_timespec(vaddr_t to, uint64_t ns);
int MUST_CHECK put_user_timeval(vaddr_t to, uint64_t ns);

/* What the clock @clock shows: 0, or -EINVAL (sys_time.c). */
long read_clock(int clock, uint64_t *ns);
long read_cpu_clock(int clock, uint64_t *ns);
