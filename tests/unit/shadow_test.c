/* sources: debug/shadow_model.c */
/*
 * Claim    The shadow TLB accuses whoever frees, copies or returns too early,
 *          with a range too short, or without a hart that should have
 *          flushed; and nobody else.
 */

#include "unit.h"

#include "debug/shadow_model.h"
#include "lib/compiler.h"

enum { FRAME = 7, OTHER_FRAME = 7 + 1024 };

static struct shadow_space space;

static void begin(void)
{
	shadow_model_init();
	shadow_space_begin(&space, 5);
	for (unsigned hart = 0; hart < 2; hart++) {
		shadow_model_flush(&space, hart, space.seq);
		assert_true(shadow_model_enter(&space, hart));
	}
}

static const struct shadow_record *settle(uint64_t start, uint64_t end)
{
	unsigned hart;

	return shadow_model_settle(&space, start, end, space.seq, &hart);
}

/* Changed, flushed everywhere, shot down: nobody holds it. */
static void test_right_order(void **state UNUSED)
{
	begin();
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	assert_non_null(shadow_model_find(FRAME));
	shadow_model_flush(&space, 0, space.seq);
	shadow_model_flush_range(&space, 1, 0x1000, 0x2000);
	assert_null(settle(0x1000, 0x2000));
	assert_null(shadow_model_find(FRAME));
	assert_false(shadow_model_may_have(FRAME));
}

static void test_freed_early(void **state UNUSED)
{
	begin();
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	assert_null(shadow_model_find(OTHER_FRAME));
	assert_int_equal(shadow_model_holder(shadow_model_find(FRAME)), 0);
	shadow_model_flush(&space, 0, space.seq);
	assert_int_equal(shadow_model_holder(shadow_model_find(FRAME)), 1);
}

/* Every hart flushed everything, but the request said too little. */
static void test_short_range(void **state UNUSED)
{
	begin();
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	shadow_model_lose(&space, 0x2000, FRAME + 1, SHADOW_PAGE, NULL);
	shadow_model_flush(&space, 0, space.seq);
	shadow_model_flush(&space, 1, space.seq);
	assert_null(settle(0x1000, 0x2000));
	assert_null(shadow_model_find(FRAME));
	assert_non_null(shadow_model_find(FRAME + 1));
}

static void test_hart_missed(void **state UNUSED)
{
	unsigned hart = MAX_HARTS;

	begin();
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	shadow_model_flush(&space, 0, space.seq);
	assert_non_null(shadow_model_settle(&space, 0x1000, 0x2000, space.seq,
					    &hart));
	assert_int_equal(hart, 1);
}

/* A flush that began before the change does not count. */
static void test_flushed_before(void **state UNUSED)
{
	uint64_t mark;

	begin();
	mark = space.seq;
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	shadow_model_flush(&space, 0, mark);
	assert_int_equal(shadow_model_holder(shadow_model_find(FRAME)), 0);
}

/* A change made after a shootdown began is not covered by it. */
static void test_lost_after_begin(void **state UNUSED)
{
	uint64_t mark;
	unsigned hart;

	begin();
	mark = space.seq;
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	assert_null(shadow_model_settle(&space, 0, 0x9000, mark, &hart));
	assert_non_null(shadow_model_find(FRAME));
}

static void test_debt(void **state UNUSED)
{
	begin();
	shadow_model_pause(&space, 1);
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	shadow_model_flush(&space, 0, space.seq);
	assert_null(settle(0x1000, 0x2000));
	assert_false(shadow_model_enter(&space, 1));
	shadow_model_flush(&space, 1, space.seq);
	assert_true(shadow_model_enter(&space, 1));
}

/* What the ASID meant to its last owner must be flushed. */
static void test_first_entry(void **state UNUSED)
{
	begin();
	assert_false(shadow_model_enter(&space, 2));
	shadow_model_flush(&space, 2, space.seq);
	assert_true(shadow_model_enter(&space, 2));
}

/* A paused hart's walker may read tables, but it uses no page. */
static void test_tables(void **state UNUSED)
{
	begin();
	shadow_model_leave(&space, 0);
	shadow_model_pause(&space, 1);
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_PAGE, NULL);
	shadow_model_lose(&space, 0x1000, FRAME + 1, SHADOW_TABLE, NULL);
	assert_int_equal(shadow_model_holder(shadow_model_find(FRAME)),
			 MAX_HARTS);
	assert_int_equal(shadow_model_holder(shadow_model_find(FRAME + 1)), 1);
	shadow_model_leave(&space, 1);
	assert_null(settle(0x1000, 0x2000));
}

static void test_owner(void **state UNUSED)
{
	static const int me, you;

	begin();
	assert_false(shadow_model_is_busy());
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_WRITE, &me);
	assert_true(shadow_model_is_busy());
	assert_non_null(shadow_model_find_owner(&me));
	assert_null(shadow_model_find_owner(&you));
	shadow_space_end(&space);
	assert_null(shadow_model_find_owner(&me));
	shadow_model_lose(&space, 0x1000, FRAME, SHADOW_WRITE, &me);
	assert_false(shadow_model_is_busy());
}

/* Too many changes at once: the oldest are forgotten, and counted. */
static void test_full(void **state UNUSED)
{
	begin();
	for (unsigned i = 0; i < 5000; i++)
		shadow_model_lose(&space, i * 0x1000UL, i, SHADOW_PAGE, NULL);
	assert_true(shadow_model_forgotten() != 0);
	assert_null(shadow_model_find(7));
	assert_non_null(shadow_model_find(4999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_order),
		cmocka_unit_test(test_freed_early),
		cmocka_unit_test(test_short_range),
		cmocka_unit_test(test_hart_missed),
		cmocka_unit_test(test_flushed_before),
		cmocka_unit_test(test_lost_after_begin),
		cmocka_unit_test(test_debt),
		cmocka_unit_test(test_first_entry),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_full),
	};

	return UNIT_RUN(tests);
}
