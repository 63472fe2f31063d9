/*
 * ipc/keys/read.c - what a key says: what it is, and its value.
 */
#include "ipc/keys/keys_internal.h"

#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Where it is told: as keys.h says. */
struct told {
	char **text;
	size_t room;
	bool was_found;
};

/* Room for all of it, or NULL: there is none, or it is too much.  False: no
 * memory. */
static bool make_room(const struct told *t, size_t n)
{
	bool fits = n > 0 && n <= t->room;

	*t->text = fits ? kmalloc(n) : NULL;
	return !fits || *t->text != NULL;
}

static long put_text(const struct told *t, const void *from, size_t n)
{
	if (!make_room(t, n))
		return -ENOMEM;
	if (*t->text != NULL)
		memcpy(*t->text, from, n);
	return (long)n;
}

/* ---- what it is ---- */

static long describe(const struct key_found *found, void *told) REQUIRES(C_keys)
{
	const struct key *k = found->key;
	char *whole = kmalloc(KEY_DESC_MAX + 80);
	long n;

	if (whole == NULL)
		return -ENOMEM;
	ksnprintf(whole, KEY_DESC_MAX + 80, "%s;%d;%d;%08x;%s", k->type->name,
		  (int)k->uid, (int)k->gid, k->rights, k->desc);
	n = put_text(told, whole, strlen(whole) + 1);
	kfree(whole);
	return n;
}

long keys_describe(int id, char **text, size_t room)
{
	struct told t = { .text = text, .room = room };

	return key_with(id, LOOKUP_PARTIAL, KEY_VIEW, describe, &t);
}

static long nothing(const struct key_found *found UNUSED, void *with UNUSED)
{
	return 0;
}

long keys_view(int id)
{
	return key_with(id, LOOKUP_PARTIAL, KEY_VIEW, nothing, NULL);
}

/* ---- its value ---- */

/* Numbers of what is in it. */
static long read_ring(const struct key *ring, const struct told *t) REQUIRES(C_keys)
{
	size_t n = ring->size * sizeof(int);
	struct key_link *l;
	int *at;

	if (!make_room(t, n))
		return -ENOMEM;
	at = (int *)*t->text;
	if (at != NULL)
		list_for_each_entry(l, &ring->links, link)
			*at++ = l->key->serial;
	return (long)n;
}

/* Who possesses it and may search may read, too. */
static long read_value(const struct key_found *found, void *told) REQUIRES(C_keys)
{
	struct key *k = found->key;
	struct told *t = told;

	t->was_found = true;
	if (k->negative)
		return -ENOKEY;
	if (!key_allows(k, found->possessed, KEY_READ) && !found->possessed)
		return -EACCES;
	if (key_state(k) != 0)
		return key_state(k);
	if (!k->type->is_readable)
		return -EOPNOTSUPP;
	if (!k->type->is_ring)
		return put_text(t, k->data, k->size);
	ring_prune(k);
	return read_ring(k, t);
}

/* As on Linux, a key that is not found is missing, whatever the reason. */
long keys_read(int id, char **text, size_t room)
{
	struct told t = { .text = text, .room = room };
	long result = key_with(id, LOOKUP_PARTIAL, KEY_ANYBODY, read_value, &t);

	return t.was_found ? result : -ENOKEY;
}
