/*
 * fs/tmp/size.c - how much of memory files may take.
 *
 * What is in a file stays when who wrote it is gone, and nothing can be
 * written out to make room.  So files may never have all of memory: else
 * nobody, not root, could run the program that removes them.  There is one
 * limit for all of them together, and within it one for each, as on Linux half
 * of memory; but where root has said how much, that holds, and nothing else.
 */
#include "fs/tmp/tmpfs_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"

struct room tmpfs_pages = { .limit = UINT64_MAX };
struct room tmpfs_files = { .limit = UINT64_MAX };

bool tmpfs_take_file(struct filesystem *fs)
{
	return room_take(&tmpfs_of(fs)->files, 1);
}

void tmpfs_give_file(struct filesystem *fs)
{
	room_give(&tmpfs_of(fs)->files, 1);
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

/* The same of base 8. */
static bool take_mode(const char **at, uint64_t *mode)
{
	const char *end;

	if (strncmp(*at, "mode=", 5) != 0 ||
	    !parse_u64(*at + 5, &end, 8, mode) || *mode > 07777 ||
	    (*end != ',' && *end != '\0'))
		return false;
	*at = *end == ',' ? end + 1 : end;
	return true;
}

static uint64_t or_unlimited(uint64_t limit)
{
	return limit == 0 ? UINT64_MAX : limit;
}

#define UNSAID (UINT64_MAX - 1)

/* What was said; UNSAID where nothing was. */
struct said {
	uint64_t pages, files, mode, uid, gid;
};

#define NOTHING_SAID ((struct said){ UNSAID, UNSAID, UNSAID, UNSAID, UNSAID })

static bool understand(const char *options, struct said *said)
{
	const uint64_t all = pages_total() * PAGE_SIZE;
	uint64_t n;

	while (*options != '\0') {
		if (take_option(&options, "size=", all, &n))
			said->pages = or_unlimited((n + PAGE_SIZE - 1) / PAGE_SIZE);
		else if (take_option(&options, "nr_blocks=", 0, &n))
			said->pages = or_unlimited(n);
		else if (take_option(&options, "nr_inodes=", 0, &n))
			said->files = or_unlimited(n);
		else if (!take_mode(&options, &said->mode) &&
			 !take_option(&options, "uid=", 0, &said->uid) &&
			 !take_option(&options, "gid=", 0, &said->gid))
			return false;
	}
	return true;
}

/* A room that is in use gets no smaller than that. */
static bool fits(const struct room *room, uint64_t limit)
{
	return limit == UNSAID || READ_ONCE(room->used) <= limit;
}

/* What root has said how large it may be is in no other. */
static void set_room(struct room *room, struct room *all, uint64_t limit)
{
	*room = (struct room){ .limit = limit };
	if (limit == UNSAID) {
		room->limit = pages_total() / 2;
		room->within = all;
	}
}

static unsigned or_else(uint64_t said, unsigned value)
{
	return said == UNSAID ? value : (unsigned)said;
}

int tmpfs_set_up(struct tmpfs *tmpfs, const char *options,
		 struct inode_spec *root)
{
	struct said said = NOTHING_SAID;

	if (options != NULL && !understand(options, &said))
		return -EINVAL;
	set_room(&tmpfs->pages, &tmpfs_pages, said.pages);
	set_room(&tmpfs->files, &tmpfs_files, said.files);
	root->mode = S_IFDIR | or_else(said.mode, TMPFS_ROOT_MODE);
	root->uid = or_else(said.uid, 0);
	root->gid = or_else(said.gid, 0);
	return 0;
}

static void set_limit(struct room *room, uint64_t limit)
{
	if (limit != UNSAID)
		WRITE_ONCE(room->limit, limit);
}

/* Whose the root is was said once. */
int tmpfs_configure(struct filesystem *fs, const char *options)
{
	struct tmpfs *tmpfs = tmpfs_of(fs);
	struct said said = NOTHING_SAID;

	if (options == NULL)
		return 0;
	if (!understand(options, &said) || !fits(&tmpfs->pages, said.pages) ||
	    !fits(&tmpfs->files, said.files))
		return -EINVAL;
	set_limit(&tmpfs->pages, said.pages);
	set_limit(&tmpfs->files, said.files);
	return 0;
}

bool tmpfs_limit(struct filesystem *root, const char *options)
{
	uint64_t half = pages_free() / 2;

	tmpfs_pages.limit = READ_ONCE(tmpfs_pages.used) + half;
	tmpfs_files.limit = READ_ONCE(tmpfs_files.used) + half;
	tmpfs_of(root)->pages.limit = tmpfs_pages.limit;
	tmpfs_of(root)->files.limit = tmpfs_files.limit;
	if (tmpfs_configure(root, options) != 0)
		return false;
	if (options != NULL) { /* who says how much for it, says it for all */
		tmpfs_pages.limit = tmpfs_of(root)->pages.limit;
		tmpfs_files.limit = tmpfs_of(root)->files.limit;
	}
	return true;
}
