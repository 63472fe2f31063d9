/*
 * models/rcu.pml - who reads writes nothing, and what he reads is not freed.
 *
 * Code: kernel/sync/rcu.h:rcu_dereference, rcu_assign_pointer, rcu_quiet, rcu_hart_rests,
 *	 rcu_hart_reads; kernel/sync/reclaim.c:rcu_grace_begins, rcu_grace_is_over,
 *	 wait_for_grace; kernel/sync/grace.h:grace_begin, grace_look;
 *	 kernel/sync/rcu.c:rcu_collect.  ORDER rcu-quiet, rcu-publish.
 *
 * A pointer leads to object 1. Hart 0 fills object 2 in, lets the pointer lead
 * there, and frees object 1 after a grace period. Hart 1 runs, and chooses now
 * and then who runs next. Hart 2 idles, or is away, and wakes now and then. Both
 * follow the pointer, twice each time that they are awake.
 *
 * Checked: what is found is not free for as long as it is read, and it is filled
 * in; the period ends.
 *
 * BUGS: rcu_freed_early rcu_idle_forgotten rcu_no_dependency wake_mb grace_mb publish_plain sleeps_inside
 *	rcu_freed_early		what is given up after the period has begun is freed with it
 *	rcu_idle_forgotten	a hart that wakes does not say so
 *	rcu_no_dependency	what is read through the pointer is read before it
 *	wake_mb			a hart says that it is awake by a plain store
 *	grace_mb		rcu_grace_begins() without its fence
 *	publish_plain		the pointer is stored by a plain store
 *	sleeps_inside		who reads lets others run
 * TSO: publish_plain
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 4
mtype = { POINTER, FIELD_1, FIELD_2, QUIET_1, QUIET_2 };
#define NR_WORDS 5
#include "store_buffer.pml"

#define FIELD(object) ((object) == 1 -> FIELD_1 : FIELD_2)
#define QUIET(h) ((h) == 1 -> QUIET_1 : QUIET_2)

#define ROUNDS 2

bool freed[3];

/* Harts 1 and 2: what is done between rcu_read_lock() and rcu_read_unlock(). */
inline look()
{
	if
	:: bug(rcu_no_dependency) -> READ_ONCE(FIELD_2, early)
	:: !bug(rcu_no_dependency)
	fi;
	READ_ONCE(POINTER, object);	/* rcu_dereference() */
	if
	:: bug(sleeps_inside) && hart == 1 -> atomic_fetch_add_full(QUIET(hart), 2, ignored)
	:: else
	fi;
	READ_ONCE(FIELD(object), field);
	if
	:: bug(rcu_no_dependency) && object == 2 -> field = early
	:: else
	fi;
	assert(field);
	assert(!freed[object]);
	object = 0;
	field = 0;
	early = 0
}

proctype runs(byte hart)
{
	byte object, field, early, round, ignored;

	do
	:: round == ROUNDS -> break
	:: round < ROUNDS ->
		round++;
		look();
		atomic_fetch_add_full(QUIET(hart), 2, ignored)	/* rcu_quiet() */
	od;
	round = 0;
	atomic_fetch_add_full(QUIET(hart), 1, ignored)		/* rcu_hart_rests() */
}

proctype idles(byte hart)
{
	byte object, field, early, round, ignored;

	do
	:: round == ROUNDS -> break
	:: round < ROUNDS ->
		round++;
		if					/* rcu_hart_reads() */
		:: bug(rcu_idle_forgotten)
		:: bug(wake_mb) -> WRITE_ONCE(QUIET(hart), 2 * round - 1)
		:: else -> atomic_fetch_add_full(QUIET(hart), 1, ignored)
		fi;
		look();
		look();
		if					/* rcu_hart_rests() */
		:: bug(rcu_idle_forgotten)
		:: else -> atomic_fetch_add_full(QUIET(hart), 1, ignored)
		fi
	od
}

inline take_out()
{
	WRITE_ONCE(FIELD_2, 1);
	if					/* rcu_assign_pointer() */
	:: bug(publish_plain) -> WRITE_ONCE(POINTER, 2)
	:: !bug(publish_plain) -> store_release(POINTER, 2)
	fi
}

inline wait_until_other(h, seen)
{
	if
	:: seen % 2 == 0
	:: else -> mem[QUIET(h)] != seen
	fi
}

proctype reclaims(byte hart)
{
	byte seen_1, seen_2;

	if
	:: bug(rcu_freed_early)
	:: !bug(rcu_freed_early) -> take_out()	/* call_rcu(), rcu_collect() */
	fi;
	unless_bug(grace_mb, smp_mb());
	READ_ONCE(QUIET_1, seen_1);
	READ_ONCE(QUIET_2, seen_2);
	if
	:: bug(rcu_freed_early) -> take_out(); smp_mb()
	:: !bug(rcu_freed_early)
	fi;
	wait_until_other(1, seen_1);
	wait_until_other(2, seen_2);
	smp_mb();
	freed[1] = true
}

init {
	atomic {
		mem[POINTER] = 1;
		mem[FIELD_1] = 1;
		mem[QUIET_1] = 1;
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run reclaims(0);
		run runs(1);
		run idles(2)
	}
}
