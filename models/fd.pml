/*
 * models/fd.pml - a descriptor is closed while somebody looks up its file without
 * a lock.
 *
 * Code: kernel/vfs/fd/get.c:shared_get, get_again, locked_get, slot_look;
 *	 kernel/vfs/fd/change.c:fd_close, fd_dup_to; kernel/vfs/fd/table.c:close_slot;
 *	 kernel/sync/refcount.h:refcount_try_get, refcount_put; kernel/vfs/file.c:file_put;
 *	 kernel/net/unix/rights.c:is_suspect, collect_from.  ORDER fd-closed.
 *
 * A slot has a file, which is a socket, and may be in a message in the socket's
 * own queue, too.  Hart 0 looks it up and uses it.  Hart 1 closes the descriptor,
 * or puts another file there; then its number is that one's.  Hart 2 counts the
 * socket's references at any moment: if all are from messages it is out of reach,
 * and the message loses its files.  A grace period is a wait for hart 0; how it
 * is waited for is models/rcu.pml.  Mutexes are words, and order no more than
 * they have to.
 *
 * As in models/seqcount.pml hart 0 does two loads in the other order where the
 * fence between them is dropped.
 *
 * Checked: what is used is neither dead nor out of reach; what is looked at is
 * not free; it dies once; nobody waits for ever.
 *
 * BUGS: fd_not_looked_again close_vs_read file_freed_early look_rmb put_relaxed slot_last
 *	fd_not_looked_again	who holds the file does not look at the slot again
 *	close_vs_read	it is held even if its last reference is gone
 *	file_freed_early	it is freed without a grace period
 *	look_rmb	the slot is looked at again before the file is held
 *	put_relaxed	refcount_put() without its release
 *	slot_last	the slot's reference is dropped before the slot is empty
 * TSO: look_rmb put_relaxed
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 4
mtype = { SLOT, REFS, MUTEX };
#define NR_WORDS 3
#include "store_buffer.pml"

#define NOTHING 0
#define SOCKET 1
#define OTHER 2		/* somebody has it all the time */

bool in_message;
bool reads;		/* hart 0: rcu_read_lock() */
bool uses;		/* hart 0: the socket */
bool dead, freed, lost;	/* of the socket: its last reference, its memory, its message */

#define mutex_lock() \
	atomic { mem[MUTEX] == 0 && sb[hart].nr == 0 -> mem[MUTEX] = 1 }
#define mutex_unlock() store_release(MUTEX, 0)

inline file_destroy()
{
	assert(!dead);
	dead = true;
	if
	:: bug(file_freed_early)
	:: !bug(file_freed_early) -> !reads	/* call_rcu() */
	fi;
	freed = true
}

inline file_put()
{
	if
	:: bug(put_relaxed) -> atomic_fetch_add_relaxed(REFS, -1, old)
	:: !bug(put_relaxed) -> atomic_fetch_add_full(REFS, -1, old)
	fi;
	if
	:: old == 1 -> file_destroy()
	:: old != 1
	fi;
	old = 0
}

/* ---- hart 0 ---- */

#define refcount_try_get() \
	d_step { \
		assert(!freed); \
		is_held = mem[REFS] != 0 || bug(close_vs_read); \
		mem[REFS] = mem[REFS] + is_held \
	}

inline hold_and_look_again()
{
	if
	:: bug(look_rmb) && SB_MAY_PASS ->
		READ_ONCE(SLOT, again);
		refcount_try_get()
	:: !(bug(look_rmb) && SB_MAY_PASS) ->
		refcount_try_get();
		READ_ONCE(SLOT, again)
	fi;
	stays = again == SOCKET || bug(fd_not_looked_again);
	again = NOTHING
}

inline get_again()
{
	if
	:: is_held -> file_put()
	:: !is_held
	fi;
	mutex_lock();
	READ_ONCE(SLOT, file);
	if
	:: file == SOCKET -> atomic_fetch_add_relaxed(REFS, 1, ignored)
	:: file != SOCKET
	fi;
	mutex_unlock()
}

inline shared_get()
{
	reads = true;
	READ_ONCE(SLOT, file);
	if
	:: file == SOCKET -> hold_and_look_again()
	:: file != SOCKET -> is_held = true; stays = true
	fi;
	reads = false;
	if
	:: is_held && stays
	:: !(is_held && stays) -> get_again()
	fi
}

inline use_socket()
{
	uses = true;
	assert(!dead);
	assert(!lost);
	uses = false;
	file_put()
}

proctype looks_up(byte hart)
{
	byte file, again, old, ignored;
	bool is_held, stays;

	shared_get();
	if
	:: file == SOCKET -> use_socket()
	:: file != SOCKET
	fi
}

/* ---- hart 1 ---- */

inline empty_slot()
{
	mutex_lock();
	if
	:: WRITE_ONCE(SLOT, NOTHING)
	:: WRITE_ONCE(SLOT, OTHER)
	fi;
	mutex_unlock()
}

proctype closes(byte hart)
{
	byte old;

	if
	:: bug(slot_last) -> file_put(); empty_slot()
	:: !bug(slot_last) -> empty_slot(); file_put()
	fi
}

/* ---- hart 2 ---- */

proctype collects(byte hart)
{
	byte count, old;

	READ_ONCE(REFS, count);
	if
	:: in_message && count == 1 ->
		assert(!uses);
		lost = true;
		file_put()
	:: !(in_message && count == 1)
	fi
}

init {
	atomic {
		mem[SLOT] = SOCKET;
		if
		:: mem[REFS] = 1
		:: mem[REFS] = 2; in_message = true
		fi;
		run store_buffer(0);
		run store_buffer(1);
		run looks_up(0);
		run closes(1);
		run collects(2)
	}
}
