/*
 * syscall/aio_texts.c - /proc/sys/fs/aio-max-nr, aio-nr.
 */
#include "fs/proc/aio.h"

#include "ipc/aio.h"
#include "lib/errno.h"
#include "lib/string.h"

int procfs_show_aio_max(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", READ_ONCE(aio_max_nr));
	return 0;
}

int procfs_store_aio_max(const char *word, const struct procfs_entry *e UNUSED)
{
	const char *end;
	uint64_t n;

	if (!parse_u64(word, &end, 10, &n) || *end != '\0' || n > INT32_MAX)
		return -EINVAL;
	WRITE_ONCE(aio_max_nr, (uint32_t)n);
	return 0;
}

int procfs_show_aio_nr(struct text *t, const struct procfs_entry *e UNUSED)
{
	text_printf(t, "%u\n", aio_nr());
	return 0;
}
