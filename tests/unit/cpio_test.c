/* sources: lib/cpio.c lib/parse.c lib/rng.c */
/*
 * Claim    The archive reader returns every entry of a sound archive, tells a
 *          cut-off one from a damaged one, and never reads outside.
 * Method   As in fdt_unsound_test.c: archives are built here and handed over whole,
 *          cut off at every byte, and with random bytes changed.
 */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/cpio.h"
#include "lib/rng.h"

enum { HEADER = 110 };

static uint8_t bytes[4096];
static size_t size;
static size_t last_at;		/* where the entry added last begins */

static void pad(void)
{
	while (size % 4 != 0)
		bytes[size++] = 0;
}

static void add(const char *name, uint32_t mode, const char *data)
{
	uint32_t ino = 100 + size, len = strlen(data);

	last_at = size;
	size += sprintf((char *)bytes + size,
			"070701%08X%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
			"%08zx%08x", ino, mode, 1, 2, 3, 4, len, 5, 6, 7, 8,
			strlen(name) + 1, 0);
	size += sprintf((char *)bytes + size, "%s", name) + 1;
	pad();
	size += sprintf((char *)bytes + size, "%s", data);
	pad();
}

static int setup(void **state UNUSED)
{
	size = 0;
	add("bin", 0040755, "");
	add("bin/tool", 0100755, "12345");
	add("link", 0120777, "bin/tool");
	add("empty", 0100644, "");
	add("TRAILER!!!", 0, "");
	size = last_at + HEADER + sizeof("TRAILER!!!");
	return 0;
}

/* Read all of @archive; returns how it ended, counts what came before. */
static enum cpio_status read_all(struct cpio *archive, unsigned *entries)
{
	struct cpio_entry e;
	enum cpio_status status;
	volatile uint8_t sink;

	*entries = 0;
	while ((status = cpio_next(archive, &e)) == CPIO_ENTRY) {
		assert_int_equal(strlen(e.name), e.name_len);
		for (size_t i = 0; i < e.size; i++)
			sink = e.data[i];
		++*entries;
	}
	(void)sink;
	assert_int_equal(cpio_next(archive, &e), status);
	assert_non_null(cpio_status_text(status));
	return status;
}

static void check_entry(struct cpio *archive, const char *name, uint32_t mode,
			const char *data)
{
	struct cpio_entry e;

	assert_int_equal(cpio_next(archive, &e), CPIO_ENTRY);
	assert_string_equal(e.name, name);
	assert_int_equal(e.name_len, strlen(name));
	assert_int_equal(e.mode, mode);
	assert_int_equal(e.size, strlen(data));
	assert_memory_equal(e.data, data, e.size);
	assert_int_equal(e.uid, 1);
	assert_int_equal(e.gid, 2);
	assert_int_equal(e.nlink, 3);
	assert_int_equal(e.mtime, 4);
	assert_int_equal(e.dev_major, 5);
	assert_int_equal(e.dev_minor, 6);
	assert_int_equal(e.rdev_major, 7);
	assert_int_equal(e.rdev_minor, 8);
}

static void test_good(void **state UNUSED)
{
	uint8_t *copy = unit_copy(bytes, size);
	struct cpio archive;
	struct cpio_entry e;

	cpio_open(&archive, copy, size);
	check_entry(&archive, "bin", 0040755, "");
	check_entry(&archive, "bin/tool", 0100755, "12345");
	check_entry(&archive, "link", 0120777, "bin/tool");
	check_entry(&archive, "empty", 0100644, "");
	assert_int_equal(cpio_next(&archive, &e), CPIO_END);
	assert_int_equal(cpio_next(&archive, &e), CPIO_END);
	free(copy);
}

static void test_truncated(void **state UNUSED)
{
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *copy = unit_copy(bytes, cut);
		struct cpio archive;
		unsigned entries;

		cpio_open(&archive, copy, cut);
		assert_int_equal(read_all(&archive, &entries), CPIO_TRUNCATED);
		assert_in_range(entries, 0, 4);
		free(copy);
	}
}

/* Anything, or a digit, which damages a header less obviously. */
static uint8_t random_byte(struct rng *rng)
{
	if (rng_below(rng, 2) == 0)
		return rng_next(rng);
	return "0123456789abcdef"[rng_below(rng, 16)];
}

static void test_corrupted(void **state UNUSED)
{
	unsigned seen[CPIO_BAD_SUM + 1] = { 0 };
	struct rng rng;

	rng_seed(&rng, 9);
	for (int round = 0; round < 20000; round++) {
		uint8_t *copy = unit_copy(bytes, size);
		struct cpio archive;
		unsigned entries;

		for (uint64_t n = 1 + rng_below(&rng, 4); n > 0; n--)
			copy[rng_below(&rng, size)] = random_byte(&rng);
		cpio_open(&archive, copy, size);
		seen[read_all(&archive, &entries)]++;
		free(copy);
	}
	for (unsigned s = CPIO_END; s < ARRAY_SIZE(seen); s++)
		assert_in_range(seen[s], 100, 20000);
}

/* How the first entry is read when its header has @text at @at. */
static enum cpio_status status_with(size_t at, const char *text)
{
	uint8_t *copy = unit_copy(bytes, size);
	struct cpio archive;
	struct cpio_entry e;

	memcpy(copy + at, text, strlen(text));
	cpio_open(&archive, copy, size);
	enum cpio_status status = cpio_next(&archive, &e);

	free(copy);
	return status;
}

static void test_damage(void **state UNUSED)
{
	enum { SIZE = 6 + 6 * 8, NAME_SIZE = 6 + 11 * 8 };

	assert_int_equal(status_with(0, "070702"), CPIO_ENTRY);
	assert_int_equal(status_with(0, "070707"), CPIO_BAD_MAGIC);
	assert_int_equal(status_with(6, "0000000g"), CPIO_BAD_HEADER);
	assert_int_equal(status_with(6, "0x000000"), CPIO_BAD_HEADER);
	assert_int_equal(status_with(6, "       1"), CPIO_BAD_HEADER);
	assert_int_equal(status_with(SIZE, "ffffffff"), CPIO_TRUNCATED);
	assert_int_equal(status_with(NAME_SIZE, "ffffffff"), CPIO_TRUNCATED);
	assert_int_equal(status_with(NAME_SIZE, "00000000"), CPIO_BAD_HEADER);
	assert_int_equal(status_with(NAME_SIZE, "00000003"), CPIO_BAD_HEADER);
	assert_int_equal(status_with(NAME_SIZE, "00000005"), CPIO_BAD_HEADER);
}

static void test_sum(void **state UNUSED)
{
	enum { CHECKSUM = 6 + 12 * 8 };

	assert_int_equal(status_with(CHECKSUM, "00000001"), CPIO_BAD_SUM);
	setup(NULL);
	size = 0;
	add("file", 0100644, "123");
	assert_int_equal(status_with(0, "070702"), CPIO_BAD_SUM);
	memcpy(bytes + CHECKSUM, "00000096", 8); /* '1' + '2' + '3' */
	assert_int_equal(status_with(0, "070702"), CPIO_ENTRY);
	assert_int_equal(status_with(0, "070701"), CPIO_BAD_SUM);
}

/* A size that is a little wrong leaves something between two entries. */
static void test_fill(void **state UNUSED)
{
	enum { SIZE = 6 + 6 * 8 };

	size = 0;
	add("file", 0100644, "1234567");
	assert_int_equal(status_with(SIZE, "00000007"), CPIO_ENTRY);
	assert_int_equal(status_with(SIZE, "00000006"), CPIO_BAD_FILL);
	assert_int_equal(status_with(SIZE, "00000005"), CPIO_BAD_FILL);
}

static const char *fault_of(const char *name, uint32_t mode, uint32_t nlink,
			    const char *data, size_t n)
{
	struct cpio_entry e = {
		.name = name, .name_len = strlen(name), .mode = mode,
		.nlink = nlink, .data = (const uint8_t *)data, .size = n,
	};

	return cpio_entry_fault(&e);
}

static void test_faults(void **state UNUSED)
{
	static const char *const good[] = { "a", ".", "./a", "a/..b", "a/b.." };
	static const char *const bad[] = { "", "..", "../a", "a/..", "a/../b" };

	for (unsigned i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(fault_of(good[i], 0100644, 1, "", 0));
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(fault_of(bad[i], 0100644, 1, "", 0));
	assert_null(fault_of("a", 0040755, 2, "", 0));
	assert_null(fault_of("a", 0120777, 1, "to", 2));
	assert_null(fault_of("a", 0020666, 1, "", 0));
	assert_non_null(fault_of("a", 0644, 1, "", 0));
	assert_non_null(fault_of("a", 0150644, 1, "", 0));
	assert_non_null(fault_of("a", 01100644, 1, "", 0));
	assert_non_null(fault_of("a", 0040755, 2, "1", 1));
	assert_non_null(fault_of("a", 0020666, 1, "1", 1));
	assert_non_null(fault_of("a", 0120777, 1, "", 0));
	assert_non_null(fault_of("a", 0120777, 1, "t\0o", 3));
	assert_non_null(fault_of("a", 0100644, 0, "", 0));
}

/* One byte of one header is another: nothing is read outside, whatever the
 * reader and the judge of entries say. */
static void test_one_byte(void **state UNUSED)
{
	static const char digits[] = "0123456789abcdefABCDEF./ \xff";

	for (size_t at = 0; at < size; at++) {
		for (const char *c = digits; *c != '\0'; c++) {
			uint8_t *copy = unit_copy(bytes, size);
			struct cpio archive;
			struct cpio_entry e;

			copy[at] = (uint8_t)*c;
			cpio_open(&archive, copy, size);
			while (cpio_next(&archive, &e) == CPIO_ENTRY)
				(void)cpio_entry_fault(&e);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_truncated, setup),
		cmocka_unit_test_setup(test_corrupted, setup),
		cmocka_unit_test_setup(test_damage, setup),
		cmocka_unit_test_setup(test_sum, setup),
		cmocka_unit_test_setup(test_fill, setup),
		cmocka_unit_test_setup(test_faults, setup),
		cmocka_unit_test_setup(test_one_byte, setup),
	};

	return UNIT_RUN(tests);
}
