/*
 * models/idle.pml - a hart with nothing to do sleeps, and is interrupted.
 *
 * Code: kernel/proc/sched/idle.c:idle_once; kernel/proc/sched/place.c:sched_place,
 *	 find_idle, claim_idle, kick, offer_to_idle.  ORDER idle-harts.
 *
 * Hart 1 has nothing to run.  Hart 0 puts a thread on hart 1's queue, twice,
 * and interrupts the hart if it finds it idle; so does hart 2.  WFI ends when
 * an interrupt is pending.
 *
 * Checked: no hart sleeps in WFI while its queue has threads and no interrupt
 * is on its way (an invalid end state).
 *
 * BUGS: idle_mb enqueue_mb idle_looks_first
 *	idle_mb		 idle_once() without its fence
 *	enqueue_mb	 offer_to_idle() without its fence
 *	idle_looks_first idle_once() looks at the queue, then shows itself idle
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 3
mtype = { READY_0, READY_2, IDLE };
#define NR_WORDS 3
#include "store_buffer.pml"

/* nr_ready is the sum: what hart 0 and hart 2 have put there.  The lock is
 * left out, so that one does not order what the other does. */
#define READY(h) ((h) == 0 -> READY_0 : READY_2)
#define TO_RUN 3

bool ipi;
byte nr_run;

/* Hart 1 */
proctype idle_once(byte hart)
{
	byte first, second;

	do
	:: nr_run == TO_RUN -> break
	:: nr_run < TO_RUN ->
		if
		:: bug(idle_looks_first) ->
			READ_ONCE(READY_0, first);
			READ_ONCE(READY_2, second);
			WRITE_ONCE(IDLE, 1);
			smp_mb()
		:: !bug(idle_looks_first) ->
			WRITE_ONCE(IDLE, 1);
			unless_bug(idle_mb, smp_mb());
			READ_ONCE(READY_0, first);
			READ_ONCE(READY_2, second)
		fi;
		if
		:: first + second > nr_run
		:: first + second == nr_run -> ipi	/* hart_idle_wait() */
		fi;
		atomic { smp_mb() -> mem[IDLE] = 0 };
		ipi = false;
		/* run_next(): it runs what is there, under the lock. */
		atomic { nr_run = mem[READY_0] + mem[READY_2] }
	od
}

/* Harts 0 and 2 */
proctype sched_place(byte hart; byte times)
{
	byte nr, idle;
	bool claimed;

	do
	:: nr == times -> break
	:: nr < times ->
		nr++;
		store_release(READY(hart), nr);
		unless_bug(enqueue_mb, smp_mb());
		READ_ONCE(IDLE, idle);
		if
		:: idle ->
			atomic_replace(IDLE, 1, 0, claimed);	/* claim_idle() */
			if
			:: claimed -> ipi = true
			:: !claimed
			fi
		:: !idle
		fi
	od
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run idle_once(1);
		run sched_place(0, 2);
		run sched_place(2, 1)
	}
}
