/*
 * models/futex.pml - wait on a word of the program, and wake.
 *
 * Code: kernel/ipc/futex/futex.c:futex_wait, futex_join, futex_leave,
 *	 sleep_until_woken, futex_wake, wake_locked, dequeue_locked, move_locked.
 *	 ORDER futex-waiters, futex-woken.
 *
 * A thread waits while WORD is 1.  Another stores 0 there, as a program does
 * that unlocks its mutex, and calls futex_wake().  A third may move the
 * waiter to another bucket meanwhile, and its time may run out.
 *
 * Checked: nobody sleeps for ever (an invalid end state); the waiter's struct,
 * which is on its stack, is not used after futex_wait() has returned; it is
 * in no queue then, and nr_waiters is 0 at the end.
 *
 * The sleep itself is a flag, `asleep`; models/sleep.pml has the rest.
 *
 * BUGS: futex_mb futex_waiter_mb futex_check_unlocked futex_woken_early requeue_lost
 *	futex_mb	      futex_wake() reads nr_waiters without a fence
 *	futex_waiter_mb	      futex_join() counts itself without a fence
 *	futex_check_unlocked  the word is compared before the lock is taken
 *	futex_woken_early     bucket = NULL before the waiter is off the list
 *	requeue_lost	      futex_leave() takes the bucket that the wait began in
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 3
mtype = { WORD, NR_WAITERS_0, NR_WAITERS_1, BUCKET };
#define NR_WORDS 4
#include "store_buffer.pml"

/* w->bucket, in memory: 0 is NULL. */
#define IN(b) ((b) + 1)

bool locked[2];	    /* the buckets' locks */
bool queued[2];	    /* w is on this bucket's list */
bool on_stack;	    /* struct futex_waiter exists */
bool asleep;	    /* the thread is SLEEPING or BLOCKED */
bool time_is_limited;

#define spin_lock(b) atomic { !locked[b] -> locked[b] = true }
/* A release: what was stored under the lock comes before. */
#define spin_unlock(b) atomic { smp_mb() -> locked[b] = false }

#define NR_WAITERS(b) ((b) == 0 -> NR_WAITERS_0 : NR_WAITERS_1)

/* Whoever has found w uses it. */
#define use_waiter() assert(on_stack)

#define list_remove(b) atomic { use_waiter(); queued[b] = false }

#define wake_thread() atomic { smp_mb() -> asleep = false }

inline dequeue_locked(b)
{
	if
	:: !bug(futex_woken_early) ->
		list_remove(b);
		atomic_fetch_add_relaxed(NR_WAITERS(b), -1, ignored);
		store_release(BUCKET, 0)
	:: bug(futex_woken_early) ->
		atomic_fetch_add_relaxed(NR_WAITERS(b), -1, ignored);
		store_release(BUCKET, 0);
		list_remove(b)
	fi
}

/* hart 0 */
proctype futex_wait(byte hart)
{
	byte value, b, ignored;
	bool timed_out;

	READ_ONCE(WORD, value);
	if
	:: value != 1 -> goto out
	:: value == 1
	fi;
	on_stack = true;

	/* futex_join() */
	if
	:: bug(futex_waiter_mb) -> WRITE_ONCE(NR_WAITERS_0, 1)
	:: !bug(futex_waiter_mb) ->
		atomic_fetch_add_full(NR_WAITERS_0, 1, ignored);
		smp_mb()
	fi;
	if
	:: bug(futex_check_unlocked) -> READ_ONCE(WORD, value)
	:: !bug(futex_check_unlocked)
	fi;
	spin_lock(0);
	if
	:: bug(futex_check_unlocked)
	:: !bug(futex_check_unlocked) -> READ_ONCE(WORD, value)
	fi;
	if
	:: value != 1 ->
		spin_unlock(0);
		atomic_fetch_add_relaxed(NR_WAITERS_0, -1, ignored);
		goto returned
	:: value == 1 ->
		WRITE_ONCE(BUCKET, IN(0));
		atomic { queued[0] = true; asleep = true };
		spin_unlock(0)
	fi;

	/* sleep_until_woken() */
	do
	:: READ_ONCE(BUCKET, b);
		if
		:: b == 0 || timed_out -> break
		:: b != 0 && !timed_out ->
			if
			:: atomic { !asleep -> skip }
			:: time_is_limited -> timed_out = true
			fi
		fi
	od;
	asleep = false;

	/* futex_leave() */
	b = IN(0);
	do
	:: true ->
		if
		:: bug(requeue_lost) ->
			READ_ONCE(BUCKET, value);
			b = (value == 0 -> 0 : b)
		:: !bug(requeue_lost) -> load_acquire(BUCKET, b)
		fi;
		if
		:: b == 0 -> break
		:: b != 0
		fi;
		spin_lock(b - 1);
		READ_ONCE(BUCKET, value);
		if
		:: value == b || (value != 0 && bug(requeue_lost)) ->
			/* Off the list of the bucket whose lock is held. */
			atomic { assert(queued[b - 1]); queued[b - 1] = false };
			atomic_fetch_add_relaxed(NR_WAITERS(b - 1), -1, ignored);
			store_release(BUCKET, 0);
			spin_unlock(b - 1);
			break
		:: else -> spin_unlock(b - 1)
		fi
	od;
returned:
	atomic { assert(!queued[0] && !queued[1]); on_stack = false };
out:	skip
}

/* The rest of a wake, once nr_waiters was not 0. */
inline wake_matching(b)
{
	spin_lock(b);
	if
	:: queued[b] ->
		use_waiter();
		dequeue_locked(b);
		wake_thread()
	:: !queued[b]
	fi;
	spin_unlock(b)
}

/* hart 1: the program unlocks, and wakes */
proctype futex_wake(byte hart)
{
	byte nr, ignored;

	WRITE_ONCE(WORD, 0);
	unless_bug(futex_mb, smp_mb());
	READ_ONCE(NR_WAITERS_0, nr);
	if
	:: nr == 0
	:: nr != 0 -> wake_matching(0)
	fi
}

/* hart 2: another moves the waiter to bucket 1, where it wakes it later */
proctype futex_requeue(byte hart)
{
	byte nr, ignored;

	/* lock_pair() */
	spin_lock(0);
	spin_lock(1);
	if
	:: queued[0] ->
		use_waiter();
		/* move_locked() */
		atomic_fetch_add_relaxed(NR_WAITERS_0, -1, ignored);
		atomic_fetch_add_relaxed(NR_WAITERS_1, 1, ignored);
		atomic { queued[0] = false; queued[1] = true };
		WRITE_ONCE(BUCKET, IN(1))
	:: !queued[0]
	fi;
	spin_unlock(0);
	spin_unlock(1);

	smp_mb();
	READ_ONCE(NR_WAITERS_1, nr);
	if
	:: nr == 0
	:: nr != 0 -> wake_matching(1)
	fi
}

init {
	byte nr;

	atomic {
		mem[WORD] = 1;
		if
		:: time_is_limited = true
		:: time_is_limited = false
		fi;
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run futex_wait(0);
		run futex_wake(1);
		if
		:: true -> run futex_requeue(2)
		:: true
		fi
	};
	(_nr_pr == 4 && sb[0].nr == 0 && sb[1].nr == 0 && sb[2].nr == 0);
	assert(mem[NR_WAITERS_0] == 0 && mem[NR_WAITERS_1] == 0)
}
