/*
 * syscall/sys_membarrier.c - membarrier(): a fence in all threads at once.
 *
 * A program with a fast path that runs all the time and a slow one that runs
 * now and then leaves the fence of the fast one away; the slow one calls this,
 * and each other thread of the process has executed a full fence when it
 * returns, wherever it was.
 *
 * A thread that runs meanwhile is on a hart that is interrupted for a fence.
 * One that does not run needs none of its own: who takes it up later has
 * fenced, or is seen here to run the address space (ORDER membarrier).  One
 * that moves from a hart to another has the fence of either: it comes with
 * all it did before (ORDER thread-on-hart).
 *
 * Source: membarrier(2); M. Desnoyers et al., "User-Level Implementations of
 * Read-Copy Update", 2012.
 */
#include "syscall/syscall.h"

#include "arch/barrier.h"
#include "arch/fence.h"
#include "arch/icache.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"
#include "proc/task/rseq.h"

#define QUERY 0U
#define GLOBAL BIT(0)
#define GLOBAL_EXPEDITED BIT(1)
#define REGISTER_GLOBAL_EXPEDITED BIT(2)
#define PRIVATE_EXPEDITED BIT(3)
#define REGISTER_PRIVATE_EXPEDITED BIT(4)
#define PRIVATE_EXPEDITED_SYNC_CORE BIT(5)
#define REGISTER_PRIVATE_EXPEDITED_SYNC_CORE BIT(6)
#define PRIVATE_EXPEDITED_RSEQ BIT(7)
#define REGISTER_PRIVATE_EXPEDITED_RSEQ BIT(8)
#define GET_REGISTRATIONS BIT(9)
#define FLAG_CPU 1

#define REGISTERS (REGISTER_GLOBAL_EXPEDITED | REGISTER_PRIVATE_EXPEDITED | \
		   REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | \
		   REGISTER_PRIVATE_EXPEDITED_RSEQ)
#define COMMANDS (GLOBAL | GLOBAL_EXPEDITED | PRIVATE_EXPEDITED | \
		  PRIVATE_EXPEDITED_SYNC_CORE | PRIVATE_EXPEDITED_RSEQ | \
		  REGISTERS | GET_REGISTRATIONS)

static void fence_process(const struct mm *mm)
{
	/*
	 * ORDER membarrier, calling side; the other is tlb_enter().  Store
	 * buffering: our program has written, and we read who runs its address
	 * space; a hart says that it does, and its program reads.
	 */
	smp_mb();
	fence_harts(hartmask_read(&mm->tlb.running));
}

/* Who has not said before that he would. */
static bool is_registered(const struct mm *mm, unsigned long command)
{
	return READ_ONCE(mm->membarriers) & command << 1;
}

static long fence_private(struct mm *mm, unsigned long command)
{
	if (!is_registered(mm, command))
		return -EPERM;
	if (command == PRIVATE_EXPEDITED_SYNC_CORE)
		icache_sync(&mm->tlb); /* a fence on the same harts, too */
	else
		fence_process(mm);
	return 0;
}

/*
 * Restartable sequences of the process that are under way begin anew: on the
 * hart @cpu, where there need not be one, or on all (-1).
 *
 * Who is interrupted for the fence finds in the same mailbox that he is to
 * look at his sequence (it was posted first), and does so before he goes on.
 * Who does not run is marked by having left his hart.
 */
static long restart_sequences(const struct mm *mm, long cpu)
{
	struct hartmask harts;

	if (!is_registered(mm, PRIVATE_EXPEDITED_RSEQ))
		return -EPERM;
	/* ORDER membarrier, restarting side; the other is tlb_enter(). */
	smp_mb();
	harts = hartmask_read(&mm->tlb.running);
	if (cpu >= 0)
		harts.bits &= cpu < MAX_HARTS ? BIT(cpu) : 0;
	rseq_preempt_harts(harts);
	fence_harts(harts);
	return 0;
}

/* Nothing is to be prepared: every hart is ready for it at any time. */
static long enlist(struct mm *mm, unsigned long command)
{
	atomic_fetch_or_relaxed(&mm->membarriers, (uint32_t)command);
	return 0;
}

/* No command but that of rseq has flags. */
SYSCALL_3(membarrier, command, flags, cpu)
{
	struct mm *mm = current_mm();

	if (flags != 0 && (command != PRIVATE_EXPEDITED_RSEQ || flags != FLAG_CPU))
		return -EINVAL;
	switch (command) {
	case QUERY:
		return COMMANDS;
	case GLOBAL:
	case GLOBAL_EXPEDITED:
		fence_harts(harts_online());
		return 0;
	case PRIVATE_EXPEDITED:
	case PRIVATE_EXPEDITED_SYNC_CORE:
		return fence_private(mm, command);
	case PRIVATE_EXPEDITED_RSEQ:
		return restart_sequences(mm, flags & FLAG_CPU ? (int)cpu : -1);
	case REGISTER_GLOBAL_EXPEDITED:
	case REGISTER_PRIVATE_EXPEDITED:
	case REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
	case REGISTER_PRIVATE_EXPEDITED_RSEQ:
		return enlist(mm, command);
	case GET_REGISTRATIONS:
		return READ_ONCE(mm->membarriers);
	default:
		return -EINVAL;
	}
}
