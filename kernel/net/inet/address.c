/*
 * net/inet/address.c - addresses, as programs write them and as we do.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"
#include "lib/string.h"

/* As programs lay them out; numbers have their high byte first. */
struct sockaddr_in {
	uint16_t family;
	uint8_t port[2];
	uint8_t addr[4];
	uint8_t zero[8];
};

struct sockaddr_in6 {
	uint16_t family;
	uint8_t port[2];
	uint32_t flow;
	struct ip addr;
	uint32_t scope;
};

#define V4_PREFIX 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
#define ADDRESS_MIN_V6 24U /* without the scope, as RFC 2133 had it */

const struct ip ip_any = { { 0 } };
const struct ip ip_any4 = { { V4_PREFIX, 0, 0, 0, 0 } };
const struct ip ip_loopback = { { [15] = 1 } };
const struct ip ip_loopback4 = { { V4_PREFIX, 127, 0, 0, 1 } };

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool ip_is_v4(const struct ip *ip)
{
	return memcmp(ip, &ip_any4, V4_AT) == 0;
}

bool ip_is_any(const struct ip *ip)
{
	return ip_equal(ip, &ip_any) || ip_equal(ip, &ip_any4);
}

bool ip_is_local(const struct ip *ip)
{
	return ip_equal(ip, &ip_loopback) ||
	       (ip_is_v4(ip) && ip->byte[V4_AT] == 127);
}

static int endpoint_of_v4(const struct address *a, struct endpoint *out)
{
	const struct sockaddr_in *in = (const void *)a->bytes;

	if (a->len < sizeof(*in))
		return -EINVAL;
	/* For 0.0.0.0 a program may leave the family out, when it binds. */
	if (a->family != AF_INET && (a->family != AF_UNSPEC ||
				     memcmp(in->addr, "\0\0\0", 4) != 0))
		return -EAFNOSUPPORT;
	out->ip = ip_any4;
	memcpy(out->ip.byte + V4_AT, in->addr, sizeof(in->addr));
	out->port = (uint16_t)(in->port[0] << 8 | in->port[1]);
	return 0;
}

static int endpoint_of_v6(const struct address *a, struct endpoint *out)
{
	const struct sockaddr_in6 *in = (const void *)a->bytes;

	if (a->len < ADDRESS_MIN_V6)
		return -EINVAL;
	if (a->family != AF_INET6)
		return -EAFNOSUPPORT;
	out->ip = in->addr;
	out->port = (uint16_t)(in->port[0] << 8 | in->port[1]);
	return 0;
}

int endpoint_of_address(const struct socket *s, const struct address *a,
			struct endpoint *out)
{
	return s->family == AF_INET ? endpoint_of_v4(a, out) :
				      endpoint_of_v6(a, out);
}

void address_of_endpoint(const struct endpoint *e, int family,
			 struct address *out)
{
	struct sockaddr_in *in = (void *)out->bytes;
	struct sockaddr_in6 *in6 = (void *)out->bytes;

	memset(out->bytes, 0, sizeof(*in6));
	out->family = (uint16_t)family;
	in->port[0] = (uint8_t)(e->port >> 8);
	in->port[1] = (uint8_t)e->port;
	if (family == AF_INET) {
		memcpy(in->addr, e->ip.byte + V4_AT, sizeof(in->addr));
		out->len = sizeof(*in);
	} else {
		in6->addr = e->ip;
		out->len = sizeof(*in6);
	}
}
