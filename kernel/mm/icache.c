/*
 * mm/icache.c - see icache.h.
 */

#include "mm/icache.h"

#include "arch/icache.h"

void pages_sync_icache(struct page *const pages[], unsigned n)
{
	bool all = true;

	for (unsigned i = 0; i < n; i++)
		all &= pages[i] == NULL || READ_ONCE(pages[i]->icache_synced);
	if (all)
		return;
	icache_sync_all();
	for (unsigned i = 0; i < n; i++)
		if (pages[i] != NULL)
			WRITE_ONCE(pages[i]->icache_synced, true);
}
