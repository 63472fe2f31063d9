/* sources: mm/buddy.c lib/rng.c */
/*
 * Claim    No frame is handed out twice or lost, blocks are aligned, free
 *          neighbours join again up to the largest block, and a frame freed
 *          twice is noticed.
 * Method   Random allocations and frees of all sizes against an array with
 *          the owner of each frame, on a range that begins and ends inside a
 *          block, with a hole.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/rng.h"
#include "mm/buddy.h"

enum {
	FIRST = 0x80200 + 3,
	END = FIRST + 4 * 1024 + 77,
	HOLE = FIRST + 1000,
	HOLE_END = HOLE + 45,
	FRAMES = END - FIRST,
	USABLE = FRAMES - (HOLE_END - HOLE),
};

static struct buddy buddy;
static void *chunks;
static bool used[FRAMES];

static bool is_usable(uint64_t frame)
{
	return frame >= FIRST && frame < END &&
	       !(frame >= HOLE && frame < HOLE_END);
}

static int setup(void **state UNUSED)
{
	chunks = malloc(buddy_bytes(FIRST, END));
	buddy_init(&buddy, FIRST, END, chunks);
	buddy_add(&buddy, FIRST, HOLE);
	buddy_add(&buddy, HOLE_END, END);
	memset(used, 0, sizeof(used));
	return chunks == NULL;
}

static int teardown(void **state UNUSED)
{
	free(chunks);
	return 0;
}

static void mark(uint64_t frame, uint64_t n, bool to)
{
	for (uint64_t f = frame; f < frame + n; f++) {
		assert_true(is_usable(f));
		assert_int_equal(used[f - FIRST], !to);
		used[f - FIRST] = to;
	}
}

/* Order 10 blocks that the range has room for. */
static unsigned largest_blocks(void)
{
	unsigned n = 0;

	for (uint64_t f = 0; f < END; f += 1UL << BUDDY_MAX_ORDER)
		n += f >= HOLE_END && f + (1UL << BUDDY_MAX_ORDER) <= END;
	return n;
}

static void assert_all_joined(void)
{
	uint64_t frames[16];
	unsigned n = 0;

	assert_int_equal(buddy.nr_free, USABLE);
	while ((frames[n] = buddy_alloc(&buddy, BUDDY_MAX_ORDER)) != BUDDY_NONE)
		n++;
	assert_int_equal(n, largest_blocks());
	while (n-- > 0)
		buddy_free(&buddy, frames[n], BUDDY_MAX_ORDER);
}

static void test_every_frame_once(void **state UNUSED)
{
	uint64_t *frames = calloc(FRAMES, sizeof(*frames));
	unsigned n = 0, got;

	while ((got = buddy_alloc_singles(&buddy, frames + n, 32)) != 0) {
		for (unsigned i = n; i < n + got; i++)
			mark(frames[i], 1, true);
		n += got;
	}
	assert_int_equal(n, USABLE);
	assert_int_equal(buddy.nr_free, 0);
	assert_true(buddy_alloc(&buddy, 0) == BUDDY_NONE);
	for (unsigned i = 0; i < n; i += 7)
		buddy_free_singles(&buddy, frames + i, n - i < 7 ? n - i : 7);
	assert_all_joined();
	free(frames);
}

static void test_singles_come_in_order(void **state UNUSED)
{
	uint64_t frames[32];

	assert_int_equal(buddy_alloc_singles(&buddy, frames, 32), 32);
	for (unsigned i = 1; i < 32; i++)
		if (frames[i] >> BUDDY_CHUNK_ORDER ==
		    frames[i - 1] >> BUDDY_CHUNK_ORDER)
			assert_true(frames[i] < frames[i - 1]);
}

struct block {
	uint64_t frame;
	unsigned order;
};

static void test_random(void **state UNUSED)
{
	enum { BLOCKS = 600, STEPS = 60000 };
	static struct block blocks[BLOCKS];
	unsigned nr = 0;
	struct rng rng;

	rng_seed(&rng, 1);
	for (unsigned step = 0; step < STEPS; step++) {
		bool fill = step / 3000 % 2 == 0;

		if (nr < BLOCKS && rng_below(&rng, 100) < (fill ? 70 : 30)) {
			unsigned order = rng_below(&rng, 8) == 0 ?
				rng_below(&rng, BUDDY_MAX_ORDER + 1) :
				rng_below(&rng, 4);
			uint64_t frame = buddy_alloc(&buddy, order);

			if (frame == BUDDY_NONE)
				continue;
			assert_true(is_aligned(frame, 1UL << order));
			mark(frame, 1UL << order, true);
			blocks[nr++] = (struct block){ frame, order };
		} else if (nr > 0) {
			unsigned i = rng_below(&rng, nr);

			mark(blocks[i].frame, 1UL << blocks[i].order, false);
			buddy_free(&buddy, blocks[i].frame, blocks[i].order);
			blocks[i] = blocks[--nr];
		}
	}
	while (nr-- > 0)
		buddy_free(&buddy, blocks[nr].frame, blocks[nr].order);
	assert_all_joined();
}

/* A run that is free in a broken chunk is found however broken it is. */
static void test_finds_the_last_run(void **state UNUSED)
{
	uint64_t n = 0, keep = 0;

	while (buddy_alloc(&buddy, 0) != BUDDY_NONE)
		n++;
	assert_int_equal(n, USABLE);
	keep = align_up((uint64_t)FIRST, 32UL) + 12;
	for (unsigned i = 0; i < 4; i++)
		buddy_free(&buddy, keep + i, 0);
	assert_true(buddy_alloc(&buddy, 3) == BUDDY_NONE);
	assert_int_equal(buddy_alloc(&buddy, 2), keep);
}

static void test_double_free(void **state UNUSED)
{
	uint64_t a = buddy_alloc(&buddy, 0);
	uint64_t twice[2] = { a, a };

	buddy_free(&buddy, a, 0);
	expect_assert_failure(buddy_free(&buddy, a, 0));
	a = buddy_alloc(&buddy, 0);
	expect_assert_failure(buddy_free_singles(&buddy, twice, 2));
	expect_assert_failure(buddy_free(&buddy, FIRST - 4096, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_every_frame_once),
		TEST(test_singles_come_in_order),
		TEST(test_random),
		TEST(test_finds_the_last_run),
		TEST(test_double_free),
	};

	return UNIT_RUN(tests);
}
