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
/* The header of @m is filled in, but for its length and checksum. */
void ip_finish(struct message *m);
/* Where it begins; NULL: @m is no packet, or not for this machine. */
struct ip_header *ip_header_of(const struct message *m);
struct ip ip_of_v4(const uint8_t v4[4]);

/* What the machine says to @m, a packet of ICMP; NULL: nothing. */
struct message *icmp_answer(const struct message *m);
