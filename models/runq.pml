/*
 * models/runq.pml - run queues, and harts that steal.
 *
 * Code: kernel/proc/sched/runq.c:runq_push, runq_pop, take_locked, runq_remove;
 *	 kernel/proc/sched/sched.c:pick_next, steal, run_next, finish_switch;
 *	 kernel/proc/sched/place.c:sched_set_affinity, sched_place.
 *
 * Three threads on two harts, of which one has nothing at first; each hart
 * switches a few times.  A thread that is left while RUNNING goes back to the
 * queue of its hart, once the next one stands on its own stack; it may also
 * go to sleep, and is on no queue then.  Meanwhile thread 0 is told to run on hart 1 only.
 *
 * Checked: a thread is on one queue or one hart, never two (I5); nobody waits
 * for a lock for ever; in the end thread 0 is on no queue but hart 1's.
 *
 * Left out: sleep (models/sleep.pml), idle harts (models/idle.pml), slices.
 *
 * BUGS: rq_abba steal_unlocked queued_too_early affinity_unlocked
 *	rq_abba		  steal() takes the victim's lock with its own held
 *	steal_unlocked	  steal() takes no lock
 *	queued_too_early  the thread is queued before the switch away from it
 *	affinity_unlocked runq_push() tests the mask before it takes the lock
 */
#include "bug.pml"

#define NR_HARTS 2
#define NR_THREADS 3
#define IDLE 255
#define ROUNDS 2

typedef runq {
	bool lock;
	bool has[NR_THREADS];
};

runq runqs[NR_HARTS];
bool on_hart[NR_THREADS];
byte affinity_0 = 3;	/* the mask of thread 0 */

#define spin_lock(h) atomic { !runqs[h].lock -> runqs[h].lock = true }
#define spin_unlock(h) runqs[h].lock = false

#define may_run(t, h) ((t) != 0 || (affinity_0 & (1 << (h))))

/* The queue of @h takes it, or may not. */
inline runq_push(h, t, pushed)
{
	if
	:: bug(affinity_unlocked) -> pushed = may_run(t, h)
	:: !bug(affinity_unlocked)
	fi;
	spin_lock(h);
	if
	:: bug(affinity_unlocked)
	:: !bug(affinity_unlocked) -> pushed = may_run(t, h)
	fi;
	if
	:: pushed ->
		d_step {
			assert(!runqs[0].has[t] && !runqs[1].has[t]);
			assert(!on_hart[t]);
			runqs[h].has[t] = true
		}
	:: !pushed
	fi;
	spin_unlock(h)
}

/* Any thread of the queue @h that may run here; the lock is held. */
inline take_locked(h)
{
	taken = IDLE;
	if
	:: runqs[h].has[0] && may_run(0, hart) -> taken = 0
	:: runqs[h].has[1] -> taken = 1
	:: runqs[h].has[2] -> taken = 2
	:: else
	fi;
	if
	:: taken != IDLE ->
		d_step {
			assert(runqs[h].has[taken]);
			assert(!on_hart[taken]);
			runqs[h].has[taken] = false;
			on_hart[taken] = true
		}
	:: taken == IDLE
	fi
}

inline pick_next()
{
	spin_lock(hart);
	take_locked(hart);
	unless_bug(rq_abba, spin_unlock(hart));
	if
	:: taken != IDLE
	:: taken == IDLE && goes_on && may_run(prev, hart) -> taken = prev
	:: taken == IDLE && (!goes_on || !may_run(prev, hart)) ->
		/* steal() */
		unless_bug(steal_unlocked, spin_lock(1 - hart));
		take_locked(1 - hart);
		unless_bug(steal_unlocked, spin_unlock(1 - hart))
	fi;
	if
	:: bug(rq_abba) -> spin_unlock(hart)
	:: !bug(rq_abba)
	fi
}

inline sched_place(t)
{
	runq_push(hart, t, pushed);
	if
	:: pushed
	:: !pushed -> runq_push(1, t, pushed)
	fi
}

proctype run_next(byte hart; byte prev)
{
	byte taken, round;
	bool pushed, goes_on;

	do
	:: round < ROUNDS ->
		round++;
		if
		:: prev != IDLE -> goes_on = true
		:: goes_on = false	/* BLOCKED */
		fi;
		pick_next();
		if
		:: taken == prev
		:: taken != prev && prev == IDLE -> prev = taken
		:: taken != prev && prev != IDLE ->
			if
			:: !goes_on -> on_hart[prev] = false
			:: goes_on && bug(queued_too_early) ->
				sched_place(prev);
				on_hart[prev] = false
			:: goes_on && !bug(queued_too_early) ->
				/* finish_switch() */
				on_hart[prev] = false;
				sched_place(prev)
			fi;
			prev = taken
		fi
	:: round == ROUNDS -> break
	od
}

proctype sched_set_affinity()
{
	byte h;
	bool pushed;

	affinity_0 = 2;
	do
	:: h < NR_HARTS ->
		/* runq_remove() */
		spin_lock(h);
		if
		:: runqs[h].has[0] ->
			runqs[h].has[0] = false;
			spin_unlock(h);
			runq_push(1, 0, pushed);
			break
		:: !runqs[h].has[0] -> spin_unlock(h)
		fi;
		h++
	:: h == NR_HARTS -> break
	od
}

init {
	atomic {
		on_hart[0] = true;
		runqs[0].has[1] = true;
		runqs[0].has[2] = true;
		run run_next(0, 0);
		run run_next(1, IDLE);
		run sched_set_affinity()
	};
	_nr_pr == 1;
	assert(!runqs[0].has[0])
}
