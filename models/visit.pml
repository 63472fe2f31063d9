/*
 * models/visit.pml - the third form of the lock of an address space: a visit.
 *
 * Code: kernel/mm/maplock.h:map_visit, map_leave, map_lock, map_unlock.
 *	 kernel/mm/maplock.c:map_wait_for_visitors.  ORDER map-visit, map-left.
 *
 * Harts 0 and 1 fault once each: they visit, or where somebody is alone share
 * map_sem; hart 1 has just entered the address space.  Hart 2 is alone twice.
 * Each visitor writes a word of his own, which hart 2 reads; hart 2 writes two
 * that belong together.  map_sem is a lock that orders, but for one thing: its
 * mark for who is alone, WRITER, may reach the others late, as the store of a
 * compare-and-swap that only acquires may.
 *
 * Checked: who is alone is alone, and sees what each visitor has done before;
 * a visitor sees all that was done alone before, not half; nobody waits for
 * ever.
 *
 * BUGS: visitor_forgotten visit_mb alone_mb late_word plain_leave keeps_word
 *	visitor_forgotten	map_lock() does not wait for visitors
 *	visit_mb	map_visit() without its fence
 *	alone_mb	map_lock() without its fence
 *	late_word	map_visit() looks for WRITER before it writes its word
 *	plain_leave	map_leave() by a plain store
 *	keeps_word	who finds WRITER waits for map_sem as a visitor
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 4
mtype = { VISITS_0, VISITS_1, LOADED_1, WRITER, WORD_0, WORD_1, FIRST, SECOND };
#define NR_WORDS 8
#include "store_buffer.pml"

#define VISITS(h) ((h) == 0 -> VISITS_0 : VISITS_1)
#define WORD(h) ((h) == 0 -> WORD_0 : WORD_1)

#define ROUNDS 2

bool sem_alone;
byte sem_shared;
byte nr_alone, nr_inside;
bool did[2];		/* a visitor has written his word */

#define rwsem_lock() atomic { !sem_alone && sem_shared == 0 && smp_mb() -> sem_alone = true }
#define rwsem_unlock() atomic { smp_mb() -> sem_alone = false }
#define rwsem_lock_shared() atomic { !sem_alone && smp_mb() -> sem_shared++ }
#define rwsem_unlock_shared() atomic { smp_mb() -> sem_shared-- }

proctype fault(byte hart)
{
	byte seen, first, second;

	if
	:: hart == 1 -> WRITE_ONCE(LOADED_1, 1)
	:: hart != 1
	fi;
	if
	:: bug(late_word) -> READ_ONCE(WRITER, seen); WRITE_ONCE(VISITS(hart), 1)
	:: !bug(late_word) ->
		WRITE_ONCE(VISITS(hart), 1);
		unless_bug(visit_mb, smp_mb());
		READ_ONCE(WRITER, seen)
	fi;
	if
	:: seen ->
		if
		:: bug(keeps_word)
		:: !bug(keeps_word) -> WRITE_ONCE(VISITS(hart), 0)
		fi;
		rwsem_lock_shared()
	:: !seen
	fi;

	nr_inside++;
	assert(nr_alone == 0);
	READ_ONCE(FIRST, first);
	READ_ONCE(SECOND, second);
	assert(first == second);
	WRITE_ONCE(WORD(hart), 1);
	did[hart] = true;
	nr_inside--;

	if
	:: seen -> rwsem_unlock_shared()
	:: !seen ->
		if
		:: bug(plain_leave) -> WRITE_ONCE(VISITS(hart), 0)
		:: !bug(plain_leave) -> store_release(VISITS(hart), 0)
		fi
	fi
}

inline wait_for(h)
{
	do
	:: READ_ONCE(VISITS(h), visits);
		if
		:: visits -> mem[VISITS(h)] == 0	/* spin */
		:: !visits -> break
		fi
	od
}

proctype change(byte hart)
{
	byte visits, word, there, round;

	do
	:: round == ROUNDS -> break
	:: round < ROUNDS ->
		round++;
		rwsem_lock();
		WRITE_ONCE(WRITER, 1);
		unless_bug(alone_mb, smp_mb());
		READ_ONCE(LOADED_1, there);
		if
		:: bug(visitor_forgotten)
		:: !bug(visitor_forgotten) ->
			wait_for(0);
			if
			:: there -> wait_for(1)
			:: !there
			fi
		fi;
		nr_alone++;
		assert(nr_inside == 0);
		READ_ONCE(WORD_0, word);
		assert(word == did[0]);
		READ_ONCE(WORD_1, word);
		assert(word == did[1]);
		WRITE_ONCE(FIRST, round);
		WRITE_ONCE(SECOND, round);
		nr_alone--;
		store_release(WRITER, 0);
		rwsem_unlock()
	od
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run fault(0);
		run fault(1);
		run change(2)
	}
}
