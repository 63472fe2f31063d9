/*
 * libmeasure.c - the clock, the counters, and what rows need around them;
 * see libbench.h.
 */
#define _GNU_SOURCE
#include "libmeasure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROW_SECONDS = 120, MIN_COUNTED_OPS = 8, COUNTED_TURNS = 5 };

static struct result result;
static int result_fd;

_Noreturn static void send_result(void)
{
	ssize_t n = write(result_fd, &result, sizeof(result));

	_exit(n != sizeof(result));
}

_Noreturn void bench_skip(const char *why)
{
	result.outcome = ROW_SKIPPED;
	snprintf(result.why, sizeof(result.why), "%s", why);
	send_result();
}

long bench_check(long value, const char *what)
{
	if (value >= 0)
		return value;
	fprintf(stderr, "bench: %s: %s\n", what,
		strerror(value == -1 ? errno : (int)-value));
	_exit(1);
}

void bench_start(struct bench *b)
{
	if (b->counting)
		events_read(&b->before);
	else
		b->started = clock_ticks();
}

void bench_stop_at(struct bench *b, uint64_t then)
{
	if (b->counting) {
		events_read(&b->after);
		events_add(&b->events, &b->before, &b->after);
	} else {
		b->ticks += then - b->started;
	}
}

void bench_stop(struct bench *b)
{
	bench_stop_at(b, clock_ticks());
}

/* Ticks per operation: the cheapest repeat, the others met interrupts. */
static double time_row(const struct row *row, struct bench *b, int repeats)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < repeats; i++) {
		b->ticks = 0;
		row->run(b, row->arg);
		if (b->ticks < best)
			best = b->ticks;
	}
	return (double)best / b->ops;
}

/* Of some turns the one with the fewest interrupts from other harts: the rest of
 * the machine sends some now and then, and a row has few operations. */
static void count_row(const struct row *row, struct bench *b)
{
	long ipis, least = LONG_MAX;

	if (b->ops < MIN_COUNTED_OPS)
		b->ops = MIN_COUNTED_OPS;
	b->counting = true;
	events_read(&b->before);	/* brings in what reading needs */
	events_read(&b->after);
	for (int turn = 0; turn < COUNTED_TURNS && least > 0; turn++) {
		memset(&b->events, 0, sizeof(b->events));
		row->run(b, row->arg);
		ipis = events_sum(&b->events, "ipi_");
		if (ipis < least) {
			least = ipis;
			result.events = b->events;
		}
	}
	result.counted_ops = b->ops;
}

_Noreturn void measure_row(const struct row *row, int scale, int fd)
{
	struct bench *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	result_fd = fd;
	setpgid(0, 0);
	alarm(ROW_SECONDS * scale);
	/* Huge pages would hide the faults that rows are about. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (b == MAP_FAILED)
		bench_check(-1, "mmap");
	if (nr_harts() < row->harts)
		bench_skip("needs more harts");
	pin_to_hart(0);

	b->ops = row->ops;
	result.ticks = time_row(row, b, row->repeats * scale);
	if (events_available())
		count_row(row, b);
	result.outcome = ROW_MEASURED;
	send_result();
}

bool clock_counts_instructions(void)
{
	enum { LOOPS = 500 * 1000, WANT = LOOPS * 2 / INSN_PER_TICK };
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		uint64_t start = clock_ticks(), took;
		long n = LOOPS;

		__asm__ volatile("1:	addi	%0, %0, -1\n"
				 "	bnez	%0, 1b" : "+r"(n));
		took = clock_ticks() - start;
		if (took < best)
			best = took;
	}
	return best >= WANT - WANT / 50 && best <= WANT + WANT / 50;
}

void *map_pages(long nr_pages, int flags)
{
	void *mem = mmap(NULL, nr_pages * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (mem == MAP_FAILED)
		bench_check(-1, "mmap");
	return mem;
}

void unmap_pages(void *mem, long nr_pages)
{
	bench_check(munmap(mem, nr_pages * PAGE), "munmap");
}

void touch_pages(void *mem, long nr_pages)
{
	volatile char *byte = mem;

	for (long i = 0; i < nr_pages; i++)
		byte[i * PAGE] = 1;
}

int cached_file(long nr_pages)
{
	static const char path[] = "/tmp/bench.data";
	static char page[PAGE];
	int fd;

	mkdir("/tmp", 01777);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	bench_check(fd, path);
	unlink(path);
	for (long i = 0; i < nr_pages; i++)
		bench_check(write(fd, page, PAGE), "write");
	return fd;
}

int nr_harts(void)
{
	static int nr;
	cpu_set_t set;

	if (nr == 0)
		nr = sched_getaffinity(0, sizeof(set), &set) == 0 ?
		     CPU_COUNT(&set) : 1;
	return nr;
}

void pin_to_hart(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	bench_check(sched_setaffinity(0, sizeof(set), &set),
		    "sched_setaffinity");
}

void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_check(-ECHILD, "waitpid");
}
