/*
 * arch/riscv/idle.c - how a hart waits that has nothing to run.
 *
 * By WFI; or, where the device tree names an idle state for it (cpu-idle-states,
 * "riscv,idle-state") or the command line says idle=suspend, by the firmware's
 * hart_suspend, which may save more than WFI does and takes longer to come back.
 * Only retentive states are used: the hart goes on behind the call with all that
 * it had, as behind WFI, and whatever interrupt is pending ends either.
 *
 * A firmware that refuses once is not asked again.
 *
 * Source: SBI 1.0, "Hart State Management"; Linux
 * Documentation/devicetree/bindings/cpu/idle-states.yaml.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "debug/printk.h"

#define NOT_RETENTIVE BIT(31)
#define NO_STATE UINT32_MAX /* which is not retentive, so no state's number */

static uint32_t states[MAX_HARTS]; /* (c) sbi-suspend-param of each hart, but for
				    * who is refused; or NO_STATE */
static bool is_asked_for;          /* (c) idle=suspend */

/* The last one of the list that keeps everything: they go from light to deep. */
static uint32_t deepest_state(const struct fdt *fdt, int node)
{
	uint32_t found = NO_STATE, phandle, param;

	for (unsigned n = 0; fdt_prop_cell(fdt, node, "cpu-idle-states", n, &phandle);
	     n++) {
		int state = fdt_find_phandle(fdt, phandle);

		if (state != FDT_NONE && fdt_is_enabled(fdt, state) &&
		    fdt_is_compatible(fdt, state, "riscv,idle-state") &&
		    fdt_prop_u32(fdt, state, "riscv,sbi-suspend-param", &param) &&
		    !(param & NOT_RETENTIVE))
			found = param;
	}
	return found;
}

static uint32_t state_of(const struct fdt *fdt, int node)
{
	uint32_t state = deepest_state(fdt, node);

	return state == NO_STATE && is_asked_for ? SBI_SUSPEND_RETENTIVE : state;
}

void idle_describe(unsigned id, const struct fdt *fdt, int node)
{
	states[id] = sbi_has(SBI_HSM) ? state_of(fdt, node) : NO_STATE;
}

/* The hart that boots has been described by then. */
void hart_idle_by_firmware(void)
{
	is_asked_for = true;
	if (sbi_has(SBI_HSM) && states[0] == NO_STATE)
		states[0] = SBI_SUSPEND_RETENTIVE;
}

void hart_idle(void)
{
	unsigned self = hart_id();
	long error;

	if (likely(states[self] == NO_STATE)) {
		hart_idle_wait();
		return;
	}
	error = sbi_hart_suspend(states[self]);
	count(idle_suspends);
	if (error == 0)
		return;
	printk("hart %u waits by WFI, for the firmware does not suspend it: %s\n",
	       self, sbi_error_text(error));
	states[self] = NO_STATE;
}
