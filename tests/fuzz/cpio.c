/* sources: lib/cpio.c lib/parse.c */
/*
 * The archive that the boot loader hands over: every entry lies within it, and
 * reading comes to an end that is one.
 */
#include "fuzz.h"

#include <string.h>

#include "lib/bug.h"
#include "lib/cpio.h"

static void check_entry(const struct cpio_entry *e, const uint8_t *data,
			size_t size)
{
	const uint8_t *name = (const uint8_t *)e->name;

	fuzz_check(name > data && name + e->name_len < data + size);
	fuzz_check(strlen(e->name) == e->name_len);
	fuzz_check(e->data >= name + e->name_len &&
		   e->size <= (size_t)(data + size - e->data));
	fuzz_check(cpio_entry_fault(e) == NULL || *cpio_entry_fault(e) != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio archive;
	struct cpio_entry e;
	enum cpio_status status;
	size_t before = 0;

	cpio_open(&archive, data, size);
	while ((status = cpio_next(&archive, &e)) == CPIO_ENTRY) {
		fuzz_check(archive.offset > before);
		before = archive.offset;
		check_entry(&e, data, size);
	}
	fuzz_check(cpio_next(&archive, &e) == status);
	fuzz_check(cpio_status_text(status) != NULL);
	return 0;
}
