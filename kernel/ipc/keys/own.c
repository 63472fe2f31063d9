/*
 * ipc/keys/own.c - which keyrings the running thread has, and keys by number.
 *
 * Credentials hold those of the thread, of the process and of the session; a user
 * has two more, which are made when somebody asks and stay.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "proc/task/rights.h"

/* ---- a user's ---- */

/* What leads to all users' keyrings: nobody's, and in no table. */
static struct key registry = {
	.refs = REFCOUNT_INIT(1),
	.type = &key_type_ring,
	.desc = ".users",
	.links = LIST_INIT(registry.links),
};

#define OF_USER (KEY_POSSESSOR(KEY_ALL & ~KEY_SETATTR) | KEY_USER(KEY_ALL))

static int user_ring(const char *format, struct key **out) REQUIRES(C_keys)
{
	unsigned uid = current_cred()->uid;
	char name[24];
	struct key *k;
	int err;

	ksnprintf(name, sizeof(name), format, uid);
	*out = ring_find(&registry, &key_type_ring, name);
	if (*out != NULL)
		return 0;
	err = key_make(&key_type_ring, name, uid, -1U, OF_USER, &k);
	if (err != 0)
		return err;
	err = ring_link(&registry, k);
	cred_key_put(k); /* the registry has it */
	*out = k;
	return err;
}

/* The session of who has none leads to what is the user's anyway. */
static int user_session(struct key **out) REQUIRES(C_keys)
{
	struct key *user;
	int err = user_ring("_uid.%u", &user);

	if (err == 0)
		err = user_ring("_uid_ses.%u", out);
	return err == 0 ? ring_link(*out, user) : err;
}

/* ---- what credentials hold ---- */

static struct key *const *slot_of(const struct cred *cred, int id)
{
	return &cred->keys[-id - 1];
}

static struct key *own(int id)
{
	return *slot_of(current_cred(), id);
}

/* @k, whose reference is taken over, is the running thread's @id. */
static int install(int id, struct key *k)
{
	struct cred *new = cred_copy(current_cred());

	if (new == NULL) {
		cred_key_put(k);
		return -ENOMEM;
	}
	cred_key_put(new->keys[-id - 1]);
	new->keys[-id - 1] = k;
	replace_current_cred(new);
	return 0;
}

static int make_own(int id, const char *name, unsigned rights) REQUIRES(C_keys)
{
	const struct cred *cred = current_cred();
	struct key *k;
	int err = key_make(&key_type_ring, name, cred->uid, cred->gid,
			   rights | KEY_POSSESSOR(KEY_ALL) | KEY_USER(KEY_VIEW), &k);

	return err == 0 ? install(id, k) : err;
}

static int install_user_session(void) REQUIRES(C_keys)
{
	struct key *session;
	int err = user_session(&session);

	if (err != 0)
		return err;
	key_get(session);
	return install(KEYS_OF_SESSION, session);
}

static bool is_user_session(const struct key *k) REQUIRES(C_keys)
{
	struct key *session;

	return user_session(&session) == 0 && session == k;
}

/* Keys that are added go to a session of one's own; who only looks sees the
 * user's. */
static int own_session(bool create) REQUIRES(C_keys)
{
	const struct key *session = own(KEYS_OF_SESSION);

	if (session == NULL)
		return create ? key_join_session(NULL, NULL) :
				install_user_session();
	return create && is_user_session(session) ?
		       key_join_session(NULL, NULL) : 0;
}

static int make_if_missing(int id, bool create) REQUIRES(C_keys)
{
	if (id == KEYS_OF_SESSION)
		return own_session(create);
	if (own(id) != NULL)
		return 0;
	if (!create)
		return -ENOKEY;
	return make_own(id, id == KEYS_OF_THREAD ? "_tid" : "_pid", 0);
}

/* ---- sessions ---- */

/* One that others have made under the name, and that may be searched. */
static struct key *named_session(const char *name) REQUIRES(C_keys)
{
	struct key *k = NULL;

	while ((k = key_next(k)) != NULL)
		if (k->type->is_ring && strcmp(k->desc, name) == 0 &&
		    key_state(k) == 0 && key_allows(k, false, KEY_SEARCH))
			break;
	return k;
}

int key_join_session(const char *name, int *serial)
{
	struct key *k = name != NULL ? named_session(name) : NULL;
	int err;

	if (k != NULL)
		err = install(KEYS_OF_SESSION, k);
	else if (name != NULL)
		err = make_own(KEYS_OF_SESSION, name,
			       KEY_USER(KEY_VIEW | KEY_READ | KEY_LINK));
	else
		err = make_own(KEYS_OF_SESSION, "_ses", KEY_USER(KEY_READ));
	if (err == 0 && serial != NULL)
		*serial = own(KEYS_OF_SESSION)->serial;
	return err;
}

/* ---- all of them ---- */

/* Whose error is told, if several rings have one, as on Linux: that a ring has
 * no such key hides what is wrong with those of others. */
struct reasons {
	int missing; /* or there in vain; 0: no ring has said so */
	int other;
};

static void note(struct reasons *r, int error)
{
	if (error == -ENOKEY || (error == -EAGAIN && r->missing == 0))
		r->missing = error;
	else if (error != -EAGAIN)
		r->other = error;
}

struct key *key_search_own(struct key_search *s)
{
	struct reasons why = { .other = -EAGAIN };

	for (int id = KEYS_OF_THREAD; id >= KEYS_OF_SESSION; id--) {
		struct key *ring = own(id), *found = NULL;

		if (ring == NULL && id == KEYS_OF_SESSION &&
		    user_session(&ring) != 0)
			ring = NULL;
		if (ring == NULL)
			continue;
		found = ring_search(ring, true, s);
		if (found != NULL)
			return found;
		note(&why, s->error);
	}
	s->error = why.missing != 0 ? why.missing : why.other;
	return NULL;
}

/* ---- by number ---- */

static int find_own(int id, unsigned flags, struct key **out) REQUIRES(C_keys)
{
	int err;

	switch (id) {
	case KEYS_OF_THREAD:
	case KEYS_OF_PROCESS:
	case KEYS_OF_SESSION:
		err = make_if_missing(id, flags & LOOKUP_CREATE);
		*out = own(id);
		return err;
	case KEYS_OF_USER:
		return user_ring("_uid.%u", out);
	case KEYS_OF_USER_SESSION:
		return user_session(out);
	}
	/* A group has none, nor is anybody asked for a key on another's behalf. */
	return id == -7 || id == -8 ? -ENOKEY : -EINVAL;
}

static int find(int id, unsigned flags, struct key_found *found) REQUIRES(C_keys)
{
	int err;

	if (id <= 0) {
		struct key *ring;

		err = id == 0 ? -EINVAL : find_own(id, flags, &ring);
		if (err != 0)
			return err;
		key_get(ring);
		*found = (struct key_found){ ring, true };
		return 0;
	}
	found->key = key_find(id);
	if (found->key == NULL)
		return -ENOKEY;
	found->possessed =
		key_search_own(&(struct key_search){ .exact = found->key }) != NULL;
	return 0;
}

/* @err says why @found is nothing to have. */
static int refuse(struct key_found *found, int err)
{
	cred_key_put(found->key);
	found->key = NULL;
	return err;
}

int key_lookup(int id, unsigned flags, unsigned right, struct key_found *found)
{
	int err;

	found->key = NULL;
	err = find(id, flags, found);
	if (err == 0 && !(flags & LOOKUP_PARTIAL))
		err = key_state(found->key);
	if (err == 0 && !key_allows(found->key, found->possessed, right))
		err = -EACCES;
	return err != 0 ? refuse(found, err) : 0;
}

int ring_lookup(int id, unsigned flags, unsigned right, struct key_found *found)
{
	int err = key_lookup(id, flags, right, found);

	if (err != 0)
		return err;
	if (!found->key->type->is_ring)
		return refuse(found, -ENOTDIR);
	ring_prune(found->key);
	return 0;
}

long key_with(int id, unsigned flags, unsigned right, key_action act, void *with)
{
	struct key_found found;
	long result;

	mutex_lock(&keys_lock);
	result = key_lookup(id, flags, right, &found);
	if (result == 0) {
		result = act(&found, with);
		cred_key_put(found.key);
	}
	mutex_unlock(&keys_lock);
	return result;
}

/* ---- where new ones go ---- */

/* 0 is the first there is of them, as keyrings(7) has it. */
static int default_id(void)
{
	unsigned chosen = current_cred()->keys_to;

	if (chosen != 0)
		return -(int)chosen;
	for (int id = KEYS_OF_THREAD; id > KEYS_OF_SESSION; id--)
		if (own(id) != NULL)
			return id;
	return own(KEYS_OF_SESSION) != NULL ? KEYS_OF_SESSION :
					      KEYS_OF_USER_SESSION;
}

int key_default_ring(struct key_found *found)
{
	return ring_lookup(default_id(), LOOKUP_CREATE, KEY_WRITE, found);
}
