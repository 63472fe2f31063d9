/*
 * debug/provoke.c - see provoke.h.
 */

#include "debug/provoke.h"

#include "arch/barrier.h"
#include "arch/hart.h"
#include "debug/datarace.h"
#include "debug/detector.h"
#include "debug/lockdep/mistakes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/sched/thread.h"
#include "proc/signal/signal.h"
#include "sync/attempt.h"
#include "sync/block.h"
#include "sync/rcu.h"
#include "sync/retry.h"
#include "sync/waitq.h"

#if LAB

void provoke_nap(void)
{
	static const struct sleep_kind nap_sleep = {
		.name = "nap",
		.awaits = "its timer",
	};

	block_prepare(false);
	watchdog_sleeps(&nap_sleep, NULL, NULL, __func__);
	block_schedule_until(clock_ticks() + ticks_per_second);
}

static void hang(void)
{
	irq_disable();
	for (;;)
		cpu_relax();
}

/* ---- two locks, two threads ---- */

static struct spinlock crossed[2] = { SPINLOCK_INIT(RANK_WAITQ),
				      SPINLOCK_INIT(RANK_WAITQ) };
static uint32_t nr_crossing; /* (a) */

static NO_THREAD_SAFETY void cross(struct spinlock *first, struct spinlock *second)
{
	irq_disable();
	spin_lock(first);
	/* No ORDER: a count; the locks are the mistake. */
	atomic_fetch_add_full(&nr_crossing, 1);
	spin_until(READ_ONCE(nr_crossing) == 2);
	spin_take(second); /* unseen by who checks orders */
}

static void cross_back(void *arg UNUSED)
{
	cross(&crossed[1], &crossed[0]);
}

static void deadlock(void)
{
	kthread_start("crosser", cross_back, NULL);
	cross(&crossed[0], &crossed[1]);
}

/* ---- a lock and a condition, two threads ---- */

static uint32_t wanter; /* (a) hart + 1 that waits for the lock */
static bool given;      /* (a) never: it would be, with the lock */

static NO_THREAD_SAFETY void want_lock(void *arg UNUSED)
{
	irq_disable();
	spin_until(READ_ONCE(nr_crossing) == 1);
	WRITE_ONCE(wanter, hart_id() + 1);
	spin_take(&crossed[0]);
	WRITE_ONCE(given, true);
}

static NO_THREAD_SAFETY void wait_with_lock(void)
{
	kthread_start("wanter", want_lock, NULL);
	irq_disable();
	spin_lock(&crossed[0]);
	WRITE_ONCE(nr_crossing, 1);
	spin_until(READ_ONCE(wanter) != 0);
	spin_until_by(READ_ONCE(wanter) - 1, READ_ONCE(given));
}

/* ---- a condition without a wake-up ---- */

static struct waitq forgotten = WAITQ_INIT(forgotten);
static bool arrived;

static void arrive(void *arg UNUSED)
{
	provoke_nap();
	WRITE_ONCE(arrived, true);
	for (;;)
		provoke_nap();
}

static void lose_wakeup(void)
{
	kthread_start("arriver", arrive, NULL);
	waitq_wait(&forgotten, READ_ONCE(arrived));
}

/* ---- threads that do not get on ---- */

/* Whoever else is queued on this hart waits in vain. */
static void starve(void)
{
	watchdog_hurry();
	for (;;)
		cpu_relax();
}

static void sleep_too_deep(void)
{
	static bool woken;

	watchdog_hurry();
	signal_kernel(current_thread()->proc, SIGKILL);
	waitq_wait(&forgotten, READ_ONCE(woken));
}

/* ---- what is read without a lock ---- */

static void sleep_and_read(void)
{
	rcu_read_lock();
	provoke_nap();
	rcu_read_unlock();
}

/* The running thread is an object of such a cache. */
static void free_at_once(void)
{
	struct slab_cache *cache = page_of_address(current_thread())->owner;

	slab_free(cache, slab_alloc(cache));
}

static void is_freed(struct rcu_head *head UNUSED)
{
}

/* As if who takes it out did not wait for who reads. */
static void free_below_reader(void)
{
	struct rcu_head head;

	rcu_read_lock();
	for (uint64_t begun = clock_ticks(); clock_ticks() == begun;)
		cpu_relax();
	call_rcu(&head, is_freed);
	rcu_watch_frees(&head);
}

/* Who waits for all who read waits for this hart. */
static void read_for_ever(void)
{
	static struct rcu_head head;

	watchdog_hurry();
	rcu_read_lock();
	call_rcu(&head, is_freed);
	for (;;)
		cpu_relax();
}

/* ---- the rest ---- */

static NO_THREAD_SAFETY void keep_lock(void)
{
	static struct spinlock kept = SPINLOCK_INIT(RANK_PROC_TREE);

	spin_lock(&kept);
}

/* Another hart has taken it, as from a waker that did not look. */
static void run_twice(void)
{
	struct thread *self = current_thread();

	WRITE_ONCE(self->owner, (hart_id() + 1) % nr_harts + 1);
	for (;;)
		provoke_nap();
}

static void free_root(void)
{
	page_of_address(current_mm()->root)->kind = PAGE_FREE;
}

static void write_stack_end(void)
{
	uint64_t top = current_thread()->arch.kstack_top;

	memset((void *)(top - KSTACK_SIZE), 0, 64);
	for (;;)
		provoke_nap();
}

/* Allocates and frees until the damaged one comes round. */
static void write_page(void)
{
	struct page *page = page_alloc(PAGE_KERNEL);

	page_put(page);
	memset((char *)page_address(page) + 16, 0, 8);
	for (unsigned i = 0; i < 2048; i++)
		page_put(page_alloc(PAGE_KERNEL));
}

static void write_object(void)
{
	uint64_t *object = kmalloc(128);

	kfree(object);
	object[8] = 0;
	for (unsigned i = 0; i < 1024; i++)
		(void)kmalloc(128);
}

/* Whoever calls it twice has nothing left that leads to the first. */
static void forget_object(void)
{
	static void *last;

	WRITE_ONCE(last, kmalloc(96));
}

/* The compiler is not told that the variable stays as it is. */
static void read_unset(void)
{
	uint64_t *object = kmalloc(128), variable;
	uint64_t *page = page_address(page_alloc(PAGE_KERNEL));

	__asm__ volatile("" : : "r"(&variable) : "memory");
	panic("unset are an object %lx, a page %lx, a variable %lx", object[0],
	      page[0], variable);
}

/* As if whoever is asked said "try again" when nothing has changed. */
static void try_for_ever(void)
{
	struct retry r = { 0 };

	while (retry_again(&r))
		;
}

/* As if the condition did not ask all that the attempt asks. */
static void attempt_in_vain(void)
{
	ssize_t never = attempt(-EAGAIN, false, waitq_wait_interruptible(&forgotten, true));

	panic("it came to %ld", never);
}

static const struct {
	const char *name;
	void (*fn)(void);
} mistakes[] = {
	{ "hang", hang },
	{ "deadlock", deadlock },
	{ "spin-circle", wait_with_lock },
	{ "lost-wakeup", lose_wakeup },
	{ "starve", starve },
	{ "unkillable", sleep_too_deep },
	{ "rcu-sleep", sleep_and_read },
	{ "rcu-free", free_at_once },
	{ "rcu-early", free_below_reader },
	{ "rcu-stall", read_for_ever },
	{ "keep-lock", keep_lock },
	{ "two-harts", run_twice },
	{ "dead-root", free_root },
	{ "stack-low", write_stack_end },
	{ "write-page", write_page },
	{ "write-object", write_object },
	{ "leak", forget_object },
	{ "unset", read_unset },
	{ "retry", try_for_ever },
	{ "attempt", attempt_in_vain },
#if WATCHED
	{ "datarace", datarace_test },
#endif
};

#define DEAF "deaf "

int provoke(const char *name)
{
	if (strncmp(name, DEAF, strlen(DEAF)) == 0) {
		watchdog_deafen(name + strlen(DEAF));
		return 0;
	}
	void (*test)(void) = detector_find_test(name);

	if (test == NULL)
		test = lockdep_find_mistake(name);
	if (test != NULL) {
		test();
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(mistakes[i].name, name) == 0) {
			mistakes[i].fn();
			return 0;
		}
	}
	return -EINVAL;
}

#endif
