#pragma once

/*
 * librseq.h - restartable sequences for tests, in the area that the C library
 * has registered for each thread, or where it does not, in one of ours: each
 * thread begins with rseq_begin().
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RSEQ_SIG
#define RSEQ_SIG 0xf1401073
#endif

/* As the kernel has it; the library's may be shorter. */
struct rseq_area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, node_id, mm_cid, pad;
};

struct rseq_descriptor {
	uint32_t version, flags;
	uint64_t start, length, abort;
} __attribute__((aligned(32)));

static __thread struct rseq_area rseq_ours __attribute__((aligned(32)));

__attribute__((unused)) static volatile struct rseq_area *rseq_own(void)
{
	if (__rseq_size == 0)
		return &rseq_ours;
	return (volatile struct rseq_area *)
		((char *)__builtin_thread_pointer() + __rseq_offset);
}

__attribute__((unused)) static long rseq_call(volatile void *area,
					      unsigned length, int flags,
					      unsigned signature)
{
	return syscall(SYS_rseq, area, length, flags, signature);
}

/* False: there is no such call. */
__attribute__((unused)) static bool rseq_begin(void)
{
	if (__rseq_size != 0)
		return true;
	return rseq_call(&rseq_ours, sizeof(rseq_ours), 0, RSEQ_SIG) == 0 ||
	       errno != ENOSYS;
}

/*
 * The sequence between 1 and 2 with the handler at 4, which is announced in
 * @area by its first instructions; what it is made of: @body.  @done is 1 at
 * its end and 0 when it was aborted.
 */
#define RSEQ_SEQUENCE(body)						  \
	".pushsection __rseq_cs, \"aw\"\n"				  \
	".balign 32\n"							  \
	"3:	.word 0, 0\n"						  \
	"	.quad 1f, 2f - 1f, 4f\n"				  \
	".popsection\n"							  \
	"	la t0, 3b\n"						  \
	"	sd t0, 8(%[area])\n"					  \
	"1:\n" body							  \
	"2:	li %[done], 1\n"					  \
	"	j 6f\n"							  \
	"	.balign 4\n"						  \
	"	.word 0xf1401073\n"					  \
	"4:	li %[done], 0\n"					  \
	"6:\n"

/* One more in the counter of this hart, of those that lie 64 bytes
 * apart; between the load and the store pass some turns. */
__attribute__((unused)) static bool rseq_count(volatile long *counters,
					       long turns)
{
	bool done;

	__asm__ volatile(RSEQ_SEQUENCE("	lw t1, 4(%[area])\n"
				       "	slli t1, t1, 6\n"
				       "	add t1, t1, %[counters]\n"
				       "	ld t2, 0(t1)\n"
				       "	mv t3, %[turns]\n"
				       "5:	addi t3, t3, -1\n"
				       "	bgtz t3, 5b\n"
				       "	addi t2, t2, 1\n"
				       "	sd t2, 0(t1)\n")
			 : [done] "=&r"(done)
			 : [area] "r"(rseq_own()), [counters] "r"(counters),
			   [turns] "r"(turns)
			 : "t0", "t1", "t2", "t3", "memory");
	return done;
}

/* A sequence that only its abort ends; *@begun is 1 while it lasts. */
__attribute__((unused)) static void rseq_spin(volatile int *begun)
{
	bool done;

	__asm__ volatile(RSEQ_SEQUENCE("	li t1, 1\n"
				       "	sw t1, 0(%[begun])\n"
				       "5:	j 5b\n")
			 : [done] "=&r"(done)
			 : [area] "r"(rseq_own()), [begun] "r"(begun)
			 : "t0", "t1", "memory");
	*begun = 0;
}
