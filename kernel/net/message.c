/*
 * net/message.c - the bytes that are on their way.
 *
 * They lie in chunks of a page or less, so that a long message needs no long
 * piece of memory.  A message is made and filled before any lock is taken:
 * what is queued is whole.
 */
#include "net/net_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "vfs/user.h"

struct chunk {
	struct chunk *next;
	size_t len;
	char bytes[];
};

#define CHUNK_BYTES (PAGE_SIZE - sizeof(struct chunk))

static uint64_t chunk_size(size_t n)
{
	size_t size = sizeof(struct chunk) + n;

	return size > KMALLOC_SLAB_MAX ? PAGE_SIZE : size;
}

static uint64_t message_size(size_t n)
{
	return sizeof(struct message) + n / CHUNK_BYTES * PAGE_SIZE +
	       chunk_size(n % CHUNK_BYTES);
}

static void free_chunks(struct chunk *chunk)
{
	struct chunk *next;

	for (; chunk != NULL; chunk = next) {
		next = chunk->next;
		kfree(chunk);
	}
}

/* The last chunk first: the whole ones follow it in front. */
static bool make_chunks(struct message *m)
{
	for (size_t left = m->len; left > 0;) {
		size_t n = left % CHUNK_BYTES != 0 ? left % CHUNK_BYTES :
						     CHUNK_BYTES;
		struct chunk *chunk = kmalloc(sizeof(*chunk) + n);

		if (chunk == NULL)
			return false;
		chunk->len = n;
		chunk->next = m->chunks;
		m->chunks = chunk;
		left -= n;
	}
	return true;
}

struct message *message_create(struct socket *sender, size_t n)
{
	uint64_t charge = message_size(n);
	struct message *m;

	if (!socket_charge(sender->payer, charge))
		return NULL;
	m = kzalloc(sizeof(*m));
	if (m == NULL) {
		user_uncharge(sender->payer, USER_SOCKET_BYTES, charge);
		return NULL;
	}
	list_init(&m->link);
	socket_get(sender);
	m->sender = sender;
	m->charge = charge;
	m->len = n;
	atomic_fetch_add_relaxed(&sender->sent, charge);
	if (make_chunks(m))
		return m;
	message_free(m);
	return NULL;
}

void message_free(struct message *m)
{
	struct socket *sender = m->sender;

	if (m->rights != NULL)
		rights_drop(m->rights);
	free_chunks(m->chunks);
	atomic_fetch_add_relaxed(&sender->sent, -m->charge);
	waitq_wake_all(&sender->writable);
	user_uncharge(sender->payer, USER_SOCKET_BYTES, m->charge);
	socket_put(sender);
	kfree(m);
}

void message_join(struct message *m, struct message *more)
{
	struct chunk **end = &m->chunks;

	while (*end != NULL)
		end = &(*end)->next;
	*end = more->chunks;
	m->len += more->len;
	m->charge += more->charge;
	socket_put(more->sender); /* @m has the same */
	kfree(more);
}

void messages_free(struct list *messages)
{
	struct list *link;

	while ((link = list_pop_front(messages)) != NULL)
		message_free(list_entry(link, struct message, link));
}

/* ---- its bytes, for the kernel ---- */

_Static_assert(CHUNK_BYTES >= MESSAGE_HEAD, "the first chunk has it");

void *message_head(const struct message *m)
{
	return m->chunks != NULL ? m->chunks->bytes : NULL;
}

void message_read(const struct message *m, size_t at, void *to, size_t n)
{
	char *out = to;

	for (const struct chunk *c = m->chunks; n > 0; c = c->next) {
		size_t part = at < c->len ? min(c->len - at, n) : 0;

		memcpy(out, c->bytes + at, part);
		out += part;
		n -= part;
		at -= min(at, c->len);
	}
}

void message_write(struct message *m, size_t at, const void *from, size_t n)
{
	const char *in = from;

	for (struct chunk *c = m->chunks; n > 0; c = c->next) {
		size_t part = at < c->len ? min(c->len - at, n) : 0;

		memcpy(c->bytes + at, in, part);
		in += part;
		n -= part;
		at -= min(at, c->len);
	}
}

/* Chunk by chunk: they are as long, for the same bytes in all. */
struct message *message_clone(const struct message *m)
{
	struct message *clone = message_create(m->sender, m->len);
	const struct chunk *from = m->chunks;

	if (clone == NULL)
		return NULL;
	clone->cred = m->cred;
	clone->from = m->from;
	clone->group = m->group;
	for (struct chunk *c = clone->chunks; c != NULL; c = c->next) {
		memcpy(c->bytes, from->bytes, c->len);
		from = from->next;
	}
	return clone;
}

/* ---- to and from a vector of a program's ---- */

int message_fill(struct message *m, size_t at, struct pieces *p)
{
	for (struct chunk *c = m->chunks; c != NULL; c = c->next) {
		size_t n = c->len - at;

		if (copy_from_pieces(p, c->bytes + at, n) < n)
			return -EFAULT;
		at = 0;
	}
	return 0;
}

size_t message_copy(const struct message *m, size_t at, struct pieces *p,
		    size_t n)
{
	size_t copied = 0;

	for (struct chunk *c = m->chunks; c != NULL && copied < n; c = c->next) {
		if (at >= c->len) {
			at -= c->len;
			continue;
		}

		size_t part = min(c->len - at, n - copied);
		size_t got = copy_to_pieces(p, c->bytes + at, part);

		copied += got;
		if (got < part)
			break;
		at = 0;
	}
	return copied;
}
