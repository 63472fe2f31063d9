/*
 * mm/fault_again.c - what a fault could not do at once may succeed now: the stack
 * has grown, there is memory again, the program has brought the page.
 */
#include "mm/fault_internal.h"
#include "mm/reserve.h"
#include "mm/userfault.h"

/* Whether or not, *@result may be another one. */
static bool may_try_again(struct mm *mm, vaddr_t addr, enum access access,
			  bool from_user, enum fault_result *result)
{
	switch (*result) {
	case FAULT_STACK:
		return grow_stack(mm, addr);
	case FAULT_NOMEM:
		return memory_wait(0);
	case FAULT_HANDED:
		return userfault_ask(mm, addr, access, from_user, result);
	default:
		return false;
	}
}

enum fault_result mm_fault_again(struct mm *mm, vaddr_t addr,
				 enum access access, bool force,
				 bool from_user, enum fault_result result)
{
	while (result != FAULT_OK &&
	       may_try_again(mm, addr, access, from_user, &result))
		result = mm_fault_once(mm, addr, access, force);
	if (result == FAULT_STACK)
		result = FAULT_NOMAP;
	if (result != FAULT_OK)
		count(faults_bad);
	return result;
}
