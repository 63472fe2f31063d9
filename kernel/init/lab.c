/*
 * init/lab.c - see lab.h.
 */

#include "init/lab.h"

#include "arch/tlb.h"
#include "debug/datarace.h"
#include "debug/lockdep/contention.h"
#include "debug/printk.h"
#include "debug/race.h"
#include "debug/seeded.h"
#include "debug/shadow.h"
#include "debug/trace.h"
#include "init/cmdline.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "sync/lockorder.h"

#if LAB
static bool cmdline_number(const char *name, uint64_t *number)
{
	const char *value = cmdline_value(name), *end;

	if (value == NULL)
		return false;
	if (!parse_u64(value, &end, 10, number) || *end != '\0')
		panic("%s=%s is not a number", name, value);
	return true;
}

void lab_init_memory(void)
{
	uint64_t kib;

	if (cmdline_number("trace", &kib))
		trace_set_size(kib);
}

bool lab_add_hart(unsigned id)
{
	return contention_add_hart(id) && trace_add_hart(id);
}

static void shadow_init(void)
{
	const char *value = cmdline_value("shadow");

	shadow_model_init();
	shadow_on = value == NULL || strcmp(value, "off") != 0;
}

static void schedule_init(uint64_t seed)
{
	const char *value = cmdline_value("schedule");
	uint64_t seconds;

	if (value == NULL)
		return;
	if (strcmp(value, "seeded") != 0)
		panic("schedule=%s: allowed is seeded", value);
	seeded_switch_on(seed);
	if (cmdline_number("within", &seconds))
		seeded_end_within(seconds);
}

/* A variant goes by the choreographies of its bugs. */
static void points_init(void)
{
	const char *value = cmdline_value("points");

	if (*kernel_variant != '\0') {
		printk("kernel with bug %s\n", kernel_variant);
		race_set_mode(kernel_variant);
	}
	if (value != NULL && !race_set_mode(value))
		panic("points=%s: allowed are off, noise and names of races",
		      value);
}

void lab_init(void)
{
	uint64_t seed = 1;

	cmdline_number("seed", &seed);
	race_set_seed(seed);
	datarace_init(seed);
	if (cmdline_has("weak=on"))
		datarace_weaken();
	schedule_init(seed);
	shadow_init();
	points_init();
}

/* The program ran on page tables of its own, and they still are. */
static void check_root(void)
{
	const struct mm *mm = current_mm();
	const struct page *root = page_of_pa(tlb_root());

	assert(tlb_root() == virt_to_phys(mm->root));
	if (root->kind != PAGE_TABLE || page_refs(root) != 1)
		panic("satp holds page %#lx, which is no page table any more",
		      page_pa(root));
}

static bool is_interrupt(const struct trap *trap)
{
	return trap->kind == TRAP_TIMER || trap->kind == TRAP_IPI_RESCHED ||
	       trap->kind == TRAP_DEVICE;
}

void lab_trap_begins(const struct trap *trap)
{
	if (trap->from_user)
		check_root();
	if (is_interrupt(trap))
		lockorder_irq_begins();
}

void lab_trap_ends(const struct trap *trap)
{
	if (is_interrupt(trap))
		lockorder_irq_ends();
	if (trap->from_user) {
		lockorder_assert_none_held();
		shadow_assert_settled();
		(void)datarace_tell();
	}
}
#else
void lab_init_memory(void)
{
}

bool lab_add_hart(unsigned id UNUSED)
{
	return true;
}

void lab_init(void)
{
	if (cmdline_value("schedule") != NULL)
		panic("schedule=%s: the release build cannot be seeded",
		      cmdline_value("schedule"));
}
#endif
