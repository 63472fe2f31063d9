/*
 * ipc/keys/ring.c - what is in a keyring, and what can be found from it.
 *
 * Rings lie in rings, and there may be very many ways to one: with thirty in each of
 * thirty, six deep, 30^6.  A walk leaves its number in each ring that it goes into,
 * and how deep it was, and goes into it again only if that lets it go farther; so it
 * does a few times at most.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/cred.h"

#define DEPTH_MAX 6 /* of rings in rings */
#define BYTES_PER_LINK 4 /* what one costs, as on Linux */

/* ---- in and out ---- */

static size_t bytes_with(const struct key *ring, size_t links)
{
	return strlen(ring->desc) + 1 + links * BYTES_PER_LINK;
}

static void remove(struct key *ring, struct key_link *l) REQUIRES(C_keys)
{
	list_remove(&l->link);
	ring->size--;
	if (ring->payer != NULL)
		(void)key_recharge(ring, bytes_with(ring, ring->size));
	cred_key_put(l->key);
	kfree(l);
}

void ring_prune(struct key *ring)
{
	struct key_link *l, *next;

	list_for_each_entry_safe(l, next, &ring->links, link)
		if (l->key->invalid)
			remove(ring, l);
}

void ring_clear(struct key *ring)
{
	struct key_link *l, *next;

	list_for_each_entry_safe(l, next, &ring->links, link)
		remove(ring, l);
}

static bool is_named(const struct key *k, const struct key_type *type,
		     const char *desc)
{
	return k->type == type && strcmp(k->desc, desc) == 0;
}

static struct key_link *find_link(struct key *ring, const struct key_type *type,
				  const char *desc) REQUIRES(C_keys)
{
	struct key_link *l;

	list_for_each_entry(l, &ring->links, link)
		if (!l->key->invalid && is_named(l->key, type, desc))
			return l;
	return NULL;
}

struct key *ring_find(struct key *ring, const struct key_type *type,
		      const char *desc)
{
	struct key_link *l = find_link(ring, type, desc);

	return l != NULL ? l->key : NULL;
}

static uint64_t walks GUARDED_BY(C_keys);

static bool has_come_by(const struct key *ring) REQUIRES(C_keys)
{
	return ring->walk == walks;
}

/* The walk goes into @ring. */
static void go_in(struct key *ring, unsigned depth) REQUIRES(C_keys)
{
	ring->walk = walks;
	ring->walk_depth = depth;
	cond_resched();
}

/* 0: @k is not in what @ring holds, as deep as rings may lie; -EDEADLK, -ELOOP.  A
 * walk of its own; who has seen a ring from deeper has seen all that is wrong. */
static int check_below(struct key *ring, const struct key *k, unsigned depth)
	REQUIRES(C_keys)
{
	struct key_link *l;
	int err = 0;

	if (ring == k)
		return -EDEADLK;
	if (depth > DEPTH_MAX)
		return -ELOOP;
	if (has_come_by(ring) && ring->walk_depth >= depth)
		return 0;
	go_in(ring, depth);
	list_for_each_entry(l, &ring->links, link) {
		if (l->key->type->is_ring)
			err = check_below(l->key, k, depth + 1);
		if (err != 0)
			break;
	}
	return err;
}

static int add(struct key *ring, struct key *k) REQUIRES(C_keys)
{
	struct key_link *l = kmalloc(sizeof(*l));
	int err = l == NULL ? -ENOMEM : 0;

	if (err == 0 && ring->payer != NULL)
		err = key_recharge(ring, bytes_with(ring, ring->size + 1));
	if (err != 0) {
		kfree(l);
		return err;
	}
	l->key = k;
	key_get(k);
	list_push_back(&ring->links, &l->link);
	ring->size++;
	return 0;
}

int ring_link(struct key *ring, struct key *k)
{
	struct key_link *old;
	int err = key_state(ring);

	if (err == 0 && k->type->is_ring) {
		walks++;
		err = check_below(k, ring, 1);
	}
	if (err != 0)
		return err;
	ring_prune(ring);
	old = find_link(ring, k->type, k->desc);
	if (old != NULL && old->key == k)
		return 0;
	err = add(ring, k);
	if (err == 0 && old != NULL)
		remove(ring, old);
	return err;
}

int ring_unlink(struct key *ring, struct key *k)
{
	struct key_link *l;

	list_for_each_entry(l, &ring->links, link) {
		if (l->key == k) {
			remove(ring, l);
			return 0;
		}
	}
	return -ENOENT;
}

/* ---- looking for one ---- */

/* @k is it, and may be found; if it is and may not, the search knows why. */
static bool matches(struct key *k, bool possessed, struct key_search *s)
	REQUIRES(C_keys)
{
	int err;

	if (s->exact != NULL)
		return k == s->exact;
	if (!is_named(k, s->type, s->desc))
		return false;
	err = key_state(k);
	if (err == -EKEYEXPIRED && s->skips_expired)
		return false;
	if (err == 0 && !key_allows(k, possessed, KEY_SEARCH))
		err = -EACCES;
	if (err != 0)
		s->error = err;
	return err == 0;
}

/* First what is in it, then what is in the rings in it.  From nearer the beginning
 * all was seen already that is to be seen from here. */
static struct key *search_in(struct key *ring, bool possessed,
			     struct key_search *s, unsigned depth)
	REQUIRES(C_keys)
{
	struct key *found = NULL;
	struct key_link *l;

	if (key_state(ring) != 0 || (has_come_by(ring) && ring->walk_depth <= depth))
		return NULL;
	go_in(ring, depth);
	list_for_each_entry(l, &ring->links, link)
		if (matches(l->key, possessed, s))
			return l->key;
	if (depth == DEPTH_MAX)
		return NULL;
	list_for_each_entry(l, &ring->links, link) {
		if (l->key->type->is_ring &&
		    key_allows(l->key, possessed, KEY_SEARCH))
			found = search_in(l->key, possessed, s, depth + 1);
		if (found != NULL)
			break;
	}
	return found;
}

struct key *ring_search(struct key *ring, bool possessed, struct key_search *s)
{
	s->error = -EAGAIN;
	walks++;
	if (!key_allows(ring, possessed, KEY_SEARCH)) {
		s->error = -EACCES;
		return NULL;
	}
	return matches(ring, possessed, s) ? ring :
					     search_in(ring, possessed, s, 0);
}
