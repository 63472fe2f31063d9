/*
 * user/libcost.c - what a command cost, in words; see libcost.h.
 *
 * A row is a sentence of counters. What was 0 is left out of it.
 */
#include "libcost.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ITEMS = 7 };

struct item {
	const char *counter;	/* or what several begin with, and a star */
	const char *words;
};

struct row {
	const char *name;
	struct item items[MAX_ITEMS];
};

static const struct row rows[] = {
	{ "page faults", {
		{ "faults_*", "in all" },
		{ "faults_anon", "for a new page" },
		{ "faults_zero", "for the zero page" },
		{ "faults_file", "for a page of a file" },
		{ "faults_cow_copy", "for a copy" },
		{ "faults_cow_reuse", "for one's own again" },
		{ "faults_bad", "refused" } } },
	{ "pages", {
		{ "page_allocs", "taken" },
		{ "page_frees", "given back" },
		{ "pages_zeroed", "zeroed" },
		{ "pages_copied", "copied" } } },
	{ "shootdowns", {
		{ "shootdowns", "sent" },
		{ "shootdown_harts", "harts waited for" },
		{ "flushes_saved", "served by another's flush" } } },
	{ "TLB fences", { { "fence_*", "on all harts" } } },
	{ "IPIs", {
		{ "ipi_tlb_sent", "to flush" },
		{ "ipi_resched_sent", "to run a thread" },
		{ "ipi_call_sent", "to call a function" } } },
	{ "interrupts", {
		{ "timer_ticks", "of the timer" },
		{ "device_irqs", "of devices" } } },
	{ "switches", {
		{ "switches", "to another thread" },
		{ "satp_writes", "of the page table" },
		{ "steals", "stolen from another hart" } } },
	{ "wake-ups", {
		{ "wakes_local", "on the waker's hart" },
		{ "wakes_remote", "on another hart" } } },
	{ "system calls", {
		{ "syscalls_slow", "in all" },
		{ "forks", "made a process or thread" },
		{ "execs", "started a program" } } },
	{ "locks", {
		{ "lock_acquired_*", "taken" },
		{ "lock_contended_*", "waited for" } } },
};

static long spent(const struct cost *cost, const char *counter)
{
	char prefix[COUNTER_NAME];
	size_t length = strcspn(counter, "*");

	if (!counter[length])
		return counter_diff(cost->before, cost->after, counter);
	snprintf(prefix, sizeof(prefix), "%.*s", (int)length, counter);
	return counter_diff_prefix(cost->before, cost->after, prefix);
}

static void print_row(const struct cost *cost, const struct row *row)
{
	const char *between = "";

	printf("  %-13s", row->name);
	for (int i = 0; i < MAX_ITEMS && row->items[i].counter; i++) {
		long n = spent(cost, row->items[i].counter);

		if (n == 0)
			continue;
		printf("%s %ld %s", between, n, row->items[i].words);
		between = ",";
	}
	puts(*between ? "" : " none");
}

/* Which locks had to be waited for says more than how many. */
static void print_waits(const struct cost *cost)
{
	static const char prefix[] = "lock_contended_";
	const size_t length = sizeof(prefix) - 1;

	for (int i = 0; i < cost->after->nr; i++) {
		const char *name = cost->after->counter[i].name;
		long n = counter_diff(cost->before, cost->after, name);

		if (strncmp(name, prefix, length) == 0 && n > 0)
			printf("  %-13s %ld at %s\n", "", n, name + length);
	}
}

static long ms_of(struct timeval time)
{
	return time.tv_sec * 1000 + time.tv_usec / 1000;
}

void cost_print(const struct cost *cost)
{
	printf("  %-13s %ld ms, of which the program ran %ld ms, the kernel for it %ld ms\n",
	       "time", cost->ms, ms_of(cost->use.ru_utime),
	       ms_of(cost->use.ru_stime));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		print_row(cost, &rows[i]);
	print_waits(cost);
}
