/* sources: lib/fdt.c */
/*
 * Claim    The device-tree reader finds what a sound blob says.
 */

#include "libfdt.h"

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
	};

	return UNIT_RUN(tests);
}
