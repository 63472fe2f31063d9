/*
 * models/seqcount.pml - words that belong together, looked at without a lock.
 *
 * Code: kernel/sync/seqcount.h:seq_begin, seq_was_disturbed, seq_change, seq_changed;
 *	 kernel/vfs/attr.c:inode_owner, owner_locked.  ORDER seqcount.
 *
 * Hart 0 changes both words twice, with a lock.  Hart 1 looks at them once, at
 * any moment; who was disturbed looks with the lock.
 *
 * Loads are done in order (store_buffer.pml), so a variant that drops one of the
 * looking side's two fences does the loads that may then change places in the
 * other order, if the memory is not a PC's.
 *
 * Checked: the words are of one change, and, for who was not disturbed, of the
 * one that the count tells of; nobody waits for ever.
 *
 * BUGS: owner_not_looked_again change_wmb changed_plain begin_plain look_rmb odd_count
 *	owner_not_looked_again	what was read is taken, whatever the count is now
 *	change_wmb	seq_change() without its fence
 *	changed_plain	seq_changed() by a plain store
 *	begin_plain	seq_begin() by a plain load
 *	look_rmb	seq_was_disturbed() without its fence
 *	odd_count	seq_begin() takes the count of a change that is under way
 * TSO: change_wmb changed_plain begin_plain look_rmb
 */
#include "bug.pml"

#define NR_HARTS 2
#define SB_DEPTH 4
mtype = { COUNT, FIRST, SECOND };
#define NR_WORDS 3
#include "store_buffer.pml"

#define ROUNDS 2

/* Loads that no fence keeps apart. */
#define loads_pass(name) (bug(name) && SB_MAY_PASS)

bool locked;

#define spin_lock() atomic { !locked && smp_mb() -> locked = true }
#define spin_unlock() atomic { smp_mb() -> locked = false }

inline seq_begin()
{
	if
	:: loads_pass(begin_plain) ->
		READ_ONCE(FIRST, first);
		READ_ONCE(COUNT, seen)
	:: !loads_pass(begin_plain) ->
		load_acquire(COUNT, seen);
		READ_ONCE(FIRST, first)
	fi;
	if
	:: bug(odd_count)
	:: !bug(odd_count) -> seen = seen - seen % 2
	fi
}

inline seq_was_disturbed()
{
	if
	:: loads_pass(look_rmb) ->
		READ_ONCE(COUNT, now);
		READ_ONCE(SECOND, second)
	:: !loads_pass(look_rmb) ->
		READ_ONCE(SECOND, second);
		READ_ONCE(COUNT, now)
	fi;
	is_disturbed = now != seen && !bug(owner_not_looked_again)
}

inline owner_locked()
{
	spin_lock();
	READ_ONCE(FIRST, first);
	READ_ONCE(SECOND, second);
	spin_unlock()
}

proctype looks(byte hart)
{
	byte seen, now, first, second;
	bool is_disturbed;

	seq_begin();
	seq_was_disturbed();
	if
	:: is_disturbed -> owner_locked()
	:: !is_disturbed
	fi;
	assert(first == second);
	assert(is_disturbed || first == seen / 2)
}

inline seq_change()
{
	WRITE_ONCE(COUNT, 2 * round - 1);
	unless_bug(change_wmb, smp_wmb())
}

inline seq_changed()
{
	if
	:: bug(changed_plain) -> WRITE_ONCE(COUNT, 2 * round)
	:: !bug(changed_plain) -> store_release(COUNT, 2 * round)
	fi
}

proctype changes(byte hart)
{
	byte round;

	do
	:: round == ROUNDS -> break
	:: round < ROUNDS ->
		round++;
		spin_lock();
		seq_change();
		WRITE_ONCE(FIRST, round);
		WRITE_ONCE(SECOND, round);
		seq_changed();
		spin_unlock()
	od
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run changes(0);
		run looks(1)
	}
}
