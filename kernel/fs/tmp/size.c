/*
 * fs/tmp/size.c - how much of memory files may take.
 *
 * What is in a file stays when who wrote it is gone, and nothing can be
 * written out to make room.  So files may never have all of memory: else
 * nobody, not root, could run the program that removes them.
 */
#include "fs/tmp/tmpfs_internal.h"

#include "lib/string.h"
#include "mm/page.h"

struct room tmpfs_pages = { .limit = UINT64_MAX };
struct room tmpfs_files = { .limit = UINT64_MAX };

bool tmpfs_take_file(void)
{
	return room_take(&tmpfs_files, 1);
}

void tmpfs_give_file(void)
{
	room_give(&tmpfs_files, 1);
}

/* ---- options ---- */

static unsigned shift_of(char unit)
{
	switch (unit | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	}
	return 0;
}

/* "@name=" and a number, of @percent per cent of @whole if it ends so.  The
 * rest of the options is at *@at.  False: it is something else. */
static bool take_option(const char **at, const char *name, uint64_t hundred,
			uint64_t *value)
{
	size_t n = strlen(name);
	const char *end;

	if (strncmp(*at, name, n) != 0 ||
	    !parse_u64(*at + n, &end, 10, value) || *value >> 33 != 0)
		return false;
	if (*end == '%' && hundred != 0)
		*value = hundred * *value / 100;
	else
		*value <<= shift_of(*end);
	if (*end == '%' || shift_of(*end) != 0)
		end++;
	if (*end == ',')
		end++;
	else if (*end != '\0')
		return false;
	*at = end;
	return true;
}

static uint64_t or_unlimited(uint64_t limit)
{
	return limit == 0 ? UINT64_MAX : limit;
}

static bool apply(const char *options)
{
	uint64_t bytes, files, all = pages_total() * PAGE_SIZE;

	while (*options != '\0') {
		if (take_option(&options, "size=", all, &bytes))
			tmpfs_pages.limit = or_unlimited(bytes / PAGE_SIZE);
		else if (take_option(&options, "nr_inodes=", 0, &files))
			tmpfs_files.limit = or_unlimited(files);
		else
			return false;
	}
	return true;
}

bool tmpfs_limit(const char *options)
{
	uint64_t half = pages_free() / 2;

	tmpfs_pages.limit = READ_ONCE(tmpfs_pages.used) + half;
	tmpfs_files.limit = READ_ONCE(tmpfs_files.used) + half;
	return options == NULL || apply(options);
}
