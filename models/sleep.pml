/*
 * models/sleep.pml - a thread sleeps until a condition holds, and is woken.
 *
 * Code: kernel/sync/waitq.h:waitq_wait_common; kernel/sync/waitq.c:
 *	 waitq_prepare, waitq_finish, is_idle, wake_some;
 *	 kernel/proc/sched/wake.c:announce, wake_thread, sched_signal_thread;
 *	 kernel/proc/sched/sched.c:schedule, finish_switch.
 *	 ORDER waitq-empty, sleep-state, sleep-signal, thread-on-hart.
 *
 * One thread, which starts on hart 0, waits until COND is 1 and then until it
 * is 2, or until a signal comes.  Hart 1 makes COND true and wakes the queue;
 * hart 2 sends a signal.  A thread that was woken goes on at another hart
 * than the one it left, where it loads the registers that were saved.
 * `sleeper` is the thread; `finish_switch` is what its hart does when the
 * thread has left it.
 *
 * Checked: nobody sleeps for ever (an invalid end state); the thread is made
 * ready once for each sleep; its registers are complete when they are loaded.
 *
 * Left out: the run queue (models/runq.pml), time limits.
 *
 * BUGS: lost_wakeup waitq_waker_mb waitq_sleeper_mb sleep_state on_cpu on_cpu_plain signal_mb wake_twice
 *	lost_wakeup	 the condition is tested before the sleep is announced,
 *			 and not again
 *	waitq_waker_mb	 is_idle() without its fence
 *	waitq_sleeper_mb waitq_prepare() and announce() without theirs; with
 *			 either of the two it is right
 *	sleep_state	 schedule() tests for SLEEPING and then stores BLOCKED
 *	on_cpu		 wake_thread() does not wait until the hart has left it
 *	on_cpu_plain	 on_hart is cleared by a plain store
 *	signal_mb	 sched_signal_thread() without its fence
 *	wake_twice	 wake_thread() makes a BLOCKED thread ready by test and
 *			 store
 * TSO: on_cpu_plain
 */
#include "bug.pml"

#define NR_HARTS 4
#define SB_DEPTH 4
mtype = { COND, PENDING, SLEEPERS, QUEUE_LOCK, STATE, ON_HART, CONTEXT };
#define NR_WORDS 7
#include "store_buffer.pml"

/* STATE: the enum thread_state that matter here */
#define THREAD_RUNNING 0
#define THREAD_SLEEPING 1
#define THREAD_BLOCKED 2
#define THREAD_WAKING 3

byte ready;	    /* how many times it is on a run queue */
byte leaves = 255;  /* the hart that is to save its registers; 255: none */
byte nr_saved;	    /* what CONTEXT is when they are complete */
bool signals;

#define spin_lock(w) \
	atomic { mem[w] == 0 && !sb_waits(w) -> mem[w] = 1 }
#define spin_unlock(w) store_release(w, 0)

/* The lock of the run queue is a fence for who puts and who takes. */
#define sched_place() atomic { smp_mb() -> ready++; assert(ready == 1) }

inline waitq_prepare()
{
	spin_lock(QUEUE_LOCK);
	WRITE_ONCE(SLEEPERS, 1);
	store_release(STATE, THREAD_SLEEPING);		/* announce() */
	unless_bug(waitq_sleeper_mb, smp_mb());
	spin_unlock(QUEUE_LOCK);
	unless_bug(waitq_sleeper_mb, smp_mb())
}

inline waitq_finish()
{
	WRITE_ONCE(STATE, THREAD_RUNNING);		/* block_cancel() */
	spin_lock(QUEUE_LOCK);
	WRITE_ONCE(SLEEPERS, 0);
	spin_unlock(QUEUE_LOCK)
}

inline schedule()
{
	if
	:: bug(sleep_state) ->
		READ_ONCE(STATE, value);
		ok = (value == THREAD_SLEEPING);
		if
		:: ok -> atomic { smp_mb() -> mem[STATE] = THREAD_BLOCKED }
		:: !ok
		fi
	:: !bug(sleep_state) ->
		atomic_replace(STATE, THREAD_SLEEPING, THREAD_BLOCKED, ok)
	fi;
	if
	:: ok ->
		atomic { leaves == 255 -> leaves = hart };
		/* Another hart picks it. */
		atomic { ready == 1 -> ready = 0; hart = 3 - hart };
		READ_ONCE(CONTEXT, value);
		assert(value == nr_saved);
		WRITE_ONCE(ON_HART, 1);
		WRITE_ONCE(STATE, THREAD_RUNNING)
	:: !ok
	fi
}

proctype sleeper(byte hart)
{
	byte cond, pending, value, wanted;
	bool ok;

	wanted = 1;
	do
	:: wanted <= 2 ->
		do
		:: true ->
			if
			:: bug(lost_wakeup) ->
				READ_ONCE(COND, cond);
				waitq_prepare()
			:: !bug(lost_wakeup) ->
				waitq_prepare();
				READ_ONCE(COND, cond)
			fi;
			if
			:: cond >= wanted -> break
			:: cond < wanted
			fi;
			READ_ONCE(PENDING, pending);
			if
			:: pending -> break
			:: !pending
			fi;
			schedule()
		od;
		waitq_finish();
		wanted++
	:: wanted > 2 -> break
	od
}

/* A hart that the thread has left, on the stack of the next one. */
proctype finish_switch(byte hart)
{
end:
	do
	:: atomic { leaves == hart -> nr_saved++ };
		WRITE_ONCE(CONTEXT, nr_saved);
		if
		:: bug(on_cpu_plain) -> WRITE_ONCE(ON_HART, 0)
		:: !bug(on_cpu_plain) -> store_release(ON_HART, 0)
		fi;
		leaves = 255
	od
}

inline wake_thread()
{
	do
	:: true ->
		READ_ONCE(STATE, state);
		if
		:: state == THREAD_SLEEPING ->
			atomic_replace(STATE, THREAD_SLEEPING, THREAD_RUNNING, ok);
			if
			:: ok -> break
			:: !ok
			fi
		:: state == THREAD_BLOCKED && !bug(wake_twice) ->
			atomic_replace(STATE, THREAD_BLOCKED, THREAD_WAKING, ok);
			if
			:: ok -> goto take
			:: !ok
			fi
		:: state == THREAD_BLOCKED && bug(wake_twice) ->
			atomic { smp_mb() -> mem[STATE] = THREAD_WAKING };
			goto take
		:: state != THREAD_SLEEPING && state != THREAD_BLOCKED -> break
		fi
	od;
	goto woken;
take:
	unless_bug(on_cpu, mem[ON_HART] == 0);
	sched_place();
woken:	skip
}

/* Hart 1 */
proctype waker(byte hart)
{
	byte sleepers, state, round;
	bool ok;

	do
	:: round < 2 ->
		round++;
		WRITE_ONCE(COND, round);
		/* is_idle() */
		unless_bug(waitq_waker_mb, smp_mb());
		READ_ONCE(SLEEPERS, sleepers);
		if
		:: sleepers == 0
		:: sleepers != 0 ->
			/* wake_some() */
			spin_lock(QUEUE_LOCK);
			READ_ONCE(SLEEPERS, sleepers);
			if
			:: sleepers == 0
			:: sleepers != 0 -> wake_thread()
			fi;
			spin_unlock(QUEUE_LOCK)
		fi
	:: round == 2 -> break
	od
}

/* Hart 2 */
proctype sched_signal_thread(byte hart)
{
	byte state;
	bool ok;

	WRITE_ONCE(PENDING, 1);
	unless_bug(signal_mb, smp_mb());
	load_acquire(STATE, state);
	if
	:: state == THREAD_SLEEPING || state == THREAD_BLOCKED -> wake_thread()
	:: state != THREAD_SLEEPING && state != THREAD_BLOCKED
	fi
}

init {
	atomic {
		mem[ON_HART] = 1;
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run store_buffer(3);
		run finish_switch(0);
		run finish_switch(3);
		run sleeper(0);
		if
		:: run waker(1)
		:: run sched_signal_thread(2)
		:: run waker(1); run sched_signal_thread(2)
		fi
	}
}
