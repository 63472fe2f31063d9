/*
 * proc/sched/thread.c - how a thread begins, and what is left of it.
 */
#include "proc/sched/thread.h"

#include "arch/kstack.h"
#include "debug/race.h"
#include "debug/trace.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/sched/account_internal.h"
#include "proc/sched/owner_internal.h"
#include "proc/sched/sched.h"
#include "sync/block.h"
#include "sync/rcu.h"
#include "vfs/cred.h"

#define KSTACK_ORDER (CHECKED ? 3 : 2)
_Static_assert(PAGE_SIZE << KSTACK_ORDER == KSTACK_SIZE, "one block a stack");

static struct slab_cache *thread_cache;
static uint32_t live_threads; /* (a) relaxed */

void *kstack_alloc(void)
{
	struct page *page = pages_alloc(KSTACK_ORDER, PAGE_KERNEL);

	return page == NULL ? NULL : kstack_at(page_pa(page));
}

/* NULL is allowed. */
static void kstack_free(const void *stack)
{
	if (stack != NULL)
		page_put(page_of_pa(kstack_block(stack)));
}

void thread_free_stack(struct thread *t)
{
	kstack_free((const void *)(t->arch.kstack_top - KSTACK_SIZE));
}

struct thread *thread_create(const char *name, void (*entry)(void *),
			     void *arg)
{
	rcu_throttle();

	void *stack = kstack_alloc();
	struct thread *t = stack == NULL ? NULL : slab_alloc_zeroed(thread_cache);

	if (t == NULL) {
		kstack_free(stack);
		return NULL;
	}
	context_init(&t->arch, (char *)stack + KSTACK_SIZE, entry, arg);
	race_point(kstack_taken, 0);
	t->refs = REFCOUNT_INIT(1);
	t->arch.cred = cred_get(current_cred());
	owner_init(t);
	t->state = THREAD_NEW;
	t->hart = hart_id();
	t->affinity = hartmask_below(MAX_HARTS);
	sched_set_slice(t);
	list_init(&t->run_link);
	list_init(&t->proc_link);
	list_init(&t->trace.link);
	sigpending_init(&t->pending);
	thread_set_name(t, name);
	atomic_fetch_add_relaxed(&live_threads, 1);
	return t;
}

static void thread_free(struct rcu_head *rcu)
{
	slab_free(thread_cache, container_of(rcu, struct thread, rcu));
}

void thread_get(struct thread *t)
{
	refcount_get(&t->refs);
}

/* Nobody is on the stack any more: the scheduler gives its reference up
 * only in finish_switch(). */
void thread_put(struct thread *t)
{
	if (!refcount_put(&t->refs))
		return;
	is_private(runq);
	assert(t->on_hart == 0 && t->rq == NULL);
	thread_free_stack(t);
	cred_put(t->arch.cred);
	if (t->proc != NULL)
		proc_put(t->proc);
	atomic_fetch_add_relaxed(&live_threads, -1U);
	call_rcu(&t->rcu, thread_free);
}

void sched_exit_thread(void)
{
	struct thread *self = current_thread();

	assert(self->arch.mm == NULL);
	race_point(exit_last_steps, 0);
	trace(exit, 0, 0);
	WRITE_ONCE(self->state, THREAD_DEAD);
	race_point(thread_dead, self);
	schedule();
	panic("a dead thread ran on");
}

void thread_set_name(struct thread *t, const char *name)
{
	strlcpy(t->name, name, sizeof(t->name));
}

unsigned nr_threads_total(void)
{
	return READ_ONCE(live_threads);
}

/* ---- threads of the kernel ---- */

struct kthread_start {
	void (*fn)(void *);
	void *arg;
};

static void kthread_entry(void *arg)
{
	struct kthread_start start = *(struct kthread_start *)arg;

	finish_switch();
	irq_enable();
	kfree(arg);
	start.fn(start.arg);
	panic("kernel thread %s returned", current_thread()->name);
}

struct thread *kthread_start(const char *name, void (*fn)(void *), void *arg)
{
	struct kthread_start *start = kmalloc(sizeof(*start));

	if (start == NULL)
		return NULL;
	*start = (struct kthread_start){ fn, arg };

	struct thread *t = thread_create(name, kthread_entry, start);

	if (t == NULL) {
		kfree(start);
		return NULL;
	}
	sched_start(t);
	return t;
}

void thread_init(void)
{
	thread_cache = slab_create_rcu("thread", sizeof(struct thread));
}
