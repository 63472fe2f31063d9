/*
 * models/window.pml - which lock and which tree, when a window opens and closes.
 *
 * Code: kernel/mm/maplock.h:map_visit, map_leave, map_clear;
 *	 kernel/mm/maplock.c:map_lock_window, map_share_beside_windows;
 *	 kernel/mm/window.c:open_window, close_window.  ORDER map-window, map-visit.
 *
 * There is one window, and one mapping in it.  Hart 0 faults there: it visits, or
 * shares the lock where it may not.  Hart 1 maps something of its own there.  Hart
 * 2 wants everything: it closes the window, looks at both mappings, and opens it
 * again.  Locks order, but for WRITER, which others may see late (visit.pml has
 * why).
 *
 * Checked: the fault finds the mapping in the tree that it looks into, and nobody
 * has the lock of that alone meanwhile; hart 2 finds all there is in the one tree,
 * each time.
 *
 * BUGS: window_closed_since window_not_left visits_anyway shares_anyway close_mb visit_mb plain_open
 *	window_closed_since	map_lock_window() does not look again
 *	window_not_left		close_window() does not wait for visitors
 *	visits_anyway		map_visit() does not look again whether it is open
 *	shares_anyway		map_share_beside_windows() does not
 *	close_mb		map_clear() without its fence
 *	visit_mb		map_visit() without its fence
 *	plain_open		that it is open is told by a plain store
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 6
mtype = { VISITS, OPEN, WRITER_W, WRITER_M, IN_W, IN_M, OWN_W, OWN_M };
#define NR_WORDS 8
#include "store_buffer.pml"

/* What a visit is to. */
#define NONE 0
#define WINDOW 1
#define MAIN 2

#define WRITER(lock) ((lock) == WINDOW -> WRITER_W : WRITER_M)
#define IN(lock) ((lock) == WINDOW -> IN_W : IN_M)
#define OWN(lock) ((lock) == WINDOW -> OWN_W : OWN_M)
#define LOCK(open) ((open) -> WINDOW : MAIN)

bool alone[3];
byte shared[3];
bool changes[3];	/* alone, and nobody visits */
bool has_own;		/* hart 1 has mapped, and given the lock back */

#define rwsem_lock(l) atomic { !alone[l] && shared[l] == 0 && smp_mb() -> alone[l] = true }
#define rwsem_unlock(l) atomic { smp_mb() -> alone[l] = false }
#define rwsem_lock_shared(l) atomic { !alone[l] && smp_mb() -> shared[l]++ }
#define rwsem_unlock_shared(l) atomic { smp_mb() -> shared[l]-- }

/* The lock was taken alone. */
inline clear(l)
{
	WRITE_ONCE(WRITER(l), 1);
	unless_bug(close_mb, smp_mb());
	if
	:: bug(window_not_left) && l == WINDOW
	:: !bug(window_not_left) || l != WINDOW ->
		do
		:: READ_ONCE(VISITS, seen);
			if
			:: seen == l -> mem[VISITS] != l	/* spin */
			:: seen != l -> break
			fi
		od
	fi;
	changes[l] = true
}

inline give_back(l)
{
	changes[l] = false;
	store_release(WRITER(l), 0);
	rwsem_unlock(l)
}

inline look_into(l)
{
	assert(!changes[l]);
	READ_ONCE(IN(l), found);
	assert(found);
	assert(!changes[l])
}

proctype fault(byte hart)
{
	byte open, again, writer, lock, found;

	READ_ONCE(OPEN, open);
	lock = LOCK(open);
	WRITE_ONCE(VISITS, lock);
	unless_bug(visit_mb, smp_mb());
	READ_ONCE(WRITER(lock), writer);
	READ_ONCE(OPEN, again);
	if
	:: !writer && (again == open || bug(visits_anyway)) ->
		READ_ONCE(OPEN, open);	/* mm_vmas_at() asks, too */
		look_into(LOCK(open));
		store_release(VISITS, NONE)
	:: writer || (again != open && !bug(visits_anyway)) ->
		WRITE_ONCE(VISITS, NONE);
		do
		:: READ_ONCE(OPEN, open);
			lock = LOCK(open);
			rwsem_lock_shared(lock);
			READ_ONCE(OPEN, again);
			if
			:: again == open || bug(shares_anyway) -> break
			:: again != open && !bug(shares_anyway) ->
				rwsem_unlock_shared(lock)
			fi
		od;
		skip;
		look_into(lock);
		rwsem_unlock_shared(lock)
	fi
}

/* map_sem is held alone: who wants a range that is in the window closes it. */
inline close_for_own()
{
	READ_ONCE(OPEN, again);
	if
	:: again ->
		rwsem_lock(WINDOW);
		clear(WINDOW);
		WRITE_ONCE(IN_M, 1);
		WRITE_ONCE(IN_W, 0);
		WRITE_ONCE(OPEN, 0);
		give_back(WINDOW)
	:: !again
	fi
}

proctype map_own(byte hart)
{
	byte open, again, lock, seen;

	READ_ONCE(OPEN, open);
	lock = LOCK(open);
	rwsem_lock(lock);
	READ_ONCE(OPEN, again);
	if
	:: open && !again && !bug(window_closed_since) ->
		rwsem_unlock(lock);
		lock = MAIN;
		rwsem_lock(MAIN)
	:: !open || again || bug(window_closed_since)
	fi;
	clear(lock);
	if
	:: lock == MAIN -> close_for_own()
	:: lock != MAIN
	fi;
	WRITE_ONCE(OWN(lock), 1);
	has_own = true;
	give_back(lock)
}

inline move(from, to)
{
	READ_ONCE(OWN(from), own);
	if
	:: own -> WRITE_ONCE(OWN(to), 1); WRITE_ONCE(OWN(from), 0)
	:: !own
	fi;
	WRITE_ONCE(IN(to), 1);
	WRITE_ONCE(IN(from), 0)
}

proctype want_all(byte hart)
{
	byte seen, open, own, found, round;

	do
	:: round == 2 -> break
	:: round < 2 ->
		round++;
		rwsem_lock(MAIN);
		clear(MAIN);
		READ_ONCE(OPEN, open);
		if
		:: open ->
			rwsem_lock(WINDOW);
			clear(WINDOW);
			move(WINDOW, MAIN);
			WRITE_ONCE(OPEN, 0);
			give_back(WINDOW)
		:: !open
		fi;
		READ_ONCE(IN_M, found);
		assert(found);
		READ_ONCE(OWN_M, own);
		assert(own || !has_own);
		move(MAIN, WINDOW);
		if
		:: bug(plain_open) -> WRITE_ONCE(OPEN, 1)
		:: !bug(plain_open) -> store_release(OPEN, 1)
		fi;
		give_back(MAIN)
	od
}

init {
	atomic {
		mem[OPEN] = 1;
		mem[IN_W] = 1;
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run fault(0);
		run map_own(1);
		run want_all(2)
	}
}
