/*
 * debug/lockdep/witness.c - see witness.h.
 */
#include "debug/lockdep/witness.h"

#include "arch/barrier.h"
#include "debug/backtrace.h"
#include "debug/ksyms.h"
#include "debug/printk.h"
#include "lib/compiler.h"
#include "lib/printf.h"
#include "proc/sched/thread.h"

#if LAB

void witness_write(struct witness *w, uint64_t held_at, uint64_t fp)
{
	const struct thread *t = current_thread();
	unsigned n = backtrace_take(fp, w->callers, WITNESS_CALLERS);

	w->tid = t != NULL ? t->tid : 0;
	ksnprintf(w->thread, sizeof(w->thread), "%s", t != NULL ? t->name : "boot");
	w->held_at = held_at;
	/* ORDER lock-witness, writing side; the other is in is_written(). */
	store_release(&w->nr_callers, n);
}

/* Another hart may have made its bit, and be about to write this. */
static bool is_written(const struct witness *w)
{
	/* ORDER lock-witness, reading side; the other is in witness_write(). */
	return load_acquire(&w->nr_callers) != 0;
}

void witness_print(const struct witness *w)
{
	if (!is_written(w)) {
		printk("    by another hart, just now\n");
		return;
	}
	printk("    by thread %d (%s):\n", w->tid, w->thread);
	if (w->held_at != 0) {
		backtrace_print_caller("held", w->held_at);
	}
	backtrace_print_callers(w->callers, w->nr_callers);
}

static void put_place(uint64_t pc, const char *after,
		      void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	char text[80];
	uintptr_t offset = 0;
	const char *name = ksym_lookup(pc, &offset);

	put(ctx, text, (size_t)ksnprintf(text, sizeof(text), "%.50s+0x%lx%s",
					 name != NULL ? name : "?", offset, after));
}

void witness_put(const struct witness *w,
		 void (*put)(void *ctx, const char *s, size_t n), void *ctx)
{
	char text[40];

	if (is_written(w)) {
		put(ctx, text, (size_t)ksnprintf(text, sizeof(text), " %.16s(%d) ",
						 w->thread, w->tid));
		if (w->held_at != 0)
			put_place(w->held_at, " then ", put, ctx);
		for (unsigned i = 0; i < w->nr_callers; i++)
			put_place(w->callers[i] - 1,
				  i + 1 < w->nr_callers ? " < " : "", put, ctx);
	}
	put(ctx, "\n", 1);
}

#endif
