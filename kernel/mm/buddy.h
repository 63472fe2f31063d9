#pragma once

/*
 * mm/buddy.h - which page frames are free.  Pure data structure: frame
 * numbers in and out, no locks, no memory of its own.
 *
 * A chunk is 32 frames.  Inside a chunk a word of bits says which frames are
 * free, so that one page more or less is one bit, and freeing a run of pages
 * of one chunk is a single OR.  A chunk all free becomes a block of order 5,
 * and from there on up it is a buddy system: a block of order n + 1 is two
 * neighbours of order n.
 *
 * Free chunks stand in lists: `partial` by the largest aligned run of free
 * frames inside, `whole` by the order of the block they head.  So every
 * request is answered from the first list that is not empty.
 */

#include "lib/list.h"
#include "lib/types.h"

#define BUDDY_CHUNK_ORDER 5
#define BUDDY_CHUNK_FRAMES (1UL << BUDDY_CHUNK_ORDER)
#define BUDDY_MAX_ORDER 10
#define BUDDY_WHOLE_ORDERS (BUDDY_MAX_ORDER - BUDDY_CHUNK_ORDER + 1)
#define BUDDY_NONE UINT64_MAX

struct buddy_chunk {
	struct list link; /* in partial[] when free != 0, in whole[] when head */
	uint32_t free;    /* free frames; 0 also while the whole chunk is free */
	uint8_t order;    /* of the free block, when head */
	bool head;        /* first chunk of a free block of whole chunks */
};

struct buddy {
	uint64_t first; /* frame number of chunks[0], aligned to the largest block */
	uint64_t nr_chunks;
	struct buddy_chunk *chunks;
	struct list partial[BUDDY_CHUNK_ORDER];
	struct list whole[BUDDY_WHOLE_ORDERS];
	uint64_t nr_free; /* frames */
};

/* Bytes of bookkeeping for the frames [first, end). */
size_t buddy_bytes(uint64_t first, uint64_t end);
/* All frames are taken at first; @chunks has buddy_bytes() bytes. */
void buddy_init(struct buddy *b, uint64_t first, uint64_t end, void *chunks);
/* Free the frames [start, end), of any alignment. */
void buddy_add(struct buddy *b, uint64_t start, uint64_t end);

/* 2^order frames aligned to their size: the first one, or BUDDY_NONE. */
uint64_t buddy_alloc(struct buddy *b, unsigned order);
void buddy_free(struct buddy *b, uint64_t frame, unsigned order);

/* Up to @n single frames, into frames[]; how many there were.  The lowest
 * numbers stand last: the caller takes from the end. */
unsigned buddy_alloc_singles(struct buddy *b, uint64_t *frames, unsigned n);
void buddy_free_singles(struct buddy *b, const uint64_t *frames, unsigned n);
