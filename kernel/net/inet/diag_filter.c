/*
 * net/inet/diag_filter.c - see diag_filter.h.
 *
 * A program is a row of steps.  Each says by how many bytes to go on where it holds,
 * and by how many where it does not: always ahead, so it ends.  What comes to the end
 * of the row has passed, what is sent beyond it has not.
 *
 * It is checked once.  As what holds leads from each step to the next one, the
 * beginnings of steps are known after one walk; and whatever does not hold has to
 * lead to one of them, or out.
 */
#include "net/inet/diag_filter.h"

#include "lib/bitmap.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"

/* As programs lay it out; what it is about follows. */
struct filter_step {
	uint8_t code, yes;
	uint16_t no;
};

enum {
	STEP_NOP, STEP_JUMP,
	STEP_LOCAL_FROM, STEP_LOCAL_TO, STEP_REMOTE_FROM, STEP_REMOTE_TO, /* ports */
	STEP_CHOSEN,
	STEP_LOCAL, STEP_REMOTE,
	STEP_INTERFACE, STEP_MARK,
	STEP_LOCAL_IS, STEP_REMOTE_IS, /* ports */
};

#define UNIT sizeof(struct filter_step) /* of places in a program */

/* Behind STEP_LOCAL and STEP_REMOTE. */
struct host {
	uint8_t family, prefix; /* bits of the address that count */
	int32_t port;           /* -1: any */
	uint8_t address[];
};

/* Behind STEP_MARK. */
struct mark {
	uint32_t mark, mask;
};

#define ANY_PORT (-1)
#define AF_UNSPEC 0
#define V4_BYTES (sizeof(struct ip) - V4_AT)

/* ---- checking ---- */

/* Bytes of an address of @family; -1: there is none. */
static int address_bytes(unsigned family)
{
	switch (family) {
	case AF_UNSPEC:
		return 0;
	case AF_INET:
		return (int)V4_BYTES;
	case AF_INET6:
		return (int)sizeof(struct ip);
	}
	return -1;
}

/* Bytes of a host, if @left are there; 0: it is none. */
static size_t size_of_host(const struct host *h, size_t left)
{
	int bytes;

	if (left < sizeof(*h))
		return 0;
	bytes = address_bytes(h->family);
	return bytes >= 0 && h->prefix <= 8 * bytes ? sizeof(*h) + (size_t)bytes : 0;
}

/* Bytes of @s with what is behind it, of which @left are there: 0 or -errno. */
static int size_of_step(const struct filter_step *s, size_t left, size_t *size)
{
	size_t more = 0;

	switch (s->code) {
	case STEP_NOP:
	case STEP_JUMP:
	case STEP_CHOSEN:
		break;
	case STEP_LOCAL:
	case STEP_REMOTE:
		more = size_of_host((const void *)(s + 1), left - sizeof(*s));
		if (more == 0)
			return -EINVAL;
		break;
	case STEP_MARK:
		if (!cred_can(current_cred(), CAP_NET_ADMIN))
			return -EPERM;
		more = sizeof(struct mark);
		break;
	case STEP_INTERFACE:
		more = sizeof(uint32_t);
		break;
	case STEP_LOCAL_FROM:
	case STEP_LOCAL_TO:
	case STEP_LOCAL_IS:
	case STEP_REMOTE_FROM:
	case STEP_REMOTE_TO:
	case STEP_REMOTE_IS:
		more = sizeof(struct filter_step); /* whose .no is a port */
		break;
	default:
		return -EINVAL;
	}
	*size = sizeof(*s) + more;
	return *size <= left ? 0 : -EINVAL;
}

/* From a step of @size bytes, with @left bytes to the end.  Out is one unit beyond. */
static bool leads_on(size_t by, size_t size, size_t left)
{
	return by >= size && by <= left + UNIT && by % UNIT == 0;
}

static const struct filter_step *step_at(const void *program, size_t at)
{
	return (const void *)((const char *)program + at);
}

/* Where all holds: the beginnings of steps, as bits of @begins. */
static int walk(const void *program, size_t n, uint64_t *begins)
{
	size_t at = 0, size;

	while (at < n) {
		const struct filter_step *s = step_at(program, at);
		int err = size_of_step(s, n - at, &size);

		if (err != 0)
			return err;
		if (!leads_on(s->yes, size, n - at) ||
		    (s->code != STEP_NOP && !leads_on(s->no, size, n - at)))
			return -EINVAL;
		bitmap_set(begins, at / UNIT);
		at += s->yes;
	}
	return at == n ? 0 : -EINVAL;
}

/* They were walked: where one does not hold there is a step, or the end, too. */
static int check_others(const void *program, size_t n, const uint64_t *begins)
{
	const struct filter_step *s;

	for (size_t at = 0; at < n; at += s->yes) {
		s = step_at(program, at);
		if (s->code != STEP_NOP && s->no < n - at &&
		    !bitmap_test(begins, (at + s->no) / UNIT))
			return -EINVAL;
	}
	return 0;
}

int diag_filter_check(const void *program, size_t n)
{
	uint64_t *begins;
	int err;

	if (n == 0 || n % UNIT != 0)
		return -EINVAL;
	begins = kzalloc(BITMAP_WORDS(n / UNIT) * sizeof(*begins));
	if (begins == NULL)
		return -ENOMEM;
	err = walk(program, n, begins);
	if (err == 0)
		err = check_others(program, n, begins);
	kfree(begins);
	return err;
}

/* ---- running ---- */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	return memcmp(a, b, bytes) == 0 &&
	       (rest == 0 || ((a[bytes] ^ b[bytes]) >> (8 - rest)) == 0);
}

/* An address of IPv4 is one of a socket of IPv6 as well. */
static bool is_at(const struct host *h, int family, const struct endpoint *e)
{
	const uint8_t *bytes = e->ip.byte;

	if (h->port != ANY_PORT && h->port != e->port)
		return false;
	if (h->family == AF_UNSPEC)
		return true;
	if (h->family != family && (h->family != AF_INET || !ip_is_v4(&e->ip)))
		return false;
	return same_bits(h->family == AF_INET ? bytes + V4_AT : bytes, h->address,
			 h->prefix);
}

static unsigned port_of(const struct filter_step *s)
{
	return s[1].no;
}

/* No socket has a mark, or is of one interface. */
static bool holds(const struct filter_step *s, const struct diag_subject *about)
{
	const void *behind = s + 1;
	const struct mark *m = behind;

	switch (s->code) {
	case STEP_JUMP:
		return false;
	case STEP_LOCAL_FROM:
		return about->local.port >= port_of(s);
	case STEP_LOCAL_TO:
		return about->local.port <= port_of(s);
	case STEP_LOCAL_IS:
		return about->local.port == port_of(s);
	case STEP_REMOTE_FROM:
		return about->remote.port >= port_of(s);
	case STEP_REMOTE_TO:
		return about->remote.port <= port_of(s);
	case STEP_REMOTE_IS:
		return about->remote.port == port_of(s);
	case STEP_CHOSEN:
		return about->port_is_chosen;
	case STEP_LOCAL:
		return is_at(behind, about->family, &about->local);
	case STEP_REMOTE:
		return is_at(behind, about->family, &about->remote);
	case STEP_INTERFACE:
		return *(const uint32_t *)behind == 0;
	case STEP_MARK:
		return m->mark == 0;
	default:
		return true;
	}
}

bool diag_filter_passes(const void *program, size_t n,
			const struct diag_subject *about)
{
	size_t at = 0;

	while (at < n) {
		const struct filter_step *s = step_at(program, at);

		at += holds(s, about) ? s->yes : s->no;
	}
	return at == n;
}
