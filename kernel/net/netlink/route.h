#pragma once

/*
 * net/netlink/route.h - what the parts of NETLINK_ROUTE share: the addresses of
 * lo and where they reach, and a type that is told and asked for.
 */

#include "lib/string.h"
#include "net/interface.h"
#include "net/netlink/netlink_internal.h"

#define RTM_NEWLINK 16

#define RT_SCOPE_UNIVERSE 0
#define RT_SCOPE_HOST 254

#define LO_PREFIX 8
#define LO_PREFIX6 128

static const uint8_t lo_address[4] = LO_ADDRESS;
static const uint8_t lo_address6[16] = { [15] = 1 };

/* What all requests begin with. */
static inline int route_family(const struct request *r)
{
	const uint8_t *family = request_body(r, sizeof(*family));

	return *family;
}

static inline bool lo_has(const uint8_t address[4])
{
	return address[0] == lo_address[0];
}

static inline bool lo_has6(const uint8_t address[16])
{
	return memcmp(address, lo_address6, sizeof(lo_address6)) == 0;
}
