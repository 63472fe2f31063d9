/*
 * mm/buddy.c - see buddy.h.
 */

#include "mm/buddy.h"

#include "lib/bits.h"
#include "lib/bug.h"

#define CHUNK_FULL UINT32_MAX
#define BLOCK_CHUNKS(order) (1UL << ((order) - BUDDY_CHUNK_ORDER))

/* A bit for each aligned run of 2^order free frames, at its first frame. */
static uint32_t aligned_runs(uint32_t free, unsigned order)
{
	static const uint32_t aligned[] = {
		0xffffffff, 0x55555555, 0x11111111, 0x01010101, 0x00010001,
	};

	assert(order < BUDDY_CHUNK_ORDER);
	for (unsigned o = 1; o <= order; o++)
		free &= free >> (1U << (o - 1)) & aligned[o];
	return free;
}

static unsigned largest_run(uint32_t free)
{
	unsigned order = 0;

	while (order + 1 < BUDDY_CHUNK_ORDER && aligned_runs(free, order + 1))
		order++;
	return order;
}

static uint64_t chunk_frame(const struct buddy *b, const struct buddy_chunk *c)
{
	return b->first + (uint64_t)(c - b->chunks) * BUDDY_CHUNK_FRAMES;
}

static struct buddy_chunk *chunk_of(const struct buddy *b, uint64_t frame)
{
	uint64_t nr = (frame - b->first) >> BUDDY_CHUNK_ORDER;

	assert(frame >= b->first && nr < b->nr_chunks);
	return &b->chunks[nr];
}

/* ---- blocks of whole chunks ---- */

static void block_push(struct buddy *b, struct buddy_chunk *c, unsigned order)
{
	assert(!c->head && c->free == 0);
	c->head = true;
	c->order = order;
	list_push_front(&b->whole[order - BUDDY_CHUNK_ORDER], &c->link);
}

static void block_remove(struct buddy_chunk *c)
{
	list_remove(&c->link);
	c->head = false;
}

static void block_free(struct buddy *b, struct buddy_chunk *c, unsigned order)
{
	while (order < BUDDY_MAX_ORDER) {
		uint64_t nr = (uint64_t)(c - b->chunks);
		uint64_t other = nr ^ BLOCK_CHUNKS(order);
		struct buddy_chunk *buddy = &b->chunks[other];

		if (other >= b->nr_chunks || !buddy->head ||
		    buddy->order != order)
			break;
		block_remove(buddy);
		c = &b->chunks[min(nr, other)];
		order++;
	}
	block_push(b, c, order);
}

/* The first chunk of a block, or NULL; the rest of a larger one stays free. */
static struct buddy_chunk *block_alloc(struct buddy *b, unsigned order)
{
	unsigned o = order;

	while (o <= BUDDY_MAX_ORDER &&
	       list_is_empty(&b->whole[o - BUDDY_CHUNK_ORDER]))
		o++;
	if (o > BUDDY_MAX_ORDER)
		return NULL;

	struct list *head = &b->whole[o - BUDDY_CHUNK_ORDER];
	struct buddy_chunk *c =
		list_entry(list_first(head), struct buddy_chunk, link);

	block_remove(c);
	while (o > order) {
		o--;
		block_push(b, c + BLOCK_CHUNKS(o), o);
	}
	return c;
}

/* ---- frames of one chunk ---- */

/* @c, which is no block's head, has the free frames @free from now on. */
static void chunk_set_free(struct buddy *b, struct buddy_chunk *c,
			   uint32_t free)
{
	if (c->free != 0)
		list_remove(&c->link);
	c->free = free;
	if (free == CHUNK_FULL) {
		c->free = 0;
		block_free(b, c, BUDDY_CHUNK_ORDER);
	} else if (free != 0) {
		list_push_front(&b->partial[largest_run(free)], &c->link);
	}
}

static void chunk_free(struct buddy *b, struct buddy_chunk *c, uint32_t frames)
{
	assert(!c->head && (c->free & frames) == 0);
	WRITE_ONCE(b->nr_free, b->nr_free + popcount64(frames));
	chunk_set_free(b, c, c->free | frames);
}

/* A chunk with an aligned run of 2^order free frames, and which are free:
 * the most broken one that serves, so that whole chunks stay whole. */
static struct buddy_chunk *chunk_with_run(struct buddy *b, unsigned order,
					  uint32_t *free)
{
	struct buddy_chunk *c;

	for (unsigned o = order; o < BUDDY_CHUNK_ORDER; o++) {
		if (list_is_empty(&b->partial[o]))
			continue;
		c = list_entry(list_first(&b->partial[o]), struct buddy_chunk,
			       link);
		*free = c->free;
		return c;
	}
	*free = CHUNK_FULL;
	return block_alloc(b, BUDDY_CHUNK_ORDER);
}

/* ---- interface ---- */

static uint64_t first_aligned(uint64_t first)
{
	return align_down(first, 1UL << BUDDY_MAX_ORDER);
}

size_t buddy_bytes(uint64_t first, uint64_t end)
{
	uint64_t frames = align_up(end, BUDDY_CHUNK_FRAMES) - first_aligned(first);

	return (frames >> BUDDY_CHUNK_ORDER) * sizeof(struct buddy_chunk);
}

void buddy_init(struct buddy *b, uint64_t first, uint64_t end, void *chunks)
{
	b->first = first_aligned(first);
	b->nr_chunks = buddy_bytes(first, end) / sizeof(struct buddy_chunk);
	b->chunks = chunks;
	b->nr_free = 0;
	for (unsigned o = 0; o < BUDDY_CHUNK_ORDER; o++)
		list_init(&b->partial[o]);
	for (unsigned o = 0; o < BUDDY_WHOLE_ORDERS; o++)
		list_init(&b->whole[o]);
	for (uint64_t i = 0; i < b->nr_chunks; i++) {
		list_init(&b->chunks[i].link);
		b->chunks[i].free = 0;
		b->chunks[i].head = false;
	}
}

void buddy_add(struct buddy *b, uint64_t start, uint64_t end)
{
	while (start < end) {
		unsigned order = BUDDY_MAX_ORDER;

		while (!is_aligned(start, 1UL << order) ||
		       start + (1UL << order) > end)
			order--;
		buddy_free(b, start, order);
		start += 1UL << order;
	}
}

uint64_t buddy_alloc(struct buddy *b, unsigned order)
{
	struct buddy_chunk *c;
	uint32_t free;

	assert(order <= BUDDY_MAX_ORDER);
	if (order >= BUDDY_CHUNK_ORDER) {
		c = block_alloc(b, order);
		if (c == NULL)
			return BUDDY_NONE;
		WRITE_ONCE(b->nr_free, b->nr_free - (1UL << order));
		return chunk_frame(b, c);
	}
	c = chunk_with_run(b, order, &free);
	if (c == NULL)
		return BUDDY_NONE;

	unsigned at = ctz64(aligned_runs(free, order));
	uint32_t run = (uint32_t)(BIT(1U << order) - 1) << at;

	WRITE_ONCE(b->nr_free, b->nr_free - (1UL << order));
	chunk_set_free(b, c, free & ~run);
	return chunk_frame(b, c) + at;
}

void buddy_free(struct buddy *b, uint64_t frame, unsigned order)
{
	struct buddy_chunk *c = chunk_of(b, frame);

	assert(is_aligned(frame, 1UL << order));
	if (order >= BUDDY_CHUNK_ORDER) {
		WRITE_ONCE(b->nr_free, b->nr_free + (1UL << order));
		block_free(b, c, order);
		return;
	}
	chunk_free(b, c, (uint32_t)(BIT(1U << order) - 1)
				 << frame % BUDDY_CHUNK_FRAMES);
}

/* The lowest @n bits set in @word, which has more. */
static uint32_t lowest_bits(uint32_t word, unsigned n)
{
	uint32_t rest = word;

	while (n-- > 0)
		rest &= rest - 1;
	return word & ~rest;
}

unsigned buddy_alloc_singles(struct buddy *b, uint64_t *frames, unsigned n)
{
	uint64_t *const end = frames + n, *filled = end; /* from there on */
	uint32_t free;

	while (filled != frames) {
		struct buddy_chunk *c = chunk_with_run(b, 0, &free);

		if (c == NULL)
			break;
		uint32_t take = free;

		if (popcount64(free) > (unsigned)(filled - frames))
			take = lowest_bits(free, (unsigned)(filled - frames));
		WRITE_ONCE(b->nr_free, b->nr_free - popcount64(take));
		chunk_set_free(b, c, free & ~take);
		for (uint64_t f = chunk_frame(b, c); take != 0; f++, take >>= 1)
			if (take & 1)
				*--filled = f;
	}
	if (filled != frames)
		for (uint64_t *frame = filled; frame != end; frame++)
			frames[frame - filled] = *frame;
	return (unsigned)(end - filled);
}

void buddy_free_singles(struct buddy *b, const uint64_t *frames, unsigned n)
{
	const uint64_t *end = frames + n;

	while (frames != end) {
		uint64_t frame = *frames;
		uint64_t chunk = frame >> BUDDY_CHUNK_ORDER;
		uint32_t mask = 0, twice = 0;

		do {
			uint32_t bit = 1U << frame % BUDDY_CHUNK_FRAMES;

			twice |= mask & bit;
			mask |= bit;
			if (++frames == end)
				break;
			frame = *frames;
		} while (frame >> BUDDY_CHUNK_ORDER == chunk);
		assert(twice == 0);
		chunk_free(b, chunk_of(b, chunk << BUDDY_CHUNK_ORDER), mask);
	}
}
