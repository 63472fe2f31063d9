/*
 * models/icache.pml - a page of instructions that was just written.
 *
 * Code: kernel/arch/riscv/icache.c:icache_sync_all; kernel/mm/icache.c:
 *	 pages_sync_icache; kernel/mm/fault.c:fault_anon; pte_publish().
 *	 ORDER icache-sync, page-publish.
 *
 * A frame held instructions once, and hart 1 may have them in its instruction
 * cache still.  Hart 0 fills the frame anew and maps it, executable; hart 1
 * executes what the entry leads to.
 *
 * A process fetcher(h) fills the instruction cache of hart h from memory at
 * any time: a cache may fetch ahead.  Only FENCE.I empties it.  It is by
 * frame, so the page table is of no help.
 *
 * Checked: whoever sees the entry executes the new instructions.
 *
 * BUGS: no_fence_i fence_i_local fence_i_no_mb fence_i_late
 *	no_fence_i	nobody executes FENCE.I
 *	fence_i_local	only the hart that has written does
 *	fence_i_no_mb	without the fence before the others are made to
 *	fence_i_late	the entry comes first
 */
#include "bug.pml"

#define NR_HARTS 2
#define SB_DEPTH 3
mtype = { CODE, ENTRY };
#define NR_WORDS 2
#include "store_buffer.pml"

#define OLD 1
#define NEW 2

byte icache[NR_HARTS];	/* what it has of the frame; 0: nothing */

proctype fetcher(byte h)
{
end:
	do
	:: atomic { icache[h] == 0 -> icache[h] = mem[CODE] }
	od
}

inline icache_sync_all()
{
	icache[hart] = 0;	/* fence.i */
	if
	:: bug(fence_i_local)
	:: !bug(fence_i_local) ->
		unless_bug(fence_i_no_mb, smp_mb());
		/* sbi_remote_fence_i() */
		atomic { icache[1 - hart] = 0; printf("hart 1: FENCE.I\n") }
	fi
}

/* Hart 0: fault_anon() */
proctype fault(byte hart)
{
	WRITE_ONCE(CODE, NEW);
	if
	:: bug(no_fence_i) || bug(fence_i_late)
	:: !bug(no_fence_i) && !bug(fence_i_late) -> icache_sync_all()
	fi;
	store_release(ENTRY, 1);	/* pte_publish() */
	if
	:: bug(fence_i_late) -> icache_sync_all()
	:: !bug(fence_i_late)
	fi
}

/* Hart 1 */
proctype program(byte hart)
{
	byte fetched;

	mem[ENTRY] == 1;
	atomic {
		fetched = (icache[hart] != 0 -> icache[hart] : mem[CODE]);
		assert(fetched == NEW)
	}
}

init {
	atomic {
		mem[CODE] = OLD;
		icache[1] = OLD;
		run store_buffer(0);
		run fetcher(0);
		run fetcher(1);
		run fault(0);
		run program(1)
	}
}
