/*
 * fs/proc/objects.c - /proc/drover/objects: who has the objects of slabs, by
 * where they were taken. Lab build.
 *
 *	COUNT CACHE PLACE
 *
 * What lies on a hart's stack of free objects is free; what waits for a grace
 * period is not.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#if LAB

#define TABLE_ORDER 3U
#define TABLE_BYTES (PAGE_SIZE << TABLE_ORDER)
#define TABLE_ROOM 1024U

_Static_assert(TABLE_ROOM * sizeof(struct slab_site) <= TABLE_BYTES, "the table fits");

static void write_sites(struct text *t, const struct slab_site *table)
{
	for (unsigned i = 0; i < TABLE_ROOM; i++) {
		if (table[i].place == 0)
			continue;
		text_printf(t, "%lu %s", table[i].count, table[i].cache);
		text_put_place(t, table[i].place);
		text_put(t, "\n", 1);
	}
}

int procfs_show_objects(struct text *t, const struct procfs_entry *e UNUSED)
{
	struct page *block = pages_alloc(TABLE_ORDER, PAGE_KERNEL);
	int err;

	if (block == NULL)
		return -ENOMEM;

	struct slab_site *table = memset(page_address(block), 0, TABLE_BYTES);

	err = slab_sites(table, TABLE_ROOM);
	if (err == 0)
		write_sites(t, table);
	page_put(block);
	return err;
}

#endif
