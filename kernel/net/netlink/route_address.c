/*
 * net/netlink/route_address.c - addresses: lo has one of either family, as long as
 * the machine runs.
 */
#include "net/netlink/netlink_internal.h"

#include "lib/errno.h"
#include "net/interface.h"
#include "net/netlink/route.h"

#define RTM_NEWADDR 20
#define IFA_F_PERMANENT 0x80U
#define FOR_EVER UINT32_MAX

/* As programs lay it out. */
struct ifaddrmsg {
	uint8_t family, prefix, flags, scope;
	uint32_t index;
};

struct ifa_cacheinfo {
	uint32_t preferred, valid; /* seconds */
	uint32_t made, changed;    /* since boot */
};

enum {
	IFA_ADDRESS = 1, IFA_LOCAL, IFA_LABEL, IFA_CACHEINFO = 6, IFA_FLAGS = 8,
};

static void begin_address(struct answer *a, int family, unsigned prefix)
{
	struct ifaddrmsg *body = answer_begin(a, RTM_NEWADDR, sizeof(*body));

	*body = (struct ifaddrmsg){
		.family = (uint8_t)family,
		.prefix = (uint8_t)prefix,
		.flags = IFA_F_PERMANENT,
		.scope = RT_SCOPE_HOST,
		.index = LO_INDEX,
	};
}

static void end_address(struct answer *a)
{
	static const struct ifa_cacheinfo info = { FOR_EVER, FOR_EVER, 0, 0 };

	answer_put_u32(a, IFA_FLAGS, IFA_F_PERMANENT);
	answer_put(a, IFA_CACHEINFO, &info, sizeof(info));
}

static void put_v4(struct answer *a)
{
	begin_address(a, AF_INET, LO_PREFIX);
	answer_put(a, IFA_ADDRESS, lo_address, sizeof(lo_address));
	answer_put(a, IFA_LOCAL, lo_address, sizeof(lo_address));
	answer_put_text(a, IFA_LABEL, LO_NAME);
	end_address(a);
}

static void put_v6(struct answer *a)
{
	begin_address(a, AF_INET6, LO_PREFIX6);
	answer_put(a, IFA_ADDRESS, lo_address6, sizeof(lo_address6));
	end_address(a);
}

/* One is asked for in IPv6 alone. */
int route_get_address(struct request *r, struct answer *a)
{
	const struct ifaddrmsg *asked = request_body(r, sizeof(*asked));
	const void *address;

	if (route_family(r) != AF_INET6)
		return -EOPNOTSUPP;
	if (asked == NULL)
		return request_refuse(r, -EINVAL, "Invalid header for get address request");
	address = request_attribute(r, sizeof(*asked), IFA_LOCAL, sizeof(lo_address6));
	if (address == NULL)
		address = request_attribute(r, sizeof(*asked), IFA_ADDRESS,
					    sizeof(lo_address6));
	if (address == NULL)
		return -EINVAL;
	if (asked->index != 0 && asked->index != LO_INDEX)
		return -ENODEV;
	if (!lo_has6(address))
		return -EADDRNOTAVAIL;
	put_v6(a);
	return 0;
}

/* Of a strict one: what it asks for is what is told. */
static int judge(struct request *r, struct answer *a)
{
	const struct ifaddrmsg *asked = request_body(r, sizeof(*asked));

	if (asked == NULL)
		return request_refuse(r, -EINVAL, "Invalid header for address dump request");
	if (asked->prefix != 0 || asked->flags != 0 || asked->scope != 0)
		return request_refuse(r, -EINVAL,
				      "Invalid values in header for address dump request");
	if (asked->index != 0)
		a->flags |= NLM_F_DUMP_FILTERED;
	return asked->index == 0 || asked->index == LO_INDEX ? 0 : -ENODEV;
}

int route_dump_addresses(struct request *r, struct answer *a)
{
	int family = route_family(r);
	int err = netlink_has_flag(r->from, NETLINK_IS_STRICT) ? judge(r, a) : 0;

	if (err != 0)
		return err;
	if (family != AF_INET6)
		put_v4(a);
	if (family != AF_INET)
		put_v6(a);
	return 0;
}
