/*
 * models/handover.pml - one word is handed over without a lock, and its taker
 * may sleep: the scene of lab order.
 *
 * Code: kernel/sync/waitq.c:waitq_prepare, is_idle.
 *	 ORDER waitq-empty.
 *
 * The giver writes DATA and says so in FULL; if the taker says in ASLEEP that
 * it sleeps, or is about to, it is woken.  The taker says so and looks at FULL
 * a last time; empty, it sleeps.  give() and take() are in
 * handover_answer.pml, which a student of the lab writes.
 *
 * Checked: what is taken is what was given; nobody sleeps for ever (an invalid
 * end state).  And each fence is needed: without it one of the two fails.
 *
 * BUGS: no_data no_wake no_sleep
 *	no_data	 the fence between DATA and FULL is left out
 *	no_wake	 the giver's fence between FULL and ASLEEP
 *	no_sleep the taker's fence between ASLEEP and FULL
 * TSO: no_data
 */
#include "bug.pml"

#define NR_HARTS 2
#define SB_DEPTH 3
mtype = { DATA, FULL, ASLEEP };
#define NR_WORDS 3
#include "store_buffer.pml"

bool woken;

#define wake_taker() woken = true
#define sleep_until_woken() (woken)

#include "handover_answer.pml"

proctype giver(byte hart)
{
	byte is_asleep;

	give();
	if
	:: is_asleep -> wake_taker()
	:: else
	fi
}

proctype taker(byte hart)
{
	byte is_full, data;

	take();
	if
	:: !is_full -> sleep_until_woken()
	:: else
	fi;
	READ_ONCE(DATA, data);
	assert(data == 1)
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run giver(0);
		run taker(1)
	}
}
