#pragma once

/*
 * lib/cpio.h - reading a cpio archive of the "newc" form.
 *
 *	struct cpio archive;
 *	struct cpio_entry e;
 *
 *	cpio_open(&archive, data, size);
 *	while ((status = cpio_next(&archive, &e)) == CPIO_ENTRY)
 *		...
 *	if (status != CPIO_END)
 *		...
 *
 * The archive is not trusted: nothing beyond its size is read, a name always
 * has its NUL, what fills up to 4 bytes is zero, and a sum, where there is
 * one, is right.  Whether an entry makes sense, cpio_entry_fault() says.
 * Nothing is copied; names and data point into the archive.
 */

#include "lib/types.h"

enum cpio_status {
	CPIO_ENTRY,	 /* @entry was filled in */
	CPIO_END,	 /* the trailer was reached */
	CPIO_TRUNCATED,	 /* ends inside an entry, or without a trailer */
	CPIO_BAD_MAGIC,	 /* neither "070701" nor "070702" begins an entry */
	CPIO_BAD_HEADER, /* a field that is no number, a name without NUL */
	CPIO_BAD_FILL,	 /* something between name, data and the next entry */
	CPIO_BAD_SUM,	 /* "070702": the data's bytes add up to another sum */
};

struct cpio {
	const uint8_t *data;
	size_t size;
	size_t offset; /* of the next entry; stays put after an error */
};

struct cpio_entry {
	const char *name;	/* NUL-terminated */
	size_t name_len;	/* without the NUL */
	const uint8_t *data;	/* a file's bytes, a link's target */
	size_t size;		/* of data */
	uint32_t ino;		/* equal for hard links to one file */
	uint32_t mode;		/* type and rights, as st_mode has them */
	uint32_t uid, gid;
	uint32_t nlink;		/* with nlink > 1, only the last has the data */
	uint32_t mtime;		/* seconds since 1970 */
	uint32_t dev_major, dev_minor;   /* where the file was */
	uint32_t rdev_major, rdev_minor; /* what a device node stands for */
};

void cpio_open(struct cpio *archive, const void *data, size_t size);

/* The next entry.  After anything but CPIO_ENTRY, the same answer again. */
enum cpio_status cpio_next(struct cpio *archive, struct cpio_entry *entry);

/*
 * What is wrong with an entry that was read, or NULL: a name that leads out of
 * the archive's root, a type there is not, a type with data or links that it
 * cannot have.
 */
const char *cpio_entry_fault(const struct cpio_entry *entry);

/* For messages: "truncated", "bad magic", ... */
const char *cpio_status_text(enum cpio_status status);
