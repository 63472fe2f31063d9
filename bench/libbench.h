#pragma once

/*
 * libbench.h - what the rows of the benchmark share.
 *
 * A row is one operation. Its function repeats the operation bench->ops times
 * between bench_start() and bench_stop(), and sets up outside of them:
 *
 *	static void first_touch(struct bench *b, long unused)
 *	{
 *		char *mem = map_pages(b->ops, 0);
 *
 *		bench_start(b);
 *		for (long i = 0; i < b->ops; i++)
 *			mem[i * PAGE] = 1;
 *		bench_stop(b);
 *		unmap_pages(mem, b->ops);
 *	}
 *
 * It may start and stop more than once; the parts add up. It is called once
 * per repeat, and the cheapest repeat counts. Then, where /proc/drover/counters exists,
 * it is called once more, and start and stop read the kernel's counters and
 * not the clock, so that neither measurement disturbs the other.
 *
 * Each row runs in a fresh process of its own, pinned to hart 0: it finds no
 * leftovers of another, and need not free what its end frees. All that is
 * written while measuring lies in memory that fork() shares, not copies.
 */

#include "libevents.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PAGE = 4096, MIB = 1 << 20 };

struct bench {
	long ops;		/* how many operations a run shall time */
	bool counting;		/* count events, do not read the clock */
	uint64_t started;
	uint64_t ticks;		/* of the timed parts of this run */
	struct events before, after;
	struct events events;	/* of the timed parts of this run */
	volatile long shared[4];	/* for a row's processes to talk */
};

struct row {
	const char *name;
	void (*run)(struct bench *b, long arg);
	long arg;
	long ops;
	int repeats;
	int harts;		/* it needs so many; 0 is 1 */
};

extern const struct row call_rows[], process_rows[], memory_rows[],
	sharing_rows[], switch_rows[];	/* each ends with a row without name */

extern const char *bench_tiny;	/* path of the program that exits at once */

void bench_start(struct bench *b);
void bench_stop(struct bench *b);
/* The end was then, and not only now. */
void bench_stop_at(struct bench *b, uint64_t then);
/* This row cannot run here, or its system call failed; ends the process. */
_Noreturn void bench_skip(const char *why);
long bench_check(long result, const char *what);

void *map_pages(long nr_pages, int flags);
void unmap_pages(void *mem, long nr_pages);
void touch_pages(void *mem, long nr_pages);
/* An unlinked file of so many pages, all of them in the page cache. */
int cached_file(long nr_pages);
void pin_to_hart(int hart);
int nr_harts(void);
/* The status must be 0. */
void wait_for(pid_t pid);

static inline uint64_t clock_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks) : : "memory");
	return ticks;
}

/*
 * System calls without the C library around them. The result is what the
 * kernel returned, -errno included.
 */
static inline long raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

static inline long raw3(long nr, long a, long b, long c)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2)
			 : "memory");
	return a0;
}

static inline long raw0(long nr)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0");

	__asm__ volatile("ecall" : "=r"(a0) : "r"(a7) : "memory");
	return a0;
}
