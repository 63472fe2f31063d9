#pragma once

/*
 * tests/unit/libfdt.h - blobs of a device tree, put together byte by byte and
 * handed over in a block of exactly their size, where the address sanitizer
 * sees any read beyond.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/fdt.h"

/* --- building a blob --- */

enum { HEADER = 40, MAX_BLOCK = 1 << 16 };

struct block {
	uint8_t bytes[MAX_BLOCK];
	uint32_t size;
};

static struct block map, tree, strings, blob;

static inline void put_bytes(struct block *b, const void *bytes, uint32_t len)
{
	memcpy(b->bytes + b->size, bytes, len);
	b->size += len;
}

static inline void put_u32(struct block *b, uint32_t value)
{
	const uint8_t bytes[] = { value >> 24, value >> 16, value >> 8, value };

	put_bytes(b, bytes, sizeof(bytes));
}

static inline void put_u64(struct block *b, uint64_t value)
{
	put_u32(b, value >> 32);
	put_u32(b, value);
}

static inline void pad(struct block *b)
{
	while (b->size % 4 != 0)
		b->bytes[b->size++] = 0;
}

static inline void build_begin(void)
{
	map.size = tree.size = strings.size = 0;
}

static inline void node_begin(const char *name)
{
	put_u32(&tree, 1);
	put_bytes(&tree, name, strlen(name) + 1);
	pad(&tree);
}

static inline void node_end(void)
{
	put_u32(&tree, 2);
}

static inline void prop(const char *name, const void *value, uint32_t len)
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
static inline void build_end(void)
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

static inline void build_cpus(void)
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

static inline void build_reserved(void)
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

static inline void build_soc(void)
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
static inline void build_board(void)
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
static inline bool open_copy(struct fdt *fdt, uint8_t **copy)
{
	*copy = unit_copy(blob.bytes, blob.size);
	return fdt_open(fdt, *copy, blob.size);
}

static struct fdt board UNUSED;
static uint8_t *board_copy UNUSED;

static inline int setup(void **state UNUSED)
{
	build_board();
	return open_copy(&board, &board_copy) ? 0 : -1;
}

static inline int teardown(void **state UNUSED)
{
	free(board_copy);
	return 0;
}

static inline void check_range(struct fdt_range range, uint64_t base, uint64_t size)
{
	assert_int_equal(range.base, base);
	assert_int_equal(range.size, size);
}

/* A test of `board`, which is a sound one. */
#define BOARD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
