/*
 * lib/cpio.c - the newc archive reader.
 *
 * An entry is a header of ASCII text, its name with a NUL, and its data, the
 * latter two padded to 4 bytes:
 *
 *	magic[6]  13 fields of 8 hexadecimal digits  name\0..  data..
 *
 * Every length is compared with what is left of the archive before it is
 * used, and lengths are below 2^32, so sums in 64 bits do not wrap.
 */

#include "lib/cpio.h"

#include "lib/bits.h"
#include "lib/string.h"

enum {
	MAGIC_LEN  = 6,
	FIELD_LEN  = 8,
	NR_FIELDS  = 13,
	HEADER_LEN = MAGIC_LEN + NR_FIELDS * FIELD_LEN,
	ALIGNMENT  = 4,
};

/* The fields, in the order they stand in. */
enum {
	F_INO, F_MODE, F_UID, F_GID, F_NLINK, F_MTIME, F_SIZE, F_DEV_MAJOR,
	F_DEV_MINOR, F_RDEV_MAJOR, F_RDEV_MINOR, F_NAME_SIZE, F_CHECKSUM,
};

/* Modes, as st_mode has them. */
enum {
	CPIO_RIGHTS = 07777,
	CPIO_TYPE   = 0170000,
	CPIO_SOCKET = 0140000,
	CPIO_LINK   = 0120000,
	CPIO_FILE   = 0100000,
	CPIO_BLOCK  = 0060000,
	CPIO_DIR    = 0040000,
	CPIO_CHAR   = 0020000,
	CPIO_FIFO   = 0010000,
};

static const char trailer[] = "TRAILER!!!";

void cpio_open(struct cpio *archive, const void *data, size_t size)
{
	*archive = (struct cpio){ .data = data, .size = size };
}

static bool parse_field(const uint8_t *text, uint32_t *out)
{
	char digits[FIELD_LEN + 1] = { 0 };
	const char *end;
	uint64_t value;

	memcpy(digits, text, FIELD_LEN);
	if (digits[1] == 'x' || digits[1] == 'X')
		return false;
	if (!parse_u64(digits, &end, 16, &value) || end != digits + FIELD_LEN)
		return false;
	*out = value;
	return true;
}

/* Is there a whole header at the offset?  Its numbers go to @field. */
static enum cpio_status read_header(const struct cpio *archive,
				    uint32_t field[NR_FIELDS])
{
	const uint8_t *at = archive->data + archive->offset;
	size_t left = archive->size - archive->offset;

	if (left < MAGIC_LEN)
		return CPIO_TRUNCATED;
	if (memcmp(at, "070701", MAGIC_LEN) != 0 &&
	    memcmp(at, "070702", MAGIC_LEN) != 0)
		return CPIO_BAD_MAGIC;
	if (left < HEADER_LEN)
		return CPIO_TRUNCATED;
	for (unsigned i = 0; i < NR_FIELDS; i++)
		if (!parse_field(at + MAGIC_LEN + i * FIELD_LEN, &field[i]))
			return CPIO_BAD_HEADER;
	return CPIO_ENTRY;
}

static void fill_entry(struct cpio_entry *entry, const uint32_t *field)
{
	entry->ino = field[F_INO];
	entry->mode = field[F_MODE];
	entry->uid = field[F_UID];
	entry->gid = field[F_GID];
	entry->nlink = field[F_NLINK];
	entry->mtime = field[F_MTIME];
	entry->size = field[F_SIZE];
	entry->dev_major = field[F_DEV_MAJOR];
	entry->dev_minor = field[F_DEV_MINOR];
	entry->rdev_major = field[F_RDEV_MAJOR];
	entry->rdev_minor = field[F_RDEV_MINOR];
}

/* The @size bytes at @name are one string: its NUL stands at their end. */
static bool is_name(const uint8_t *name, uint32_t size)
{
	return size > 0 && memchr(name, '\0', size) == name + size - 1;
}

static bool is_zero(const uint8_t *from, const uint8_t *to)
{
	while (from < to)
		if (*from++ != 0)
			return false;
	return true;
}

/* "070701" has no sum, and 0 in its place. */
static bool sum_is_right(const uint8_t *header, const struct cpio_entry *entry,
			 uint32_t wanted)
{
	uint32_t sum = 0;

	if (header[MAGIC_LEN - 1] == '2')
		for (size_t i = 0; i < entry->size; i++)
			sum += entry->data[i];
	return sum == wanted;
}

/* What lies between name, data and the next entry, and the sum. */
static enum cpio_status check_rest(const struct cpio *archive,
				   const struct cpio_entry *entry,
				   uint32_t sum, size_t next)
{
	const uint8_t *name_end = (const uint8_t *)entry->name +
				  entry->name_len;

	if (!is_zero(name_end, entry->data) ||
	    !is_zero(entry->data + entry->size, archive->data + next))
		return CPIO_BAD_FILL;
	if (!sum_is_right(archive->data + archive->offset, entry, sum))
		return CPIO_BAD_SUM;
	return CPIO_ENTRY;
}

enum cpio_status cpio_next(struct cpio *archive, struct cpio_entry *entry)
{
	uint32_t field[NR_FIELDS];
	enum cpio_status status = read_header(archive, field);

	if (status != CPIO_ENTRY)
		return status;

	size_t name = archive->offset + HEADER_LEN;
	uint32_t name_size = field[F_NAME_SIZE];

	if (name_size > archive->size - name)
		return CPIO_TRUNCATED;
	if (!is_name(archive->data + name, name_size))
		return CPIO_BAD_HEADER;
	fill_entry(entry, field);
	entry->name = (const char *)archive->data + name;
	entry->name_len = name_size - 1;
	if (strcmp(entry->name, trailer) == 0)
		return CPIO_END;

	size_t data = align_up(name + name_size, ALIGNMENT);

	if (data > archive->size || entry->size > archive->size - data)
		return CPIO_TRUNCATED;
	entry->data = archive->data + data;

	size_t next = min(align_up(data + entry->size, ALIGNMENT),
			  archive->size);

	status = check_rest(archive, entry, field[F_CHECKSUM], next);
	if (status == CPIO_ENTRY)
		archive->offset = next;
	return status;
}

/* ---- what an entry says ---- */

/* A component of a name, which ends at a '/' or at its end. */
static bool is_dot_dot(const char *s)
{
	return s[0] == '.' && s[1] == '.' && (s[2] == '/' || s[2] == '\0');
}

static bool leads_out(const char *name)
{
	for (const char *s = name; s != NULL; s = strchr(s, '/')) {
		if (*s == '/')
			s++;
		if (is_dot_dot(s))
			return true;
	}
	return false;
}

/* May there be @size bytes of data in an entry of type @type? */
static bool size_fits(uint32_t type, size_t size)
{
	switch (type) {
	case CPIO_FILE:
		return true;
	case CPIO_LINK:
		return size > 0;
	default:
		return size == 0;
	}
}

static bool is_type(uint32_t type)
{
	return type == CPIO_FILE || type == CPIO_DIR || type == CPIO_LINK ||
	       type == CPIO_CHAR || type == CPIO_BLOCK || type == CPIO_FIFO ||
	       type == CPIO_SOCKET;
}

const char *cpio_entry_fault(const struct cpio_entry *entry)
{
	uint32_t type = entry->mode & CPIO_TYPE;

	if (entry->name_len == 0 || leads_out(entry->name))
		return "bad name";
	if ((entry->mode & ~(CPIO_TYPE | CPIO_RIGHTS)) || !is_type(type))
		return "no such type of file";
	if (!size_fits(type, entry->size))
		return "data that its type cannot have";
	if (type == CPIO_LINK &&
	    memchr(entry->data, '\0', entry->size) != NULL)
		return "a link with a NUL inside";
	if (entry->nlink == 0)
		return "no links";
	return NULL;
}

const char *cpio_status_text(enum cpio_status status)
{
	static const char *const text[] = {
		[CPIO_ENTRY] = "an entry",
		[CPIO_END] = "end of archive",
		[CPIO_TRUNCATED] = "truncated",
		[CPIO_BAD_MAGIC] = "bad magic",
		[CPIO_BAD_HEADER] = "bad header",
		[CPIO_BAD_FILL] = "its parts do not fit together",
		[CPIO_BAD_SUM] = "bad sum",
	};

	return text[status];
}
