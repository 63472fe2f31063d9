/*
 * mm/word.c - the name of a word of user memory.
 *
 * It is the same for everybody who shares the memory, whoever waits there
 * (ipc/futex/futex.c) finds whoever wakes.  Not the frame: nobody who waits holds
 * that, and it may come back as somebody else's memory.  So the name is that
 * of the object the memory belongs to and the place in it, and an object's
 * number is given only once (mm_new_serial()): a name whose object is gone
 * names nothing ever after.
 *
 *	mapping		rights		the object
 *	shared		any		the page cache (file, shared memory)
 *	private		writable	the address space: a write makes a copy
 *	private, file	read-only	the file, as long as its page is mapped
 *	private, else	read-only	-EFAULT: the word will never change
 *
 * Source: Linux kernel/futex/core.c, get_futex_key().
 */
#include "lib/errno.h"
#include "mm/mm_internal.h"
#include "mm/uaccess.h"

/* Has the private mapping a page of its own there? */
static bool is_copied(struct mm *mm, vaddr_t addr)
{
	const pte_t *ptep = pagetable_find(mm->root, addr);
	pte_t pte = ptep == NULL ? PTE_NONE : pte_load(ptep);

	return pte_is_valid(pte) && pte_page(pte)->kind == PAGE_ANON;
}

static int name_in_vma(struct mm *mm, const struct vma *vma, vaddr_t addr,
		       struct word_name *name)
{
	bool own = !vma_is_shared(vma) && (vma->flags & VMA_WRITE);

	if (!own && (vma->pagecache == NULL ||
		     (!vma_is_shared(vma) && is_copied(mm, addr))))
		return -EFAULT;
	/* Bit 0 keeps it apart from the same word called private. */
	if (own)
		*name = (struct word_name){ mm->serial, addr | 1 };
	else
		*name = (struct word_name){
			vma->pagecache->serial,
			vma->offset + (addr - vma->start),
		};
	return 0;
}

int user_word_name(vaddr_t addr, struct word_name *name)
{
	struct mm *mm = current_mm();
	int err = fault_in_user(addr, false);

	if (err != 0)
		return err;
	map_share_over(mm, addr, addr + 1);
	struct vma *vma = vma_find(mm_vmas_at(mm, addr), addr);

	if (vma != NULL && vma->start <= addr)
		err = name_in_vma(mm, vma, addr, name);
	else
		err = -EFAULT;
	map_unshare_at(mm, addr);
	return err;
}

struct word_name user_word_name_private(vaddr_t addr)
{
	return (struct word_name){ current_mm()->serial, addr };
}
