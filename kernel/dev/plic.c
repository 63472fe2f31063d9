/*
 * dev/plic.c - the platform-level interrupt controller.
 *
 * Each source has a priority, each context (a hart in one privilege mode) a
 * threshold and an enable bit per source.  Reading a context's claim register
 * takes the most urgent source, 0 for none; writing it back completes it.
 * One hart's supervisor context is used, first that of the boot hart.
 *
 * Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.
 */

#include "dev/plic.h"

#include "arch/hart.h"
#include "arch/memory.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/fdt.h"
#include "proc/sched/hotplug.h"

#define MAX_SOURCES 128
#define SUPERVISOR_EXTERNAL 9 /* the hart's input that a context drives */

#define PRIORITY(irq) (4UL * (irq))
#define ENABLE(context, irq) (0x2000UL + 0x80UL * (context) + (irq) / 32 * 4)
#define THRESHOLD(context) (0x200000UL + 0x1000UL * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)

#define NO_CONTEXT UINT32_MAX

/* All constant after boot, but who is used. */
static volatile uint8_t *plic; /* NULL: none */
static uint64_t plic_size;
static int plic_node;
static uint32_t contexts[MAX_HARTS]; /* of each hart; NO_CONTEXT: it has none */
static void (*handlers[MAX_SOURCES])(void);
static unsigned served_by; /* (a) the hart whose context is used; it changes
			    * it when it leaves */

static volatile uint32_t *reg32(uint64_t offset)
{
	assert(offset + 4 <= plic_size);
	return (volatile uint32_t *)(plic + offset);
}

/* Context n is pair n of (interrupt controller of a hart, its input). */
static uint32_t find_context(const struct fdt *fdt, int node, unsigned hart)
{
	const char *prop = "interrupts-extended";
	uint32_t phandle, input;

	for (uint32_t n = 0; fdt_prop_cell(fdt, node, prop, 2 * n, &phandle) &&
			     fdt_prop_cell(fdt, node, prop, 2 * n + 1, &input);
	     n++) {
		if (input == SUPERVISOR_EXTERNAL && phandle == harts[hart].intc &&
		    CLAIM(n) + 4 <= plic_size)
			return n;
	}
	return NO_CONTEXT;
}

static bool plic_probe(const struct fdt *fdt, const char *compatible)
{
	struct fdt_range reg;
	int node;

	fdt_for_each_compatible(node, fdt, compatible) {
		if (!fdt_is_enabled(fdt, node) || !fdt_reg(fdt, node, 0, &reg))
			continue;
		plic_size = reg.size;
		contexts[0] = find_context(fdt, node, 0);
		if (contexts[0] == NO_CONTEXT)
			continue;
		plic = device_map(reg.base, reg.size);
		plic_node = node;
		return true;
	}
	return false;
}

void plic_init(const struct fdt *fdt)
{
	if (plic_probe(fdt, "riscv,plic0") || plic_probe(fdt, "sifive,plic-1.0.0"))
		*reg32(THRESHOLD(contexts[0])) = 0;
	else
		printk("no PLIC in the device tree: devices are polled\n");
}

void plic_register(unsigned irq, void (*handler)(void))
{
	if (plic == NULL || irq == 0 || irq >= MAX_SOURCES)
		return;
	handlers[irq] = handler;
	*reg32(PRIORITY(irq)) = 1;
	*reg32(ENABLE(contexts[0], irq)) |= 1U << irq % 32;
}

void plic_find_harts(const struct fdt *fdt)
{
	if (plic == NULL)
		return;
	for_each_present_hart(hart)
		contexts[hart] = find_context(fdt, plic_node, hart);
}

/*
 * The other one's is enabled first: a source that is pending at that moment is
 * claimed by one of the two.  What this hart has claimed it has completed, for
 * it is in no handler; after its own is disabled it could not.
 */
void hart_leaves_devices(unsigned to)
{
	unsigned self = hart_id();

	if (plic == NULL || READ_ONCE(served_by) != self)
		return;
	if (contexts[to] == NO_CONTEXT)
		panic("hart %u, which stays, gets no interrupts of devices", to);
	WRITE_ONCE(served_by, to);
	*reg32(THRESHOLD(contexts[to])) = 0;
	for (unsigned irq = 1; irq < MAX_SOURCES; irq++) {
		if (handlers[irq] == NULL)
			continue;
		*reg32(ENABLE(contexts[to], irq)) |= 1U << irq % 32;
		*reg32(ENABLE(contexts[self], irq)) &= ~(1U << irq % 32);
	}
}

void irq_dispatch(void)
{
	uint32_t irq, context = contexts[hart_id()];

	if (plic == NULL || context == NO_CONTEXT)
		return;
	while ((irq = *reg32(CLAIM(context))) != 0) {
		if (irq < MAX_SOURCES && handlers[irq] != NULL)
			handlers[irq]();
		*reg32(CLAIM(context)) = irq;
	}
}
