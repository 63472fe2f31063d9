/*
 * net/netlink/route_link.c - interfaces: there is lo.
 *
 * Nothing counts what goes over it: it tells no numbers of packets.
 */
#include "net/netlink/route.h"

#include "lib/errno.h"
#include "lib/string.h"

#define IFF_LOWER_UP 0x10000U

/* As programs lay it out. */
struct ifinfomsg {
	uint8_t family, pad;
	uint16_t type;
	int index;
	uint32_t flags, change;
};

enum {
	IFLA_ADDRESS = 1, IFLA_BROADCAST, IFLA_IFNAME, IFLA_MTU,
	IFLA_QDISC = 6, IFLA_MASTER = 10, IFLA_TXQLEN = 13, IFLA_OPERSTATE = 16,
	IFLA_LINKMODE, IFLA_LINKINFO, IFLA_GROUP = 27, IFLA_PROMISCUITY = 30,
	IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES, IFLA_CARRIER,
	IFLA_CARRIER_CHANGES = 35, IFLA_ALT_IFNAME = 53,
};

static void put_link(struct answer *a)
{
	static const uint8_t hardware[6];
	struct ifinfomsg *body = answer_begin(a, RTM_NEWLINK, sizeof(*body));

	*body = (struct ifinfomsg){
		.type = ARPHRD_LOOPBACK,
		.index = LO_INDEX,
		.flags = LO_FLAGS | IFF_LOWER_UP,
	};
	answer_put_text(a, IFLA_IFNAME, LO_NAME);
	answer_put_u32(a, IFLA_TXQLEN, LO_TXQLEN);
	answer_put_u8(a, IFLA_OPERSTATE, 0); /* unknown, as of any loopback */
	answer_put_u8(a, IFLA_LINKMODE, 0);
	answer_put_u32(a, IFLA_MTU, LO_MTU);
	answer_put_u32(a, IFLA_GROUP, 0);
	answer_put_u32(a, IFLA_PROMISCUITY, 0);
	answer_put_u32(a, IFLA_NUM_TX_QUEUES, 1);
	answer_put_u32(a, IFLA_NUM_RX_QUEUES, 1);
	answer_put_u8(a, IFLA_CARRIER, 1);
	answer_put_text(a, IFLA_QDISC, "noqueue");
	answer_put_u32(a, IFLA_CARRIER_CHANGES, 0);
	answer_put(a, IFLA_ADDRESS, hardware, sizeof(hardware));
	answer_put(a, IFLA_BROADCAST, hardware, sizeof(hardware));
}

/* By its number, or one of its names; it has one. */
static int find(struct request *r, const struct ifinfomsg *asked)
{
	const char *name;
	size_t n;

	if (asked->index > 0)
		return asked->index == LO_INDEX ? 0 : -ENODEV;
	name = request_text(r, sizeof(*asked), IFLA_IFNAME, &n);
	if (name == NULL)
		name = request_text(r, sizeof(*asked), IFLA_ALT_IFNAME, &n);
	if (name == NULL)
		return -EINVAL;
	n = strnlen(name, n);
	return n == strlen(LO_NAME) && memcmp(name, LO_NAME, n) == 0 ? 0 :
								      -ENODEV;
}

int route_get_link(struct request *r, struct answer *a)
{
	const struct ifinfomsg *asked = request_body(r, sizeof(*asked));
	int err;

	if (asked == NULL)
		return request_refuse(r, -EINVAL, "Invalid header for get link");
	err = find(r, asked);
	if (err == 0)
		put_link(a);
	return err;
}

static bool is_other_kind(const struct request *r)
{
	size_t n;

	return request_attribute(r, sizeof(struct ifinfomsg), IFLA_MASTER,
				 sizeof(uint32_t)) != NULL ||
	       request_text(r, sizeof(struct ifinfomsg), IFLA_LINKINFO, &n) != NULL;
}

/* Why a strict one is refused: none of this chooses interfaces. */
static const char *why_not_dump(const struct ifinfomsg *asked)
{
	if (asked == NULL)
		return "Invalid header for link dump";
	if (asked->type != 0 || asked->flags != 0 || asked->change != 0)
		return "Invalid values in header for link dump request";
	return asked->index != 0 ?
		       "Filter by device index not supported for link dumps" : NULL;
}

/* Whoever asks for those of a master, or of a kind (bridges), means another. */
int route_dump_links(struct request *r, struct answer *a)
{
	const struct ifinfomsg *asked = request_body(r, sizeof(*asked));
	const char *why = netlink_has_flag(r->from, NETLINK_IS_STRICT) ?
				  why_not_dump(asked) : NULL;

	if (why != NULL)
		return request_refuse(r, -EINVAL, why);
	if (asked == NULL || !is_other_kind(r))
		put_link(a);
	return 0;
}

/* `ip link set lo up`, as scripts have it: it is. */
int route_set_link(struct request *r)
{
	const struct ifinfomsg *asked = request_body(r, sizeof(*asked));
	int err = asked != NULL ? find(r, asked) : -EINVAL;
	size_t n;

	if (err != 0)
		return err;
	if ((asked->flags ^ LO_FLAGS) & asked->change)
		return -EOPNOTSUPP;
	for (unsigned type = 1; type <= IFLA_ALT_IFNAME; type++)
		if (type != IFLA_IFNAME &&
		    request_text(r, sizeof(*asked), type, &n) != NULL)
			return -EOPNOTSUPP;
	return 0;
}
