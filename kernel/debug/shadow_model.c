/*
 * debug/shadow_model.c - see shadow_model.h.
 *
 * A full flush costs one number, not a walk over the records: a record that
 * is older than the number is flushed.  Records live only while a change is
 * under way, so there are few, and the lists are short.
 */

#include "debug/shadow_model.h"

#include "lib/bits.h"

#if LAB

#define NR_RECORDS 4096
#define NR_BUCKETS 1024UL

static struct shadow_record records[NR_RECORDS];
static struct list buckets[NR_BUCKETS];
static struct list in_flight = LIST_INIT(in_flight);
static unsigned next;      /* the record that is reused next */
static uint64_t forgotten;

static struct list *bucket_of(uint64_t frame)
{
	return &buckets[frame % NR_BUCKETS];
}

void shadow_model_init(void)
{
	for (unsigned i = 0; i < NR_RECORDS; i++)
		records[i].space = NULL;
	for (unsigned i = 0; i < NR_BUCKETS; i++)
		list_init(&buckets[i]);
	list_init(&in_flight);
	next = 0;
	forgotten = 0;
}

uint64_t shadow_model_forgotten(void)
{
	return READ_ONCE(forgotten);
}

/* ---- records ---- */

static void drop(struct shadow_record *r)
{
	list_remove(&r->space_link);
	list_remove(&r->frame_link);
	list_remove(&r->flight_link);
	r->space = NULL;
}

/* Round and round: a record that is still in flight is the oldest, or nearly
 * so.  To forget one can hide a mistake, but never accuse. */
static struct shadow_record *take_record(void)
{
	struct shadow_record *r;

	for (unsigned tries = 0; tries < 8; tries++) {
		r = &records[next++ % NR_RECORDS];
		if (r->space == NULL)
			return r;
	}
	drop(r);
	WRITE_ONCE(forgotten, forgotten + 1);
	return r;
}

/* May @hart's TLB, or its walker, have what @r is about? */
static bool may_hold(const struct shadow_record *r, unsigned hart)
{
	return r->space->flushed[hart] < r->seq &&
	       !hartmask_has(r->flushed, hart);
}

static struct hartmask users(const struct shadow_record *r)
{
	return r->loss == SHADOW_TABLE ? r->space->loaded : r->space->entered;
}

unsigned shadow_model_holder(const struct shadow_record *r)
{
	unsigned hart;

	for_each_hart(hart, users(r))
		if (may_hold(r, hart))
			return hart;
	return MAX_HARTS;
}

bool shadow_model_may_have(uint64_t frame)
{
	struct list *bucket = bucket_of(frame);

	return READ_ONCE(bucket->next) != bucket;
}

const struct shadow_record *shadow_model_find(uint64_t frame)
{
	const struct shadow_record *r;

	list_for_each_entry(r, bucket_of(frame), frame_link)
		if (r->frame == frame)
			return r;
	return NULL;
}

const struct shadow_record *shadow_model_find_writer(uint64_t frame)
{
	const struct shadow_record *r;

	list_for_each_entry(r, bucket_of(frame), frame_link)
		if (r->frame == frame &&
		    (r->loss == SHADOW_WRITE || r->loss == SHADOW_TABLE) &&
		    shadow_model_holder(r) != MAX_HARTS)
			return r;
	return NULL;
}

bool shadow_model_is_busy(void)
{
	return READ_ONCE(in_flight.next) != &in_flight;
}

const struct shadow_record *shadow_model_find_owner(const void *owner)
{
	const struct shadow_record *r;

	list_for_each_entry(r, &in_flight, flight_link)
		if (r->owner == owner)
			return r;
	return NULL;
}

/* ---- spaces ---- */

void shadow_space_begin(struct shadow_space *s, unsigned asid)
{
	*s = (struct shadow_space){ .asid = asid, .seq = 1 };
	list_init(&s->records);
}

void shadow_space_end(struct shadow_space *s)
{
	struct shadow_record *r, *rest;

	list_for_each_entry_safe(r, rest, &s->records, space_link)
		drop(r);
	s->dead = true;
}

void shadow_model_lose(struct shadow_space *s, uint64_t va, uint64_t frame,
		       enum shadow_loss loss, const void *owner)
{
	struct shadow_record *r;

	if (s->dead)
		return;
	r = take_record();
	r->space = s;
	r->va = va;
	r->frame = frame;
	r->seq = ++s->seq;
	r->flushed = HARTMASK_NONE;
	r->loss = loss;
	r->owner = owner;
	list_push_back(&s->records, &r->space_link);
	list_push_back(&in_flight, &r->flight_link);
	list_push_back(bucket_of(frame), &r->frame_link);
}

void shadow_model_flush(struct shadow_space *s, unsigned hart, uint64_t seq)
{
	s->flushed[hart] = max(s->flushed[hart], seq);
}

void shadow_model_flush_range(struct shadow_space *s, unsigned hart,
			      uint64_t start, uint64_t end)
{
	struct shadow_record *r;

	list_for_each_entry(r, &s->records, space_link)
		if (r->va >= start && r->va < end)
			hartmask_add(&r->flushed, hart);
}

/* A hart that does not run the address space flushes when it comes back. */
static void note_debts(const struct shadow_record *r)
{
	struct shadow_space *s = r->space;

	for (unsigned hart = 0; hart < MAX_HARTS; hart++)
		if (s->flushed[hart] != 0 && may_hold(r, hart))
			s->owed[hart] = max(s->owed[hart], r->seq);
}

const struct shadow_record *
shadow_model_settle(struct shadow_space *s, uint64_t start, uint64_t end,
		    uint64_t seq, unsigned *hart)
{
	struct shadow_record *r, *rest;

	list_for_each_entry_safe(r, rest, &s->records, space_link) {
		if (r->seq > seq || r->va < start || r->va >= end)
			continue;
		*hart = shadow_model_holder(r);
		if (*hart != MAX_HARTS)
			return r;
		note_debts(r);
		drop(r);
	}
	return NULL;
}

/* Never flushed: it may hold what the ASID meant before. */
bool shadow_model_enter(struct shadow_space *s, unsigned hart)
{
	hartmask_add(&s->entered, hart);
	hartmask_add(&s->loaded, hart);
	return s->flushed[hart] != 0 && s->flushed[hart] >= s->owed[hart];
}

void shadow_model_pause(struct shadow_space *s, unsigned hart)
{
	hartmask_remove(&s->entered, hart);
}

void shadow_model_leave(struct shadow_space *s, unsigned hart)
{
	hartmask_remove(&s->entered, hart);
	hartmask_remove(&s->loaded, hart);
}

#endif
