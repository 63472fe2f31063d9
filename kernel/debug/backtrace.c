/*
 * debug/backtrace.c - see backtrace.h.
 */

#include "debug/backtrace.h"

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/kstack.h"
#include "arch/memory.h"
#include "debug/ksyms.h"
#include "debug/printk.h"

/* Where the stack ends that @fp is on.  A chain may lead to the frame pointer
 * that a program had, which is any number. */
static uint64_t end_of_stack(uint64_t fp)
{
	const struct arch_thread *t = hart_self()->current;

	if (t != NULL && fp <= t->kstack_top && t->kstack_top - fp < KSTACK_SIZE)
		return t->kstack_top;
	return fp + KSTACK_SIZE;
}

/* What a frame pointer leads to lies in the two words below it. */
static bool is_frame(uint64_t fp, uint64_t end)
{
	return fp % 8 == 0 && fp >= (uint64_t)kernel_start && fp <= end &&
	       kstack_has(fp - 2 * sizeof(uint64_t));
}

unsigned backtrace_take(uint64_t fp, uint64_t *callers, unsigned max)
{
	uint64_t end = end_of_stack(fp), last = 0;
	unsigned n = 0;

	while (n < max && fp > last && is_frame(fp, end)) {
		const uint64_t *frame = (const uint64_t *)fp;

		callers[n++] = frame[-1];
		last = fp;
		fp = frame[-2];
	}
	return n;
}

void backtrace_print_place(const char *label, uint64_t pc, uint64_t inside)
{
	uintptr_t offset;
	const char *name = ksym_lookup(inside, &offset);

	if (name != NULL)
		printk("  %s %016lx %s+0x%lx\n", label, pc, name,
		       offset + (pc - inside));
	else
		printk("  %s %016lx\n", label, pc);
}

void backtrace_print_caller(const char *label, uint64_t ra)
{
	backtrace_print_place(label, ra, ra - 1);
}

void backtrace_print_callers(const uint64_t *callers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		backtrace_print_caller("from", callers[i]);
}

void backtrace_print(uint64_t fp)
{
	uint64_t callers[BACKTRACE_MAX];

	unsigned n = backtrace_take(fp, callers, BACKTRACE_MAX);

	backtrace_print_callers(callers, n);
}
