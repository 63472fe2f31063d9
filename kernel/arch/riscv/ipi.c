/*
 * arch/riscv/ipi.c - interrupting another hart.
 *
 * Why a hart is interrupted stands in its mailbox, hart->ipi_pending; the
 * interrupt itself only says "look".  A bit that is set already has its
 * interrupt on the way, so the sender need not raise another.
 *
 * The interrupt is a store to the hart's register in the ACLINT SSWI device
 * where there is one, four instructions; else a call to the firmware, 800.
 */

#include "arch/barrier.h"
#include "arch/fence.h"
#include "arch/hart.h"
#include "arch/memory.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "arch/tlb.h"
#include "arch/trap.h"
#include "debug/trace.h"

#define SIP_SOFT BIT(IRQ_SOFT)

/* (c) the SETSSIP register of each hart, NULL: ask the firmware. */
static volatile uint32_t *setssip[MAX_HARTS];

/* Entry n of interrupts-extended tells whose register n is. */
static bool sswi_index(const struct fdt *fdt, int node, uint32_t intc,
		       uint32_t *index)
{
	uint32_t phandle;

	for (uint32_t n = 0; fdt_prop_cell(fdt, node, "interrupts-extended",
					   2 * n, &phandle); n++) {
		if (phandle == intc) {
			*index = n;
			return true;
		}
	}
	return false;
}

void ipi_describe(unsigned id, const struct fdt *fdt)
{
	struct fdt_range reg;
	uint32_t index;
	int node;

	setssip[id] = NULL;
	fdt_for_each_compatible(node, fdt, "riscv,aclint-sswi")
		if (fdt_is_enabled(fdt, node) && fdt_reg(fdt, node, 0, &reg) &&
		    sswi_index(fdt, node, harts[id].intc, &index) &&
		    4UL * index + 4 <= reg.size)
			setssip[id] = device_map(reg.base + 4 * index, 4);
}

static void ipi_raise(unsigned target)
{
	if (setssip[target] != NULL)
		*setssip[target] = 1;
	else
		sbi_send_ipi(harts[target].hartid);
}

static void ipi_count_sent(enum ipi why)
{
	if (why == IPI_TLB)
		count(ipi_tlb_sent);
	else if (why == IPI_RESCHED)
		count(ipi_resched_sent);
}

void ipi_send(unsigned target, enum ipi why)
{
	/* Between mailbox and interrupt nobody may wait for us: whoever finds
	 * the bit set relies on the interrupt. */
	unsigned long irq = irq_save();
	/*
	 * ORDER ipi-mailbox, posting side; the other is in ipi_receive().
	 * Release: what we did before is seen by the handler.
	 */
	uint64_t old = atomic_fetch_or_full(&harts[target].ipi_pending, BIT(why));

	/*
	 * ORDER ipi-mailbox, ringing side; the other is in ipi_receive().
	 * The bit comes before the interrupt, so the handler finds it.
	 */
	io_wmb();
	if (!(old & BIT(why))) {
		trace(ipi_send, why, target);
		ipi_raise(target);
		ipi_count_sent(why);
	}
	irq_restore(irq);
}

static void ipi_serve(uint64_t pending, struct trapframe *frame)
{
	if (pending & BIT(IPI_STOP))
		panic_stopped(frame);
	if (pending & BIT(IPI_TLB)) {
		count(ipi_tlb_received);
		trace(ipi_take, IPI_TLB, 0);
		tlb_serve_shootdown();
	}
	if (pending & BIT(IPI_FENCE))
		fence_serve();
}

void ipi_receive(struct trapframe *frame)
{
	static const struct trap resched = { .kind = TRAP_IPI_RESCHED };
	/*
	 * ORDER ipi-mailbox, forgetting side; the other is in ipi_send().
	 * First forget the interrupt, then empty the mailbox: a bit that
	 * comes after we looked brings an interrupt that we do not erase.
	 */
	csr_clear(sip, SIP_SOFT);
	io_mb_after();
	/* ORDER ipi-mailbox, receiving side; the other is in ipi_send(). */
	uint64_t pending = atomic_exchange_full(&hart_self()->ipi_pending, 0);

	ipi_serve(pending, frame);
	if (pending & BIT(IPI_RESCHED)) {
		trace(ipi_take, IPI_RESCHED, 0);
		trap_dispatch(frame, &resched);
	}
}

void ipi_serve_all(void)
{
	/*
	 * ORDER ipi-mailbox, forgetting side; the other is in ipi_send().  As
	 * in ipi_receive(), which others go through.
	 */
	csr_clear(sip, SIP_SOFT);
	io_mb_after();
	/* ORDER ipi-mailbox, receiving side; the other is in ipi_send(). */
	ipi_serve(atomic_exchange_full(&hart_self()->ipi_pending, 0), NULL);
}

/* The interrupt of what is served here stays pending and will find nothing. */
void ipi_poll(void)
{
	const uint64_t urgent = BIT(IPI_TLB) | BIT(IPI_STOP);
	struct hart *self = hart_self();

	if (likely(!(READ_ONCE(self->ipi_pending) & urgent)))
		return;
	/* ORDER ipi-mailbox, polling side; the other is in ipi_send(). */
	ipi_serve(atomic_fetch_and_full(&self->ipi_pending, ~urgent), NULL);
}
