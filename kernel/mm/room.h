#pragma once

/*
 * mm/room.h - so much of something, and no more: a limit that many share.
 *
 *	if (!room_take(&room, 1))
 *		return -ENOSPC;
 *	...
 *	room_give(&room, 1);
 *
 * An addition first and a look then, without a lock: what is taken is never
 * more than the limit allows, but the last may be refused to two who try at
 * once.  Who lowers a limit takes nothing away.
 */

#include "arch/barrier.h"
#include "lib/bug.h"
#include "lib/types.h"

struct room {
	uint64_t used;       /* (a) */
	uint64_t limit;      /* (a) */
	struct room *within; /* (c) a larger one, of which this is a part; or NULL */
};

static inline bool MUST_CHECK room_take_here(struct room *room, uint64_t n)
{
	uint64_t limit = READ_ONCE(room->limit);
	uint64_t before = atomic_fetch_add_relaxed(&room->used, n);

	if (likely(before <= limit && n <= limit - before))
		return true;
	atomic_fetch_add_relaxed(&room->used, -n);
	return false;
}

static inline void room_give_here(struct room *room, uint64_t n)
{
	uint64_t before = atomic_fetch_add_relaxed(&room->used, -n);

	lab_assert(before >= n);
}

/* Two deep: what is within something is within nothing else. */
static inline bool MUST_CHECK room_take(struct room *room, uint64_t n)
{
	if (!room_take_here(room, n))
		return false;
	if (room->within == NULL || room_take_here(room->within, n))
		return true;
	room_give_here(room, n);
	return false;
}

static inline void room_give(struct room *room, uint64_t n)
{
	room_give_here(room, n);
	if (room->within != NULL)
		room_give_here(room->within, n);
}

static inline uint64_t room_left_here(const struct room *room)
{
	uint64_t used = READ_ONCE(room->used), limit = READ_ONCE(room->limit);

	return used < limit ? limit - used : 0;
}

/* What could still be taken. */
static inline uint64_t room_left(const struct room *room)
{
	uint64_t left = room_left_here(room), above;

	if (room->within == NULL)
		return left;
	above = room_left_here(room->within);
	return left < above ? left : above;
}
