#pragma once

/*
 * arch/riscv/riscv_internal.h - what the files of arch/riscv/ say to each
 * other, and what their assembly calls.
 */

#include "arch/context.h"
#include "arch/hart.h"
#include "arch/riscv/csr.h"
#include "lib/fdt.h"

/* hart->boot_ticket: nobody may start with this struct hart. */
#define BOOT_TICKET_NONE UINT64_MAX

/* entry.S */
void _start(void);
void hart_arrived(void) __noreturn;

/* smp.c: ask the firmware for @hart, which is described and has a stack, and
 * wait until it is online.  False: it has not come, and never will. */
bool hart_start_one(struct hart *hart);

/* switch.S, fpu.S, trap.S */
void thread_trampoline(void);
void fpu_registers_save(struct fpu_state *to);
void fpu_registers_load(const struct fpu_state *from);
void trap_entry(void);
void trap_from_user(struct trapframe *frame);
void trap_from_kernel(struct trapframe *frame);
void trap_finish_work(struct trapframe *frame);

/* The first FPU instruction since the running thread got this hart. */
void fpu_first_use(struct trapframe *frame);

/* The number of the hart behind device-tree node @node, a "cpu". */
bool cpu_node_hartid(const struct fdt *fdt, int node, uint64_t *hartid);
/* ... and the phandle of its interrupt controller.  Whoever looks for a hart's
 * part in a device compares this: to look each phandle up would be a walk
 * through the whole tree for every pair of harts. */
#define INTC_NONE 0
uint32_t cpu_node_intc(const struct fdt *fdt, int node);

/* isa.c: has the hart of device-tree node @node the extension @extension (one
 * letter, or a name)?  Which of those that everything needs has it not: their
 * letters, and true if there are any. */
#define CPU_LETTERS 8
bool cpu_has(const struct fdt *fdt, int node, const char *extension);
bool cpu_lacks(const struct fdt *fdt, int node, char letters[CPU_LETTERS]);
/* Hart of @node will run programs: arch/isa.h. */
void isa_note(const struct fdt *fdt, int node);

/*
 * hotplug.c: between the two no hart of those that harts_keep() returns, @harts
 * without those that have left, leaves: so the firmware may be asked to wait for
 * them.  No sleep between.  Not the running hart.
 */
struct hartmask harts_keep(struct hartmask mask);
void harts_let_go(struct hartmask mask);

/* idle.c: how hart @id, of device-tree node @node, may wait. */
void idle_describe(unsigned id, const struct fdt *fdt, int node);

/* Find out how hart @id (hartid set) is interrupted. */
void ipi_describe(unsigned id, const struct fdt *fdt);
/* The software interrupt: serve the mailbox. */
void ipi_receive(struct trapframe *frame);
/* Empty the mailbox of a hart that leaves or comes, and serve what others wait
 * for; what asks a thread to do something asks nobody.  Interrupts off. */
void ipi_serve_all(void);

/* memory.c: boot: @bytes of RAM at @pa get the address @va too, all by one
 * table; the frame that is at @va. */
void kernel_map_pages(vaddr_t va, paddr_t pa, size_t bytes);
paddr_t kernel_map_frame(vaddr_t va);
/* kstack.c: boot: give what may be stacks its second address, RAM ending at
 * @ram_end, and the boot hart's stacks theirs. */
void kstack_map(paddr_t ram_end);
extern char boot_stacks[2 * KSTACK_SIZE];

/* What satp holds when no address space is entered. */
extern uint64_t kernel_satp;

/* asid.c: boot: how many there are; one for a new address space (0 when
 * there are none), or -EAGAIN; no hart's satp holds it any more. */
void asid_probe(void);
bool asids_exist(void);
int asid_alloc(void);
void asid_free(unsigned asid);

/* The end of a kernel stack says whose it is: an overflow is found at a
 * switch, and a stack that has been freed or given to another thread. */
#define KSTACK_CANARY 0x5ca1ab1e0ddba11UL

static inline uint64_t *kstack_canary(uint64_t kstack_top)
{
	return (uint64_t *)(kstack_top - KSTACK_SIZE);
}
