/* sources: lib/fdt.c lib/rng.c */
/*
 * Claim    The device-tree reader refuses an unsound blob, and never reads
 *          outside whatever the blob holds.
 * Method   Blobs are cut off at every byte, and have random bytes changed before
 *          and after they were opened; and there is one for each thing that a
 *          blob may say and must not.
 */

#include "libfdt.h"

#include "lib/rng.h"

/* Ask everything there is to ask; the answers do not matter. */
static void exercise(const struct fdt *fdt)
{
	static const char *const names[] = {
		"reg", "compatible", "status", "bootargs", "phandle", "no-nul",
	};
	struct fdt_range range;
	uint64_t u64;
	uint32_t u32;
	int node, depth;

	fdt_for_each_node(node, depth, fdt) {
		for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
			fdt_prop_str(fdt, node, names[i]);
			fdt_prop_has_str(fdt, node, names[i], "ns16550");
			fdt_prop_u64(fdt, node, names[i], &u64);
			fdt_prop_cell(fdt, node, names[i], 1, &u32);
		}
		fdt_name(fdt, node);
		fdt_is_enabled(fdt, node);
		for (u32 = 0; u32 < 3; u32++)
			fdt_reg(fdt, node, u32, &range);
	}
	for (unsigned i = 0; i < 5; i++)
		fdt_reserved(fdt, i, &range);
	fdt_find_path(fdt, "/soc/serial@20000000");
	fdt_find_compatible(fdt, FDT_NONE, "nothing");
	fdt_find_phandle(fdt, 12);
}

static void test_truncated(void **state UNUSED)
{
	struct fdt fdt;

	for (uint32_t size = 0; size < blob.size; size++) {
		uint8_t *copy = unit_copy(blob.bytes, size);

		assert_false(fdt_open(&fdt, copy, size));
		if (size >= HEADER) {
			/* The header now claims the truth. */
			copy[4] = copy[5] = 0;
			copy[6] = size >> 8;
			copy[7] = size;
			assert_false(fdt_open(&fdt, copy, size));
		}
		free(copy);
	}
}

/* Change a few of the bytes from @from on. */
static void corrupt(uint8_t *copy, uint32_t from, struct rng *rng)
{
	for (uint64_t n = 1 + rng_below(rng, 6); n > 0; n--) {
		uint8_t *byte = copy + from + rng_below(rng, blob.size - from);

		switch (rng_below(rng, 3)) {
		case 0:
			*byte = rng_next(rng);
			break;
		case 1:
			*byte ^= 1U << rng_below(rng, 8);
			break;
		case 2:
			*byte = 0xff;
			break;
		}
	}
}

static void test_corrupted(void **state UNUSED)
{
	struct rng rng;
	int opened = 0;

	rng_seed(&rng, 7);
	for (int round = 0; round < 20000; round++) {
		uint8_t *copy = unit_copy(blob.bytes, blob.size);
		struct fdt fdt;

		corrupt(copy, 0, &rng);
		if (fdt_open(&fdt, copy, blob.size)) {
			opened++;
			exercise(&fdt);
		}
		free(copy);
	}
	assert_in_range(opened, 1000, 19000);
}

static void test_corrupted_after_open(void **state UNUSED)
{
	struct rng rng;

	rng_seed(&rng, 8);
	for (int round = 0; round < 5000; round++) {
		struct fdt fdt;
		uint8_t *copy;

		assert_true(open_copy(&fdt, &copy));
		corrupt(copy, HEADER, &rng);
		exercise(&fdt);
		free(copy);
	}
}

/* A reservation map that nothing ends before the blob does. */
static void test_map_without_end(void **state UNUSED)
{
	for (uint32_t back = 0; back < 40; back++) {
		uint8_t *copy = unit_copy(blob.bytes, blob.size);
		uint32_t at = blob.size - back;
		struct fdt fdt;

		copy[18] = at >> 8;
		copy[19] = at;
		if (fdt_open(&fdt, copy, blob.size))
			exercise(&fdt);
		free(copy);
	}
}

/* Build a root whose body @fill makes, and see whether it is accepted. */
static bool accepts(void (*fill)(void))
{
	struct fdt fdt;
	uint8_t *copy;

	build_begin();
	fill();
	build_end();
	bool opened = open_copy(&fdt, &copy);

	if (opened)
		exercise(&fdt);
	free(copy);
	return opened;
}

static void nothing(void)
{
}

static void just_a_root(void)
{
	node_begin("");
	node_end();
}

static void two_roots(void)
{
	just_a_root();
	just_a_root();
}

static void not_closed(void)
{
	node_begin("");
}

static void closed_twice(void)
{
	just_a_root();
	node_end();
}

static void prop_outside(void)
{
	PROP_STR("model", "x");
	just_a_root();
}

static void prop_after_child(void)
{
	node_begin("");
	node_begin("child");
	node_end();
	PROP_STR("model", "x");
	node_end();
}

static void unknown_token(void)
{
	node_begin("");
	put_u32(&tree, 5);
	node_end();
}

static void long_prop(void)
{
	node_begin("");
	PROP_STR("model", "x");
	tree.bytes[12] = 0xff;		/* the length's top byte */
	node_end();
}

/* A length that leads back into a value which looks like the tree's end. */
static void wrapping_prop(void)
{
	node_begin("");
	PROP_CELLS("a", 2, 9);		/* value at 20, the next prop at 28 */
	prop("reg", "", 0);
	tree.size -= 8;
	put_u32(&tree, 20U - 40U);
	put_u32(&tree, 2);
	node_end();
}

/* A name that leads to text in front of the names. */
static void wrapping_name(void)
{
	node_begin("");
	PROP_STR("model", "x");
	tree.size -= 8;
	put_u32(&tree, 0U - 16U);
	put_bytes(&tree, "x\0\0", 4);
	node_end();
}

static void name_outside(void)
{
	node_begin("");
	PROP_STR("model", "x");
	tree.bytes[18] = 0xff;		/* the name's offset */
	node_end();
}

static void very_deep(void)
{
	for (int i = 0; i < 500; i++)
		node_begin("n");
	for (int i = 0; i < 500; i++)
		node_end();
}

static void huge_cells(void)
{
	node_begin("");
	PROP_CELLS("#address-cells", 0xffffffff);
	PROP_CELLS("#size-cells", 0xffffffff);
	node_begin("memory");
	PROP_CELLS("reg", 1, 2, 3, 4);
	node_end();
	node_end();
}

/* Cell counts whose sum, in bytes, is zero in 32 bits. */
static void wrapping_cells(void)
{
	node_begin("");
	PROP_CELLS("#address-cells", 2);
	PROP_CELLS("#size-cells", 0x3ffffffe);
	node_begin("memory");
	PROP_CELLS("reg", 0, 0, 0, 0);
	node_end();
	node_end();
}

static void test_shapes(void **state UNUSED)
{
	assert_true(accepts(just_a_root));
	assert_true(accepts(very_deep));
	assert_true(accepts(huge_cells));
	assert_true(accepts(wrapping_cells));
	assert_false(accepts(nothing));
	assert_false(accepts(two_roots));
	assert_false(accepts(not_closed));
	assert_false(accepts(closed_twice));
	assert_false(accepts(prop_outside));
	assert_false(accepts(prop_after_child));
	assert_false(accepts(unknown_token));
	assert_false(accepts(long_prop));
	assert_false(accepts(wrapping_prop));
	assert_false(accepts(name_outside));
	assert_false(accepts(wrapping_name));
}

/* Ranges that cannot be held in 64 bits, or wrap, are no ranges. */
static void test_wide_reg(void **state UNUSED)
{
	struct fdt fdt;
	struct fdt_range range;
	uint8_t *copy;

	build_begin();
	node_begin("");
	PROP_CELLS("#address-cells", 3);
	PROP_CELLS("#size-cells", 1);
	node_begin("a");
	PROP_CELLS("reg", 0, 0xffffffff, 0xfffff000, 0xfff,
		   1, 0, 0, 1, 0, 0xffffffff, 0xfffff000, 0x1000);
	node_end();
	node_end();
	build_end();
	assert_true(open_copy(&fdt, &copy));

	int node = fdt_find_path(&fdt, "/a");

	assert_true(fdt_reg(&fdt, node, 0, &range));
	check_range(range, 0xfffffffffffff000, 0xfff);
	assert_false(fdt_reg(&fdt, node, 1, &range));
	assert_false(fdt_reg(&fdt, node, 2, &range));
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(test_truncated),
		BOARD_TEST(test_corrupted),
		BOARD_TEST(test_corrupted_after_open),
		BOARD_TEST(test_map_without_end),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_wide_reg),
	};

	return UNIT_RUN(tests);
}
