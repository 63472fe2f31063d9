/*
 * arch/riscv/hotplug.c - a hart leaves, and comes back (SBI HSM).
 *
 * The hart that leaves does it itself, from its idle loop, so nothing else is
 * under way on it.  It comes back as it came first: the firmware starts it at
 * _start, it takes its ticket and begins on the stack that it began on; what
 * it left there is nobody's.
 *
 * Whoever interrupts another hart may do so while that one leaves, and some
 * wait for an answer.  None waits for ever:
 *
 *	who asks		the answer of a hart that leaves
 *	tlb_shootdown()		it is in no address space's `running` or
 *				`loaded`: tlb_leave(), before anything else
 *	fence_harts()		!online, and what it did before is done
 *	IPI_RESCHED		nobody waits; its queue is closed, its timers
 *				are elsewhere (proc/sched/hotplug.c)
 *	IPI_STOP		a panic waits for a while, and for nobody who
 *				is not online
 *
 * What is posted after the last look stays in the mailbox until the hart is
 * back, and is served then.
 *
 * The firmware waits for harts, too, in its remote fences, and OpenSBI for ever
 * if one stops meanwhile: it finds out who runs, and then asks.  So whoever calls
 * it keeps those harts (harts_keep()), and a hart that is kept does not stop.
 * Who is away is passed by, and so comes with an empty TLB and fetches anew.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/riscv/sbi.h"
#include "arch/tlb.h"
#include "debug/kasan.h"
#include "debug/race.h"
#include "lib/bug.h"
#include "lib/errno.h"

bool hart_is_online(unsigned id)
{
	return READ_ONCE(harts[id].online);
}

struct hartmask harts_online(void)
{
	struct hartmask mask = HARTMASK_NONE;

	for_each_present_hart(h)
		if (hart_is_online(h))
			hartmask_add(&mask, h);
	return mask;
}

struct hartmask harts_keep(struct hartmask mask)
{
	struct hartmask kept = HARTMASK_NONE;
	unsigned h;

	for_each_hart(h, mask) {
		/*
		 * ORDER hart-kept, keeping side; the other is in hart_leave().
		 * Store buffering: we say that we need it and then look whether
		 * it is there; it says that it is gone and then looks whether
		 * somebody needs it.
		 */
		(void)atomic_fetch_add_full(&harts[h].kept, 1U);
		if (hart_is_online(h))
			hartmask_add(&kept, h);
		else
			harts_let_go(hartmask_of(h));
	}
	return kept;
}

void harts_let_go(struct hartmask mask)
{
	unsigned h;

	for_each_hart(h, mask)
		/* ORDER hart-kept, done side; the other is in hart_leave(). */
		(void)atomic_fetch_add_full(&harts[h].kept, -1U);
}

void hart_leave(void)
{
	struct hart *self = hart_self();

	assert(!irq_enabled());
	hart_timer_set(TIMER_NEVER);
	tlb_leave();
	/*
	 * ORDER hart-online, leaving side; the other is in wait_for_fence().
	 * Release: whoever sees us gone sees all that we have done.
	 */
	store_release(&self->online, false);
	/*
	 * ORDER hart-online, last side; the other is in wait_for_fence().
	 * Store buffering: we say that we are gone and then empty the mailbox;
	 * who waits has posted, and then looks whether we are gone.
	 */
	smp_mb();
	race_point(hart_leaving, 0);
	/* ORDER hart-kept, leaving side; the other is harts_keep(). */
	spin_until(load_acquire(&self->kept) == 0);
	csr_write(sie, 0); /* not before: to spin is to nap, now and then */
	ipi_serve_all();
	panic("the firmware does not stop hart %lu: %s", self->hartid,
	      sbi_error_text(sbi_hart_stop()));
}

bool hart_has_left(unsigned id)
{
	/* ORDER hart-online, waiting side; the other is in hart_leave(). */
	return !load_acquire(&harts[id].online) &&
	       sbi_hart_state(harts[id].hartid) == SBI_HART_STOPPED;
}

int hart_return(unsigned id)
{
	struct hart *hart = &harts[id];

	assert(hart_has_left(id));
	kasan_stack_left((void *)(hart->boot_sp - KSTACK_SIZE), KSTACK_SIZE);
	return hart_start_one(hart) ? 0 : -EIO;
}
