/*
 * syscall/absent.c - see absent.h.
 */
#include "syscall/absent.h"

#include "arch/barrier.h"
#include "debug/printk.h"
#include "lib/bitmap.h"
#include "lib/bits.h"
#include "proc/sched/sched.h"
#include "proc/task/proc.h"

#if LAB

static const char *const names[] = {
#define ABSENT(nr, name, why) [nr] = #name,
#include "syscall/absent.def"
#undef ABSENT
};

enum { NR_NAMES = sizeof(names) / sizeof(names[0]) };

static uint64_t told[BITMAP_WORDS(NR_NAMES)]; /* (a) a bit for each number */

/* Of those who come at once, one. */
static bool is_first(unsigned long nr)
{
	uint64_t bit = BIT(nr % 64);

	return (atomic_fetch_or_relaxed(&told[nr / 64], bit) & bit) == 0;
}

/* A program names itself as it likes; the console gets one line of it. */
static void copy_readable(char to[THREAD_NAME_MAX], const char *name)
{
	size_t n = 0;

	for (; n < THREAD_NAME_MAX - 1 && name[n] != '\0'; n++)
		to[n] = name[n] >= ' ' && name[n] <= '~' ? name[n] : '?';
	to[n] = '\0';
}

void absent_call(unsigned long nr)
{
	char name[THREAD_NAME_MAX];

	if (nr >= NR_NAMES || names[nr] == NULL || !is_first(nr))
		return;
	copy_readable(name, current_thread()->name);
	printk("%s (%d) makes call %lu, %s(), which drover lacks: ENOSYS\n",
	       name, current_thread()->proc->pid, nr, names[nr]);
}

#endif
