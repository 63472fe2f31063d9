/*
 * ipc/keys/calls.c - the calls of keys.h: each takes the lock, finds what it is
 * about, and does one thing.
 */
#include "ipc/keys/keys_internal.h"

#include "arch/clock.h"
#include "arch/hart.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/slab.h"
#include "proc/task/rights.h"
#include "vfs/user.h"

#define NEGATIVE_SECONDS 60 /* that what was asked for in vain is not again */
#define NO_CHANGE -1
#define DEFAULT_MAX 5 /* the session of the user */

static uint64_t seconds_from_now(unsigned seconds)
{
	return clock_ticks() + ns_to_ticks(seconds * NS_PER_SECOND);
}

/* ---- making one ---- */

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

/* ---- asking for one ---- */

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
	k->expires = seconds_from_now(NEGATIVE_SECONDS);
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

/* ---- one's own rings ---- */

long keys_join_session(const char *name)
{
	int serial = 0;
	long err;

	mutex_lock(&keys_lock);
	err = key_join_session(name, &serial);
	mutex_unlock(&keys_lock);
	return err != 0 ? err : serial;
}

/* What is done with a key, or a ring, that has been found. */
typedef long (*key_action)(const struct key_found *found, unsigned a, unsigned b);

static long with_key(int id, unsigned flags, unsigned right, key_action act,
		     unsigned a, unsigned b)
{
	struct key_found found;
	long result;

	mutex_lock(&keys_lock);
	result = key_lookup(id, flags, right, &found);
	if (result == 0) {
		result = act(&found, a, b);
		cred_key_put(found.key);
	}
	mutex_unlock(&keys_lock);
	return result;
}

static long tell_serial(const struct key_found *found, unsigned a UNUSED,
			unsigned b UNUSED)
{
	return found->key->serial;
}

long keys_ring_id(int id, bool create)
{
	return with_key(id, create ? LOOKUP_CREATE : 0, KEY_SEARCH, tell_serial, 0, 0);
}

/* The ring is there from now on, if it is one that threads and processes have. */
static long set_default_locked(int which) REQUIRES(C_keys)
{
	struct key_found ring;
	struct cred *new;
	int err;

	if (which == -KEYS_OF_THREAD || which == -KEYS_OF_PROCESS) {
		err = key_lookup(-which, LOOKUP_CREATE, KEY_ANYBODY, &ring);
		if (err != 0)
			return err;
		cred_key_put(ring.key);
	}
	new = cred_copy(current_cred());
	if (new == NULL)
		return -ENOMEM;
	new->keys_to = (unsigned)which;
	replace_current_cred(new);
	return 0;
}

long keys_set_default(int which)
{
	long err = 0, old = current_cred()->keys_to;

	if (which != NO_CHANGE && (which < 0 || which > DEFAULT_MAX))
		return -EINVAL;
	if (which != NO_CHANGE) {
		mutex_lock(&keys_lock);
		err = set_default_locked(which);
		mutex_unlock(&keys_lock);
	}
	return err != 0 ? err : old;
}

/* ---- what is in a ring ---- */

/* The key is found without its rights to be unlinked: those of the ring count. */
static long with_ring(int ring_id, int id, unsigned flags, unsigned right,
		      int (*act)(struct key *ring, struct key *k))
{
	struct key_found ring, found;
	long result;

	mutex_lock(&keys_lock);
	result = ring_lookup(ring_id, LOOKUP_CREATE, KEY_WRITE, &ring);
	if (result == 0) {
		result = key_lookup(id, flags, right, &found);
		if (result == 0) {
			result = act(ring.key, found.key);
			cred_key_put(found.key);
		}
		cred_key_put(ring.key);
	}
	mutex_unlock(&keys_lock);
	return result;
}

long keys_link(int id, int ring)
{
	return with_ring(ring, id, LOOKUP_CREATE, KEY_LINK, ring_link);
}

long keys_unlink(int id, int ring)
{
	return with_ring(ring, id, LOOKUP_PARTIAL, KEY_ANYBODY, ring_unlink);
}

static long clear(const struct key_found *found, unsigned a UNUSED, unsigned b UNUSED)
	REQUIRES(C_keys)
{
	if (!found->key->type->is_ring)
		return -ENOTDIR;
	ring_clear(found->key);
	return 0;
}

long keys_clear(int ring)
{
	return with_key(ring, LOOKUP_CREATE, KEY_WRITE, clear, 0, 0);
}

/* ---- the end of a key ---- */

static long revoke(const struct key_found *found, unsigned a UNUSED, unsigned b UNUSED)
	REQUIRES(C_keys)
{
	struct key *k = found->key;

	k->revoked = true;
	if (k->type->is_ring)
		ring_clear(k);
	else
		key_drop_data(k);
	return 0;
}

long keys_revoke(int id)
{
	long result = with_key(id, 0, KEY_WRITE, revoke, 0, 0);

	return result == -EACCES ? with_key(id, 0, KEY_SETATTR, revoke, 0, 0) : result;
}

static long invalidate(const struct key_found *found, unsigned a UNUSED,
		       unsigned b UNUSED) REQUIRES(C_keys)
{
	found->key->invalid = true;
	return 0;
}

long keys_invalidate(int id)
{
	return with_key(id, 0, KEY_SEARCH, invalidate, 0, 0);
}

static long set_timeout(const struct key_found *found, unsigned seconds,
			unsigned b UNUSED) REQUIRES(C_keys)
{
	found->key->expires = seconds == 0 ? 0 : seconds_from_now(seconds);
	return 0;
}

long keys_set_timeout(int id, unsigned seconds)
{
	return with_key(id, LOOKUP_CREATE | LOOKUP_PARTIAL, KEY_SETATTR,
			set_timeout, seconds, 0);
}

/* ---- whose it is, and what they may ---- */

#define UNCHANGED -1U

static int give_to(struct key *k, unsigned uid) REQUIRES(C_keys)
{
	int err = key_charge_to(k, uid);

	if (err == 0)
		k->uid = uid;
	return err;
}

/* Only root gives away, and takes; others choose among their groups. */
static long change_owner(const struct key_found *found, unsigned uid, unsigned gid)
	REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();
	struct key *k = found->key;
	bool root = cred_can(cred, CAP_SYS_ADMIN);
	int err = 0;

	if (!root && ((uid != UNCHANGED && uid != k->uid) ||
		      (gid != UNCHANGED && gid != k->gid && gid != cred->fsgid &&
		       !cred_has_group(cred, gid))))
		return -EACCES;
	if (uid != UNCHANGED && uid != k->uid)
		err = give_to(k, uid);
	if (err == 0 && gid != UNCHANGED)
		k->gid = gid;
	return err;
}

long keys_chown(int id, unsigned uid, unsigned gid)
{
	if (uid == UNCHANGED && gid == UNCHANGED)
		return 0;
	return with_key(id, LOOKUP_CREATE | LOOKUP_PARTIAL, KEY_SETATTR,
			change_owner, uid, gid);
}

static long set_rights(const struct key_found *found, unsigned rights, unsigned b UNUSED)
	REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();

	if (found->key->uid != cred->fsuid && !cred_can(cred, CAP_SYS_ADMIN))
		return -EACCES;
	found->key->rights = rights;
	return 0;
}

long keys_set_rights(int id, unsigned rights)
{
	if (rights & ~KEY_RIGHTS)
		return -EINVAL;
	return with_key(id, LOOKUP_CREATE | LOOKUP_PARTIAL, KEY_SETATTR, set_rights,
			rights, 0);
}

/* ---- what there is to know ---- */

static long put_text(char **text, size_t room, const void *from, size_t n)
{
	*text = n > 0 && n <= room ? kmalloc(n) : NULL;
	if (n > 0 && n <= room && *text == NULL)
		return -ENOMEM;
	if (*text != NULL)
		memcpy(*text, from, n);
	return (long)n;
}

static long describe(const struct key *k, char **text, size_t room) REQUIRES(C_keys)
{
	char *whole = kmalloc(KEY_DESC_MAX + 80);
	long n;

	if (whole == NULL)
		return -ENOMEM;
	ksnprintf(whole, KEY_DESC_MAX + 80, "%s;%d;%d;%08x;%s", k->type->name,
		  (int)k->uid, (int)k->gid, k->rights, k->desc);
	n = put_text(text, room, whole, strlen(whole) + 1);
	kfree(whole);
	return n;
}

long keys_describe(int id, char **text, size_t room)
{
	struct key_found found;
	long result;

	mutex_lock(&keys_lock);
	result = key_lookup(id, LOOKUP_PARTIAL, KEY_VIEW, &found);
	if (result == 0) {
		result = describe(found.key, text, room);
		cred_key_put(found.key);
	}
	mutex_unlock(&keys_lock);
	return result;
}

/* Numbers of what is in it. */
static long read_ring(struct key *ring, char **text, size_t room) REQUIRES(C_keys)
{
	size_t n = ring->size * sizeof(int);
	struct key_link *l;
	int *at;

	*text = n > 0 && n <= room ? kmalloc(n) : NULL;
	if (*text == NULL)
		return n > 0 && n <= room ? -ENOMEM : (long)n;
	at = (int *)*text;
	list_for_each_entry(l, &ring->links, link)
		*at++ = l->key->serial;
	return (long)n;
}

/* Who possesses it and may search may read, too. */
static long read_locked(const struct key_found *found, char **text, size_t room)
	REQUIRES(C_keys)
{
	struct key *k = found->key;

	if (k->negative)
		return -ENOKEY;
	if (!key_allows(k, found->possessed, KEY_READ) && !found->possessed)
		return -EACCES;
	if (key_state(k) != 0)
		return key_state(k);
	if (!k->type->is_readable)
		return -EOPNOTSUPP;
	if (!k->type->is_ring)
		return put_text(text, room, k->data, k->size);
	ring_prune(k);
	return read_ring(k, text, room);
}

long keys_read(int id, char **text, size_t room)
{
	struct key_found found;
	long result;

	mutex_lock(&keys_lock);
	result = key_lookup(id, LOOKUP_PARTIAL, KEY_ANYBODY, &found);
	if (result == 0) {
		result = read_locked(&found, text, room);
		cred_key_put(found.key);
	} else {
		result = -ENOKEY;
	}
	mutex_unlock(&keys_lock);
	return result;
}

static long nothing(const struct key_found *found UNUSED, unsigned a UNUSED,
		    unsigned b UNUSED)
{
	return 0;
}

long keys_view(int id)
{
	return with_key(id, LOOKUP_PARTIAL, KEY_VIEW, nothing, 0, 0);
}
