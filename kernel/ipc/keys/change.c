/*
 * ipc/keys/change.c - which keyrings one has, what is in them, and the end, the
 * owner and the rights of a key that is there.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/errno.h"
#include "proc/task/rights.h"

#define NO_CHANGE -1
#define DEFAULT_MAX 5 /* the session of the user */

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

static long tell_serial(const struct key_found *found, void *with UNUSED)
{
	return found->key->serial;
}

long keys_ring_id(int id, bool create)
{
	return key_with(id, create ? LOOKUP_CREATE : 0, KEY_SEARCH, tell_serial, NULL);
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

static long clear(const struct key_found *found, void *with UNUSED) REQUIRES(C_keys)
{
	if (!found->key->type->is_ring)
		return -ENOTDIR;
	ring_clear(found->key);
	return 0;
}

long keys_clear(int ring)
{
	return key_with(ring, LOOKUP_CREATE, KEY_WRITE, clear, NULL);
}

/* ---- the end of a key ---- */

static long revoke(const struct key_found *found, void *with UNUSED) REQUIRES(C_keys)
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
	long result = key_with(id, 0, KEY_WRITE, revoke, NULL);

	return result == -EACCES ? key_with(id, 0, KEY_SETATTR, revoke, NULL) : result;
}

static long invalidate(const struct key_found *found, void *with UNUSED)
	REQUIRES(C_keys)
{
	found->key->invalid = true;
	return 0;
}

long keys_invalidate(int id)
{
	return key_with(id, 0, KEY_SEARCH, invalidate, NULL);
}

static long set_timeout(const struct key_found *found, void *seconds) REQUIRES(C_keys)
{
	unsigned n = *(const unsigned *)seconds;

	found->key->expires = n == 0 ? 0 : key_deadline(n);
	return 0;
}

long keys_set_timeout(int id, unsigned seconds)
{
	return key_with(id, LOOKUP_CREATE | LOOKUP_PARTIAL, KEY_SETATTR,
			set_timeout, &seconds);
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

struct owner {
	unsigned uid, gid; /* or UNCHANGED */
};

/* Only root gives away, and takes; others choose among their groups. */
static long change_owner(const struct key_found *found, void *with) REQUIRES(C_keys)
{
	const struct owner *new = with;
	const struct cred *cred = current_cred();
	struct key *k = found->key;
	bool root = cred_can(cred, CAP_SYS_ADMIN);
	int err = 0;

	if (!root && ((new->uid != UNCHANGED && new->uid != k->uid) ||
		      (new->gid != UNCHANGED && new->gid != k->gid &&
		       new->gid != cred->fsgid && !cred_has_group(cred, new->gid))))
		return -EACCES;
	if (new->uid != UNCHANGED && new->uid != k->uid)
		err = give_to(k, new->uid);
	if (err == 0 && new->gid != UNCHANGED)
		k->gid = new->gid;
	return err;
}

long keys_chown(int id, unsigned uid, unsigned gid)
{
	struct owner new = { .uid = uid, .gid = gid };

	if (uid == UNCHANGED && gid == UNCHANGED)
		return 0;
	return key_with(id, LOOKUP_CREATE | LOOKUP_PARTIAL, KEY_SETATTR,
			change_owner, &new);
}

static long set_rights(const struct key_found *found, void *rights) REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();

	if (found->key->uid != cred->fsuid && !cred_can(cred, CAP_SYS_ADMIN))
		return -EACCES;
	found->key->rights = *(const unsigned *)rights;
	return 0;
}

long keys_set_rights(int id, unsigned rights)
{
	if (rights & ~KEY_RIGHTS)
		return -EINVAL;
	return key_with(id, LOOKUP_CREATE | LOOKUP_PARTIAL, KEY_SETATTR, set_rights,
			&rights);
}
