#pragma once

/*
 * init/lab.h - what the lab build does at boot and around each trap.
 *
 * Its words on the command line are seed= and points= (debug/race.h),
 * schedule= (debug/seeded.h), shadow= (debug/shadow.h), trace=
 * (debug/trace.h).
 */

#include "arch/trap.h"
#include "lib/compiler.h"

/* The command line has been read.  The release build refuses what it lacks. */
void lab_init(void);
/* The same for what takes memory: the rings of a trace of the whole run. */
void lab_init_memory(void);
/* The same for what each hart has of its own, before it starts.  False: no
 * memory. */
bool lab_add_hart(unsigned id);

/* A trap comes from user mode, and goes back there: what must be true of the
 * page tables, of locks and of shootdowns.  What syscall_lab() is to system
 * calls. */
#if LAB
void lab_trap_begins(const struct trap *trap);
void lab_trap_ends(const struct trap *trap);
#else
static inline void lab_trap_begins(const struct trap *trap UNUSED)
{
}

static inline void lab_trap_ends(const struct trap *trap UNUSED)
{
}
#endif
