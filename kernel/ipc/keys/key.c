/*
 * ipc/keys/key.c - one key.
 */
#include "ipc/keys/keys_internal.h"

#include "arch/barrier.h"
#include "arch/clock.h"
#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/radix.h"
#include "lib/string.h"
#include "lib/time.h"
#include "mm/slab.h"
#include "proc/task/random.h"
#include "sync/spinlock.h"
#include "vfs/cred.h"
#include "vfs/user.h"

#define SERIAL_MIN 3

struct LOCK_OF(mutex, keys) keys_lock;

uint32_t keys_max = 200, keys_max_bytes = 20000;
uint32_t keys_root_max = 1000000, keys_root_max_bytes = 25000000;

static const struct radix_ops serials_ops = { .alloc = kmalloc, .free = kfree };
static struct spinlock serials_lock = SPINLOCK_INIT(RANK_KEYS);
static struct radix serials GUARDED_BY(serials_lock) = { .ops = &serials_ops };

void keys_init(void)
{
	mutex_init(&keys_lock, RANK_MISC_SLEEP);
}

/* ---- types ---- */

const struct key_type key_type_ring = {
	.name = "keyring",
	.is_ring = true,
	.is_readable = true,
};

static const struct key_type other_types[] = {
	{ .name = "user", .is_readable = true, .is_updatable = true, .max = 32767 },
	{ .name = "logon", .is_updatable = true, .has_prefix = true, .max = 32767 },
};

const struct key_type *key_type_find(const char *name)
{
	if (strcmp(name, key_type_ring.name) == 0)
		return &key_type_ring;
	for (unsigned i = 0; i < ARRAY_SIZE(other_types); i++)
		if (strcmp(name, other_types[i].name) == 0)
			return &other_types[i];
	return NULL;
}

/* ---- numbers ---- */

static int take_serial(struct key *k)
{
	unsigned long irq;
	int err;

	do {
		random_bytes(&k->serial, sizeof(k->serial));
		k->serial = max(k->serial & INT32_MAX, SERIAL_MIN);
		irq = spin_lock_irqsave(&serials_lock);
		err = radix_get(&serials, (uint64_t)k->serial) != NULL ? -EEXIST :
			      radix_set(&serials, (uint64_t)k->serial, k);
		spin_unlock_irqrestore(&serials_lock, irq);
	} while (err == -EEXIST);
	return err;
}

struct key *key_find(int serial)
{
	unsigned long irq = spin_lock_irqsave(&serials_lock);
	struct key *k = radix_get(&serials, (uint64_t)serial);

	if (k != NULL && !refcount_try_get(&k->refs))
		k = NULL;
	spin_unlock_irqrestore(&serials_lock, irq);
	return k;
}

struct key *key_next(struct key *k)
{
	uint64_t at = k != NULL ? (uint64_t)k->serial + 1 : 0;
	unsigned long irq = spin_lock_irqsave(&serials_lock);
	struct key *next;

	while ((next = radix_next(&serials, &at)) != NULL &&
	       !refcount_try_get(&next->refs))
		at++;
	spin_unlock_irqrestore(&serials_lock, irq);
	cred_key_put(k);
	return next;
}

/* ---- what it costs ---- */

static bool is_roots(const struct user *user)
{
	return user == &root_user;
}

static struct user *charge_bytes(struct user *user, size_t bytes)
{
	return user_charge(user, USER_KEY_BYTES, bytes,
			   is_roots(user) ? READ_ONCE(keys_root_max_bytes) :
					    READ_ONCE(keys_max_bytes));
}

static int charge_new(struct key *k, unsigned uid)
{
	struct user *user = user_find(uid);

	if (user == NULL)
		return -ENOMEM;
	k->payer = user_charge(user, USER_KEYS, 1,
			       is_roots(user) ? READ_ONCE(keys_root_max) :
						READ_ONCE(keys_max));
	if (k->payer != NULL && charge_bytes(user, k->bytes) == NULL) {
		user_uncharge(user, USER_KEYS, 1);
		k->payer = NULL;
	}
	user_put(user);
	return k->payer != NULL ? 0 : -EDQUOT;
}

int key_charge_to(struct key *k, unsigned uid)
{
	struct user *old = k->payer;
	int err = charge_new(k, uid);

	if (err != 0) {
		k->payer = old;
		return err;
	}
	user_uncharge(old, USER_KEY_BYTES, k->bytes);
	user_uncharge(old, USER_KEYS, 1);
	return 0;
}

/* The new sum is asked for when the old one is given back, or nobody could
 * change what takes more than half of all that he may have. */
int key_recharge(struct key *k, size_t bytes)
{
	size_t old = k->bytes;
	bool fits;

	user_get(k->payer);
	user_uncharge(k->payer, USER_KEY_BYTES, old);
	fits = charge_bytes(k->payer, bytes) != NULL;
	if (!fits)
		user_charge(k->payer, USER_KEY_BYTES, old, UINT64_MAX);
	else
		k->bytes = bytes;
	user_put(k->payer);
	return fits ? 0 : -EDQUOT;
}

/* ---- its life ---- */

unsigned key_first_rights(const struct key_type *type)
{
	unsigned possessor = KEY_VIEW | KEY_SEARCH | KEY_LINK | KEY_SETATTR;

	if (type->is_readable)
		possessor |= KEY_READ;
	if (type->is_ring || type->is_updatable)
		possessor |= KEY_WRITE;
	return KEY_POSSESSOR(possessor) | KEY_USER(KEY_VIEW);
}

static struct key *key_alloc(const struct key_type *type, const char *desc)
{
	struct key *k = kzalloc(sizeof(*k));

	if (k == NULL)
		return NULL;
	k->refs = REFCOUNT_INIT(1);
	k->type = type;
	k->desc = kstrdup(desc);
	list_init(&k->links);
	if (k->desc != NULL)
		return k;
	kfree(k);
	return NULL;
}

static void key_free(struct key *k)
{
	if (k->payer != NULL) {
		user_uncharge(k->payer, USER_KEY_BYTES, k->bytes);
		user_uncharge(k->payer, USER_KEYS, 1);
	}
	kfree(k->data);
	kfree(k->desc);
	kfree(k);
}

int key_make(const struct key_type *type, const char *desc, unsigned uid,
	     unsigned gid, unsigned rights, struct key **out)
{
	struct key *k = key_alloc(type, desc);
	int err;

	if (k == NULL)
		return -ENOMEM;
	k->bytes = strlen(desc) + 1;
	k->uid = uid;
	k->gid = gid;
	k->rights = rights;
	err = charge_new(k, uid);
	if (err == 0)
		err = take_serial(k);
	if (err != 0) {
		key_free(k);
		return err;
	}
	*out = k;
	return 0;
}

void key_get(struct key *k)
{
	refcount_get(&k->refs);
}

static bool is_last(struct key *k)
{
	return refcount_put(&k->refs);
}

/* Nobody has @k any more; what was only in it joins the @dying. */
static void destroy(struct key *k, struct list *dying)
{
	unsigned long irq = spin_lock_irqsave(&serials_lock);
	struct list *at;

	radix_delete(&serials, (uint64_t)k->serial);
	spin_unlock_irqrestore(&serials_lock, irq);
	while ((at = list_pop_front(&k->links)) != NULL) {
		struct key_link *l = list_entry(at, struct key_link, link);

		if (is_last(l->key))
			list_push_back(dying, &l->key->dying);
		kfree(l);
	}
	key_free(k);
}

/* Rings are in rings: one after the other, not each inside of another's end. */
static void destroy_all(struct key *k)
{
	struct list dying = LIST_INIT(dying), *at;

	is_private(keys);
	destroy(k, &dying);
	while ((at = list_pop_front(&dying)) != NULL)
		destroy(list_entry(at, struct key, dying), &dying);
}

void cred_key_put(struct key *k)
{
	if (k != NULL && is_last(k))
		destroy_all(k);
}

void cred_key_get(struct key *k)
{
	if (k != NULL)
		key_get(k);
}

/* ---- its value, and who may have it ---- */

uint64_t key_deadline(unsigned seconds)
{
	return clock_ticks() + ns_to_ticks(seconds * NS_PER_SECOND);
}

int key_set_data(struct key *k, void *data, size_t n)
{
	int err = key_recharge(k, strlen(k->desc) + 1 + n);

	if (err != 0)
		return err;
	kfree(k->data);
	k->data = data;
	k->size = n;
	k->negative = false;
	return 0;
}

void key_drop_data(struct key *k)
{
	kfree(k->data);
	k->data = NULL;
	k->size = 0;
	(void)key_recharge(k, strlen(k->desc) + 1); /* it gets less */
}

int key_state(const struct key *k)
{
	if (k->invalid)
		return -ENOKEY;
	if (k->revoked)
		return -EKEYREVOKED;
	if (k->expires != 0 && clock_ticks() >= k->expires)
		return -EKEYEXPIRED;
	return k->negative ? -ENOKEY : 0;
}

/* Of user, group and others one counts; that it is possessed comes on top. */
bool key_allows(const struct key *k, bool possessed, unsigned right)
{
	const struct cred *cred = current_cred();
	unsigned rights = k->rights;

	if (k->uid == cred->fsuid)
		rights >>= 16;
	else if ((k->rights & KEY_GROUP(KEY_ALL)) &&
		 (k->gid == cred->fsgid || cred_has_group(cred, k->gid)))
		rights >>= 8;
	if (possessed)
		rights |= k->rights >> 24;
	return (rights & right) == right;
}
