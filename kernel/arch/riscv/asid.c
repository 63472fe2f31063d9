/*
 * arch/riscv/asid.c - address-space identifiers.
 *
 * The TLB marks what it caches with the ASID that satp held, so that a
 * switch between address spaces need not flush.  How many bits of it a hart
 * implements is found out at boot; with none, every address space has ASID 0.
 * ASID 0 is the kernel's own table otherwise.
 *
 * ASIDs in use are bits that are claimed and given back by one atomic
 * operation each.  The search goes round, so that one is reused as late as
 * possible.
 */

#include "arch/barrier.h"
#include "arch/hart.h"
#include "arch/riscv/riscv_internal.h"
#include "arch/tlb.h"
#include "lib/bitmap.h"
#include "lib/bits.h"
#include "lib/errno.h"

#define MAX_ASIDS 65536

static unsigned nr_asids; /* (c) after boot; 1: only ASID 0 */
static unsigned wanted = MAX_ASIDS; /* (c) after boot */
static uint64_t in_use[BITMAP_WORDS(MAX_ASIDS)]; /* (a) */
static uint32_t hint;     /* (a) where to look first; any value is right */

void tlb_use_no_asids(void)
{
	wanted = 1;
}

/* Bits that are not implemented read as zero. */
void asid_probe(void)
{
	uint64_t satp = csr_read(satp);

	csr_write(satp, satp | SATP_ASID_MASK);
	nr_asids = ((csr_read(satp) & SATP_ASID_MASK) >> SATP_ASID_SHIFT) + 1;
	nr_asids = min(nr_asids, wanted);
	csr_write(satp, satp);
	sfence_vma_all();
	count_many(satp_writes, 2);
	count(fence_kernel);
	bitmap_set(in_use, 0);
}

bool asids_exist(void)
{
	return nr_asids > 1;
}

/* Claim one in [from, end); 0 when there is none.  No ORDER: what the last
 * owner left is flushed at each hart's first entry (tlb_context_init()). */
static unsigned asid_claim(unsigned from, unsigned end)
{
	unsigned asid = bitmap_find_next_zero(in_use, end, from);

	while (asid < end) {
		uint64_t old = atomic_fetch_or_full(&in_use[asid / 64],
						    BIT(asid % 64));

		if (!(old & BIT(asid % 64)))
			return asid;
		asid = bitmap_find_next_zero(in_use, end, asid + 1);
	}
	return 0;
}

int asid_alloc(void)
{
	unsigned from = READ_ONCE(hint);

	if (!asids_exist())
		return 0;
	unsigned asid = asid_claim(from, nr_asids);

	if (asid == 0)
		asid = asid_claim(0, from);
	if (asid == 0)
		return -EAGAIN;
	WRITE_ONCE(hint, asid + 1);
	return asid;
}

/* No ORDER: as above. */
void asid_free(unsigned asid)
{
	if (asid != 0)
		atomic_fetch_and_full(&in_use[asid / 64], ~BIT(asid % 64));
}
