/* sources: lib/fdt.c lib/rng.c */
/*
 * Claim    The device-tree reader finds what a sound blob says, refuses an
 *          unsound one, and never reads outside whatever the blob holds.
 * Method   Blobs are put together byte by byte here, and handed over in a
 *          block of exactly their size, where the address sanitizer sees any
 *          read beyond: whole, cut off at every byte, and with random bytes
 *          changed before and after they were opened.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/fdt.h"
#include "lib/rng.h"

/* --- building a blob --- */

enum { HEADER = 40, MAX_BLOCK = 1 << 16 };

struct block {
	uint8_t bytes[MAX_BLOCK];
	uint32_t size;
};

static struct block map, tree, strings, blob;

static void put_bytes(struct block *b, const void *bytes, uint32_t len)
{
	memcpy(b->bytes + b->size, bytes, len);
	b->size += len;
}

static void put_u32(struct block *b, uint32_t value)
{
	const uint8_t bytes[] = { value >> 24, value >> 16, value >> 8, value };

	put_bytes(b, bytes, sizeof(bytes));
}

static void put_u64(struct block *b, uint64_t value)
{
	put_u32(b, value >> 32);
	put_u32(b, value);
}

static void pad(struct block *b)
{
	while (b->size % 4 != 0)
		b->bytes[b->size++] = 0;
}

static void build_begin(void)
{
	map.size = tree.size = strings.size = 0;
}

static void node_begin(const char *name)
{
	put_u32(&tree, 1);
	put_bytes(&tree, name, strlen(name) + 1);
	pad(&tree);
}

static void node_end(void)
{
	put_u32(&tree, 2);
}

static void prop(const char *name, const void *value, uint32_t len)
{
	put_u32(&tree, 3);
	put_u32(&tree, len);
	put_u32(&tree, strings.size);
	put_bytes(&tree, value, len);
	pad(&tree);
	put_bytes(&strings, name, strlen(name) + 1);
}

#define PROP_STR(name, value) prop(name, value, sizeof(value))

#define PROP_CELLS(name, ...) do {					\
	const uint32_t cells_[] = { __VA_ARGS__ };			\
	struct block *cells_block_ = calloc(1, sizeof(*cells_block_));	\
									\
	for (unsigned i_ = 0; i_ < ARRAY_SIZE(cells_); i_++)		\
		put_u32(cells_block_, cells_[i_]);			\
	prop(name, cells_block_->bytes, cells_block_->size);		\
	free(cells_block_);						\
} while (0)

/* Ends the tree and puts header and blocks together in @blob. */
static void build_end(void)
{
	uint32_t map_at = HEADER;
	uint32_t tree_at, strings_at;

	put_u64(&map, 0);
	put_u64(&map, 0);
	put_u32(&tree, 9);
	tree_at = map_at + map.size;
	strings_at = tree_at + tree.size;

	blob.size = 0;
	put_u32(&blob, 0xd00dfeed);
	put_u32(&blob, strings_at + strings.size);
	put_u32(&blob, tree_at);
	put_u32(&blob, strings_at);
	put_u32(&blob, map_at);
	put_u32(&blob, 17);
	put_u32(&blob, 16);
	put_u32(&blob, 0);
	put_u32(&blob, strings.size);
	put_u32(&blob, tree.size);
	put_bytes(&blob, map.bytes, map.size);
	put_bytes(&blob, tree.bytes, tree.size);
	put_bytes(&blob, strings.bytes, strings.size);
}

static void build_cpus(void)
{
	node_begin("cpus");
	PROP_CELLS("#address-cells", 1);
	PROP_CELLS("#size-cells", 0);
	PROP_CELLS("timebase-frequency", 10000000);
	for (uint32_t i = 0; i < 3; i++) {
		char name[] = "cpu@0";

		name[4] += 2 * i;
		node_begin(name);
		PROP_STR("device_type", "cpu");
		PROP_CELLS("reg", 2 * i);
		if (i == 1)
			PROP_STR("status", "disabled");
		node_begin("interrupt-controller");
		PROP_CELLS("phandle", 10 + i);
		node_end();
		node_end();
	}
	node_end();
}

static void build_reserved(void)
{
	node_begin("reserved-memory");
	PROP_CELLS("#address-cells", 2);
	PROP_CELLS("#size-cells", 2);
	node_begin("firmware@80000000");
	PROP_CELLS("reg", 0, 0x80000000, 0, 0x80000, 1, 0, 0, 0x1000);
	node_end();
	node_begin("only-a-size");
	PROP_CELLS("size", 0, 0x100000);
	node_end();
	node_begin("off@90000000");
	PROP_STR("status", "disabled");
	PROP_CELLS("reg", 0, 0x90000000, 0, 0x1000);
	node_end();
	node_end();
}

static void build_soc(void)
{
	node_begin("soc");
	PROP_CELLS("#address-cells", 2);
	PROP_CELLS("#size-cells", 2);
	PROP_STR("compatible", "simple-bus");
	node_begin("serial@10000000");
	PROP_STR("compatible", "ns16550a\0ns16550");
	PROP_CELLS("reg", 0, 0x10000000, 0, 0x100);
	PROP_STR("status", "okay");
	node_end();
	put_u32(&tree, 4);		/* a NOP between nodes */
	node_begin("serial@20000000");
	put_u32(&tree, 4);		/* and between properties */
	PROP_STR("compatible", "ns16550");
	node_end();
	node_end();
}

/* A board like QEMU's, with something of everything. */
static void build_board(void)
{
	build_begin();
	put_u64(&map, 0x88000000);
	put_u64(&map, 0x2000);
	node_begin("");
	PROP_CELLS("#address-cells", 2);
	PROP_CELLS("#size-cells", 2);
	PROP_STR("model", "test board");
	node_begin("chosen");
	PROP_STR("bootargs", "quiet -- prog");
	PROP_CELLS("linux,initrd-start", 0, 0x84000000);
	PROP_CELLS("linux,initrd-end", 0x84100000);
	prop("no-nul", "abc", 3);
	node_end();
	node_begin("memory@80000000");
	PROP_STR("device_type", "memory");
	PROP_CELLS("reg", 0, 0x80000000, 0, 0x20000000, 4, 0, 1, 0);
	node_end();
	build_cpus();
	build_reserved();
	build_soc();
	node_end();
	build_end();
}

/* Open a private copy of @blob; returns it in *@copy for free(). */
static bool open_copy(struct fdt *fdt, uint8_t **copy)
{
	*copy = unit_copy(blob.bytes, blob.size);
	return fdt_open(fdt, *copy, blob.size);
}

static struct fdt board;
static uint8_t *board_copy;

static int setup(void **state UNUSED)
{
	build_board();
	return open_copy(&board, &board_copy) ? 0 : -1;
}

static int teardown(void **state UNUSED)
{
	free(board_copy);
	return 0;
}

/* --- a sound blob --- */

static void test_paths(void **state UNUSED)
{
	int soc = fdt_find_path(&board, "/soc");
	int uart = fdt_find_path(&board, "/soc/serial@10000000");

	assert_int_equal(fdt_find_path(&board, "/"), fdt_root(&board));
	assert_string_equal(fdt_name(&board, fdt_root(&board)), "");
	assert_string_equal(fdt_name(&board, soc), "soc");
	assert_string_equal(fdt_name(&board, uart), "serial@10000000");
	assert_int_equal(fdt_find_path(&board, "/soc/serial"), uart);
	assert_int_equal(fdt_find_path(&board, "soc//serial/"), uart);
	assert_int_not_equal(fdt_find_path(&board, "/soc/serial@20000000"),
			     uart);
	assert_int_equal(fdt_find_path(&board, "/so"), FDT_NONE);
	assert_int_equal(fdt_find_path(&board, "/soc/serial@1"), FDT_NONE);
	assert_int_equal(fdt_find_path(&board, "/serial"), FDT_NONE);
	assert_int_equal(fdt_parent(&board, uart), soc);
	assert_int_equal(fdt_parent(&board, soc), fdt_root(&board));
	assert_int_equal(fdt_parent(&board, fdt_root(&board)), FDT_NONE);
}

static void test_walk(void **state UNUSED)
{
	int node, depth, nodes = 0, deepest = 0, children = 0;

	fdt_for_each_node(node, depth, &board) {
		nodes++;
		deepest = depth > deepest ? depth : deepest;
	}
	assert_int_equal(nodes, 17);
	assert_int_equal(deepest, 3);
	fdt_for_each_child(node, &board, fdt_root(&board))
		children++;
	assert_int_equal(children, 5);
	fdt_for_each_child(node, &board, fdt_find_path(&board, "/chosen"))
		fail();
}

static void test_searches(void **state UNUSED)
{
	int node, found = 0;

	fdt_for_each_compatible(node, &board, "ns16550")
		found++;
	assert_int_equal(found, 2);
	node = fdt_find_compatible(&board, FDT_NONE, "ns16550a");
	assert_string_equal(fdt_name(&board, node), "serial@10000000");
	assert_true(fdt_is_compatible(&board, node, "ns16550"));
	assert_false(fdt_is_compatible(&board, node, "ns"));
	assert_int_equal(fdt_find_compatible(&board, node, "ns16550a"),
			 FDT_NONE);

	found = 0;
	fdt_for_each_device_type(node, &board, "cpu")
		found += fdt_is_enabled(&board, node);
	assert_int_equal(found, 2);

	node = fdt_find_phandle(&board, 12);
	assert_string_equal(fdt_name(&board, fdt_parent(&board, node)),
			    "cpu@4");
	assert_int_equal(fdt_find_phandle(&board, 99), FDT_NONE);
}

static void test_properties(void **state UNUSED)
{
	int chosen = fdt_find_path(&board, "/chosen");
	uint32_t len, u32 = 7;
	uint64_t u64;

	assert_string_equal(fdt_prop_str(&board, chosen, "bootargs"),
			    "quiet -- prog");
	assert_non_null(fdt_prop(&board, chosen, "no-nul", &len));
	assert_int_equal(len, 3);
	assert_null(fdt_prop_str(&board, chosen, "no-nul"));
	assert_false(fdt_prop_has_str(&board, chosen, "no-nul", "abc"));
	assert_null(fdt_prop(&board, chosen, "absent", &len));

	assert_true(fdt_prop_u64(&board, chosen, "linux,initrd-start", &u64));
	assert_int_equal(u64, 0x84000000);
	assert_true(fdt_prop_u64(&board, chosen, "linux,initrd-end", &u64));
	assert_int_equal(u64, 0x84100000);
	assert_false(fdt_prop_u64(&board, chosen, "no-nul", &u64));
	assert_false(fdt_prop_u32(&board, chosen, "linux,initrd-start", &u32));
	assert_true(fdt_prop_cell(&board, chosen, "linux,initrd-start", 1,
				  &u32));
	assert_int_equal(u32, 0x84000000);
	assert_false(fdt_prop_cell(&board, chosen, "linux,initrd-start", 2,
				   &u32));

	/* A property is its own node's, not one of its children's. */
	assert_null(fdt_prop(&board, fdt_root(&board), "bootargs", NULL));
}

static void check_range(struct fdt_range range, uint64_t base, uint64_t size)
{
	assert_int_equal(range.base, base);
	assert_int_equal(range.size, size);
}

static void test_reg(void **state UNUSED)
{
	int node = fdt_find_device_type(&board, FDT_NONE, "memory");
	struct fdt_range range;

	assert_true(fdt_reg(&board, node, 0, &range));
	check_range(range, 0x80000000, 0x20000000);
	assert_true(fdt_reg(&board, node, 1, &range));
	check_range(range, 4UL << 32, 1UL << 32);
	assert_false(fdt_reg(&board, node, 2, &range));
	assert_false(fdt_reg(&board, node, UINT32_MAX, &range));

	node = fdt_find_path(&board, "/cpus/cpu@4");
	assert_true(fdt_reg(&board, node, 0, &range));
	check_range(range, 4, 0);
	assert_false(fdt_reg(&board, fdt_find_path(&board, "/soc"), 0, &range));
}

static void test_reserved(void **state UNUSED)
{
	struct fdt_range range;

	assert_true(fdt_reserved(&board, 0, &range));
	check_range(range, 0x88000000, 0x2000);
	assert_true(fdt_reserved(&board, 1, &range));
	check_range(range, 0x80000000, 0x80000);
	assert_true(fdt_reserved(&board, 2, &range));
	check_range(range, 1UL << 32, 0x1000);
	assert_false(fdt_reserved(&board, 3, &range));
	assert_false(fdt_reserved(&board, 1000, &range));
}

static void test_no_node_is_harmless(void **state UNUSED)
{
	struct fdt_range range;
	uint32_t u32;

	assert_string_equal(fdt_name(&board, FDT_NONE), "");
	assert_null(fdt_prop(&board, FDT_NONE, "reg", NULL));
	assert_false(fdt_prop_u32(&board, FDT_NONE, "reg", &u32));
	assert_false(fdt_reg(&board, FDT_NONE, 0, &range));
	assert_int_equal(fdt_first_child(&board, FDT_NONE), FDT_NONE);
	assert_int_equal(fdt_next_sibling(&board, FDT_NONE), FDT_NONE);
	assert_int_equal(fdt_parent(&board, FDT_NONE), FDT_NONE);
}

/* --- unsound blobs --- */

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

#define BOARD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOARD_TEST(test_paths),
		BOARD_TEST(test_walk),
		BOARD_TEST(test_searches),
		BOARD_TEST(test_properties),
		BOARD_TEST(test_reg),
		BOARD_TEST(test_reserved),
		BOARD_TEST(test_no_node_is_harmless),
		BOARD_TEST(test_truncated),
		BOARD_TEST(test_corrupted),
		BOARD_TEST(test_corrupted_after_open),
		BOARD_TEST(test_map_without_end),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_wide_reg),
	};

	return UNIT_RUN(tests);
}
