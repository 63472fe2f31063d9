#pragma once

/*
 * net/inet/ip.h - packets of IPv4, as raw sockets send and get them.
 *
 * A packet is a message whose bytes begin with its header.  Only what raw sockets
 * send becomes one: what goes from one socket of TCP or UDP to another needs none.
 */

#include "net/inet/inet_internal.h"

/* Numbers have their high byte first. */
struct ip_header {
	uint8_t version_length; /* 4, and how many words of four bytes */
	uint8_t tos;
	uint8_t length[2];
	uint8_t id[2];
	uint8_t fragment[2];
	uint8_t ttl, protocol;
	uint8_t checksum[2];
	uint8_t from[4], to[4];
};

_Static_assert(sizeof(struct ip_header) == 20, "a header of IPv4");

#define IP_HEADER_MAX 60U    /* with options */
#define IP_DONT_FRAGMENT 64U /* in fragment[0] */
#define IP_PACKET_MAX 65535U

static inline unsigned ip_header_length(const struct ip_header *h)
{
	return (h->version_length & 15U) * 4;
}

void ip_put_number(uint8_t to[2], unsigned n);
/* The sum of @m from the @at'th byte on, as it is stored; 0: one is among them,
 * and is right. */
unsigned ip_checksum_of(const struct message *m, size_t at);
/* With @more added, of numbers that are not among the bytes. */
unsigned ip_checksum_with(const struct message *m, size_t at, uint32_t more);
/* The header of @m is filled in, but for its length and checksum. */
void ip_finish(struct message *m);
/* Where it begins; NULL: @m is no packet, or not for this machine. */
struct ip_header *ip_header_of(const struct message *m);
struct ip ip_of_v4(const uint8_t v4[4]);
/* What sockets that get packets tell of @m besides, if they are asked. */
void ip_tell(struct socket *s, const struct message *m, struct exchange *x);

/* ---- sending: raw.c ---- */

/* Where @s sends by @x. */
int ip_destination(struct socket *s, const struct exchange *x,
		   struct endpoint *to);
/* The bytes of @x behind @header bytes of room. */
int ip_message_behind(struct socket *s, struct exchange *x, size_t header,
		      struct message **out);
/* The header of @m, which @s sends. */
void ip_fill_header(struct socket *s, const struct endpoint *to,
		    struct message *m);
/* @m has come, and is gone then; the answer to it comes next. */
void ip_input(struct message *m);

/* ---- ICMP: icmp.c ---- */

/* What one begins with. */
struct icmp_header {
	uint8_t type, code;
	uint8_t checksum[2];
	uint8_t id[2], sequence[2];
};

#define ICMP_HEADER sizeof(struct icmp_header)
#define ECHO_REQUEST6 128

/* What the machine says to @m, a packet of ICMP; NULL: nothing. */
struct message *icmp_answer(const struct message *m);
/* Is it the answer to an echo request?  To which: *@id. */
bool icmp_is_echo_reply(const struct message *m, uint16_t *id);
/* Is what is behind @at bytes of @m an echo request, of @family? */
bool icmp_is_request(const struct message *m, size_t at, int family);
/* It has @id, and then its checksum. */
void icmp_finish_request(struct message *m, size_t at, uint16_t id);

/* ---- of IPv6: icmp6.c ---- */

struct ip6_header {
	uint8_t version_class_flow[4];
	uint8_t length[2]; /* of what follows */
	uint8_t next, hops;
	struct ip from, to;
};

_Static_assert(sizeof(struct ip6_header) == 40, "a header of IPv6");

/* @m, an echo request behind room for a header, becomes what @from says to @to,
 * whose port is its id. */
void icmp6_make_reply(struct message *m, const struct ip *from,
		      const struct endpoint *to);

/* ---- sockets that ping: ping.c ---- */

/* @m, a packet of ICMP, has come. */
void ping_input(const struct message *m);
