#pragma once

/*
 * mm/fault.h - make an address accessible, as a page fault does.
 */

#include "mm/mm.h"

enum fault_result {
	FAULT_OK,       /* retry the access: something has changed since */
	FAULT_NOMAP,    /* SIGSEGV, SEGV_MAPERR */
	FAULT_ACCESS,   /* SIGSEGV, SEGV_ACCERR */
	FAULT_BEYOND,   /* SIGBUS, BUS_ADRERR: beyond the end of the file, or
			 * no room in its file system */
	FAULT_NOMEM,    /* the process is killed */
	FAULT_STACK,    /* of mm_fault_once() alone: a stack may grow to it */
	FAULT_SLEEPS,   /* of mm/ alone: who visits cannot answer it */
	FAULT_HANDED,   /* of mm_fault_once() alone: the program answers it itself,
			 * mm/userfault.h */
};

/*
 * Make @addr accessible for @access.  The caller may not hold map_sem.
 * Sleeps.  The only place where pages enter an address space.
 *
 * By @force whatever is mapped can be read, and a private mapping that is not
 * writable gets a page of its own on a write.
 *
 * In two parts: who still has the arguments when the first one fails, which is
 * rare, need not keep them in registers meanwhile.
 */
enum fault_result mm_fault_once(struct mm *mm, vaddr_t addr,
				enum access access, bool force);
/* As long as something can be done about @result, not FAULT_OK.  @from_user: it is a
 * fault of the program, and OK also when a signal has to be handled first. */
enum fault_result mm_fault_again(struct mm *mm, vaddr_t addr,
				 enum access access, bool force,
				 bool from_user, enum fault_result result);

static inline enum fault_result mm_fault(struct mm *mm, vaddr_t addr,
					 enum access access, bool force)
{
	enum fault_result result = mm_fault_once(mm, addr, access, force);

	return likely(result == FAULT_OK) ?
		       FAULT_OK :
		       mm_fault_again(mm, addr, access, force, false, result);
}
