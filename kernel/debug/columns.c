/*
 * debug/columns.c - see columns.h.
 */
#include "debug/columns.h"

#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/string.h"

#if LAB

#define LINE_WIDTH 120U
#define TIME_WIDTH 9U
#define CELL_MIN 14U
#define CELL_MAX 28U
#define STORY_PAUSE_US 200000U
#define GAP_US 1000U
#define ADDRESS_MASK 0xfffffUL

/* ---- which rows ---- */

/* The latest event that is left in any ring, by time. */
static bool take_last(struct columns *c, struct trace_event *event)
{
	struct trace_event e;
	int from = -1;

	for (unsigned r = 0; r < c->nr_rings; r++) {
		if (c->next[r] == 0 ||
		    !ring_get(&c->rings[r], c->next[r] - 1, &e))
			continue;
		if (from >= 0 && e.time <= event->time)
			continue;
		*event = e;
		from = (int)r;
	}
	if (from < 0)
		return false;
	c->next[from]--;
	return true;
}

/* A loop that does the same two things again and again is two rows; unless
 * another hart comes between, where the order may matter. */
static bool repeats_row(struct columns *c, const struct trace_event *e)
{
	for (unsigned n = c->nr_rows; n-- > 0 && n + 2 >= c->nr_rows;) {
		struct trace_event *row = &c->row[n];

		if (row->hart != e->hart)
			return false;
		if (row->id != e->id || row->tid != e->tid ||
		    row->a != e->a || row->b != e->b)
			continue;
		row->times = min(row->times + e->times + 1, UINT16_MAX);
		return true;
	}
	return false;
}

/* Race points are as many kinds as there are points. */
static bool is_same_kind(const struct columns *c, const struct trace_event *e,
			 const struct trace_event *f)
{
	return e->hart == f->hart && e->id == f->id &&
	       (e->a == f->a || strncmp(c->texts[e->id], "%P", 2) != 0);
}

/* What one hart does again and again must not hide what others did. */
static bool is_flood(const struct columns *c, const struct trace_event *e)
{
	unsigned same = 0;

	for (unsigned n = 0; n < c->nr_rows; n++)
		same += is_same_kind(c, e, &c->row[n]);
	return same >= COLUMNS_SAME;
}

static bool is_shown(struct columns *c, const struct trace_event *e)
{
	if (e->id >= c->nr_texts || c->shows[e->id] == SHOW_QUIET ||
	    is_flood(c, e))
		return false;
	if (c->shows[e->id] == SHOW_KEY)
		return c->nr_key++ < COLUMNS_KEY;
	return c->nr_near++ < COLUMNS_NEAR;
}

static uint64_t pause(const struct columns *c, const struct trace_event *from,
		      const struct trace_event *to)
{
	return (to->time - from->time) / c->ticks_per_us;
}

/* Once there is a story, a long pause is its beginning. */
static bool is_old(const struct columns *c, const struct trace_event *e)
{
	return c->nr_key >= COLUMNS_STORY &&
	       pause(c, e, &c->row[c->nr_rows - 1]) > STORY_PAUSE_US;
}

/* What came after the mark is of no interest, nor what came before the last
 * one. */
static void choose_rows(struct columns *c)
{
	bool ended = c->why[0] == '\0';
	struct trace_event e;

	for (unsigned r = 0; r < c->nr_rings; r++)
		c->next[r] = READ_ONCE(c->rings[r].next);
	c->nr_rows = c->nr_key = c->nr_near = 0;
	c->seen = 0;
	while (c->nr_key < COLUMNS_KEY && take_last(c, &e) &&
	       !is_old(c, &e)) {
		if (e.id == c->mark && ended)
			break;
		ended |= e.id == c->mark;
		if (!ended || repeats_row(c, &e) || !is_shown(c, &e))
			continue;
		c->row[c->nr_rows++] = e;
		c->seen |= BIT(e.hart);
	}
}

/* ---- one cell ---- */

struct cell {
	char text[96];
	size_t used;
};

static void put(struct cell *cell, const char *fmt, ...) __printf(2, 3);
static void put(struct cell *cell, const char *fmt, ...)
{
	size_t room = sizeof(cell->text) - cell->used;
	va_list ap;

	va_start(ap, fmt);
	size_t n = (size_t)kvsnprintf(cell->text + cell->used, room, fmt, ap);
	va_end(ap);
	cell->used += min(n, room - 1);
}

static void put_harts(struct cell *cell, uint64_t harts)
{
	const char *comma = "";

	for (; harts != 0; harts &= harts - 1) {
		put(cell, "%s%u", comma, (unsigned)ctz64(harts));
		comma = ",";
	}
}

/* An address is told from its neighbours by its end. */
static void put_word(const struct columns *c, struct cell *cell, char kind,
		     uint64_t word)
{
	switch (kind) {
	case '-':
		return;
	case 'd':
		put(cell, "%ld", (long)word);
		return;
	case 'p':
		word &= ~(PAGE_SIZE - 1);
		/* fallthrough */
	case 'x':
		put(cell, word > ADDRESS_MASK ? "..%05lx" : "%lx",
		    word & ADDRESS_MASK);
		return;
	case 'H':
		put(cell, "hart %lu", word);
		return;
	case 'M':
		put_harts(cell, word);
		return;
	case 'T':
		put(cell, word == 0 ? "idle" : "%lu", word);
		return;
	default:
		put(cell, "%s", c->word_name(kind, word));
		return;
	}
}

static void put_event(const struct columns *c, struct cell *cell,
		      const struct trace_event *e)
{
	uint64_t words[2] = { e->a, e->b };
	unsigned used = 0;

	if (e->tid != 0)
		put(cell, "%d ", e->tid);
	for (const char *s = c->texts[e->id]; *s != '\0'; s++) {
		if (*s != '%') {
			put(cell, "%c", *s);
		} else if (s[1] == 'N') {
			put(cell, "%.*s", (int)sizeof(words),
			    (const char *)words);
			s++;
		} else {
			put_word(c, cell, *++s, words[used++ & 1]);
		}
	}
}

/* ---- the table ---- */

static void blanks(unsigned n, printf_sink sink, void *ctx)
{
	printf_to(sink, ctx, "%*s", (int)n, "");
}

static void print_head(const struct columns *c, printf_sink sink, void *ctx)
{
	printf_to(sink, ctx, "%*s", (int)TIME_WIDTH, "us ");
	for (unsigned h = 0; h < c->nr_rings; h++) {
		if (!(c->seen & BIT(h)))
			continue;
		printf_to(sink, ctx, " hart %u", h);
		if (c->seen >> h > 1)
			blanks(c->width - 7, sink, ctx);
	}
	printf_to(sink, ctx, "\n");
}

/* The columns of harts before that of row @n's end without blanks: nothing
 * follows in the line. */
static void print_row(const struct columns *c, const struct trace_event *e,
		      uint64_t end, printf_sink sink, void *ctx)
{
	uint64_t tenths = (end - e->time) * 10 / c->ticks_per_us;
	struct cell cell = { .used = 0 };
	unsigned before = 0;
	char time[24];

	for (unsigned h = 0; h < e->hart; h++)
		before += (c->seen & BIT(h)) != 0;
	ksnprintf(time, sizeof(time), "%s%lu.%lu", tenths == 0 ? "" : "-",
		  tenths / 10, tenths % 10);
	printf_to(sink, ctx, "%*s", (int)TIME_WIDTH, time);
	blanks(before * c->width + 1, sink, ctx);
	if (e->id == c->mark) {
		printf_to(sink, ctx, "hart %u: %s\n", e->hart, c->why);
		return;
	}
	put_event(c, &cell, e);
	if (e->times != 0)
		put(&cell, " x%u", e->times + 1U);
	printf_to(sink, ctx, "%.*s\n", (int)c->width - 1, cell.text);
}

void columns_print(struct columns *c, printf_sink sink, void *ctx)
{
	unsigned shown;

	choose_rows(c);
	if (c->nr_rows == 0)
		return;
	shown = (unsigned)popcount64(c->seen);
	c->width = (LINE_WIDTH - TIME_WIDTH) / shown;
	c->width = max(CELL_MIN, min(c->width, CELL_MAX));
	print_head(c, sink, ctx);
	for (unsigned n = c->nr_rows; n-- > 0;) {
		if (n + 1 < c->nr_rows &&
		    pause(c, &c->row[n + 1], &c->row[n]) > GAP_US)
			printf_to(sink, ctx, "%*s\n", (int)TIME_WIDTH, "...");
		print_row(c, &c->row[n], c->row[0].time, sink, ctx);
	}
}

#endif
