/*
 * syscall/syscall.c - the table that trap.S calls through.
 */
#include "syscall/syscall.h"

#include "arch/hart.h"
#include "arch/trap.h"
#include "debug/datarace.h"
#include "debug/failalloc.h"
#include "debug/shadow.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "proc/ptrace/ptrace.h"
#include "sync/block.h"
#include "sync/lockorder.h"
#include "syscall/absent.h"

enum { LAST_SYSCALL = 462 };

const unsigned long syscall_table_size = LAST_SYSCALL + 1;

static SYSCALL_0(ni)
{
	return -ENOSYS;
}

/* First every number, then again those that exist. */
#pragma GCC diagnostic ignored "-Woverride-init"
const syscall_fn syscall_table[LAST_SYSCALL + 1] = {
	[0 ... LAST_SYSCALL] = sys_ni,
#define SYSCALL(nr, name, arguments) [nr] = sys_##name,
#include "syscall/table.def"
#undef SYSCALL
};

/* What the tracer is told of it may change, and the number of the call; of one
 * that does not exist it may choose the result.  As on Linux, the first
 * argument is what it was. */
long syscall_slowly(struct trapframe *f)
{
	if (!ptrace_is_told_of_calls())
		return -ENOSYS;
	if (!ptrace_call_begins(f))
		return -ENOSYS;
	if (f->a7 >= syscall_table_size)
		return (long)f->a0;
	return syscall_table[f->a7](f->orig_a0, f->a1, f->a2, f->a3, f->a4,
				    f->a5);
}

#if LAB
static const uint8_t syscall_nr_args[LAST_SYSCALL + 1] = {
#define SYSCALL(nr, name, arguments) [nr] = sizeof(arguments) - 1,
#include "syscall/table.def"
#undef SYSCALL
};

static void trace_call(const struct trapframe *f)
{
	unsigned n = f->a7 < syscall_table_size ? syscall_nr_args[f->a7] : 0;

	trace(syscall, f->a7, n > 0 ? f->a0 : 0);
	if (n > 1)
		trace(syscall_args, f->a1, n > 2 ? f->a2 : 0);
	if (n > 3)
		trace(syscall_args, f->a3, n > 4 ? f->a4 : 0);
	if (n > 5)
		trace(syscall_args, f->a5, 0);
}

/* What the lab build does around each call: nothing may be left behind. */
long syscall_lab(struct trapframe *f)
{
	long result;

	count(syscalls_slow);
	assert(irq_enabled());
	trace_call(f);
	failalloc_around(failalloc_begin);
	if (f->a7 >= READ_ONCE(hart_self()->current->nr_calls))
		result = syscall_slowly(f);
	else
		result = syscall_table[f->a7](f->a0, f->a1, f->a2, f->a3,
					      f->a4, f->a5);
	failalloc_around(failalloc_end);
	trace(syscall_end, result, f->a7);
	if (result == -ENOSYS)
		absent_call(f->a7);
	lockorder_assert_none_held();
	shadow_assert_settled();
	(void)datarace_tell();
	assert(irq_enabled());
	return result;
}
#endif
