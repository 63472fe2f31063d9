/*
 * ipc/keys/read.c - what a key says: what it is, and its value.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/slab.h"

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
	return key_with(id, LOOKUP_PARTIAL, KEY_VIEW, nothing, 0, 0);
}
