/*
 * models/rwsem.pml - the sleeping reader-writer lock, which nobody hands over.
 *
 * Code: kernel/sync/rwsem.c:try_pass, take_as_first, take_or_announce, join,
 *	 sleep_and_take, wake_first, rwsem_unlock, rwsem_unlock_shared.
 *
 * Threads 0 and 1 take the lock to write, the others to read.  Each tries to
 * pass the queue, once: to spin is to try later.  If that fails it joins the
 * queue and sleeps.  `asleep` is what models/sleep.pml has in full: a sleep is
 * announced, and a wake-up ends it, also before it has begun.
 *
 * Checked: a writer is alone; who keeps the lock is the next to take it;
 * nobody sleeps for ever (an invalid end state).
 *
 * Left out: how long one spins; the order of memory, since all that is decided
 * without the queue's lock is decided on one word.
 *
 * BUGS: no_look late_sleep waiting_first pass_kept
 *	no_look	       who joins sleeps without looking whether the lock was
 *		       given up before
 *	late_sleep     the sleep is announced after the queue's lock was dropped
 *	waiting_first  unlock looks whether somebody waits, and then gives up
 *	pass_kept      a newcomer does not look at KEPT
 */
#include "bug.pml"

#define NR_THREADS 3
#define ROUNDS(t) (is_writer(t) -> 2 : 1)
#define PATIENCE 1
#define NOBODY 255
#define is_writer(t) ((t) < 2)

/* The word `state`. */
bool writer, waiting, kept;
byte readers;

/* The queue, its lock, and what stands in its entries. */
bool locked;
byte queue[NR_THREADS];
byte nr_queued;
byte woken[NR_THREADS];
bool asleep[NR_THREADS];

byte keeper = NOBODY;	/* for whom it is kept */
byte inside_writers;
byte inside_readers;

#define spin_lock() atomic { !locked -> locked = true }
#define spin_unlock() locked = false

#define is_free_for(t) (!writer && (!is_writer(t) || readers == 0))
#define may_pass(t) \
	((bug(pass_kept) || !kept) && is_free_for(t) && !(waiting && readers > 0))

inline take(t)
{
	assert(keeper == NOBODY || keeper == t);
	keeper = NOBODY;
	if
	:: is_writer(t) -> writer = true
	:: else -> readers++
	fi
}

inline try_pass(t)
{
	d_step {
		ok = may_pass(t);
		if
		:: ok -> take(t)
		:: else
		fi
	}
}

inline join(t)
{
	spin_lock();
	d_step {
		woken[t] = 0;
		queue[nr_queued] = t;
		nr_queued++;
		waiting = true
	}
	spin_unlock()
}

inline leave_queue()
{
	d_step {
		nr_queued--;
		i = 0;
		do
		:: i < nr_queued -> queue[i] = queue[i + 1]; i++
		:: else -> break
		od;
		i = 0
	}
}

inline take_as_first(t)
{
	d_step {
		ok = queue[0] == t && is_free_for(t);
		if
		:: ok ->
			take(t);
			kept = false
		:: else
		fi
	}
	if
	:: ok ->
		leave_queue();
		if
		:: nr_queued == 0 -> waiting = false
		:: nr_queued > 0 && !is_writer(t) && !is_writer(queue[0]) ->
			asleep[queue[0]] = false
		:: else
		fi
	:: else
	fi
}

inline sleep_and_take(t)
{
	join(t);
	ok = false;
	looks = !bug(no_look);
	do
	:: !ok ->
		spin_lock();
		if
		:: looks -> take_as_first(t)
		:: else
		fi;
		looks = true;
		if
		:: !ok && !bug(late_sleep) -> asleep[t] = true
		:: else
		fi;
		spin_unlock();
		if
		:: !ok && bug(late_sleep) -> asleep[t] = true
		:: else
		fi;
		(ok || !asleep[t])
	:: else -> break
	od
}

inline wake_first()
{
	spin_lock();
	d_step {
		if
		:: nr_queued > 0 ->
			woken[queue[0]]++;
			if
			:: woken[queue[0]] > PATIENCE ->
				kept = true;
				keeper = queue[0]
			:: else
			fi;
			asleep[queue[0]] = false
		:: else
		fi
	}
	spin_unlock()
}

/* @last: after that the lock is free. */
inline unlock(t)
{
	seen = waiting;
	d_step {
		if
		:: is_writer(t) -> writer = false; last = true
		:: else -> readers--; last = (readers == 0)
		fi;
		if
		:: !bug(waiting_first) -> seen = waiting
		:: else
		fi
	}
	if
	:: seen && last -> wake_first()
	:: else
	fi
}

proctype thread(byte t)
{
	bool ok, looks, seen, last;
	byte round, i;

	do
	:: round < ROUNDS(t) ->
		try_pass(t);
		if
		:: !ok -> sleep_and_take(t)
		:: else
		fi;
		if
		:: is_writer(t) ->
			inside_writers++;
			assert(inside_writers == 1 && inside_readers == 0);
			inside_writers--
		:: else ->
			inside_readers++;
			assert(inside_writers == 0);
			inside_readers--
		fi;
		unlock(t);
		round++
	:: else -> break
	od
}

init {
	byte t;

	atomic {
		do
		:: t < NR_THREADS -> run thread(t); t++
		:: else -> break
		od
	}
}
