/*
 * init/overflow.c - see overflow.h.
 */
#include "init/overflow.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/kstack.h"
#include "init/cmdline.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "proc/sched/thread.h"

static bool enough_of_it; /* never, but the compiler cannot know */

/* How much is left of it below @here. */
static uint64_t left(const void *here)
{
	return (uint64_t)here % KSTACK_SIZE;
}

/* Call itself while more than @enough is left.  The sum makes each call need
 * its variable until the next one is back. */
static NOINLINE uint64_t descend(uint64_t enough)
{
	volatile uint64_t here = enough;

	if (left((const void *)&here) > enough)
		return descend(enough) + here;
	if (!READ_ONCE(enough_of_it))
		for (;;)
			cpu_relax();
	return here;
}

static void overflow_by_call(void *arg UNUSED)
{
	descend(0);
}

static void overflow_by_interrupt(void *arg UNUSED)
{
	/* A little is for the call that stays. */
	descend(sizeof(struct trapframe) / 2);
}

void overflow_if_told(void)
{
	const char *kind = cmdline_value("overflow");

	if (kind == NULL)
		return;
	if (strcmp(kind, "call") == 0)
		kthread_start("overflower", overflow_by_call, NULL);
	else if (strcmp(kind, "interrupt") == 0)
		kthread_start("overflower", overflow_by_interrupt, NULL);
	else
		panic("overflow=%s: allowed are call and interrupt", kind);
}
