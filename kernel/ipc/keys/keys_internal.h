#pragma once

/*
 * ipc/keys/keys_internal.h - keys, and the rings they are in.
 *
 *	key.c		one key: its life, rights, state, and what it costs
 *	ring.c		what is in a keyring, and what can be found from it
 *	own.c		which keyrings the running thread has; keys by their number
 *	add.c, request.c, change.c, read.c
 *			the calls of keys.h: each takes the lock, finds what it is
 *			about, and does one thing
 *
 * A key lives as long as somebody has a reference: a ring it is in, credentials
 * whose keyring it is, a call.  What it is worth and what a ring has is under
 * one lock; who drops the last reference needs none of it, for nobody else is
 * left, and so credentials may go wherever they go.
 */

#include "ipc/keys/keys.h"
#include "lib/list.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "vfs/cred.h"

struct user;

/* Rights, of who possesses a key, its user, its group and all, from the top. */
enum {
	KEY_VIEW = 0x01,
	KEY_READ = 0x02,
	KEY_WRITE = 0x04,
	KEY_SEARCH = 0x08,
	KEY_LINK = 0x10,
	KEY_SETATTR = 0x20,
	KEY_ALL = 0x3f,
};

#define KEY_POSSESSOR(rights) ((unsigned)(rights) << 24)
#define KEY_USER(rights) ((unsigned)(rights) << 16)
#define KEY_GROUP(rights) ((unsigned)(rights) << 8)
#define KEY_OTHER(rights) ((unsigned)(rights))
#define KEY_RIGHTS (KEY_POSSESSOR(KEY_ALL) | KEY_USER(KEY_ALL) | \
		    KEY_GROUP(KEY_ALL) | KEY_OTHER(KEY_ALL))

struct key_type {
	const char *name;
	bool is_ring;
	bool is_readable;  /* by programs */
	bool is_updatable;
	bool has_prefix;   /* a description begins with one, and a colon */
	size_t max;        /* of the payload, which is not empty; 0: there is none */
};

/*
 *	(c)	constant
 *	(k)	keys_lock, or the last reference
 */
struct key {
	struct refcount refs;
	int serial;                  /* (c) */
	const struct key_type *type; /* (c) */
	char *desc;                  /* (c) */
	struct user *payer;          /* (k) */
	size_t bytes;                /* (k) that were charged */
	unsigned uid, gid, rights;   /* (k) */
	bool revoked, invalid;       /* (k) */
	bool negative;               /* (k) it was asked for in vain */
	uint64_t expires;            /* (k) a deadline; 0: never */
	void *data;                  /* (k) */
	size_t size;                 /* (k) of data; of a ring: links */
	struct list links;           /* (k) of a ring, by age */
	uint64_t walk;               /* (k) the newest that came by a ring: ring.c */
	unsigned walk_depth;         /* (k) how deep it was */
	struct list dying;           /* (last reference) */
};

struct key_link {
	struct list link;            /* (k) */
	struct key *key;             /* (c) a reference */
};

extern struct LOCK_OF(mutex, keys) keys_lock; /* RANK_MISC_SLEEP */

/* ---- key.c ---- */

/* A type by its name; NULL: there is no such. */
const struct key_type *key_type_find(const char *name);
extern const struct key_type key_type_ring;

/* The running thread's new key, which is in no ring, to *@out. */
int key_make(const struct key_type *type, const char *desc, unsigned uid,
	     unsigned gid, unsigned rights, struct key **out) REQUIRES(C_keys);
/* What a new key of @type allows, if nobody says otherwise. */
unsigned key_first_rights(const struct key_type *type);
void key_get(struct key *k);
/* The one with this number, with a reference, or NULL. */
struct key *key_find(int serial);
/* The one with the next number after @k's, whose reference is taken over; from
 * NULL, the first. */
struct key *key_next(struct key *k);
/* Its charge is @bytes from now on: 0 or -EDQUOT. */
int key_recharge(struct key *k, size_t bytes) REQUIRES(C_keys);
/* Another user pays: 0 or -errno. */
int key_charge_to(struct key *k, unsigned uid) REQUIRES(C_keys);
/* @data is its value from now on, and it has one: 0 or -errno, and @data is
 * the caller's still. */
int key_set_data(struct key *k, void *data, size_t n) REQUIRES(C_keys);
void key_drop_data(struct key *k) REQUIRES(C_keys);
/* When it ends, if it does so in @seconds. */
uint64_t key_deadline(unsigned seconds);
/* 0, -EKEYREVOKED, -EKEYEXPIRED, -ENOKEY. */
int key_state(const struct key *k) REQUIRES(C_keys);
bool key_allows(const struct key *k, bool possessed, unsigned right)
	REQUIRES(C_keys);

/* ---- ring.c ---- */

/* What is looked for, and why it was not found. */
struct key_search {
	const struct key_type *type;
	const char *desc;
	const struct key *exact; /* this one, in whatever state; or NULL */
	bool skips_expired;      /* as if they were not there */
	int error;
};

/* From @ring on, which is possessed or not; no reference. */
struct key *ring_search(struct key *ring, bool possessed, struct key_search *s)
	REQUIRES(C_keys);
/* The one in @ring itself of that name, in whatever state. */
struct key *ring_find(struct key *ring, const struct key_type *type,
		      const char *desc) REQUIRES(C_keys);
/* @k is in @ring, instead of another one of its name. */
int ring_link(struct key *ring, struct key *k) REQUIRES(C_keys);
int ring_unlink(struct key *ring, struct key *k) REQUIRES(C_keys);
void ring_clear(struct key *ring) REQUIRES(C_keys);
/* What is invalid goes: who looks at a ring asks before. */
void ring_prune(struct key *ring) REQUIRES(C_keys);

/* ---- own.c ---- */

/* Which of one's own: what calls say instead of a number. */
enum {
	KEYS_OF_THREAD = -1,
	KEYS_OF_PROCESS = -2,
	KEYS_OF_SESSION = -3,
	KEYS_OF_USER = -4,
	KEYS_OF_USER_SESSION = -5,
};

enum {
	LOOKUP_CREATE = 1,  /* one's own ring, if there is none */
	LOOKUP_PARTIAL = 2, /* in whatever state */
};

#define KEY_ANYBODY 0U /* no right is needed */

struct key_found {
	struct key *key; /* a reference */
	bool possessed;
};

/* Key @id with a reference, that allows @right; else -errno, and no key. */
int key_lookup(int id, unsigned flags, unsigned right, struct key_found *found)
	REQUIRES(C_keys);
/* As key_lookup(), of a ring. */
int ring_lookup(int id, unsigned flags, unsigned right, struct key_found *found)
	REQUIRES(C_keys);
/* What is done with a key, or a ring, that has been found; the lock is held. */
typedef long (*key_action)(const struct key_found *found, void *with);
/* Finds it and does that: what @act answers, or why it was not found. */
long key_with(int id, unsigned flags, unsigned right, key_action act, void *with);
/* From all of one's own rings. */
struct key *key_search_own(struct key_search *s) REQUIRES(C_keys);
/* Where a key goes that was asked for: as keys_set_default() said. */
int key_default_ring(struct key_found *found) REQUIRES(C_keys);
/* A session of its own for the running thread. */
int key_join_session(const char *name, int *serial) REQUIRES(C_keys);
