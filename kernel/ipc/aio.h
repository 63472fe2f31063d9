#pragma once

/*
 * ipc/aio.h - what was asked for by io_submit(), and what became of it.
 *
 * A context belongs to a process, and all its threads use it by number: an
 * address of theirs at which there is a page, for the C library looks there
 * whether it could do without the kernel.  It has room for so many events; what
 * is asked for takes that room from then on, so an event is never lost.  It goes
 * by io_destroy(), with the process, or with the program that it runs.
 */

#include "lib/compiler.h"
#include "lib/types.h"

struct aio;

/* As programs read it. */
struct aio_event {
	uint64_t data, object;
	int64_t result, result2;
};

#define AIO_EVENTS_MOST (0x10000000U / sizeof(struct aio_event)) /* as on Linux */

extern uint32_t aio_max_nr; /* (a) events of all contexts; root changes it */
uint32_t aio_nr(void);      /* for how many there is room now */

/* Of the running process, room for @nr events: 0, -EAGAIN (all have too many),
 * -ENOMEM. */
int aio_create(uint64_t id, unsigned nr);
/* -EINVAL: it has none with that number.  Who waits for events goes on. */
int aio_destroy(uint64_t id);
/* With a reference; or NULL. */
struct aio *aio_find(uint64_t id);
void aio_put(struct aio *a);

/* Room for one more: taken until its event is, or it is given back.  False: there
 * is none. */
bool MUST_CHECK aio_begin(struct aio *a);
void aio_give_back(struct aio *a);
/* What has begun is over. */
void aio_end(struct aio *a, const struct aio_event *event);

/* Events to user memory, from @least on, before the deadline in ticks, up to
 * @most: how many, or -errno and none.  Sleeps. */
long aio_take(struct aio *a, vaddr_t to, long least, long most, uint64_t deadline);

void aio_init(void); /* boot */
