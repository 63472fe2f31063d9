/*
 * proc/sched/idle.c - a hart that has nothing to run, from its boot on.
 */
#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/seeded.h"
#include "lib/bug.h"
#include "mm/slab.h"
#include "proc/sched/account_internal.h"
#include "proc/sched/hotplug_internal.h"
#include "proc/sched/owner_internal.h"
#include "proc/sched/place_internal.h"
#include "proc/sched/runq_internal.h"
#include "proc/sched/sched.h"
#include "proc/time/timer.h"
#include "sync/rcu.h"
#include "vfs/cred.h"

/* Nothing is read here meanwhile, and no grace period awaits it. */
static void wait_for_interrupt(void)
{
	rcu_hart_rests();
	hart_idle();
	rcu_hart_reads();
}

/*
 * Wait without a tick until there is something to run.
 *
 * The watchdog's look does not end the wait, and is taken in the midst of it: the
 * sleeper that it pokes may be queued here.  So whoever queues one on this hart
 * says WORK_RESCHED, as kick() does; that the hart is awake is not enough.
 *
 * What has ended it is handled while we still show ourselves: whom a timer wakes
 * here runs here, or each nap would end on another hart, which is interrupted.
 *
 * ORDER idle-harts, idle side; the other is offer_to_idle().
 * Store buffering: we show ourselves idle and then look at the queues; a
 * waker queues a thread and then looks for idle harts.  With a full fence on
 * both sides we see the thread or it sees us and interrupts us.
 */
static void idle_once(void)
{
	struct runq *rq = this_runq();

	irq_disable();
	atomic_fetch_or_relaxed(&idle_harts.bits, BIT(hart_id()));
	smp_mb();
	if (READ_ONCE(rq->nr_ready) == 0 &&
	    !(READ_ONCE(rq->idle->arch.work) & WORK_RESCHED)) {
		do
			wait_for_interrupt();
		while (timer_was_watchdog() &&
		       !(READ_ONCE(rq->idle->arch.work) & WORK_RESCHED));
	}
	irq_enable();
	atomic_fetch_and_relaxed(&idle_harts.bits, ~BIT(hart_id()));
	sched_leave();
}

bool sched_add_hart(unsigned hart)
{
	struct runq *rq = &runqs[hart];
	struct thread *idle = kzalloc(sizeof(*idle));

	if (idle == NULL)
		return false;
	idle->refs = REFCOUNT_INIT(1);
	idle->state = THREAD_RUNNING;
	idle->on_hart = 1;
	idle->hart = hart;
	idle->affinity.bits = BIT(hart);
	sched_set_slice(idle);
	idle->arch.cred = cred_get(&kernel_cred);
	owner_init(idle);
	thread_set_name(idle, "idle");
	rq->idle = idle;
	return true;
}

/* The boot code of each hart becomes its idle thread. */
void sched_init(void)
{
	for (unsigned hart = 0; hart < MAX_HARTS; hart++)
		runq_init(&runqs[hart]);
	if (!sched_add_hart(hart_id()))
		panic("no memory for an idle thread");
}

void sched_init_hart(void)
{
	struct thread *idle = this_runq()->idle;

	rcu_hart_reads();
	kstack_claim(&idle->arch, hart_self()->boot_sp);
	/* It has been away, and idle all the time. */
	if (idle->run_epoch != 0)
		sched_charge(idle, true, clock_ticks());
	sched_account_start(idle, clock_ticks());
	hart_self()->current = &idle->arch;
	owner_take(idle);
}

void sched_run_hart(void)
{
	runq_close(&runqs[hart_id()], false);
	seeded_start_hart();
	irq_enable();
	while (!hart_is_to_leave())
		idle_once();
	sched_leave_hart();
}
