/*
 * models/asid.pml - an address space ends, and another gets its ASID.
 *
 * Code: kernel/arch/riscv/tlb.c:tlb_context_init, tlb_enter, load_satp,
 *	 let_go, tlb_serve_shootdown, tlb_context_destroy;
 *	 kernel/arch/riscv/asid.c:asid_alloc, asid_free.
 *
 * There is one ASID besides the kernel's.  Address space A, which has it,
 * ends on hart 0; hart 1 runs a thread of the kernel, with A in satp still
 * and A's entry in its TLB.  Then B is made, gets the ASID, and runs on both
 * harts; each may pause and enter again.  A TLB entry has no owner but the
 * ASID, so what A left would serve B.
 *
 * A process walker(h) fills the TLB of hart h through satp at any time;
 * the entry that was there makes room for it.
 *
 * Checked: whoever runs in B touches B's frame; nobody walks a page table
 * that is free (I6); the ASID has one owner.
 *
 * Left out: store buffers (ORDER tlb-ack: models/shootdown.pml); changes of
 * the tables.
 *
 * BUGS: asid_rollover asid_flush_self destroy_no_wait let_go_early asid_freed_first
 *	asid_rollover	 nobody forgets what the last owner of the ASID left
 *	asid_flush_self	 only the hart that makes B does
 *	destroy_no_wait	 A is freed while `loaded` is not empty
 *	let_go_early	 the bits are cleared, then satp is written
 *	asid_freed_first the ASID is given back before the harts have let go;
 *			 its next owner finds two
 */
#include "bug.pml"

#define NR_HARTS 2
#define KERNEL 0
#define A 1
#define B 2

byte satp[NR_HARTS];	/* KERNEL, A or B */
byte tlb[NR_HARTS];	/* what the ASID's page is: A's or B's frame; 0 */
bool running_a[NR_HARTS], loaded_a[NR_HARTS];
byte seen_b[NR_HARTS], gen_b;
bool ipi[NR_HARTS];
bool root_is_free;	/* A's page table */
bool asid_in_use = true;
bool b_exists;

proctype walker(byte h)
{
end:
	do
	:: atomic {
		satp[h] != KERNEL && (tlb[h] != satp[h] || root_is_free) ->
		assert(satp[h] != A || !root_is_free);
		tlb[h] = satp[h];
		printf("hart %d: walks the table of %d\n", h, satp[h])
	   }
	od
}

inline let_go()
{
	running_a[hart] = false;
	loaded_a[hart] = false
}

/* From A. */
inline load_satp(root)
{
	if
	:: bug(let_go_early) -> let_go(); satp[hart] = root
	:: !bug(let_go_early) -> satp[hart] = root; let_go()
	fi
}

/* The interrupt, in a thread of the kernel. */
inline tlb_serve_shootdown()
{
	ipi[hart] = false;
	if
	:: satp[hart] == A && !running_a[hart] -> load_satp(KERNEL)
	:: satp[hart] != A || running_a[hart]
	fi
}

inline tlb_enter_b()
{
	if
	:: satp[hart] == A -> load_satp(B)
	:: satp[hart] != A -> satp[hart] = B
	fi;
	/* catch_up() */
	if
	:: seen_b[hart] != gen_b ->
		atomic { tlb[hart] = 0; printf("hart %d: forgets all\n", hart) };
		seen_b[hart] = gen_b
	:: seen_b[hart] == gen_b
	fi
}

/* An access in B: by what is cached, or else by a walk. */
inline touch()
{
	atomic {
		if
		:: tlb[hart] == 0 -> tlb[hart] = satp[hart]
		:: else
		fi;
		printf("hart %d: touches the frame of %d\n", hart, tlb[hart]);
		assert(tlb[hart] == B)
	}
}

inline run_in_b()
{
	tlb_enter_b();
	touch();
	/* A pause: satp stays.  Then the same again. */
	tlb_enter_b();
	touch()
}

inline tlb_context_destroy_a()
{
	if
	:: bug(asid_freed_first) -> asid_in_use = false; asid_made_free = true
	:: !bug(asid_freed_first)
	fi;
	load_satp(KERNEL);
	if
	:: loaded_a[1] -> ipi[1] = true
	:: !loaded_a[1]
	fi;
	unless_bug(destroy_no_wait, !loaded_a[1]);
	if
	:: !asid_made_free -> asid_in_use = false
	:: asid_made_free
	fi;
	root_is_free = true
}

/* asid_alloc() and tlb_context_init() */
inline tlb_context_init_b()
{
	atomic { !asid_in_use -> asid_in_use = true };
	/* Two address spaces with one ASID. */
	assert(!loaded_a[0] && !loaded_a[1]);
	if
	:: bug(asid_rollover) -> seen_b[0] = 1; seen_b[1] = 1
	:: bug(asid_flush_self) -> seen_b[1 - hart] = 1
	:: !bug(asid_rollover) && !bug(asid_flush_self)
	fi;
	gen_b = 1;
	b_exists = true
}

/* A's last thread ends here. */
proctype hart_0(byte hart)
{
	bool asid_made_free;

	tlb_context_destroy_a();
	if
	:: b_exists
	:: tlb_context_init_b()
	fi;
	run_in_b()
}

/* Runs a thread of the kernel; another process may be made here. */
proctype hart_1(byte hart)
{
	do
	:: ipi[hart] -> tlb_serve_shootdown()
	:: b_exists -> break
	:: tlb_context_init_b(); break
	od;
	run_in_b()
}

init {
	atomic {
		satp[0] = A;
		satp[1] = A;
		tlb[1] = A;
		running_a[0] = true;
		loaded_a[0] = true;
		loaded_a[1] = true;
		run walker(0);
		run walker(1);
		run hart_0(0);
		run hart_1(1)
	}
}
