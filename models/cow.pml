/*
 * models/cow.pml - a page that is shared until it is written.
 *
 * Code: kernel/mm/fault.c:reuse_cow; kernel/mm/cow.c:fault_cow, get_shared,
 *	 copy_one, install_copy, replace; kernel/mm/fork.c:share_leaf;
 *	 kernel/mm/page.h:page_is_exclusive.
 *
 * One page of the parent P.  One of three things happens:
 *
 *	threads	 a first child shares the frame and ends at some time; two
 *		 threads of P, on harts 0 and 1, each write a word of their
 *		 own in the page, and read; a third one reads
 *	fork	 the same first child; a thread of P writes its word twice,
 *		 and another forks; the new child, on hart 2, reads, may
 *		 write a word, and ends
 *	share	 the frame is P's alone; two threads write, and another
 *		 forks; the child ends at once
 *	-DWIDE	 `fork` with two writing threads
 *
 * Checked: a thread reads from each word what its process wrote last, or
 * what the parent had when it forked (I2, I3); no frame is used, or freed,
 * that is free (I1); all frames are free at the end (I4).
 *
 * Left out: the order of stores (locks give it here); shooting down takes a
 * step per hart but cannot go wrong (models/shootdown.pml); runs of pages.
 *
 * BUGS: cow_double_copy cow_reuse_unlocked cow_rw_before_flush refcount_dec_check cow_src_unpinned fork_unlock_early
 *	cow_double_copy	    the entry is not looked at again before the copy
 *			    is installed
 *	cow_reuse_unlocked  whether the page is shared is tested before the
 *			    locks that keep fork out are taken
 *	cow_rw_before_flush the new entry is written, then the old shot down
 *	refcount_dec_check  a reference is given up, then the count is read
 *	cow_src_unpinned    no reference is taken for the time of the copy
 *	fork_unlock_early   fork drops map_sem before it shoots down
 * WIDE: 1
 */
#include "bug.pml"

#define NR_HARTS 3	/* in `fork` 2 runs the second child */
#define NR_FRAMES 5
#define NONE 255	/* no frame */

/* Of the page table entry of a process */
typedef pte_t {
	byte frame;
	bool w;		/* writable; otherwise COW */
};

typedef words {
	byte word[2];
};

#define P 0		/* the parent; 1: its second child */

pte_t pte[2];
pte_t tlb[NR_HARTS];
words frame[NR_FRAMES];
words latest[2];	/* by process: what each word must be */
byte refs[NR_FRAMES];
bool leaf_lock[2];
byte map_sem[2];	/* how many share it; 255: exclusive */
byte nr_done;
bool child_exists;
byte process_of_2 = P;

#define spin_lock(lock) atomic { !lock -> lock = true }
#define spin_unlock(lock) lock = false
#define rwsem_lock(sem) atomic { sem == 0 -> sem = 255 }
#define rwsem_unlock(sem) sem = 0
#define rwsem_lock_shared(sem) atomic { sem != 255 -> sem++ }
#define rwsem_unlock_shared(sem) sem--

#define runs(h, m) ((h) == 2 -> (m) == process_of_2 : (m) == P)

inline page_alloc(f)
{
	d_step {
		f = 0;
		do
		:: refs[f] != 0 -> f++
		:: else -> break
		od;
		assert(f < NR_FRAMES);
		refs[f] = 1
	}
}

inline page_get(f)
{
	d_step { assert(refs[f] != 0); refs[f]++ }
}

/* What a frame held is gone when it is free. */
#define free_page(f) \
	frame[f].word[0] = NONE; \
	frame[f].word[1] = NONE

inline page_put(f)
{
	if
	:: !bug(refcount_dec_check) ->
		d_step {
			assert(refs[f] != 0);
			refs[f]--;
			if
			:: refs[f] == 0 -> free_page(f)
			:: else
			fi
		}
	:: bug(refcount_dec_check) ->
		refs[f]--;
		if
		:: refs[f] == 0 ->
			/* On the list of free pages it must be once. */
			d_step {
				assert(frame[f].word[0] != NONE);
				free_page(f)
			}
		:: refs[f] != 0
		fi
	fi
}

inline forget(h, m)
{
	if
	:: d_step { runs(h, m) -> tlb[h].frame = NONE; tlb[h].w = false }
	:: !runs(h, m)
	fi
}

inline tlb_shootdown(m)
{
	forget(0, m);
	forget(1, m);
	forget(2, m)
}

inline get_shared()
{
	spin_lock(leaf_lock[m]);
	if
	:: pte[m].frame == seen && !pte[m].w ->
		unless_bug(cow_src_unpinned, page_get(seen))
	:: else ->
		copy = false
	fi;
	spin_unlock(leaf_lock[m])
}

inline copy_one()
{
	page_alloc(new);
	d_step {
		assert(refs[seen] != 0);
		frame[new].word[0] = frame[seen].word[0]
	};
	d_step {
		assert(refs[seen] != 0);
		frame[new].word[1] = frame[seen].word[1]
	};
	/* install_copy(), replace() */
	spin_lock(leaf_lock[m]);
	if
	:: (pte[m].frame == seen && !pte[m].w) || bug(cow_double_copy) ->
		if
		:: !bug(cow_rw_before_flush) ->
			d_step { pte[m].frame = NONE; pte[m].w = false };
			tlb_shootdown(m);
			d_step { pte[m].frame = new; pte[m].w = true }
		:: bug(cow_rw_before_flush) ->
			d_step { pte[m].frame = new; pte[m].w = true };
			tlb_shootdown(m)
		fi;
		spin_unlock(leaf_lock[m]);
		/* ours, and the one the entry had */
		unless_bug(cow_src_unpinned, page_put(seen));
		page_put(seen)
	:: else ->
		spin_unlock(leaf_lock[m]);
		unless_bug(cow_src_unpinned, page_put(seen));
		page_put(new)
	fi
}

inline mm_fault()
{
	unless_bug(cow_reuse_unlocked, rwsem_lock_shared(map_sem[m]));
	d_step { seen = pte[m].frame; seen_w = pte[m].w };
	if
	:: seen == NONE || seen_w	/* another thread is at it, or was */
	:: seen != NONE && !seen_w ->
		/* reuse_cow() */
		copy = false;
		if
		:: bug(cow_reuse_unlocked) -> exclusive = (refs[seen] == 1)
		:: !bug(cow_reuse_unlocked)
		fi;
		spin_lock(leaf_lock[m]);
		if
		:: pte[m].frame == seen && !pte[m].w ->
			if
			:: bug(cow_reuse_unlocked)
			:: !bug(cow_reuse_unlocked) -> exclusive = (refs[seen] == 1)
			fi;
			if
			:: exclusive -> pte[m].w = true
			:: !exclusive -> copy = true
			fi
		:: else
		fi;
		spin_unlock(leaf_lock[m]);
		/* fault_cow() */
		if
		:: copy -> get_shared()
		:: !copy
		fi;
		if
		:: copy -> copy_one()
		:: !copy
		fi
	fi;
	d_step { seen = 0; seen_w = false; copy = false; exclusive = false; new = 0 };
	unless_bug(cow_reuse_unlocked, rwsem_unlock_shared(map_sem[m]))
}

/* A store of the program: by the TLB, or a walk, or after a fault. */
inline user_store(i, v)
{
	do
	:: atomic {
		tlb[hart].frame != NONE && tlb[hart].w ->
		assert(refs[tlb[hart].frame] != 0);
		frame[tlb[hart].frame].word[i] = v;
		latest[m].word[i] = v
	   };
		break
	:: atomic {
		!tlb[hart].w && pte[m].frame != NONE && pte[m].w ->
		tlb[hart].frame = pte[m].frame;
		tlb[hart].w = true
	   }
	:: !tlb[hart].w && (pte[m].frame == NONE || !pte[m].w) -> mm_fault()
	od
}

inline user_load(i)
{
	atomic {
		tlb[hart].frame != NONE || pte[m].frame != NONE;
		if
		:: tlb[hart].frame == NONE ->
			tlb[hart].frame = pte[m].frame;
			tlb[hart].w = pte[m].w
		:: else
		fi;
		assert(refs[tlb[hart].frame] != 0);
		assert(frame[tlb[hart].frame].word[i] == latest[m].word[i])
	}
}

/* A thread of the parent */
proctype writer(byte hart; bool twice)
{
	byte m = P, seen, new;
	bool seen_w, copy, exclusive;

	user_store(hart, 1);
	user_load(hart);
	if
	:: twice -> user_store(hart, 2)
	:: !twice
	fi;
	nr_done++
}

/* Another one */
proctype reader(byte hart)
{
	byte m = P;

	user_load(1);	/* leaves an entry in its TLB */
	user_load(1);
	user_load(0);
	nr_done++
}

proctype first_child()
{
	page_put(0);
	nr_done++
}

proctype forker()
{
	byte seen;

	/* mm_fork() */
	rwsem_lock(map_sem[P]);
	spin_lock(leaf_lock[P]);
	pte[P].w = false;
	seen = pte[P].frame;
	page_get(seen);
	pte[1].frame = seen;
	spin_unlock(leaf_lock[P]);
	if
	:: bug(fork_unlock_early) -> rwsem_unlock(map_sem[P]); tlb_shootdown(P)
	:: !bug(fork_unlock_early) -> tlb_shootdown(P)
	fi;
	d_step {
		latest[1].word[0] = frame[seen].word[0];
		latest[1].word[1] = frame[seen].word[1];
		child_exists = true
	};
	unless_bug(fork_unlock_early, rwsem_unlock(map_sem[P]));
	nr_done++
}

proctype second_child(byte hart; bool lives)
{
	byte m = 1, seen, new;
	bool seen_w, copy, exclusive;

	child_exists;
	if
	:: lives ->
		user_load(0);
		if
		:: user_store(1, 3)
		:: true
		fi;
		user_load(0)
	:: !lives
	fi;
	atomic {
		new = pte[1].frame;
		pte[1].frame = NONE;
		tlb[hart].frame = NONE
	};
	page_put(new);
	nr_done++
}

init {
	byte i;

	d_step {
		do
		:: i < NR_HARTS -> tlb[i].frame = NONE; i++
		:: i == NR_HARTS -> break
		od;
		i = 0;
		refs[0] = 2;
		do
		:: i < NR_FRAMES ->
			frame[i].word[0] = (i == 0 -> 0 : NONE);
			frame[i].word[1] = (i == 0 -> 0 : NONE);
			i++
		:: i == NR_FRAMES -> break
		od;
		i = 0;
		pte[1].frame = NONE
	};
	atomic {
		if
		:: true ->	/* threads */
			run first_child();
			run writer(0, false);
			run writer(1, false);
			run reader(2);
			i = 4
		:: process_of_2 = 1;	/* fork */
			run first_child();
			run forker();
			run second_child(2, true);
			run writer(0, true);
			i = 4
		:: process_of_2 = 1;	/* share */
			refs[0] = 1;
			pte[P].w = true;
			run forker();
			run second_child(2, false);
			run writer(0, true);
			run writer(1, false);
			i = 4
#ifdef WIDE
		:: process_of_2 = 1;
			run first_child();
			run forker();
			run second_child(2, true);
			run writer(0, false);
			run writer(1, false);
			i = 5
#endif
		fi
	};
	nr_done == i;
	i = pte[P].frame;
	page_put(i);
	assert(refs[0] == 0 && refs[1] == 0 && refs[2] == 0 && refs[3] == 0 &&
	       refs[4] == 0)
}
