#pragma once

/*
 * debug/shadow_model.h - what a TLB may still hold, as a model.
 *
 * A real TLB forgets by itself whenever it likes; this one never does, until
 * it is told to.  It is made of records: "the entry of this address mapped
 * this frame, and does so no more".  A record is in flight until a shootdown
 * whose range covers its address has returned; by then every hart that runs
 * the address space must have flushed it, and any other owes a flush that it
 * pays before it runs it again.
 *
 * Nothing here takes a lock or knows a machine, so it runs in a unit test.
 * debug/shadow.h is what the kernel calls.
 */

#include "lib/hartmask.h"
#include "lib/list.h"
#include "lib/types.h"

/* Of one address space; part of its struct tlb_context. */
struct shadow_space {
	unsigned asid;
	bool dead;                /* no hart can hold anything of it */
	uint64_t seq;             /* number of the last record; from 1 */
	struct hartmask entered;  /* harts that may use its translations */
	struct hartmask loaded;   /* whose walkers may read its tables */
	uint64_t flushed[MAX_HARTS]; /* seq at each hart's last full flush; 0: never */
	uint64_t owed[MAX_HARTS]; /* a hart that enters has flushed this seq */
	struct list records;      /* struct shadow_record.space_link */
};

enum shadow_loss {
	SHADOW_PAGE,  /* the entry does not map the frame any more */
	SHADOW_WRITE, /* it does, without the right to write */
	SHADOW_READ,  /* it does, without another right */
	SHADOW_TABLE, /* it pointed to a page table */
};

struct shadow_record {
	struct shadow_space *space; /* NULL: not in use */
	struct list space_link;
	struct list frame_link;     /* its bucket of the hash by frames */
	struct list flight_link;    /* all records, the oldest first */
	uint64_t va, frame, seq;
	struct hartmask flushed;    /* harts that flushed just this address */
	enum shadow_loss loss;
	const void *owner;          /* the thread that changed the entry */
};

void shadow_model_init(void);
/* How many records were dropped, unsettled, for lack of room. */
uint64_t shadow_model_forgotten(void);

void shadow_space_begin(struct shadow_space *s, unsigned asid);
/* Every hart has let go of it: what is in flight does not matter. */
void shadow_space_end(struct shadow_space *s);

/* The entry of @va, which mapped @frame, has changed. */
void shadow_model_lose(struct shadow_space *s, uint64_t va, uint64_t frame,
		       enum shadow_loss loss, const void *owner);
/* @hart has flushed all of it, when the last record was @seq. */
void shadow_model_flush(struct shadow_space *s, unsigned hart, uint64_t seq);
/* @hart has flushed [start, end) alone. */
void shadow_model_flush_range(struct shadow_space *s, unsigned hart,
			      uint64_t start, uint64_t end);

/*
 * A shootdown of [start, end) that was begun when the last record was @seq
 * has returned.  NULL, or the record that it covers and that *hart, which
 * runs the address space, has not flushed.
 */
const struct shadow_record *
shadow_model_settle(struct shadow_space *s, uint64_t start, uint64_t end,
		    uint64_t seq, unsigned *hart);

/* @hart may use it from now on.  False: it owes a flush. */
bool shadow_model_enter(struct shadow_space *s, unsigned hart);
void shadow_model_pause(struct shadow_space *s, unsigned hart);
void shadow_model_leave(struct shadow_space *s, unsigned hart);

/* A record in flight that is about @frame, or NULL. */
const struct shadow_record *shadow_model_find(uint64_t frame);
/* One of @frame through which a hart may still write; or NULL. */
const struct shadow_record *shadow_model_find_writer(uint64_t frame);
/* There may be one: without any lock, for what this hart did itself. */
bool shadow_model_may_have(uint64_t frame);
/* Any record is in flight; without any lock, as above. */
bool shadow_model_is_busy(void);
/* A record in flight that @owner made, or NULL. */
const struct shadow_record *shadow_model_find_owner(const void *owner);
/* The first hart that may use @r's translation still; MAX_HARTS: none. */
unsigned shadow_model_holder(const struct shadow_record *r);
