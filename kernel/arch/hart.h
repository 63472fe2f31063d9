#pragma once

/*
 * arch/hart.h - this hart, and the others.
 *
 * A hart is named by its logical number, 0 for the one that booted and then
 * counting up without gaps; the number the firmware uses (hartid) may have
 * gaps and is seen only by arch/.  In the kernel the register tp points to
 * the hart's struct hart, so hart_self() costs nothing.
 *
 * The kernel is not preempted: between two calls that may sleep a thread
 * stays on its hart, so hart_self() stays true without interrupts off.
 */

#include "arch/context.h"
#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/hartmask.h"
#include "lib/ticks.h"
#include "lib/types.h"

struct mm;

enum counter {
#define X(name, what) COUNT_##name,
#include "lib/counters.def"
#undef X
	NR_COUNTERS
};

/*
 * One hart.  Each field names who may touch it:
 *	(c)	constant once the hart runs
 *	(h)	this hart only
 *	(hi)	this hart only, with interrupts off
 *	(a)	atomic; the user of the field says how it is ordered
 */
struct hart {
	struct arch_thread *current; /* (h) to write: who runs here, NULL early in
				      * boot; others compare it: sync/lockspin.h */
	unsigned id;                 /* (c) logical number */
	uint64_t hartid;             /* (c) firmware's number */
	uint32_t intc;               /* (c) phandle of its interrupt controller */
	uint64_t boot_sp;            /* (c) top of the first stack */
	uint64_t emergency_sp;       /* (c) where a trap goes on that finds no room */
	uint64_t boot_ticket;        /* (a) arch/riscv/smp.c: who may start here */
	struct runq *runq;           /* (c) proc/sched: who waits for it */
	struct tlb_context *tlb;     /* (hi) whose translations satp selects */
	const void *visits;          /* (a) its hart writes: mm/maplock.h; ORDER map-visit */
	uint64_t ipi_pending;        /* (a) enum ipi bits; ORDER ipi-mailbox */
	uint64_t fence_turn;         /* (a) ORDER fence-turn */
	uint32_t walking;            /* (a) tlb=rfence: it is between tlb_walk_begin()
				      * and tlb_walk_end(); ORDER tlb-walk */
	uint64_t quiet;              /* (a) its hart writes: sync/rcu.h; ORDER rcu-quiet */
	uint64_t glances;            /* (a) its hart writes: sync/glance.h; ORDER glance */
	uint64_t timer_deadline;     /* (hi) as hart_timer_set() was told */
	uint32_t pauses;             /* (h) turns of spin loops; may miss some */
	bool online;                 /* (a) ORDER hart-online */
	uint32_t kept;               /* (a) calls to the firmware that wait for
				      * it; ORDER hart-kept */
	bool has_sstc;               /* (c) stimecmp may be written */
	uint64_t counters[NR_COUNTERS]; /* (a) relaxed, summed on read */
} __aligned(64);

extern struct hart harts[MAX_HARTS];
extern unsigned nr_harts; /* (c) after hart_start_others(): harts that have
			   * arrived; some may be away: hart_is_online() */

/* @hart, a new variable, is each of them, those that are away as well. */
#define for_each_present_hart(hart)					\
	for (unsigned hart = 0; hart < nr_harts; hart++)

/*
 * A global register variable, not an asm statement: a call that sleeps may
 * come back on another hart, and the compiler knows that calls change these.
 */
#if __riscv
register struct hart *hart_in_tp __asm__("tp");

static inline struct hart *hart_self(void)
{
	return hart_in_tp;
}
#else
struct hart *hart_self(void); /* unit tests on the host bring their own */
#endif

static inline unsigned hart_id(void)
{
	return hart_self()->id;
}

/* Count an event on this hart.  Any context. */
#define count(name) count_many(name, 1)
#define count_many(name, n)						\
	((void)__atomic_fetch_add(&hart_self()->counters[COUNT_##name], \
				  (uint64_t)(n), __ATOMIC_RELAXED))

/* Sum of one counter over all harts; a snapshot, not an atomic cut. */
uint64_t counter_sum(enum counter c);

/* Interrupts of this hart.  irq_save() returns what irq_restore() wants. */
static inline bool irq_enabled(void)
{
	uint64_t sstatus;

	__asm__ volatile("csrr %0, sstatus" : "=r"(sstatus));
	return sstatus & BIT(1);
}

static inline void irq_enable(void)
{
	__asm__ volatile("csrsi sstatus, 2" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("csrci sstatus, 2" ::: "memory");
}

static inline unsigned long irq_save(void)
{
	unsigned long old;

	__asm__ volatile("csrrci %0, sstatus, 2" : "=r"(old)::"memory");
	return old & BIT(1);
}

static inline void irq_restore(unsigned long saved)
{
	__asm__ volatile("csrs sstatus, %0" ::"r"(saved) : "memory");
}

/* An interrupt waits to be taken. */
static inline bool irq_is_pending(void)
{
	uint64_t pending, enabled;

	__asm__ volatile("csrr %0, sip" : "=r"(pending)::"memory");
	__asm__ volatile("csrr %0, sie" : "=r"(enabled));
	return pending & enabled;
}

/* The board's clock: monotone, the same on every hart, in ticks. */
static inline uint64_t clock_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return ticks;
}

extern uint64_t ticks_per_second; /* (c) from the device tree */
extern uint64_t ns_per_tick;      /* (c) the same, as lib/ticks.h wants it */

static inline uint64_t ticks_to_ns(uint64_t ticks)
{
	return scale_ticks(ticks, ns_per_tick);
}

/* Rounds up: a sleep is never shorter than asked.  Saturates. */
uint64_t ns_to_ticks(uint64_t ns);

/*
 * Interrupt this hart at @deadline (ticks); in the past: at once.
 * TIMER_NEVER switches the timer off.  Interrupts off.
 */
#define TIMER_NEVER UINT64_MAX
void hart_timer_set(uint64_t deadline);

/* Wait for an interrupt.  Called with interrupts off; returns with them off,
 * and a pending interrupt (masked or not) ends the wait. */
void hart_idle_wait(void);
/* The same where there is nothing to run, perhaps by the firmware: slower, and
 * deeper (arch/riscv/idle.c).  And idle=suspend: do so on harts whose device tree
 * says nothing of it, too; boot, before the other harts. */
void hart_idle(void);
void hart_idle_by_firmware(void);
/* The same for ever: no interrupt ends it. */
void hart_stop(void) __noreturn;

/* Why a hart interrupts another; bits of hart->ipi_pending. */
enum ipi {
	IPI_TLB,     /* serve shootdowns: arch/tlb.h */
	IPI_RESCHED, /* look at the run queue, and the time of day */
	IPI_STOP,    /* a panic: report and stop */
	IPI_FENCE,   /* execute a full fence: arch/fence.h */
};

/* Interrupt @target (logical number).  Any context, any lock. */
void ipi_send(unsigned target, enum ipi why);

/* Serve this hart's mailbox without taking the interrupt: for loops that
 * spin with interrupts off.  Only IPI_TLB and IPI_STOP are served; the rest
 * stay pending for the interrupt. */
void ipi_poll(void);

/*
 * Boot.  entry.S calls boot_memory() on the hart the firmware picked, with
 * interrupts off and paging on, and when that has made the kernel's own page
 * table, boot_main() on the stack that has a guard there.  hart_init_boot() finds the harts of the
 * device tree and what they can do; hart_start_others() starts them by SBI
 * HSM one after the other, and each calls hart_main() on its own stack.  A
 * hart that does not come is named on the console, and boot goes on.
 *
 * What a hart needs for itself is allocated before it is started, by
 * hart_prepare(): so the harts of the device tree cost memory, and no others.
 */
struct fdt;
void boot_memory(uint64_t hartid, paddr_t fdt); /* upcall */
void boot_main(void); /* upcall */
void hart_init_boot(uint64_t hartid, const struct fdt *fdt);
void hart_start_others(const struct fdt *fdt);
void hart_main(void); /* upcall */
/* Make room for hart @id, and give it its stacks; false: there is no memory. */
bool hart_prepare(unsigned id); /* upcall */

/* The logical number of the hart that the firmware calls @hartid, or -1 if
 * it has not arrived. */
int hart_by_hartid(uint64_t hartid);

/*
 * Later (arch/riscv/hotplug.c): a hart leaves, and comes back.  What it is to
 * the layers above is settled before and afterwards by proc/sched/hotplug.c.
 *
 * Takes interrupts, and may run threads; a moment ago. */
bool hart_is_online(unsigned id);
struct hartmask harts_online(void);
/* This hart, interrupts off: nothing is left here but its idle stack.  It ends
 * as the firmware's, and begins anew in hart_main(), on the same stack. */
void hart_leave(void) __noreturn;
/* Hart @id, which has called hart_leave(), is stopped, and nobody is on its
 * stack. */
bool hart_has_left(unsigned id);
/* Start it again.  When it returns the hart is online, with nothing in its
 * TLB; -EIO: it has not come.  One caller at a time; interrupts on. */
int hart_return(unsigned id);

/* End the machine.  @code becomes QEMU's exit status. */
void board_init(const struct fdt *fdt);
void board_power_off(unsigned code) __noreturn;
