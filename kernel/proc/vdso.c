#include "proc/vdso.h"

#include "arch/pte.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/mapping.h"
#include "mm/mm.h"

const uint64_t vdso_sigreturn_offset = 0;

/* One page cache of one page, which every process maps. */
static struct mapping vdso_mapping;

static void keep(struct mapping *m)
{
	(void)m; /* it lives for ever */
}

static const struct mapping_ops vdso_ops = { .get = keep, .put = keep };

void vdso_init(void)
{
	mapping_init(&vdso_mapping, &vdso_ops);
	if (mapping_write_kernel(&vdso_mapping, 0, vdso_page, PAGE_SIZE) !=
	    (ssize_t)PAGE_SIZE)
		panic("no memory for the vDSO");
}

long vdso_map(struct mm *mm)
{
	long at = mm_map(mm, &(struct map_request){
		.length = PAGE_SIZE,
		.flags = VMA_READ | VMA_EXEC,
		.mapping = &vdso_mapping,
	});

	if (at > 0)
		mm->vdso = (vaddr_t)at;
	return at;
}
