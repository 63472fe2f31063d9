/*
 * net/netlink/route_neighbour.c - neighbours: there are none, for nothing is behind
 * a wire.
 */
#include "net/netlink/route.h"

#include "lib/errno.h"

#define NDA_DST 1

/* As programs lay it out. */
struct ndmsg {
	uint8_t family, pad1;
	uint16_t pad2;
	int index;
	uint16_t state;
	uint8_t flags, type;
};

int route_get_neighbour(struct request *r, struct answer *a UNUSED)
{
	const struct ndmsg *asked = request_body(r, sizeof(*asked));
	size_t n;

	if (asked == NULL)
		return request_refuse(r, -EINVAL, "Invalid header for neighbor get request");
	if (asked->state != 0 || asked->type != 0)
		return request_refuse(r, -EINVAL,
				      "Invalid values in header for neighbor get request");
	if (request_text(r, sizeof(*asked), NDA_DST, &n) == NULL)
		return request_refuse(r, -EINVAL, "Network address not specified");
	if (asked->index != 0 && asked->index != LO_INDEX)
		return request_refuse(r, -ENODEV, "Unknown device ifindex");
	return request_refuse(r, -ENOENT, "Neighbour entry not found");
}

int route_dump_neighbours(struct request *r, struct answer *a UNUSED)
{
	if (!netlink_has_flag(r->from, NETLINK_IS_STRICT) ||
	    request_body(r, sizeof(struct ndmsg)) != NULL)
		return 0;
	return request_refuse(r, -EINVAL, "Invalid header for neighbor dump request");
}
