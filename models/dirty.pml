/*
 * models/dirty.pml - fork takes W from an entry while the hardware sets D.
 *
 * Code: kernel/mm/entry_internal.h:pte_make_cow.  With a machine that drover does not ask
 *	 for: one whose walker sets the D bit at the first store, and a kernel
 *	 that throws away a page whose D bit is clear, since its file has the
 *	 same bytes.  In drover D is set when an entry is made and nobody asks
 *	 for it, so no run can show the bug.
 *
 * `walker` is a hart with a program that stores once: it loads the entry, sets
 * D by compare-and-swap if it is clear (as QEMU's does, and the Svadu
 * extension), and then the store goes to the page.  `kernel` is a thread of
 * the same process on another hart: it forks, shoots down, and later takes the
 * entry out and looks at D.
 *
 * Checked: a page that is thrown away as clean has not been written.
 *
 * BUGS: pte_lost_dirty
 *	pte_lost_dirty	the entry without W is written by a load and a store
 */
#include "bug.pml"

#define V 1
#define W 2
#define D 4

byte entry = V | W;
bool written;	/* the page differs from what its file has */
bool walking;	/* the walker uses an entry that it has read */

active proctype walker()
{
	byte seen;

	do
	:: atomic { seen = entry; walking = true };
	   if
	   :: !(seen & V) || !(seen & W) ->
		walking = false;
		break /* a fault: the rest is another story */
	   :: (seen & V) && (seen & W) && (seen & D) ->
		written = true;
		walking = false;
		break
	   :: else ->
		if
		:: atomic { entry == seen -> entry = seen | D };
		   written = true;
		   walking = false;
		   break
		:: atomic { entry != seen -> walking = false }
		fi
	   fi
	od
}

/* Returns when no hart uses what it read before. */
inline shootdown()
{
	!walking
}

active proctype kernel()
{
	byte seen;

	/* fork */
	if
	:: bug(pte_lost_dirty) ->
		seen = entry;
		entry = seen & ~W
	:: !bug(pte_lost_dirty) ->
		atomic { entry = entry & ~W }
	fi;
	shootdown();
	/* memory is short: take the page away */
	atomic { seen = entry; entry = 0 };
	shootdown();
	if
	:: seen & D	/* written back to its file */
	:: !(seen & D) -> assert(!written)
	fi
}
