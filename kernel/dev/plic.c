/*
 * dev/plic.c - the platform-level interrupt controller.
 *
 * Each source has a priority, each context (a hart in one privilege mode) a
 * threshold and an enable bit per source.  Reading a context's claim register
 * takes the most urgent source, 0 for none; writing it back completes it.
 * Only the boot hart's supervisor context is used.
 *
 * Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.
 */

#include "dev/plic.h"

#include "arch/hart.h"
#include "arch/memory.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/fdt.h"

#define MAX_SOURCES 128
#define SUPERVISOR_EXTERNAL 9 /* the hart's input that a context drives */

#define PRIORITY(irq) (4UL * (irq))
#define ENABLE(context, irq) (0x2000UL + 0x80UL * (context) + (irq) / 32 * 4)
#define THRESHOLD(context) (0x200000UL + 0x1000UL * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)

/* All constant after boot. */
static volatile uint8_t *plic; /* NULL: none */
static uint64_t plic_size;
static uint32_t boot_context;
static void (*handlers[MAX_SOURCES])(void);

static volatile uint32_t *reg32(uint64_t offset)
{
	assert(offset + 4 <= plic_size);
	return (volatile uint32_t *)(plic + offset);
}

/* Context n is pair n of (interrupt controller of a hart, its input). */
static bool find_context(const struct fdt *fdt, int node, uint32_t *context)
{
	const char *prop = "interrupts-extended";
	uint32_t phandle, input;

	for (uint32_t n = 0; fdt_prop_cell(fdt, node, prop, 2 * n, &phandle) &&
			     fdt_prop_cell(fdt, node, prop, 2 * n + 1, &input);
	     n++) {
		if (input == SUPERVISOR_EXTERNAL && phandle == harts[0].intc) {
			*context = n;
			return true;
		}
	}
	return false;
}

static bool plic_probe(const struct fdt *fdt, const char *compatible)
{
	struct fdt_range reg;
	int node;

	fdt_for_each_compatible(node, fdt, compatible) {
		if (!fdt_is_enabled(fdt, node) || !fdt_reg(fdt, node, 0, &reg) ||
		    !find_context(fdt, node, &boot_context) ||
		    CLAIM(boot_context) + 4 > reg.size)
			continue;
		plic = device_map(reg.base, reg.size);
		plic_size = reg.size;
		return true;
	}
	return false;
}

void plic_init(const struct fdt *fdt)
{
	if (plic_probe(fdt, "riscv,plic0") || plic_probe(fdt, "sifive,plic-1.0.0"))
		*reg32(THRESHOLD(boot_context)) = 0;
	else
		printk("no PLIC in the device tree: devices are polled\n");
}

void plic_register(unsigned irq, void (*handler)(void))
{
	if (plic == NULL || irq == 0 || irq >= MAX_SOURCES)
		return;
	handlers[irq] = handler;
	*reg32(PRIORITY(irq)) = 1;
	*reg32(ENABLE(boot_context, irq)) |= 1U << irq % 32;
}

void irq_dispatch(void)
{
	uint32_t irq;

	if (plic == NULL)
		return;
	while ((irq = *reg32(CLAIM(boot_context))) != 0) {
		if (irq < MAX_SOURCES && handlers[irq] != NULL)
			handlers[irq]();
		*reg32(CLAIM(boot_context)) = irq;
	}
}
