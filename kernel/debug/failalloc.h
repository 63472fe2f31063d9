#pragma once

/*
 * debug/failalloc.h - memory runs out on purpose, at a place that is chosen.
 * Lab build only.
 *
 * A thread that writes N to /proc/drover/failalloc has the N-th allocation of
 * its next system call fail, whatever it is: a page, a block, an object.  So a
 * test goes through all places where a call may be refused memory: N is 1, 2,
 * ... until the call was through before the N-th came.  Reading the file tells
 * how many there were, whether one was refused, and where:
 *
 *	taken 7 refused kernel_function+0x2c
 *	taken 6
 *
 * What is refused is not short: nobody is ended for it (proc/task/oom.h), and
 * the call says so.  A page of a slab is not counted: whether an object needs
 * one depends on what others have freed.
 */

#include "lib/compiler.h"
#include "lib/types.h"

enum failalloc_state {
	FAILALLOC_OFF,
	FAILALLOC_ASKED, /* from the next call on */
	FAILALLOC_COUNTS,
};

/* In each thread, which alone touches it. */
struct failalloc {
	uint32_t state;
	uint32_t nth, taken;
	uintptr_t where; /* the allocation was refused that returns there; 0: none */
};

#if LAB

extern bool failalloc_used; /* (a) somebody has asked for it since boot */

/* The running thread wants an allocation: is it to be refused?  Any context. */
bool failalloc_count(uintptr_t where);
/* A system call begins, and is over. */
void failalloc_begin(void);
void failalloc_end(void);

/* 0, or -EINVAL: no number. */
int failalloc_ask(const char *word);
/* What became of it: as above, in @line. */
void failalloc_tell(char *line, size_t size);

/* Of an allocation that returns to @where. */
#define failalloc_hits_at(where)                                \
	(unlikely(READ_ONCE(failalloc_used)) && failalloc_count(where))
/* In the function that allocates: its caller is named. */
#define failalloc_hits() failalloc_hits_at((uintptr_t)__builtin_return_address(0))

#define failalloc_around(call)                        \
	do {                                          \
		if (unlikely(READ_ONCE(failalloc_used))) \
			call();                       \
	} while (0)

#else

#define failalloc_hits_at(where) ((void)(where), false)
#define failalloc_hits() false

#endif
