/*
 * ipc/keys/add.c - a key is made and has a value, or gets another one.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

static bool payload_fits(const struct key_type *type, size_t n)
{
	return type->max == 0 ? n == 0 : n > 0 && n <= type->max;
}

static bool name_fits(const struct key_type *type, const char *desc)
{
	const char *colon = strchr(desc, ':');

	return *desc != '\0' &&
	       (!type->has_prefix || (colon != NULL && colon != desc));
}

/* A value, which a key takes over; then there is none here. */
struct payload {
	void *data;
	size_t n;
};

static int give(struct key *k, struct payload *p) REQUIRES(C_keys)
{
	int err = key_set_data(k, p->data, p->n);

	if (err == 0)
		p->data = NULL;
	return err;
}

static long update(const struct key_found *found, struct payload *p)
	REQUIRES(C_keys)
{
	struct key *k = found->key;
	int err;

	if (!key_allows(k, found->possessed, KEY_WRITE))
		return -EACCES;
	err = k->revoked ? -EKEYREVOKED : give(k, p);
	return err != 0 ? err : k->serial;
}

static long make(const struct key_type *type, const char *desc,
		 struct payload *p, struct key *ring) REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();
	struct key *k;
	long result;
	int err = key_make(type, desc, cred->fsuid, cred->fsgid,
			   key_first_rights(type), &k);

	if (err != 0)
		return err;
	if (!type->is_ring)
		err = give(k, p);
	if (err == 0)
		err = ring_link(ring, k);
	result = err != 0 ? err : k->serial;
	cred_key_put(k);
	return result;
}

struct addition {
	const struct key_type *type; /* NULL: there is no such */
	const char *desc;
	struct payload payload;
};

static long add(const struct key_found *ring, void *with) REQUIRES(C_keys)
{
	struct addition *a = with;
	struct key_found old = { .possessed = ring->possessed };

	if (a->type == NULL)
		return -ENODEV;
	if (!ring->key->type->is_ring)
		return -ENOTDIR;
	if (!payload_fits(a->type, a->payload.n) || !name_fits(a->type, a->desc))
		return -EINVAL;
	if (a->type->is_updatable)
		old.key = ring_find(ring->key, a->type, a->desc);
	return old.key != NULL ? update(&old, &a->payload) :
				 make(a->type, a->desc, &a->payload, ring->key);
}

long keys_add(const char *type, const char *desc, void *data, size_t n, int ring)
{
	struct addition a = { key_type_find(type), desc, { data, n } };
	long result = key_with(ring, LOOKUP_CREATE, KEY_WRITE, add, &a);

	kfree(a.payload.data);
	return result;
}

static long update_found(const struct key_found *found, void *with) REQUIRES(C_keys)
{
	const struct key_type *type = found->key->type;
	struct payload *p = with;

	if (!type->is_updatable)
		return -EOPNOTSUPP;
	return payload_fits(type, p->n) ? update(found, p) : -EINVAL;
}

long keys_update(int id, void *data, size_t n)
{
	struct payload p = { data, n };
	long result = key_with(id, 0, KEY_WRITE, update_found, &p);

	kfree(p.data);
	return result < 0 ? result : 0;
}
