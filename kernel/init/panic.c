/*
 * init/panic.c - say what is known, hart by hart, and power off.
 *
 * The first hart that panics leads: it reports, stops the others by IPI and
 * gives each in turn the console for its own report; one that does not answer
 * in time is named and passed over.  No lock is taken and nothing allocated,
 * since anything may be broken.  A panic while reporting ends at once.
 */

#include "init/panic.h"

#include <stdarg.h>

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/kstack.h"
#include "arch/memory.h"
#include "debug/backtrace.h"
#include "debug/printk.h"
#include "debug/race.h"
#include "debug/seeded.h"
#include "debug/trace.h"
#include "debug/watchdog.h"
#include "lib/bug.h"
#include "lib/printf.h"
#include "proc/sched/thread.h"
#include "sync/block.h"
#include "sync/lockorder.h"

#define PANIC_STATUS 99
#define ANSWER_SECONDS 1
#define NOBODY 0U

/* Hart + 1 of the leader, and of whose turn it is to report. */
static uint32_t leader; /* (a) set once */
static uint32_t turn;   /* (a) ORDER panic-turn */
static bool has_begun[MAX_HARTS]; /* (that hart) its report */
static uint32_t nested; /* (a) panics while one was being reported */

/* ---- one hart's report ---- */

static void print_registers(const struct trapframe *frame)
{
	static const char names[][5] = {
		"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1",
		"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3",
		"s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
		"t5", "t6",
	};
	const uint64_t *value = &frame->pc;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i += 4)
		printk("  %-3s %016lx %-3s %016lx %-3s %016lx %-3s %016lx\n",
		       names[i], value[i], names[i + 1], value[i + 1],
		       names[i + 2], value[i + 2], names[i + 3], value[i + 3]);
	printk("  status %016lx cause %016lx\n", frame->status, frame->cause);
}

/*
 * The release build keeps no frame pointers, which would cost a tenth of
 * every system call.  So its stack is searched for words that could be return
 * addresses; some may be left over from calls that are done.
 */
static void print_stack(uint64_t sp)
{
	uint64_t end;
	unsigned depth = 0;

	if (!kstack_has(sp))
		sp = align_up(sp, KSTACK_SIZE);
	end = align_up(sp + 1, PAGE_SIZE);

	if (sp % 8 != 0 || sp < (uint64_t)kernel_start)
		return;
	for (; sp < end && depth < BACKTRACE_MAX; sp += 8) {
		uint64_t word = *(const uint64_t *)sp;

		if (word > (uint64_t)kernel_start &&
		    word < (uint64_t)kernel_text_end) {
			backtrace_print_caller("from?", word);
			depth++;
		}
	}
}

static void report(const struct trapframe *frame, uint64_t fp)
{
	uint64_t sp = (uint64_t)__builtin_frame_address(0);

	const struct thread *t = current_thread();
	bool from_user = frame != NULL && frame->pc < DIRECT_MAP_BASE;

	has_begun[hart_id()] = true;

	printk("hart %u (firmware's %lu), thread %s, tid %d%s\n", hart_id(),
	       hart_self()->hartid, t != NULL ? t->name : "none yet",
	       t != NULL ? t->tid : 0, from_user ? ", in user mode" : "");
	if (frame != NULL) {
		print_registers(frame);
		backtrace_print_place("at  ", frame->pc, frame->pc);
		backtrace_print_caller("ra  ", frame->ra);
		fp = frame->s0;
		sp = frame->sp;
	}
	if (!from_user && LAB)
		backtrace_print(fp);
	else if (!from_user)
		print_stack(sp);
	lockorder_print();
}

/* ---- all harts ---- */

/* Let hart @h report; false when it does not. */
static bool give_turn(unsigned h)
{
	uint64_t deadline = clock_ticks() + ANSWER_SECONDS * ticks_per_second;

	ipi_send(h, IPI_STOP);
	/* ORDER panic-turn, giving side; the other is in panic_stopped(). */
	store_release(&turn, h + 1);
	/* ORDER panic-turn, waiting side; the other is in panic_stopped(). */
	while (load_acquire(&turn) != NOBODY)
		if (clock_ticks() > deadline)
			return !atomic_replace(&turn, h + 1, NOBODY);
	return true;
}

void panic_stopped(const struct trapframe *frame)
{
	uint32_t me = hart_id() + 1;

	irq_disable();
	if (seeded_is_over())
		hart_stop();
	/*
	 * ORDER panic-turn, reporting side; the other is in give_turn().  A
	 * hart reports only once: then it is nobody's turn any more.
	 */
	while (load_acquire(&turn) != me)
		cpu_relax();
	report(frame, (uint64_t)__builtin_frame_address(0));
	/* ORDER panic-turn, done side; the other is in give_turn(). */
	store_release(&turn, NOBODY);
	hart_stop();
}

static void stop_others(void)
{
	for_each_present_hart(h)
		if (h != hart_id() && hart_is_online(h) && !give_turn(h))
			printk("hart %u does not answer\n", h);
}

#if LAB
static void trace_panic(const char *text)
{
	char why[220];

	ksnprintf(why, sizeof(why), "PANIC %s", text);
	trace_stop(why);
}

static void put_text(void *ctx UNUSED, const char *s, size_t n)
{
	console_write(s, n);
}

/* How it came to that. */
static void print_trace(void)
{
	trace_columns(put_text, NULL);
}
#else
static void trace_panic(const char *text UNUSED)
{
}

static void print_trace(void)
{
}
#endif

static void say(const char *fmt, va_list ap)
{
	char text[200];

	kvsnprintf(text, sizeof(text), fmt, ap);
	trace_panic(text);
	printk("PANIC on hart %u: %s\n", hart_id(), text);
}

static __noreturn void panic_va(const struct trapframe *frame, const char *fmt,
				va_list ap)
{
	uint32_t me = hart_id() + 1;

	irq_disable();
	printk_panic_mode();
	/* No ORDER: who is first leads; what others say waits for its turn. */
	if (!atomic_replace(&leader, NOBODY, me)) {
		/* Two that find something wrong at once are not nested. */
		if (READ_ONCE(leader) != me &&
		    (READ_ONCE(turn) != me || !has_begun[hart_id()]))
			panic_stopped(frame);
		if (atomic_fetch_add_relaxed(&nested, 1) == 0) {
			say(fmt, ap);
			printk("that was a panic inside a panic\n");
		}
		board_power_off(PANIC_STATUS);
	}
	say(fmt, ap);
	report(frame, (uint64_t)__builtin_frame_address(0));
	watchdog_report();
	stop_others();
	race_report();
	print_trace();
	board_power_off(PANIC_STATUS);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_va(NULL, fmt, ap);
}

static __noreturn void __printf(2, 3)
panic_frame(const struct trapframe *frame, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_va(frame, fmt, ap);
}

void panic_trap(struct trapframe *frame, const struct trap *trap)
{
	static const char *const kinds[] = {
		[TRAP_PAGE_FAULT] = "page fault",
		[TRAP_TIMER] = "timer",
		[TRAP_IPI_RESCHED] = "IPI",
		[TRAP_DEVICE] = "device interrupt",
		[TRAP_ILLEGAL] = "illegal instruction",
		[TRAP_BREAKPOINT] = "breakpoint",
		[TRAP_MISALIGNED] = "misaligned access",
		[TRAP_ACCESS] = "access fault",
		[TRAP_UNKNOWN] = "unknown trap",
	};
	static const char *const accesses[] = { "reading", "writing", "running" };

	panic_frame(frame, "%s in the kernel, %s %#lx", kinds[trap->kind],
		    accesses[trap->access], trap->addr);
}

/* The stack that the guard at @sp is below: the running thread's, as a rule. */
void panic_no_room(const struct trapframe *frame)
{
	uint64_t stack = align_up(frame->sp - sizeof(*frame), KSTACK_SIZE);
	const struct thread *t = current_thread();

	panic_frame(frame, "kernel stack overflow: thread %d (%s), sp %#lx, "
		    "its stack is %#lx to %#lx%s",
		    t != NULL ? t->tid : 0, t != NULL ? t->name : "none yet",
		    frame->sp, stack, stack + KSTACK_SIZE,
		    t == NULL || t->arch.kstack_top == stack + KSTACK_SIZE ?
			    "" : " (another's)");
}
