/*
 * net/inet/icmp6.c - ICMP of IPv6: the machine answers an echo request.
 *
 * Nobody but the machine gets one, so it becomes the answer where it stands.
 */
#include "net/inet/ip.h"

enum { ECHO_REPLY = 129, HOPS = 64 };

/* What the sum is of besides the addresses, which are before the message. */
static unsigned checksum_of(const struct message *m, unsigned length)
{
	return ip_checksum_with(m, offsetof(struct ip6_header, from),
				length + IPPROTO_ICMPV6);
}

static struct ip6_header *fill_header(struct message *m, const struct ip *from,
				      const struct ip *to)
{
	struct ip6_header *h = message_head(m);

	*h = (struct ip6_header){
		.version_class_flow[0] = 6 << 4,
		.next = IPPROTO_ICMPV6,
		.hops = HOPS,
		.from = *from,
		.to = *to,
	};
	ip_put_number(h->length, (unsigned)(m->len - sizeof(*h)));
	return h;
}

void icmp6_make_reply(struct message *m, const struct ip *from,
		      const struct endpoint *to)
{
	struct icmp_header *icmp = (void *)(fill_header(m, from, &to->ip) + 1);

	icmp->type = ECHO_REPLY;
	ip_put_number(icmp->id, to->port);
	ip_put_number(icmp->checksum, 0);
	ip_put_number(icmp->checksum,
		      checksum_of(m, (unsigned)(m->len - sizeof(struct ip6_header))));
}
