/*
 * models/rwspin.pml - a spinlock that is shared by a flag of each hart.
 *
 * Code: kernel/sync/rwspin.c:rwspin_lock, keep_others_out, wait_for_sharers,
 *	 rwspin_unlock, rwspin_lock_shared, share_in_turn, rwspin_unlock_shared.
 *	 ORDER rwspin-alone, rwspin.
 *
 * Harts 0 and 1 share the lock, and write a word of their own while they have
 * it; hart 2 takes it alone, twice, reads both words and writes two that sharers read.
 * The line is a lock that orders: who takes it or gives it up has an empty
 * buffer.
 *
 * Checked: who is alone is alone, and sees what each sharer has done before; a
 * sharer sees all that was done alone before, not half; nobody waits for ever.
 *
 * BUGS: share_mb alone_mb late_flag plain_leave keeps_flag
 *	share_mb	rwspin_lock_shared() without its fence
 *	alone_mb	keep_others_out() without its fence
 *	late_flag	share_in_turn() raises the flag after it has left the line
 *	plain_leave	the flag goes down by a plain store
 *	keeps_flag	share_in_turn() waits with its flag raised
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 4
mtype = { INSIDE_0, INSIDE_1, ALONE, WORD_0, WORD_1, FIRST, SECOND };
#define NR_WORDS 7
#include "store_buffer.pml"

#define INSIDE(h) ((h) == 0 -> INSIDE_0 : INSIDE_1)
#define WORD(h) ((h) == 0 -> WORD_0 : WORD_1)

#define ROUNDS 2

bool line;
byte nr_alone, nr_shared;
bool did[2];		/* a sharer has written its word */

#define line_lock() atomic { !line && smp_mb() -> line = true }
#define line_unlock() atomic { smp_mb() -> line = false }

proctype shares(byte hart)
{
	byte seen, first, second;

	WRITE_ONCE(INSIDE(hart), 1);
	unless_bug(share_mb, smp_mb());
	READ_ONCE(ALONE, seen);
	if
	:: seen ->
		if
		:: bug(keeps_flag)
		:: !bug(keeps_flag) -> WRITE_ONCE(INSIDE(hart), 0)
		fi;
		line_lock();
		if
		:: bug(late_flag)
		:: !bug(late_flag) -> WRITE_ONCE(INSIDE(hart), 1)
		fi;
		line_unlock();
		if
		:: bug(late_flag) -> WRITE_ONCE(INSIDE(hart), 1)
		:: !bug(late_flag)
		fi
	:: !seen
	fi;

	nr_shared++;
	assert(nr_alone == 0);
	READ_ONCE(FIRST, first);
	READ_ONCE(SECOND, second);
	assert(first == second);
	WRITE_ONCE(WORD(hart), 1);
	did[hart] = true;
	nr_shared--;

	if
	:: bug(plain_leave) -> WRITE_ONCE(INSIDE(hart), 0)
	:: !bug(plain_leave) -> store_release(INSIDE(hart), 0)
	fi
}

inline wait_for(h)
{
	do
	:: READ_ONCE(INSIDE(h), inside);
		if
		:: inside -> mem[INSIDE(h)] == 0	/* spin */
		:: !inside -> break
		fi
	od
}

proctype alone(byte hart)
{
	byte inside, word, round;

	do
	:: round == ROUNDS -> break
	:: round < ROUNDS ->
		round++;
		line_lock();
		WRITE_ONCE(ALONE, 1);
		unless_bug(alone_mb, smp_mb());
		wait_for(0);
		wait_for(1);
		nr_alone++;
		assert(nr_shared == 0);
		READ_ONCE(WORD_0, word);
		assert(word == did[0]);
		READ_ONCE(WORD_1, word);
		assert(word == did[1]);
		WRITE_ONCE(FIRST, round);
		WRITE_ONCE(SECOND, round);
		nr_alone--;
		store_release(ALONE, 0);
		line_unlock()
	od
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run shares(0);
		run shares(1);
		run alone(2)
	}
}
