/*
 * net/netlink/route_route.c - routes: to the addresses of lo, and nowhere else.
 *
 * They are in the table of what is local; of IPv6 there is one more in the main one,
 * as each address has it.
 */
#include "net/netlink/route.h"

#include "lib/errno.h"

#define RTM_NEWROUTE 24

#define RT_TABLE_MAIN 254U
#define RT_TABLE_LOCAL 255U
#define RTPROT_UNSPEC 0
#define RTPROT_KERNEL 2
#define RTN_UNICAST 1
#define RTN_LOCAL 2
#define RTM_F_CLONED 0x200U
#define RTM_F_PREFIX 0x800U
#define RTCF_LOCAL 0x80000000U
#define METRIC6 256U

/* As programs lay it out. */
struct rtmsg {
	uint8_t family, dst_len, src_len, tos;
	uint8_t table, protocol, scope, type;
	uint32_t flags;
};

enum {
	RTA_DST = 1, RTA_OIF = 4, RTA_PRIORITY = 6, RTA_PREFSRC = 7,
	RTA_TABLE = 15, RTA_PREF = 20,
};

/* What a dump is asked for; 0: whatever. */
struct filter {
	unsigned table, oif;
	uint8_t protocol, type;
	bool none;
};

static void begin_route(struct answer *a, const struct rtmsg *route)
{
	struct rtmsg *body = answer_begin(a, RTM_NEWROUTE, sizeof(*body));

	*body = *route;
	answer_put_u32(a, RTA_TABLE, route->table);
}

static bool is_wanted(const struct rtmsg *route, const struct filter *f)
{
	return (f->table == 0 || f->table == route->table) &&
	       (f->protocol == 0 || f->protocol == route->protocol) &&
	       (f->type == 0 || f->type == route->type);
}

/* ---- those there are ---- */

/* To all of the net, or to the one address. */
static void put_v4(struct answer *a, const struct filter *f, unsigned prefix)
{
	const struct rtmsg route = {
		.family = AF_INET,
		.dst_len = (uint8_t)prefix,
		.table = RT_TABLE_LOCAL,
		.protocol = RTPROT_KERNEL,
		.scope = RT_SCOPE_HOST,
		.type = RTN_LOCAL,
	};
	static const uint8_t net[4] = { 127 };

	if (!is_wanted(&route, f))
		return;
	begin_route(a, &route);
	answer_put(a, RTA_DST, prefix == LO_PREFIX ? net : lo_address, sizeof(net));
	answer_put(a, RTA_PREFSRC, lo_address, sizeof(lo_address));
	answer_put_u32(a, RTA_OIF, LO_INDEX);
}

static void put_v6(struct answer *a, const struct filter *f, unsigned table)
{
	bool local = table == RT_TABLE_LOCAL;
	const struct rtmsg route = {
		.family = AF_INET6,
		.dst_len = LO_PREFIX6,
		.table = (uint8_t)table,
		.protocol = RTPROT_KERNEL,
		.scope = RT_SCOPE_UNIVERSE,
		.type = local ? RTN_LOCAL : RTN_UNICAST,
	};

	if (!is_wanted(&route, f))
		return;
	begin_route(a, &route);
	answer_put(a, RTA_DST, lo_address6, sizeof(lo_address6));
	answer_put_u32(a, RTA_PRIORITY, local ? 0 : METRIC6);
	answer_put_u32(a, RTA_OIF, LO_INDEX);
	answer_put_u8(a, RTA_PREF, 0);
}

/* ---- which of them ---- */

/* None was copied for who uses it, and none was given by a router. */
static void take_flags(struct filter *f, unsigned flags)
{
	f->none = (flags & (RTM_F_CLONED | RTM_F_PREFIX)) != 0;
}

static int judge(struct request *r, const struct rtmsg *asked, struct filter *f)
{
	const uint32_t *word;

	if (asked->dst_len != 0 || asked->src_len != 0 || asked->tos != 0 ||
	    asked->scope != 0)
		return request_refuse(r, -EINVAL, "Invalid values in header for FIB dump request");
	if (asked->flags & ~(RTM_F_CLONED | RTM_F_PREFIX))
		return request_refuse(r, -EINVAL, "Invalid flags for FIB dump request");
	f->table = asked->table;
	f->protocol = asked->protocol;
	f->type = asked->type;
	word = request_attribute(r, sizeof(*asked), RTA_TABLE, sizeof(*word));
	if (word != NULL)
		f->table = *word;
	word = request_attribute(r, sizeof(*asked), RTA_OIF, sizeof(*word));
	if (word != NULL)
		f->oif = *word;
	return f->oif == 0 || f->oif == LO_INDEX ? 0 : -ENODEV;
}

/* Of a strict one. */
static int judge_strictly(struct request *r, const struct rtmsg *asked,
			  struct answer *a, struct filter *f)
{
	int err;

	if (asked == NULL)
		return request_refuse(r, -EINVAL, "Invalid header for FIB dump request");
	err = judge(r, asked, f);
	if (f->table != 0 || f->protocol != 0 || f->type != 0 || f->oif != 0 ||
	    asked->flags != 0)
		a->flags |= NLM_F_DUMP_FILTERED;
	return err;
}

/* There is no table but the two. */
static int why_no_table(struct request *r, const struct filter *f)
{
	int family = route_family(r);

	if (f->table == 0 || f->table == RT_TABLE_MAIN ||
	    f->table == RT_TABLE_LOCAL)
		return 0;
	if (family == AF_INET)
		return request_refuse(r, -ENOENT, "ipv4: FIB table does not exist");
	return family == AF_INET6 ?
		       request_refuse(r, -ENOENT, "ipv6: FIB table does not exist") : 0;
}

int route_dump_routes(struct request *r, struct answer *a)
{
	const struct rtmsg *asked = request_body(r, sizeof(*asked));
	bool strict = netlink_has_flag(r->from, NETLINK_IS_STRICT);
	struct filter f = { 0 };
	int family = route_family(r);
	int err = strict ? judge_strictly(r, asked, a, &f) : 0;

	if (err == 0)
		err = why_no_table(r, &f);
	if (err != 0)
		return err;
	if (asked != NULL)
		take_flags(&f, asked->flags);
	if (!f.none && family != AF_INET6) {
		put_v4(a, &f, LO_PREFIX);
		put_v4(a, &f, 32);
	}
	if (!f.none && family != AF_INET) {
		put_v6(a, &f, RT_TABLE_MAIN);
		put_v6(a, &f, RT_TABLE_LOCAL);
	}
	return 0;
}

/* ---- where something goes ---- */

static void put_way4(struct answer *a, const uint8_t to[4])
{
	begin_route(a, &(struct rtmsg){
		.family = AF_INET,
		.dst_len = 32,
		.table = RT_TABLE_LOCAL,
		.protocol = RTPROT_UNSPEC,
		.scope = RT_SCOPE_UNIVERSE,
		.type = RTN_LOCAL,
		.flags = RTM_F_CLONED | RTCF_LOCAL,
	});
	answer_put(a, RTA_DST, to, sizeof(lo_address));
	answer_put_u32(a, RTA_OIF, LO_INDEX);
	answer_put(a, RTA_PREFSRC, lo_address, sizeof(lo_address));
}

static void put_way6(struct answer *a)
{
	begin_route(a, &(struct rtmsg){
		.family = AF_INET6,
		.dst_len = LO_PREFIX6,
		.table = RT_TABLE_LOCAL,
		.protocol = RTPROT_KERNEL,
		.scope = RT_SCOPE_UNIVERSE,
		.type = RTN_LOCAL,
	});
	answer_put(a, RTA_DST, lo_address6, sizeof(lo_address6));
	answer_put_u32(a, RTA_OIF, LO_INDEX);
	answer_put(a, RTA_PREFSRC, lo_address6, sizeof(lo_address6));
	answer_put_u32(a, RTA_PRIORITY, 0);
	answer_put_u8(a, RTA_PREF, 0);
}

/* To nobody is to oneself. */
static int way4(struct request *r, struct answer *a)
{
	static const uint8_t nobody[4];
	const uint8_t *to = request_attribute(r, sizeof(struct rtmsg), RTA_DST,
					      sizeof(nobody));

	if (to == NULL || memcmp(to, nobody, sizeof(nobody)) == 0)
		to = lo_address;
	if (!lo_has(to))
		return -ENETUNREACH;
	put_way4(a, to);
	return 0;
}

static int way6(struct request *r, struct answer *a)
{
	static const uint8_t nobody[16];
	const uint8_t *to = request_attribute(r, sizeof(struct rtmsg), RTA_DST,
					      sizeof(nobody));

	if (to != NULL && memcmp(to, nobody, sizeof(nobody)) != 0 && !lo_has6(to))
		return -ENETUNREACH;
	put_way6(a);
	return 0;
}

static int find_way(struct request *r, struct answer *a, int family)
{
	const uint32_t *oif = request_attribute(r, sizeof(struct rtmsg), RTA_OIF,
						sizeof(*oif));

	if (oif != NULL && *oif != 0 && *oif != LO_INDEX)
		return family == AF_INET ? -ENODEV : -ENETUNREACH;
	return family == AF_INET ? way4(r, a) : way6(r, a);
}

int route_get_route(struct request *r, struct answer *a)
{
	int family = route_family(r);

	if (family != AF_INET && family != AF_INET6)
		return -EOPNOTSUPP;
	if (request_body(r, sizeof(struct rtmsg)) == NULL)
		return request_refuse(r, -EINVAL, "Invalid header for get route request");
	return find_way(r, a, family);
}
