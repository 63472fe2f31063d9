/*
 * arch/riscv/hart.c - this hart: its clock, its waiting, its counters; and
 * what the device tree says about harts.
 */

#include "arch/hart.h"

#include "arch/barrier.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "debug/race.h"
#include "debug/seeded.h"
#include "lib/bug.h"
#include "lib/string.h"

#define NS_PER_SECOND 1000000000UL

/* A wait spins for about as long as a nap takes, and then takes one. */
#define PAUSES_PER_NAP 1024
#define NAPS_PER_SECOND 20000

/* Where one hart runs at a time, to spin is to keep the others waiting. */
#define PAUSES_PER_SEEDED_NAP 16

struct hart harts[MAX_HARTS];
unsigned nr_harts;
uint64_t ticks_per_second;
uint64_t ns_per_tick;

uint64_t counter_sum(enum counter c)
{
	uint64_t sum = 0;

	for_each_present_hart(h)
		sum += __atomic_load_n(&harts[h].counters[c], __ATOMIC_RELAXED);
	return sum;
}

/* Seconds and the rest apart, so that no product overflows. */
uint64_t ns_to_ticks(uint64_t ns)
{
	uint64_t rest = ns % NS_PER_SECOND * ticks_per_second;
	uint64_t ticks;

	if (__builtin_mul_overflow(ns / NS_PER_SECOND, ticks_per_second, &ticks))
		return UINT64_MAX;
	rest = (rest + NS_PER_SECOND - 1) / NS_PER_SECOND;
	return ticks > UINT64_MAX - rest ? UINT64_MAX : ticks + rest;
}

void hart_timer_set(uint64_t deadline)
{
	struct hart *self = hart_self();

	self->timer_deadline = deadline;
	deadline = seeded_deadline(deadline);
	if (self->has_sstc)
		csr_write(CSR_STIMECMP, deadline);
	else
		sbi_set_timer(deadline);
}

void hart_idle_wait(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

void hart_stop(void)
{
	irq_disable();
	csr_write(sie, 0);
	for (;;)
		hart_idle_wait();
}

/*
 * Leave the machine to others for a moment.  In an emulator with fewer
 * processors than harts, the hart we wait for may not be running at all, and
 * the sooner we stop spinning the sooner it does.  An interrupt for us ends
 * the nap, and is taken when interrupts are on again.
 */
static void hart_nap(void)
{
	unsigned long irq = irq_save();
	uint64_t deadline = hart_self()->timer_deadline;
	uint64_t awake = clock_ticks() + ticks_per_second / NAPS_PER_SECOND;

	if (awake < deadline) {
		hart_timer_set(awake);
		hart_idle_wait();
		hart_timer_set(deadline);
	}
	irq_restore(irq);
}

void spin_pause(void)
{
	cpu_relax();
	if (!irq_enabled())
		ipi_poll();
	if (unlikely(++hart_self()->pauses %
		     (is_seeded() ? PAUSES_PER_SEEDED_NAP : PAUSES_PER_NAP) == 0))
		hart_nap();
}

/* ---- the device tree ---- */

bool cpu_node_hartid(const struct fdt *fdt, int node, uint64_t *hartid)
{
	struct fdt_range reg;

	if (!fdt_is_enabled(fdt, node) || !fdt_reg(fdt, node, 0, &reg))
		return false;
	*hartid = reg.base;
	return true;
}

uint32_t cpu_node_intc(const struct fdt *fdt, int node)
{
	uint32_t phandle;
	int child;

	fdt_for_each_child(child, fdt, node)
		if (fdt_is_compatible(fdt, child, "riscv,cpu-intc") &&
		    fdt_prop_u32(fdt, child, "phandle", &phandle))
			return phandle;
	return INTC_NONE;
}

int hart_by_hartid(uint64_t hartid)
{
	for_each_present_hart(h)
		if (harts[h].hartid == hartid)
			return h;
	return -1;
}
