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

/* *@data is taken over by a key; or stays the caller's. */
static long update(const struct key_found *found, void **data, size_t n)
	REQUIRES(C_keys)
{
	int err;

	if (!key_allows(found->key, found->possessed, KEY_WRITE))
		return -EACCES;
	err = found->key->revoked ? -EKEYREVOKED :
				    key_set_data(found->key, *data, n);
	if (err == 0)
		*data = NULL;
	return err != 0 ? err : found->key->serial;
}

static long make(const struct key_type *type, const char *desc, void **data,
		 size_t n, struct key *ring) REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();
	struct key *k;
	long result;
	int err = key_make(type, desc, cred->fsuid, cred->fsgid,
			   key_first_rights(type), &k);

	if (err != 0)
		return err;
	if (!type->is_ring)
		err = key_set_data(k, *data, n);
	if (err == 0) {
		*data = NULL;
		err = ring_link(ring, k);
	}
	result = err != 0 ? err : k->serial;
	cred_key_put(k);
	return result;
}

static long add(const struct key_type *type, const char *desc, void **data,
		size_t n, const struct key_found *ring) REQUIRES(C_keys)
{
	struct key_found old = { .possessed = ring->possessed };

	if (!payload_fits(type, n) || !name_fits(type, desc))
		return -EINVAL;
	if (type->is_updatable)
		old.key = ring_find(ring->key, type, desc);
	return old.key != NULL ? update(&old, data, n) :
				 make(type, desc, data, n, ring->key);
}

long keys_add(const char *type_name, const char *desc, void *data, size_t n,
	      int ring_id)
{
	const struct key_type *type = key_type_find(type_name);
	struct key_found ring;
	long result;

	mutex_lock(&keys_lock);
	result = key_lookup(ring_id, LOOKUP_CREATE, KEY_WRITE, &ring);
	if (result == 0) {
		result = type == NULL ? -ENODEV :
			 !ring.key->type->is_ring ? -ENOTDIR :
			 add(type, desc, &data, n, &ring);
		cred_key_put(ring.key);
	}
	mutex_unlock(&keys_lock);
	kfree(data);
	return result;
}

long keys_update(int id, void *data, size_t n)
{
	struct key_found found;
	long result;

	mutex_lock(&keys_lock);
	result = key_lookup(id, 0, KEY_WRITE, &found);
	if (result == 0) {
		const struct key_type *type = found.key->type;

		result = !type->is_updatable ? -EOPNOTSUPP :
			 !payload_fits(type, n) ? -EINVAL :
			 update(&found, &data, n);
		cred_key_put(found.key);
	}
	mutex_unlock(&keys_lock);
	kfree(data);
	return result < 0 ? result : 0;
}
