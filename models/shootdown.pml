/*
 * models/shootdown.pml - the shootdown protocol.
 *
 * Code: kernel/arch/riscv/tlb.c:tlb_enter, stop_running, catch_up,
 *	 tlb_serve_shootdown, shootdown, shoot_others, flush_self, wait_for;
 *	 kernel/mm/gather.c:gather_flush; kernel/mm/remap.c:move_leaf.
 *	 ORDER tlb-active, tlb-gen, tlb-ack.
 *
 * An address space of two pages.  One of three things happens:
 *
 *	unmap	 hart 0 unmaps page 0, then page 1, and frees the frames.  Hart
 *		 2 comes from a thread of the kernel, with satp and what it
 *		 walked last time still there, enters the address space,
 *		 touches a page, and pauses.
 *	both	 harts 0 and 1 unmap a page each, and touch the other
 *	move	 hart 0 moves page 0 to the place of page 1, where a truncation
 *		 on hart 1 takes it away; hart 1 touches page 0
 *	-DWIDE	 `both`, and hart 2 enters as in `unmap`
 *
 * The walker puts what the page table says into the TLB of hart 2 whenever
 * satp has the address space: hardware may walk at any time.  (Harts 0 and 1
 * walk when they touch.)  It reads memory, not the store buffers.  A touch by
 * hart 2 is a store, which may stay in its store buffer.
 *
 * Checked: no touch goes to a free frame, and none is on its way to a frame
 * when that is freed; nobody waits for ever.
 *
 * Left out: the loaded mask and the end of an address space (models/asid.pml);
 * tlb=rfence; the mailbox of the interrupt, which is a flag here.  The bits
 * of `running` are a word each; setting one is a store.
 *
 * BUGS: cpumask_late cpumask_no_fence tlb_gen mask_before_gen free_before_flush ack_no_fence one_page_flush mremap_flush_late
 *	cpumask_late	  the bit in `running` is set after catch_up()
 *	cpumask_no_fence  it is set before, but without the fence
 *	tlb_gen		  gen is raised by a relaxed operation
 *	mask_before_gen	  the mask is read before gen is raised
 *	free_before_flush the frame is freed, then shot down
 *	ack_no_fence	  the bit is cleared without the fence
 *	one_page_flush	  flush_self() forgets one page though it owes more
 *	mremap_flush_late the lock is dropped between moving and shooting down
 * TSO: tlb_gen ack_no_fence
 * WIDE: 1
 */
#include "bug.pml"

#define NR_HARTS 3
#define SB_DEPTH 3
mtype = {
	PTE_0, PTE_1, GEN, SEEN_0, SEEN_1, SEEN_2,
	RUNNING_0, RUNNING_1, RUNNING_2, FRAME_1, FRAME_2
};
#define NR_WORDS 11
#include "store_buffer.pml"

#define PTE(page) ((page) == 0 -> PTE_0 : PTE_1)
#define SEEN(h) ((h) == 0 -> SEEN_0 : ((h) == 1 -> SEEN_1 : SEEN_2))
#define RUNNING(h) ((h) == 0 -> RUNNING_0 : ((h) == 1 -> RUNNING_1 : RUNNING_2))
#define FRAME(f) ((f) == 1 -> FRAME_1 : FRAME_2)

typedef pages {
	byte frame[2]; /* by page; 0: nothing */
};

pages tlb[NR_HARTS];
bool satp[NR_HARTS];	/* it holds the address space */
bool ipi[NR_HARTS];
bool is_free[3];	/* by frame */
bool users_lock;

/* Hart 2 */
proctype walker(byte h)
{
end:
	do
	:: atomic {
		satp[h] && tlb[h].frame[0] == 0 && mem[PTE_0] != 0 ->
		tlb[h].frame[0] = mem[PTE_0];
		printf("hart %d: walks page 0: frame %d\n", h, mem[PTE_0])
	   }
	:: atomic {
		satp[h] && tlb[h].frame[1] == 0 && mem[PTE_1] != 0 ->
		tlb[h].frame[1] = mem[PTE_1];
		printf("hart %d: walks page 1: frame %d\n", h, mem[PTE_1])
	   }
	od
}

/* An access of the program; without an entry a fault, which ends it. */
inline touch(page)
{
	atomic {
		if
		:: tlb[hart].frame[page] == 0 -> tlb[hart].frame[page] = mem[PTE(page)]
		:: else
		fi;
		printf("hart %d: touches page %d, frame %d\n", hart, page,
		       tlb[hart].frame[page]);
		assert(!is_free[tlb[hart].frame[page]])
	}
}

/* The same as a store, which may wait. */
inline touch_by_store(page)
{
	atomic {
		sb_room(1) -> touch(page);
		if
		:: tlb[hart].frame[page] != 0 ->
			d_step { sb_push(FRAME(tlb[hart].frame[page]), 1) }
		:: else
		fi
	}
}

#define is_on_its_way(w) \
	((sb[2].nr > 0 && sb[2].word[0] == w) || \
	 (sb[2].nr > 1 && sb[2].word[1] == w) || \
	 (sb[2].nr > 2 && sb[2].word[2] == w))

inline free_frame(f)
{
	atomic {
		is_free[f] = true;
		assert(!is_on_its_way(FRAME(f)))
	}
}

/* Our own earlier changes of the table come before our later walks. */
#define sfence_ready() (!sb_waits(PTE_0) && !sb_waits(PTE_1))
#define sfence_vma_asid() \
	d_step { \
		sfence_ready() -> \
		tlb[hart].frame[0] = 0; \
		tlb[hart].frame[1] = 0 \
	}
#define sfence_vma_page(page) \
	d_step { sfence_ready() -> tlb[hart].frame[page] = 0 }

inline catch_up()
{
	load_acquire(GEN, gen);
	READ_ONCE(SEEN(hart), seen);
	if
	:: seen == gen
	:: seen != gen ->
		sfence_vma_asid();
		store_release(SEEN(hart), gen)
	fi
}

/* The handler of the interrupt, while this hart is in the address space. */
inline tlb_serve_shootdown()
{
	ipi[hart] = false;
	catch_up()
}

inline tlb_enter()
{
	if
	:: bug(cpumask_late)
	:: !bug(cpumask_late) ->
		WRITE_ONCE(RUNNING(hart), 1);
		unless_bug(cpumask_no_fence, smp_mb())
	fi;
	satp[hart] = true;
	catch_up();
	if
	:: bug(cpumask_late) -> WRITE_ONCE(RUNNING(hart), 1); smp_mb()
	:: !bug(cpumask_late)
	fi
}

inline stop_running()
{
	unless_bug(ack_no_fence, smp_mb());
	WRITE_ONCE(RUNNING(hart), 0)
}

inline flush_self(page)
{
	READ_ONCE(SEEN(hart), seen);
	if
	:: seen == raised - 1 || (bug(one_page_flush) && seen < raised) ->
		sfence_vma_page(page);
		store_release(SEEN(hart), raised)
	:: else -> catch_up()
	fi
}

/* One other hart, @h: ask it, and later wait for it. */
inline ask(h)
{
	if
	:: !bug(mask_before_gen) -> load_acquire(RUNNING(h), runs[h])
	:: bug(mask_before_gen)
	fi;
	if
	:: runs[h] ->
		load_acquire(SEEN(h), seen);
		runs[h] = (seen < raised);
		ipi[h] = ipi[h] || runs[h]
	:: !runs[h]
	fi
}

inline wait_for(h)
{
	do
	:: runs[h] && (mem[SEEN(h)] >= raised || mem[RUNNING(h)] == 0) ->
		runs[h] = false
	:: ipi[hart] -> tlb_serve_shootdown()
	:: !runs[h] -> break
	od
}

inline shootdown(page)
{
	if
	:: bug(mask_before_gen) ->
		READ_ONCE(RUNNING(1 - hart), runs[1 - hart]);
		READ_ONCE(RUNNING_2, runs[2])
	:: !bug(mask_before_gen)
	fi;
	if
	:: bug(tlb_gen) -> atomic_fetch_add_relaxed(GEN, 1, raised)
	:: !bug(tlb_gen) -> atomic_fetch_add_full(GEN, 1, raised)
	fi;
	raised++;
	ask(1 - hart);
	ask(2);
	flush_self(page);
	wait_for(1 - hart);
	wait_for(2)
}

/* zap_leaf(), gather_flush() */
inline zap(page)
{
	READ_ONCE(PTE(page), frame);
	if
	:: frame != 0 ->
		WRITE_ONCE(PTE(page), 0);
		unless_bug(free_before_flush, shootdown(page));
		free_frame(frame);
		if
		:: bug(free_before_flush) -> shootdown(page)
		:: !bug(free_before_flush)
		fi
	:: frame == 0
	fi
}

/* Threads of the address space that are done still take interrupts. */
#define run_on() \
end:	do \
	:: ipi[hart] -> tlb_serve_shootdown() \
	od

proctype munmap(byte hart; bool both)
{
	byte gen, seen, raised, frame;
	byte runs[NR_HARTS];

	zap(hart);
	if
	:: both -> touch(1 - hart)
	:: !both -> zap(1 - hart)
	fi;
	run_on()
}

proctype mremap(byte hart)
{
	byte gen, seen, raised, frame;
	byte runs[NR_HARTS];

	atomic { !users_lock -> users_lock = true };
	READ_ONCE(PTE_0, frame);
	if
	:: frame != 0 ->
		WRITE_ONCE(PTE_0, 0);
		WRITE_ONCE(PTE_1, frame);
		if
		:: bug(mremap_flush_late) ->
			atomic { smp_mb() -> users_lock = false };
			shootdown(0)
		:: !bug(mremap_flush_late) -> shootdown(0)
		fi
	:: frame == 0
	fi;
	atomic { smp_mb() -> users_lock = false };
	run_on()
}

proctype truncate(byte hart)
{
	byte gen, seen, raised, frame;
	byte runs[NR_HARTS];

	do
	:: atomic { !users_lock -> users_lock = true }; break
	:: ipi[hart] -> tlb_serve_shootdown()
	od;
	zap(1);
	atomic { smp_mb() -> users_lock = false };
	touch(0);
	run_on()
}

/* Hart 2 */
proctype user(byte hart)
{
	byte gen, seen;

	tlb_enter();	/* interrupts are off */
	if
	:: ipi[hart] -> tlb_serve_shootdown()
	:: true
	fi;
	if
	:: true -> touch_by_store(0)
	:: true -> touch_by_store(1)
	fi;
	stop_running()
}

init {
	atomic {
		mem[GEN] = 1;
		mem[SEEN_0] = 1;
		mem[SEEN_1] = 1;
		mem[RUNNING_0] = 1;
		mem[PTE_0] = 1;
		tlb[0].frame[0] = 1;
		run store_buffer(0);
		if
		:: true ->	/* unmap */
			mem[PTE_1] = 2;
			mem[SEEN_2] = 1;
			if
			:: satp[2] = true; tlb[2].frame[0] = 1
			:: satp[2] = false
			fi;
			run munmap(0, false);
			run store_buffer(2);
			run walker(2);
			run user(2)
		:: true ->	/* both */
			mem[PTE_1] = 2;
			mem[RUNNING_1] = 1;
			tlb[0].frame[1] = 2;
			tlb[1].frame[0] = 1;
			tlb[1].frame[1] = 2;
			run store_buffer(1);
			run munmap(0, true);
			run munmap(1, true)
#ifdef WIDE
		:: true ->	/* both, while hart 2 enters */
			mem[PTE_1] = 2;
			mem[RUNNING_1] = 1;
			tlb[0].frame[1] = 2;
			tlb[1].frame[0] = 1;
			tlb[1].frame[1] = 2;
			run store_buffer(1);
			run store_buffer(2);
			run munmap(0, true);
			run munmap(1, true);
			run walker(2);
			run user(2)
#endif
		:: true ->	/* move */
			mem[RUNNING_1] = 1;
			tlb[1].frame[0] = 1;
			run store_buffer(1);
			run mremap(0);
			run truncate(1)
		fi
	}
}
