#pragma once

/*
 * arch/barrier.h - the only place where memory ordering is spelled out.
 *
 * RISC-V is weakly ordered: loads and stores of one hart to different
 * addresses may be seen by another in any order.  Locks give order by
 * themselves.  Where no lock does, a comment `ORDER name, side` says which
 * two places talk to each other; docs/memory-ordering.md lists the names.
 *
 * Source: The RISC-V Instruction Set Manual, chapter "RVWMO".
 */

#include "debug/datarace.h"
#include "debug/lockwatch.h"
#include "lib/compiler.h"

#define RISCV_FENCE(p, s) \
	__asm__ volatile("fence " #p "," #s ::: "memory")

/* One that orders stores; debug/datarace.h is told of it. */
#define RISCV_STORE_FENCE(p, s)		\
	do {				\
		datarace_order();	\
		RISCV_FENCE(p, s);	\
	} while (0)

/* Full, load-load and store-store order among ordinary memory. */
#define smp_mb() RISCV_STORE_FENCE(rw, rw)
#define smp_rmb() RISCV_FENCE(r, r)
#define smp_wmb() RISCV_STORE_FENCE(w, w)

/* Orders ordinary stores before stores to devices, as an IPI register; and
 * a write of a control register before ordinary accesses. */
#define io_wmb() RISCV_STORE_FENCE(w, o)
#define io_mb_after() RISCV_FENCE(o, rw)

/*
 * As a fence and a store, with which the manual's table of mappings begins.
 * Compilers have made an AMO of a word, which costs an address more, and of less
 * than a word a fence that some of them let devices pass: the registers of one
 * that a lock guards are ordered, too (docs/memory-ordering.md).  Who watch know
 * the compiler's own, and so does the host of unit tests.
 */
#if WATCHED || defined(LOCK_ANALYSIS) || !defined(__riscv)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#else
#define store_release(p, v)						\
	do {								\
		if (sizeof(*(p)) < sizeof(uint32_t)) {			\
			RISCV_FENCE(iorw, w);				\
			__atomic_store_n((p), (v), __ATOMIC_RELAXED);	\
			break;						\
		}							\
		__typeof__(*(p)) stored_ = (v);				\
									\
		RISCV_FENCE(iorw, w);					\
		WRITE_ONCE(*(p), stored_);				\
	} while (0)
#endif
#define load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)

/*
 * Atomic read-modify-write; the suffix is the ordering.  The value returned
 * is the one before the operation, as for C's __atomic_fetch_*.
 */
#define atomic_fetch_add_relaxed(p, v) \
	__atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define atomic_fetch_or_relaxed(p, v) \
	__atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define atomic_fetch_and_relaxed(p, v) \
	__atomic_fetch_and((p), (v), __ATOMIC_RELAXED)
#define atomic_fetch_add_full(p, v) \
	__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_or_full(p, v) \
	__atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_and_full(p, v) \
	__atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define atomic_exchange_full(p, v) \
	__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)

/* Replace *@p by @new if it is @old; true when it was.  Acquire and release. */
#define atomic_replace(p, old, new)                                          \
	({                                                                   \
		__typeof__(*(p)) expected_ = (old);                          \
		__atomic_compare_exchange_n((p), &expected_, (new), false,   \
					    __ATOMIC_SEQ_CST,                \
					    __ATOMIC_SEQ_CST);               \
	})

/* Tell the core that this is a spin loop (Zihintpause; a fence elsewhere). */
static inline void cpu_relax(void)
{
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

/*
 * Spin until @cond holds.  The one loop the kernel spins in: while
 * interrupts are off it serves this hart's shootdown mailbox, so that the
 * hart it waits for may itself be waiting for our ack (docs/locking.md).
 * The lab build shows meanwhile what this hart waits for (debug/lockwatch.h).
 */
#define spin_until(cond) SPIN_UNTIL(cond, #cond, LOCKWATCH_ANYBODY)

/* The same, where hart @h is to make it so, and not by serving an interrupt:
 * if that one waits for us, neither ever goes on. */
#define spin_until_by(h, cond) SPIN_UNTIL(cond, #cond, h)

#define SPIN_UNTIL(cond, text, by)                                   \
	do {                                                         \
		if (cond)                                            \
			break;                                       \
		static const struct spin_site site_ = {              \
			text, __func__                               \
		};                                                   \
		struct lockwatch watch_ =                            \
			lockwatch_begin_spin(&site_, by);            \
		do {                                                 \
			spin_pause();                                \
			lockwatch_tick(&watch_);                     \
		} while (!(cond));                                   \
		lockwatch_end(&watch_);                              \
	} while (0)

void spin_pause(void);
