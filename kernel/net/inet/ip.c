/*
 * net/inet/ip.c - see ip.h.
 */
#include "net/inet/ip.h"

#include "lib/bits.h"
#include "lib/string.h"

/* ---- checksums ---- */

/* More of a sum: @n bytes that begin at an even place. */
static uint32_t add(uint32_t sum, const uint8_t *byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)byte[i] << 8 : byte[i];
	return sum;
}

static unsigned fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

unsigned ip_checksum_of(const struct message *m, size_t at)
{
	return ip_checksum_with(m, at, 0);
}

unsigned ip_checksum_with(const struct message *m, size_t at, uint32_t more)
{
	uint8_t part[128];
	uint32_t sum = more;

	for (size_t n; at < m->len; at += n) {
		n = min(sizeof(part), m->len - at);
		message_read(m, at, part, n);
		sum = add(sum, part, n);
	}
	return fold(sum);
}

void ip_put_number(uint8_t to[2], unsigned n)
{
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
}

static unsigned number(const uint8_t from[2])
{
	return (unsigned)from[0] << 8 | from[1];
}

/* ---- headers ---- */

void ip_finish(struct message *m)
{
	struct ip_header *h = message_head(m);

	ip_put_number(h->length, (unsigned)m->len);
	ip_put_number(h->checksum, 0);
	ip_put_number(h->checksum,
		      fold(add(0, message_head(m), ip_header_length(h))));
}

/* All of it is there, and says so. */
static bool is_whole(const struct message *m)
{
	const struct ip_header *h = message_head(m);
	unsigned length;

	if (m->len < sizeof(*h) || h->version_length >> 4 != 4)
		return false;
	length = ip_header_length(h);
	return length >= sizeof(*h) && length <= m->len &&
	       number(h->length) == m->len &&
	       fold(add(0, message_head(m), length)) == 0;
}

struct ip_header *ip_header_of(const struct message *m)
{
	struct ip_header *h = message_head(m);
	struct ip to;

	if (!is_whole(m))
		return NULL;
	to = ip_of_v4(h->to);
	return ip_is_local(&to) ? h : NULL;
}

void ip_tell(struct socket *s, const struct message *m, struct exchange *x)
{
	const struct ip_header *h = message_head(m);
	const struct ip6_header *h6 = message_head(m);

	if (inet_wants_hops(inet_socket_of(s)))
		x->hops = s->family == AF_INET ? h->ttl : h6->hops;
}

struct ip ip_of_v4(const uint8_t v4[4])
{
	struct ip ip = ip_any4;

	memcpy(ip.byte + V4_AT, v4, 4);
	return ip;
}
