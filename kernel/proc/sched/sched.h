#pragma once

/*
 * proc/sched/sched.h - who runs next, and where.
 *
 * Each hart has a run queue with its own lock.  A thread goes to the end of
 * the queue when its slice is used up; the slice is proportional to its
 * weight (nice), so shares are too.  A hart without work steals, then waits
 * for an interrupt without a clock tick.  A wake-up prefers the hart where
 * the thread ran last, then an idle one, and interrupts it if it must.  Where
 * all are busy, who wakes and has not used up its turn goes before those who
 * wait for one, and who runs makes room.
 */

#include "lib/hartmask.h"
#include "lib/types.h"
#include "proc/sched/thread.h"

/* Let another thread run.  How the running thread comes back depends on
 * its state.  Interrupts on, no spinlock held. */
void schedule(void);
void sched_yield_current(void);

/* Put a NEW thread on a run queue. */
void sched_start(struct thread *t);
/* The running thread, already unlinked from everything, ends here. */
void sched_exit_thread(void) __noreturn;

/* A clock interrupt found the running thread in user mode or in the kernel:
 * the split of its time in getrusage() is estimated from these samples. */
void sched_sample_time(bool user);

/* Ticks that @t may run in one turn: proportional to its weight. */
static inline uint64_t sched_slice(const struct thread *t)
{
	return READ_ONCE(t->slice);
}

/* Charge what the running thread @t ran up to @now.  Its own hart. */
void sched_charge(struct thread *t, bool user, uint64_t now);

/* The slice is over (timer), a seeded run wants a switch, another hart asks
 * for a look (IPI). */
void sched_slice_end(void);
void sched_preempt(void);
void sched_ipi(void);
/* Somebody woke who is to run here soon.  Interrupts off. */
void sched_make_room(void);

/* Restrict @t to @harts, of which one at least is online, or -EINVAL: it runs there
 * alone from then on.  May sleep; no lock held. */
int sched_set_affinity(struct thread *t, struct hartmask harts);
void sched_set_nice(struct thread *t, int nice);

/* First on a new thread's stack; interrupts off. */
void finish_switch(void);

/* A signal for @t: wake it if its sleep allows; kick its hart if it runs. */
void sched_signal_thread(struct thread *t, bool fatal);

/* For debug/watchdog.h: @hart waits for work and nobody has claimed it yet;
 * wake @t as nobody else would; how many turns @t lets pass before its own. */
bool sched_is_idle(unsigned hart);
#if LAB
uint64_t sched_turns_owed(const struct thread *t);
void sched_poke(struct thread *t);
#endif

/* Ticks @t has run so far / @hart has been idle. */
uint64_t sched_thread_runtime(const struct thread *t);
uint64_t sched_idle_ticks(unsigned hart);
unsigned sched_runq_length(unsigned hart);
/* Harts that threads may be put on; a snapshot. */
struct hartmask sched_online_harts(void);

/* Boot: before there are threads; then on each hart, before it traps. */
void sched_init(void);
/* Before hart @hart starts: its idle thread.  False: no memory. */
bool sched_add_hart(unsigned hart);
void sched_init_hart(void);
/* This hart's idle loop; its boot stack becomes the idle thread's. */
void sched_run_hart(void) __noreturn;
