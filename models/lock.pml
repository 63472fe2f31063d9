/*
 * models/lock.pml - the ticket lock.
 *
 * Code: kernel/sync/spinlock.h:spin_take, spin_trylock, spin_unlock;
 *	 kernel/sync/spinlock.c:spin_wait.  ORDER spinlock.
 *
 * Harts take the lock, by ticket or by trying, and add one to DATA, a word
 * that only the lock protects.  Tickets have two bits instead of sixteen, so
 * that they wrap round; 2^bits must be more than the harts.
 *
 * Checked: one holder at a time; each holder sees what the last one wrote;
 * everyone gets the lock at last (no deadlock).
 *
 * BUGS: unlock_plain_store trylock_torn unlock_carry ticket_narrow
 *	unlock_plain_store  the lock is given up without release
 *	trylock_torn	    looks whether it is free, then takes it: two steps
 *	unlock_carry	    one is added to the whole word, not to `owner`: at
 *			    the wrap the carry draws a ticket
 *	ticket_narrow	    as many tickets as harts but one
 * TSO: unlock_plain_store
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 3
mtype = { DATA, OWNER, NEXT };
#define NR_WORDS 3
#include "store_buffer.pml"

#define TICKETS (bug(ticket_narrow) -> 2 : 4)
#define ROUNDS 2

byte holders;	/* how many harts are between taking and giving up */
byte done;

/* The word that both halves stand in is changed at once: a store to either
 * that still waits is to the same word. */
#define amo_is_free() (!sb_waits(OWNER) && !sb_waits(NEXT))

#define spin_take() \
	d_step { \
		amo_is_free() -> \
		ticket = mem[NEXT]; \
		mem[NEXT] = (mem[NEXT] + 1) % TICKETS; \
		owner = mem[OWNER] \
	}

/* One compare-and-swap of both halves. */
#define spin_trylock() \
	d_step { \
		amo_is_free() -> \
		taken = (mem[OWNER] == mem[NEXT]); \
		if \
		:: taken -> mem[NEXT] = (mem[NEXT] + 1) % TICKETS \
		:: else \
		fi \
	}

proctype locker(byte hart)
{
	byte ticket, owner, data, round;
	bool taken;

	do
	:: round == ROUNDS -> break
	:: round < ROUNDS ->
		if
		:: hart != 2 ->
			spin_take();
			do	/* spin_wait() */
			:: owner == ticket -> break
			:: owner != ticket ->
				(mem[OWNER] != owner || sb_waits(OWNER));
				load_acquire(OWNER, owner)
			od
		:: hart == 2 && !bug(trylock_torn) ->
			spin_trylock();
			if
			:: taken
			:: !taken -> round++; goto next
			fi
		:: hart == 2 && bug(trylock_torn) ->
			d_step { owner = mem[OWNER]; ticket = mem[NEXT] };
			if
			:: owner == ticket ->
				d_step { mem[NEXT] = (ticket + 1) % TICKETS }
			:: owner != ticket -> round++; goto next
			fi
		fi;
		atomic { holders++; assert(holders == 1) };

		READ_ONCE(DATA, data);
		assert(data == done);
		d_step { sb_room(1) -> sb_push(DATA, data + 1); done++ };

		READ_ONCE(OWNER, owner);
		d_step { owner = (owner + 1) % TICKETS; holders-- };
		if
		:: bug(unlock_plain_store) -> WRITE_ONCE(OWNER, owner)
		:: bug(unlock_carry) ->
			d_step {
				sb[hart].nr == 0 -> mem[OWNER] = owner;
				if
				:: owner == 0 ->
					mem[NEXT] = (mem[NEXT] + 1) % TICKETS
				:: else
				fi
			}
		:: !bug(unlock_plain_store) && !bug(unlock_carry) ->
			store_release(OWNER, owner)
		fi;
		round++;
	next:	atomic { ticket = 0; owner = 0; data = 0; taken = false }
	od
}

init {
	atomic {
		run store_buffer(0);
		run store_buffer(1);
		run store_buffer(2);
		run locker(0);
		run locker(1);
		run locker(2)
	}
}
