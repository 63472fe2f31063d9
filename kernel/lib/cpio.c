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
	archive->offset = min(align_up(data + entry->size, ALIGNMENT),
			      archive->size);
	return CPIO_ENTRY;
}

const char *cpio_status_text(enum cpio_status status)
{
	static const char *const text[] = {
		[CPIO_ENTRY] = "an entry",
		[CPIO_END] = "end of archive",
		[CPIO_TRUNCATED] = "truncated",
		[CPIO_BAD_MAGIC] = "bad magic",
		[CPIO_BAD_HEADER] = "bad header",
	};

	return text[status];
}
