/* sources: debug/ring.c debug/columns.c lib/printf.c lib/string.c */
/*
 * Claim    A ring keeps its last events and tells which are gone; an event
 *          that says the same again is counted.  The columns merge the rings
 *          by time, show what matters, end at the mark and begin after the
 *          one before.
 */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "debug/columns.h"
#include "lib/compiler.h"

enum { KEY, NEAR, QUIET, MARK, TWO, WORDS, NR };
enum { RINGS = 3, SIZE = 64 };

static const char *const texts[NR] = {
	"key %x", "near %T", "quiet", "stop", "two", "%A%- for %N",
};
static const uint8_t shows[NR] = {
	SHOW_KEY, SHOW_NEAR, SHOW_QUIET, SHOW_KEY, SHOW_KEY, SHOW_KEY,
};

static struct trace_event events[RINGS][SIZE];
static struct trace_ring rings[RINGS];
static char out[40000];
static size_t used;

static int set_up(void **state UNUSED)
{
	memset(events, 0, sizeof(events));
	for (int r = 0; r < RINGS; r++)
		rings[r] = (struct trace_ring){ .size = SIZE,
						.events = events[r] };
	return 0;
}

static struct trace_event event(unsigned hart, uint64_t time, uint8_t id,
				uint64_t a)
{
	return (struct trace_event){
		.time = time, .id = id, .hart = hart, .tid = 7, .a = a,
	};
}

static void happens(unsigned hart, uint64_t time, uint8_t id, uint64_t a)
{
	struct trace_event e = event(hart, time, id, a);

	ring_put(&rings[hart], &e);
}

static const char *word_name(char kind, uint64_t word UNUSED)
{
	return kind == 'A' ? "named" : "?";
}

static void sink(void *ctx UNUSED, const char *s, size_t n)
{
	assert_true(used + n < sizeof(out));
	memcpy(out + used, s, n);
	used += n;
	out[used] = '\0';
}

/* One tick is a microsecond. */
static const char *print(const char *why)
{
	static struct columns c;

	c = (struct columns){
		.rings = rings, .nr_rings = RINGS, .ticks_per_us = 1,
		.texts = texts, .shows = shows, .nr_texts = NR, .mark = MARK,
		.why = why, .word_name = word_name,
	};
	used = 0;
	out[0] = '\0';
	columns_print(&c, sink, NULL);
	return out;
}

/* ---- the ring ---- */

static void test_ring_keeps_the_last(void **state UNUSED)
{
	struct trace_event e;

	assert_false(ring_get(&rings[0], 0, &e));
	for (uint64_t n = 0; n < 3 * SIZE; n++)
		happens(0, n, KEY, n * 5);
	assert_false(ring_get(&rings[0], 3 * SIZE, &e));
	for (uint64_t n = 2 * SIZE + 1; n < 3 * SIZE; n++) {
		assert_true(ring_get(&rings[0], n, &e));
		assert_int_equal(e.time, n);
		assert_int_equal(e.a, n * 5);
	}
	/* The writer may be at work on the oldest. */
	assert_false(ring_get(&rings[0], 2 * SIZE, &e));
}

static void test_ring_counts_repeats(void **state UNUSED)
{
	struct trace_event e = event(0, 1, KEY, 5), got;

	ring_put_once(&rings[0], &e);
	ring_put_once(&rings[0], &e);
	e.time = 2; /* as any later one */
	ring_put_once(&rings[0], &e);
	e.a = 6;
	ring_put_once(&rings[0], &e);
	assert_int_equal(rings[0].next, 2);
	assert_true(ring_get(&rings[0], 0, &got));
	assert_int_equal(got.times, 2);
	assert_true(ring_get(&rings[0], 1, &got));
	assert_int_equal(got.times, 0);
}

/* ---- the columns ---- */

static void test_nothing(void **state UNUSED)
{
	assert_string_equal(print(""), "");
}

static void test_merged_by_time(void **state UNUSED)
{
	happens(0, 100, KEY, 0x123456789);
	happens(2, 101, NEAR, 0);
	happens(0, 102, QUIET, 0);
	happens(0, 103, TWO, 0);
	assert_string_equal(print(""),
		"      us  hart 0                      hart 2\n"
		"     -3.0 7 key ..56789\n"
		"     -2.0                             7 near idle\n"
		"      0.0 7 two\n");
}

static void test_words(void **state UNUSED)
{
	struct trace_event e = event(1, 9, WORDS, 1);

	e.tid = 0;
	memcpy(&e.a, "a name", 7);
	ring_put(&rings[1], &e);
	assert_non_null(strstr(print(""), " named for a name\n"));
}

static void test_from_mark_to_mark(void **state UNUSED)
{
	happens(0, 1, KEY, 0xa);
	happens(1, 2, MARK, 0);
	happens(0, 3, KEY, 0xb);
	happens(2, 4, MARK, 0);
	happens(0, 5, KEY, 0xc);
	print("it is wrong");
	assert_null(strstr(out, "key a"));
	assert_non_null(strstr(out, "key b\n"));
	assert_non_null(strstr(out, "hart 2: it is wrong\n"));
	assert_null(strstr(out, "key c"));
	/* Not stopped any more: from the last mark on. */
	print("");
	assert_null(strstr(out, "key b"));
	assert_non_null(strstr(out, "key c\n"));
}

/* Two by turns, as a loop makes them, are two rows with their counts. */
static void test_loops(void **state UNUSED)
{
	for (uint64_t n = 0; n < 20; n++) {
		happens(1, 2 * n, KEY, 1);
		happens(1, 2 * n + 1, TWO, 0);
	}
	print("");
	assert_non_null(strstr(out, "key 1 x20\n"));
	assert_non_null(strstr(out, "two x20\n"));
	happens(0, 100, KEY, 2);
	happens(1, 101, KEY, 1);
	print("");
	assert_non_null(strstr(out, "key 1 x20\n"));
}

static unsigned count_lines(void)
{
	unsigned lines = 0;

	for (const char *s = out; (s = strchr(s, '\n')) != NULL; s++)
		lines++;
	return lines;
}

/* However much happens: few rows, none too wide, the last ones. */
static void test_bounds(void **state UNUSED)
{
	for (uint64_t n = 0; n < 10 * SIZE; n++)
		happens(n % RINGS, n * 100000, n % NR == MARK ? KEY : n % NR, n);
	print("");
	assert_in_range(count_lines(), 20, 2 * COLUMNS_ROWS + 1);
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		assert_in_range(strlen(line), 1, 120);
}

/* One hart's thousand faults do not hide another's one. */
static void test_flood(void **state UNUSED)
{
	happens(1, 1, TWO, 0);
	for (uint64_t n = 0; n < SIZE / 2; n++)
		happens(0, 2 + n, KEY, n);
	print("");
	assert_non_null(strstr(out, "two\n"));
	assert_int_equal(count_lines(), 2 + COLUMNS_SAME);
}

/* A pause ends the story when enough of it is there. */
static void test_long_pause(void **state UNUSED)
{
	happens(0, 1, KEY, 0xdead);
	for (uint64_t n = 0; n < COLUMNS_STORY; n++)
		happens(n % RINGS, 10000000 + n, KEY, n);
	assert_null(strstr(print(""), "key dead"));
	set_up(NULL);
	happens(0, 1, KEY, 0xdead);
	happens(1, 10000000, KEY, 1);
	assert_non_null(strstr(print(""), "key dead"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ring_keeps_the_last, set_up),
		cmocka_unit_test_setup(test_ring_counts_repeats, set_up),
		cmocka_unit_test_setup(test_nothing, set_up),
		cmocka_unit_test_setup(test_merged_by_time, set_up),
		cmocka_unit_test_setup(test_words, set_up),
		cmocka_unit_test_setup(test_from_mark_to_mark, set_up),
		cmocka_unit_test_setup(test_loops, set_up),
		cmocka_unit_test_setup(test_bounds, set_up),
		cmocka_unit_test_setup(test_flood, set_up),
		cmocka_unit_test_setup(test_long_pause, set_up),
	};

	return UNIT_RUN(tests);
}
