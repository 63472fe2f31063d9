/*
 * proc/task/vfork.c - a parent that has lent its memory to its child.
 */
#include "proc/task/clone_internal.h"

#include "debug/watchdog.h"
#include "proc/sched/sched.h"
#include "proc/task/life_internal.h"
#include "sync/block.h"

void vfork_release(struct proc *p)
{
	/* The parent tests the flag under the queue's lock. */
	WRITE_ONCE(p->vfork_done, true);
	waitq_wake_all(&p->vfork_wait);
}

static const char *is_released(const struct thread *t UNUSED,
				const struct sleep_watch *watch)
{
	const struct proc *child = watch->arg;

	if (READ_ONCE(child->vfork_done))
		return "its child gave the memory back";
	return READ_ONCE(child->state) != PROC_RUNNING ? "its child is gone" : NULL;
}

static int pid_of(const void *arg)
{
	const struct proc *child = arg;

	return child->pid;
}

static const struct sleep_kind vfork_sleep = {
	.name = "vfork",
	.over = is_released,
	.awaits = "child",
	.who = pid_of,
};

void vfork_wait(struct proc *child)
{
	struct waiter w = { .thread = current_thread() };

	for (;;) {
		waitq_prepare(&child->vfork_wait, &w, false);
		/* Anew: also a signal may end it, if it is fatal. */
		block_prepare_killable();
		if (READ_ONCE(child->vfork_done) || block_killed())
			break;
		watchdog_sleeps(&vfork_sleep, NULL, child, __func__);
		block_schedule();
	}
	waitq_finish(&w);
}
