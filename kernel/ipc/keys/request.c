/*
 * ipc/keys/request.c - a key is looked for by its name, and may be wanted in a
 * ring.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/errno.h"

#define NEGATIVE_SECONDS 60 /* that what was asked for in vain is not again */

/* Nobody is called who could make it: it is there, and has no value, so that it is
 * not asked for again soon. */
static long construct(const struct key_type *type, const char *desc,
		      struct key *ring) REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();
	struct key *k;
	int err;

	if (type->is_ring)
		return -EPERM;
	err = key_make(type, desc, cred->fsuid, cred->fsgid,
		       key_first_rights(type), &k);
	if (err != 0)
		return err;
	k->negative = true;
	k->expires = key_deadline(NEGATIVE_SECONDS);
	err = ring_link(ring, k);
	cred_key_put(k);
	return err != 0 ? err : -ENOENT;
}

static long construct_somewhere(const struct key_type *type, const char *desc,
				const struct key_found *to) REQUIRES(C_keys)
{
	struct key_found ring;
	long result;

	if (to->key != NULL)
		return construct(type, desc, to->key);
	result = key_default_ring(&ring);
	if (result == 0) {
		result = construct(type, desc, ring.key);
		cred_key_put(ring.key);
	}
	return result;
}

static long request(const struct key_type *type, const char *desc,
		    bool wants_construction, const struct key_found *to)
	REQUIRES(C_keys)
{
	struct key_search s = { .type = type, .desc = desc, .skips_expired = true };
	struct key *k = key_search_own(&s);
	int err;

	if (k != NULL) {
		err = to->key != NULL ? ring_link(to->key, k) : 0;
		return err != 0 ? err : k->serial;
	}
	if (s.error != -EAGAIN)
		return s.error;
	return wants_construction ? construct_somewhere(type, desc, to) : -ENOKEY;
}

long keys_request(const char *type_name, const char *desc, bool construct, int to_id)
{
	const struct key_type *type = key_type_find(type_name);
	struct key_found to = { .key = NULL };
	long result = 0;

	mutex_lock(&keys_lock);
	if (to_id != 0)
		result = ring_lookup(to_id, LOOKUP_CREATE, KEY_WRITE, &to);
	if (result == 0)
		result = type == NULL ? -ENODEV :
					request(type, desc, construct, &to);
	cred_key_put(to.key);
	mutex_unlock(&keys_lock);
	return result;
}

static long search(const struct key_found *ring, const struct key_type *type,
		   const char *desc, const struct key_found *to) REQUIRES(C_keys)
{
	struct key_search s = { .type = type, .desc = desc };
	struct key *k = ring_search(ring->key, ring->possessed, &s);
	int err = 0;

	if (k == NULL)
		return s.error == -EAGAIN ? -ENOKEY : s.error;
	if (to->key != NULL)
		err = key_allows(k, ring->possessed, KEY_LINK) ?
			      ring_link(to->key, k) : -EACCES;
	return err != 0 ? err : k->serial;
}

long keys_search(int ring_id, const char *type_name, const char *desc, int to_id)
{
	const struct key_type *type = key_type_find(type_name);
	struct key_found ring, to = { .key = NULL };
	long result;

	mutex_lock(&keys_lock);
	result = ring_lookup(ring_id, 0, KEY_SEARCH, &ring);
	if (result == 0) {
		if (to_id != 0)
			result = ring_lookup(to_id, LOOKUP_CREATE, KEY_WRITE, &to);
		if (result == 0)
			result = type == NULL ? -ENODEV :
						search(&ring, type, desc, &to);
		cred_key_put(to.key);
		cred_key_put(ring.key);
	}
	mutex_unlock(&keys_lock);
	return result;
}
