/*
 * proc/time/vdso/image.c - what programs call in the vDSO.
 *
 * It runs in user mode, at whatever address, and is built by itself into a
 * shared object: no data of its own, no calls out of it.  It answers as the
 * system calls do (syscall/sys_time.c, syscall/sys_hwprobe.c), from the same
 * counter and the same words, and leaves to them what it does not know.  Some
 * of it is nothing but the call: programs look for these names.
 */
#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/ticks.h"
#include "lib/time.h"
#include "proc/time/vdso/data.h"

/* Linux's numbers: CLOCK_MONOTONIC, _RAW, _COARSE, CLOCK_BOOTTIME ... */
#define MONOTONIC_CLOCKS (BIT(1) | BIT(4) | BIT(6) | BIT(7))
/* ... CLOCK_REALTIME and _COARSE. */
#define REALTIME_CLOCKS (BIT(0) | BIT(5))
#define NR_CLOCK_GETTIME 113
#define NR_CLOCK_GETRES 114
#define NR_GETCPU 168
#define NR_RISCV_HWPROBE 258
#define NR_RISCV_FLUSH_ICACHE 259

/* Of riscv_hwprobe(). */
struct pair {
	int64_t key;
	uint64_t value;
};

int __vdso_clock_gettime(int clock, struct timespec *to);
int __vdso_clock_getres(int clock, struct timespec *to);
int __vdso_gettimeofday(struct timeval *to, int32_t *zone);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);
long __vdso_flush_icache(void *start, void *end, unsigned long flags);
int __vdso_riscv_hwprobe(struct pair *pairs, size_t n, size_t size,
			 unsigned long *set, unsigned flags);

static long ask_kernel(long nr, long arg0, long arg1, long arg2, long arg3,
		       long arg4)
{
	register long a0 __asm__("a0") = arg0;
	register long a1 __asm__("a1") = arg1;
	register long a2 __asm__("a2") = arg2;
	register long a3 __asm__("a3") = arg3;
	register long a4 __asm__("a4") = arg4;
	register long a7 __asm__("a7") = nr;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7)
			 : "memory");
	return a0;
}

static uint64_t monotonic_ns(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return scale_ticks(ticks, vdso_data.ns_per_tick);
}

static uint64_t realtime_ns(void)
{
	return time_of_day_at(&vdso_data.day, monotonic_ns());
}

int __vdso_clock_gettime(int clock, struct timespec *to)
{
	uint64_t bit = (unsigned)clock < 64 ? BIT(clock) : 0;

	if (likely(bit & MONOTONIC_CLOCKS))
		*to = timespec_of_ns(monotonic_ns());
	else if (bit & REALTIME_CLOCKS)
		*to = timespec_of_ns(realtime_ns());
	else
		return (int)ask_kernel(NR_CLOCK_GETTIME, clock, (long)to, 0, 0, 0);
	return 0;
}

int __vdso_gettimeofday(struct timeval *to, int32_t *zone)
{
	if (to != NULL)
		*to = timeval_of_ns(realtime_ns());
	if (zone != NULL) {
		zone[0] = READ_ONCE(vdso_data.day.zone[0]);
		zone[1] = READ_ONCE(vdso_data.day.zone[1]);
	}
	return 0;
}

int __vdso_clock_getres(int clock, struct timespec *to)
{
	return (int)ask_kernel(NR_CLOCK_GETRES, clock, (long)to, 0, 0, 0);
}

long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	return ask_kernel(NR_GETCPU, (long)cpu, (long)node, (long)unused, 0, 0);
}

long __vdso_flush_icache(void *start, void *end, unsigned long flags)
{
	return ask_kernel(NR_RISCV_FLUSH_ICACHE, (long)start, (long)end,
			  (long)flags, 0, 0);
}

/* All harts have what is in the page; which of some are there, and which harts
 * have what, the kernel knows. */
int __vdso_riscv_hwprobe(struct pair *pairs, size_t n, size_t size,
			 unsigned long *set, unsigned flags)
{
	if (flags != 0 || size != 0 || set != NULL)
		return (int)ask_kernel(NR_RISCV_HWPROBE, (long)pairs, (long)n,
				       (long)size, (long)set, flags);
	for (struct pair *p = pairs; p < pairs + n; p++) {
		bool known = (uint64_t)p->key < NR_HWPROBE_KEYS;

		p->value = known ? vdso_data.hwprobe[p->key] : 0;
		p->key = known ? p->key : -1;
	}
	return 0;
}
