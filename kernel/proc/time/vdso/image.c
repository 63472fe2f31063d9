/*
 * proc/time/vdso/image.c - what programs call in the vDSO.
 *
 * It runs in user mode, at whatever address, and is built by itself into a
 * shared object: no data of its own, no calls out of it.  It answers as the
 * system calls of syscall/sys_time.c do, from the same counter and the same
 * words, and leaves to them the clocks it does not know.
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

int __vdso_clock_gettime(int clock, struct timespec *to);
int __vdso_gettimeofday(struct timeval *to, int32_t *zone);

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

static int ask_kernel(int clock, struct timespec *to)
{
	register long a0 __asm__("a0") = clock;
	register struct timespec *a1 __asm__("a1") = to;
	register long a7 __asm__("a7") = NR_CLOCK_GETTIME;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
	return (int)a0;
}

int __vdso_clock_gettime(int clock, struct timespec *to)
{
	uint64_t bit = (unsigned)clock < 64 ? BIT(clock) : 0;

	if (likely(bit & MONOTONIC_CLOCKS))
		*to = timespec_of_ns(monotonic_ns());
	else if (bit & REALTIME_CLOCKS)
		*to = timespec_of_ns(realtime_ns());
	else
		return ask_kernel(clock, to);
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
