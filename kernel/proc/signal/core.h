#pragma once

/*
 * proc/signal/core.h - what is left of a process that a signal has ended: its
 * memory and its registers, in a file that debuggers read.
 */

#include "lib/types.h"
#include "proc/signal/types.h"

struct proc;

/* kernel.core_pattern: the name of the file, in which %p, %e ... stand for what
 * core(5) says. */
#define CORE_PATTERN_MAX 128
void core_pattern_get(char pattern[CORE_PATTERN_MAX]);
/* -EINVAL: too long, or a program that would have to be started. */
int core_pattern_set(const char *pattern);

/* (a) 1: a name without %p gets the pid. */
extern uint32_t core_uses_pid;

/* proc->core_filter: which mappings; as core(5) numbers them. */
#define CORE_ANON_PRIVATE BIT(0)
#define CORE_ANON_SHARED BIT(1)
#define CORE_FILE_PRIVATE BIT(2)
#define CORE_FILE_SHARED BIT(3)
#define CORE_ELF_HEADERS BIT(4)
#define CORE_FILTER_ALL 0x1ffU

/*
 * The running process ends by @info; if its limits allow, a core is written
 * first, by this thread; the others are gone
 * then, and have left their registers.  Never returns.  Sleeps.
 */
void core_and_exit(const struct siginfo *info) __attribute__((noreturn));
