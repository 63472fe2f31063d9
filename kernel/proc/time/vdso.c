/*
 * proc/time/vdso.c - see vdso.h.
 */
#include "proc/time/vdso.h"

#include "arch/hart.h"
#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/string.h"
#include "mm/map.h"
#include "mm/pagecache.h"
#include "proc/time/adjust.h"
#include "proc/time/clock.h"
#include "proc/time/vdso/data.h"

/* A page cache that every process maps: the image, then the page of data. */
static struct pagecache vdso_pagecache;

static void keep(struct pagecache *m)
{
	(void)m; /* it lives for ever */
}

static const struct pagecache_ops vdso_ops = { .get = keep, .put = keep };

static uint64_t data_offset(void)
{
	return align_up(vdso_image_size, PAGE_SIZE);
}

static void write_at(uint64_t offset, const void *from, size_t n)
{
	if (pagecache_write_kernel(&vdso_pagecache, offset, from, n) != (ssize_t)n)
		panic("no memory for the vDSO");
}

void vdso_init(const uint64_t *hwprobe)
{
	struct vdso_data data = { .ns_per_tick = ns_per_tick };
	struct vdso_data *shared;
	struct page *page;

	memcpy(data.hwprobe, hwprobe, sizeof(data.hwprobe));
	pagecache_init(&vdso_pagecache, &vdso_ops, NULL);
	write_at(0, vdso_image, vdso_image_size);
	write_at(data_offset(), &data, sizeof(data));
	page = pagecache_page_find(&vdso_pagecache, data_offset() >> PAGE_SHIFT);
	shared = page_address(page);
	clock_publish(&shared->day);
	adjust_init();
}

/* One VMA for both: nobody writes them, and data that can be executed is
 * cheaper than a second one in every process. */
long vdso_map(struct mm *mm)
{
	long at = mm_map(mm, &(struct map_request){
		.length = data_offset() + PAGE_SIZE,
		.flags = VMA_READ | VMA_EXEC,
		.pagecache = &vdso_pagecache,
	});

	if (at > 0)
		mm->vdso = (vaddr_t)at;
	return at;
}
