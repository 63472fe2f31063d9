/*
 * fs/proc/objects.c - /proc/drover/objects: who has the objects of slabs, by
 * where they were taken, and what root is charged with. Lab build.
 *
 *	COUNT CACHE PLACE
 *	COUNT charge KIND
 *
 * What lies on a hart's stack of free objects is free; what waits for a grace
 * period is not. Of other users nothing is said: one who is still charged when
 * nobody acts for him is an object that is left.
 */
#include "fs/proc/procfs_internal.h"

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "vfs/user.h"

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

/* But USER_TEXT_PAGES, which this text is charged to. */
static const char *const kind_names[NR_USER_KINDS] = {
	[USER_THREADS] = "threads",
	[USER_SIGNALS] = "signals",
	[USER_PIPE_PAGES] = "pipe-pages",
	[USER_FILE_LOCKS] = "file-locks",
	[USER_EPOLL_WATCHES] = "epoll-watches",
	[USER_SYSV_BYTES] = "sysv-bytes",
	[USER_MQ_BYTES] = "mq-bytes",
	[USER_SHM_PAGES] = "shm-pages",
	[USER_SOCKET_BYTES] = "socket-bytes",
	[USER_INOTIFY_INSTANCES] = "inotify-instances",
	[USER_INOTIFY_WATCHES] = "inotify-watches",
	[USER_NOTIFY_BYTES] = "notify-bytes",
	[USER_FANOTIFY_GROUPS] = "fanotify-groups",
	[USER_FANOTIFY_MARKS] = "fanotify-marks",
	[USER_KEYS] = "keys",
	[USER_KEY_BYTES] = "key-bytes",
	[USER_PASSED_FILES] = "passed-files",
};

static void write_charges(struct text *t)
{
	for (unsigned kind = 0; kind < NR_USER_KINDS; kind++)
		if (kind_names[kind] != NULL)
			text_printf(t, "%lu charge %s\n",
				    READ_ONCE(root_user.charged[kind]), kind_names[kind]);
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
	write_charges(t);
	page_put(block);
	return err;
}

#endif
