#pragma once

/*
 * debug/datarace/datarace_internal.h - what the parts of the detector share.
 *
 *	compiler.c	what the compiler calls
 *	watch.c		watchpoints: who meets whom
 *	late.c		weak=on: stores that are still on their way
 *	report.c	the pairs that met, each told of once
 *	test.c		races on purpose
 */

#include "debug/datarace.h"

/* What an access is; bits. */
enum {
	PLAIN_READ = 0,
	IS_WRITE = 1,
	IS_MARKED = 2,
};

#define ACCESS_CALLERS 12

struct access {
	uint64_t addr;
	uint64_t size;
	unsigned kind;
	unsigned hart;
	int tid;
	unsigned nr_callers; /* 0: nobody who was seen */
	uint64_t callers[ACCESS_CALLERS];
};

/* The places of an access: its own, then its callers'. */
static inline uint64_t access_place(const struct access *a)
{
	return a->nr_callers != 0 ? a->callers[0] : 0;
}

/* The access at @addr is about to be made, by who called the function whose
 * frame is @fp. */
void datarace_access(const volatile void *addr, uint64_t size, unsigned kind, uint64_t fp);

/*
 * late.c, interrupts off: @store is made, and may be seen late; none other of
 * this hart's is.  Then, before each access: true when it is now to be watched,
 * as *@store.
 */
bool late_is_there(void);
void late_begin(const struct access *store);
bool late_passes(uint64_t addr, uint64_t size, unsigned kind, uint64_t fp,
		 struct access *store);
bool datarace_is_weak(void);

/* @first was watched while @second came by.  Interrupts off, this hart paused. */
void datarace_found(const struct access *first, const struct access *second,
		    uint64_t before, uint64_t after);

/* From pair @from on there is one in the @size bytes at @start; @both: with both
 * of its sides seen. */
bool datarace_is_found(unsigned from, const void *start, uint64_t size, bool both);
