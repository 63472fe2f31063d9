/*
 * arch/riscv/smp.c - from one hart to all of them.
 *
 * Harts start one after the other.  The next free struct hart is prepared,
 * its boot_ticket is set to the hartid that may use it, and the firmware
 * (SBI HSM) is asked to start that hart.  It comes to _start and swaps the
 * ticket for BOOT_TICKET_NONE; if it has not within ARRIVAL_SECONDS, the boot
 * hart does, and one of the two wins.  So a hart that wakes up too late finds
 * no ticket and touches neither stack nor struct, which the next hart uses.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/memory.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "arch/tlb.h"
#include "arch/trap.h"
#include "debug/printk.h"
#include "lib/bug.h"
#include "lib/string.h"

#define ARRIVAL_SECONDS 5

static void hart_describe(unsigned id, const struct fdt *fdt, int node,
			  uint64_t hartid)
{
	struct hart *hart = &harts[id];

	hart->id = id;
	hart->hartid = hartid;
	hart->intc = cpu_node_intc(fdt, node);
	hart->has_sstc = cpu_has(fdt, node, "sstc");
	isa_note(fdt, node);
	ipi_describe(id, fdt);
	idle_describe(id, fdt, node);
}

static uint32_t timebase(const struct fdt *fdt, int cpu)
{
	uint32_t hz;

	if (fdt_prop_u32(fdt, fdt_parent(fdt, cpu), "timebase-frequency", &hz) ||
	    fdt_prop_u32(fdt, cpu, "timebase-frequency", &hz))
		return hz;
	return 0;
}

void hart_init_boot(uint64_t hartid, const struct fdt *fdt)
{
	char letters[CPU_LETTERS];
	uint64_t found;
	int node;

	fdt_for_each_device_type(node, fdt, "cpu") {
		if (!cpu_node_hartid(fdt, node, &found) || found != hartid)
			continue;
		if (cpu_lacks(fdt, node, letters))
			panic("hart %lu, which boots, lacks what programs need: %s",
			      hartid, letters);
		ticks_per_second = timebase(fdt, node);
		hart_describe(0, fdt, node, hartid);
		hart_timer_set(TIMER_NEVER);
		harts[0].online = true;
		nr_harts = 1;
	}
	if (nr_harts == 0)
		panic("hart %lu, which boots, is not in the device tree", hartid);
	if (ticks_per_second == 0)
		panic("no timebase-frequency in the device tree");
	ns_per_tick = tick_length(ticks_per_second);
}

/*
 * It may have been here before, and away since.  What others asked of it then
 * and still wait for is answered; code that was written meanwhile it fetches
 * anew.  Its TLB is empty: entry.S.
 */
static void hart_catches_up(void)
{
	/*
	 * ORDER hart-online, catching-up side; the other is harts_keep().
	 * Store buffering: we say that we are there and then begin anew; who
	 * has changed something looks after that whether we are there.
	 */
	smp_mb();
	__asm__ volatile("fence.i" ::: "memory");
	ipi_serve_all();
}

/* The first C code of every hart but the one that boots, called by entry.S; and
 * of that one, too, when it comes back. */
void hart_arrived(void)
{
	count(satp_writes);
	count(fence_kernel);
	trap_init_hart();
	/* Before the clock is set it rings, and a hart that waits would spin. */
	hart_timer_set(TIMER_NEVER);
	/*
	 * ORDER hart-online, arriving side; the other is in hart_start_one().
	 * Release: whoever sees us online sees a hart that takes interrupts.
	 */
	store_release(&hart_self()->online, true);
	hart_catches_up();
	hart_main();
	panic("hart_main() returned");
}

/* Did somebody take @hart's ticket in time?  If not, nobody will. */
static bool ticket_taken(struct hart *hart)
{
	uint64_t deadline = clock_ticks() + ARRIVAL_SECONDS * ticks_per_second;

	while (READ_ONCE(hart->boot_ticket) != BOOT_TICKET_NONE) {
		/* No ORDER: one word, which one of two changes first. */
		if (clock_ticks() > deadline)
			return !atomic_replace(&hart->boot_ticket, hart->hartid,
					       BOOT_TICKET_NONE);
		spin_pause();
	}
	return true;
}

bool hart_start_one(struct hart *hart)
{
	paddr_t entry = virt_to_phys((void *)_start);

	WRITE_ONCE(hart->boot_ticket, hart->hartid);
	/*
	 * ORDER hart-boot, starting side; the other is _start(), which
	 * the firmware reaches after our call.  What we wrote to the struct
	 * hart, the ticket first of all, must be there before it looks.
	 */
	smp_mb();
	long error = sbi_hart_start(hart->hartid, entry, 0);

	if (error != 0) {
		printk("hart %lu: the firmware does not start it: %s\n",
		       hart->hartid, sbi_error_text(error));
		return false;
	}
	if (!ticket_taken(hart)) {
		printk("hart %lu: has not arrived after %d s, left out\n",
		       hart->hartid, ARRIVAL_SECONDS);
		return false;
	}
	/* ORDER hart-online, boot side; the other is in hart_arrived(). */
	spin_until_by((unsigned)(hart - harts), load_acquire(&hart->online));
	return true;
}

/* The next struct hart is for the one of @node; one that has not come has
 * left its stacks there. */
static bool hart_is_ready(unsigned id, const struct fdt *fdt, int node,
			  uint64_t hartid)
{
	hart_describe(id, fdt, node, hartid);
	return harts[id].boot_sp != 0 || hart_prepare(id);
}

/* A thread may run on every hart; so one that can do less gets none. */
void hart_start_others(const struct fdt *fdt)
{
	bool hsm = sbi_has(SBI_HSM);
	char letters[CPU_LETTERS];
	uint64_t hartid;
	int node;

	for (unsigned h = 0; h < MAX_HARTS; h++)
		harts[h].boot_ticket = BOOT_TICKET_NONE;
	fdt_for_each_device_type(node, fdt, "cpu") {
		if (!cpu_node_hartid(fdt, node, &hartid) ||
		    hart_by_hartid(hartid) >= 0)
			continue;
		if (!hsm) {
			printk("hart %lu: stays stopped, the firmware has no HSM\n",
			       hartid);
		} else if (nr_harts == MAX_HARTS) {
			printk("hart %lu: stays stopped, %d are enough\n",
			       hartid, MAX_HARTS);
		} else if (cpu_lacks(fdt, node, letters)) {
			printk("hart %lu: stays stopped, it lacks %s\n", hartid,
			       letters);
		} else if (!hart_is_ready(nr_harts, fdt, node, hartid)) {
			printk("hart %lu: stays stopped, no memory for it\n",
			       hartid);
		} else {
			nr_harts += hart_start_one(&harts[nr_harts]);
		}
	}
}
