/*
 * syscall/sys_rseq.c - rseq().
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "proc/task/rseq.h"

#define RSEQ_FLAG_UNREGISTER 1

SYSCALL_4(rseq, at, length, flags, signature)
{
	if (flags == RSEQ_FLAG_UNREGISTER)
		return rseq_unregister(at, (uint32_t)length, (uint32_t)signature);
	if (flags != 0)
		return -EINVAL;
	return rseq_register(at, (uint32_t)length, (uint32_t)signature);
}
