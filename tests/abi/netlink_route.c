/*
 * tests/abi/netlink_route.c
 *
 * Claim    Who asks by NETLINK_ROUTE is told of lo, its addresses and the routes to
 *          them, one by one or all together, and the C library finds the same. What
 *          cannot be done is refused with its reason, and a datagram may have several
 *          requests, each of which is answered or acknowledged as it asks for.
 * Method   Dumps and single requests, good and bad.
 * Oracle   Linux; other interfaces that a machine may have are passed over.
 */
#define _GNU_SOURCE
#include "libnetlink.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>

#include <linux/neighbour.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

static int fd;
static int lo;
static const unsigned char loopback4[4] = { 127, 0, 0, 1 };
static const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;

/* ---- dumps ---- */

/* One message of a dump: is it the one? */
typedef bool (*is_it)(struct nlmsghdr *h);

static struct {
	int messages, found;	/* in all, and of those that were meant */
	int end;		/* what NLMSG_DONE says, or 1 */
	bool good;		/* each is of the dump, and says so */
} dump;

static void take_message(const struct asked *a, struct nlmsghdr *h, int type, is_it is)
{
	if (h->nlmsg_seq != a->head.nlmsg_seq || h->nlmsg_pid != port_of(fd))
		dump.good = false;
	if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
		dump.end = *(int *)NLMSG_DATA(h);
		return;
	}
	if (h->nlmsg_type != type || !(h->nlmsg_flags & NLM_F_MULTI))
		dump.good = false;
	dump.messages++;
	dump.found += is && is(h);
}

static void dump_by(const struct asked *a, int type, is_it is)
{
	memset(&dump, 0, sizeof(dump));
	dump.good = ask_netlink(fd, a);
	for (dump.end = 1; dump.end == 1;) {
		struct nlmsghdr *h = &said.head;
		int left = hear(fd, 0);

		if (left < 0)
			bail_out("recv: %s", strerror(-left));
		if (said_by.nl_pid != 0 || said_by.nl_groups != 0)
			dump.good = false;
		for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			take_message(a, h, type, is);
	}
}

static bool is_lo(struct nlmsghdr *h)
{
	struct ifinfomsg *i = NLMSG_DATA(h);

	return i->ifi_index == lo && i->ifi_type == ARPHRD_LOOPBACK &&
	       (i->ifi_flags & (IFF_UP | IFF_LOOPBACK)) == (IFF_UP | IFF_LOOPBACK) &&
	       has_bytes(h, sizeof(*i), IFLA_IFNAME, "lo", 3) &&
	       has_bytes(h, sizeof(*i), IFLA_ADDRESS, "\0\0\0\0\0\0", 6) &&
	       number_in(h, sizeof(*i), IFLA_MTU) == 65536;
}

static void test_links(void)
{
	struct rtgenmsg any = { .rtgen_family = AF_UNSPEC };
	struct ifinfomsg whole = { .ifi_family = AF_PACKET };
	struct asked a = request_of(RTM_GETLINK, NLM_F_DUMP, &any, sizeof(any));

	dump_by(&a, RTM_NEWLINK, is_lo);
	ok(dump.good && dump.end == 0, "all interfaces, by a family alone");
	is_int(dump.found, 1, "one of them is lo, and up");
	a = request_of(RTM_GETLINK, NLM_F_DUMP | NLM_F_ACK, &whole, sizeof(whole));
	dump_by(&a, RTM_NEWLINK, is_lo);
	ok(dump.good && dump.end == 0 && dump.found == 1,
	   "and by all that there may be, for a family that has none of its own");
	is_int(hear(fd, MSG_DONTWAIT), -EAGAIN, "its end is all the acknowledgement there is");
}

static bool is_v4(struct nlmsghdr *h)
{
	struct ifaddrmsg *i = NLMSG_DATA(h);

	return i->ifa_family == AF_INET && (int)i->ifa_index == lo &&
	       i->ifa_prefixlen == 8 && i->ifa_scope == RT_SCOPE_HOST &&
	       has_bytes(h, sizeof(*i), IFA_LOCAL, loopback4, 4) &&
	       has_bytes(h, sizeof(*i), IFA_ADDRESS, loopback4, 4) &&
	       has_bytes(h, sizeof(*i), IFA_LABEL, "lo", 3) &&
	       number_in(h, sizeof(*i), IFA_FLAGS) == IFA_F_PERMANENT;
}

static bool is_v6(struct nlmsghdr *h)
{
	struct ifaddrmsg *i = NLMSG_DATA(h);

	return i->ifa_family == AF_INET6 && (int)i->ifa_index == lo &&
	       i->ifa_prefixlen == 128 && i->ifa_scope == RT_SCOPE_HOST &&
	       has_bytes(h, sizeof(*i), IFA_ADDRESS, &loopback6, 16);
}

static bool is_of_v6(struct nlmsghdr *h)
{
	return ((struct rtgenmsg *)NLMSG_DATA(h))->rtgen_family == AF_INET6;
}

static bool is_of_v4(struct nlmsghdr *h)
{
	return ((struct rtgenmsg *)NLMSG_DATA(h))->rtgen_family == AF_INET;
}

static void dump_family(int type, int family, int answer, is_it is)
{
	char body[sizeof(struct rtmsg)] = { family };
	struct asked a = request_of(type, NLM_F_DUMP, body, sizeof(body));

	dump_by(&a, answer, is);
}

static void test_addresses(void)
{
	dump_family(RTM_GETADDR, AF_INET, RTM_NEWADDR, is_v4);
	ok(dump.good && dump.end == 0 && dump.found == 1, "127.0.0.1 is an address of lo");
	dump_family(RTM_GETADDR, AF_INET, RTM_NEWADDR, is_of_v6);
	is_int(dump.found, 0, "no other family is told");
	dump_family(RTM_GETADDR, AF_INET6, RTM_NEWADDR, is_v6);
	ok(dump.good && dump.end == 0 && dump.found == 1, "::1, too");
	dump_family(RTM_GETADDR, AF_INET6, RTM_NEWADDR, is_of_v4);
	is_int(dump.found, 0, "and no other family");
	dump_family(RTM_GETADDR, AF_UNSPEC, RTM_NEWADDR, is_v4);
	is_int(dump.found, 1, "of all families there is the one");
	dump_family(RTM_GETADDR, AF_UNSPEC, RTM_NEWADDR, is_v6);
	is_int(dump.found, 1, "and the other");
}

static bool is_route4(struct nlmsghdr *h)
{
	static const unsigned char net[4] = { 127 };
	struct rtmsg *r = NLMSG_DATA(h);

	return r->rtm_family == AF_INET && r->rtm_dst_len == 8 &&
	       r->rtm_type == RTN_LOCAL && r->rtm_table == RT_TABLE_LOCAL &&
	       r->rtm_protocol == RTPROT_KERNEL && r->rtm_scope == RT_SCOPE_HOST &&
	       has_bytes(h, sizeof(*r), RTA_DST, net, 4) &&
	       has_bytes(h, sizeof(*r), RTA_PREFSRC, loopback4, 4) &&
	       number_in(h, sizeof(*r), RTA_TABLE) == RT_TABLE_LOCAL &&
	       (int)number_in(h, sizeof(*r), RTA_OIF) == lo;
}

static bool is_route6(struct nlmsghdr *h)
{
	struct rtmsg *r = NLMSG_DATA(h);

	return r->rtm_family == AF_INET6 && r->rtm_dst_len == 128 &&
	       r->rtm_type == RTN_LOCAL && r->rtm_table == RT_TABLE_LOCAL &&
	       has_bytes(h, sizeof(*r), RTA_DST, &loopback6, 16) &&
	       number_in(h, sizeof(*r), RTA_PRIORITY) == 0 &&
	       (int)number_in(h, sizeof(*r), RTA_OIF) == lo;
}

static bool is_host4(struct nlmsghdr *h)
{
	struct rtmsg *r = NLMSG_DATA(h);

	return r->rtm_dst_len == 32 && r->rtm_type == RTN_LOCAL &&
	       has_bytes(h, sizeof(*r), RTA_DST, loopback4, 4);
}

static void test_routes(void)
{
	dump_family(RTM_GETROUTE, AF_INET, RTM_NEWROUTE, is_route4);
	ok(dump.good && dump.end == 0 && dump.found == 1, "127.0.0.0/8 is local, by lo");
	dump_family(RTM_GETROUTE, AF_INET, RTM_NEWROUTE, is_host4);
	is_int(dump.found, 1, "and 127.0.0.1");
	dump_family(RTM_GETROUTE, AF_INET6, RTM_NEWROUTE, is_route6);
	ok(dump.good && dump.end == 0 && dump.found == 1, "::1 is local");
	dump_family(RTM_GETROUTE, AF_UNSPEC, RTM_NEWROUTE, is_route4);
	is_int(dump.found, 1, "of all families there is the one");
	dump_family(RTM_GETROUTE, AF_UNSPEC, RTM_NEWROUTE, is_route6);
	is_int(dump.found, 1, "and the other");
	if (skip_under_qemu(1, "does not know what neighbours are"))
		return;
	dump_family(RTM_GETNEIGH, AF_INET, RTM_NEWNEIGH, NULL);
	ok(dump.good && dump.end == 0, "neighbours, of whom there may be none");
}

/* ---- one ---- */

static struct asked link_by(int index, const char *name, int flags)
{
	struct ifinfomsg i = { .ifi_index = index };
	struct asked a = request_of(RTM_GETLINK, flags, &i, sizeof(i));

	if (name)
		add_attribute(&a, IFLA_IFNAME, name, strlen(name) + 1);
	return a;
}

static bool tells(const struct asked *a, int type, is_it is)
{
	return ask_netlink(fd, a) && hear(fd, 0) > 0 && said.head.nlmsg_type == type &&
	       said.head.nlmsg_seq == a->head.nlmsg_seq &&
	       !(said.head.nlmsg_flags & NLM_F_MULTI) && is(&said.head);
}

static void test_one_link(void)
{
	struct asked a = link_by(lo, NULL, 0);

	ok(tells(&a, RTM_NEWLINK, is_lo), "an interface by its number");
	is_int(hear(fd, MSG_DONTWAIT), -EAGAIN, "and that is all");
	a = link_by(0, "lo", NLM_F_ACK);
	ok(tells(&a, RTM_NEWLINK, is_lo), "by its name");
	ok(hear(fd, MSG_DONTWAIT) == 36 && said.head.nlmsg_type == NLMSG_ERROR &&
		   *(int *)NLMSG_DATA(&said.head) == 0 &&
		   (said.head.nlmsg_flags & NLM_F_CAPPED),
	   "and an acknowledgement, which was asked for");
	a = link_by(0x7ffffff0, NULL, 0);
	is_int(verdict(fd, &a), -ENODEV, "ENODEV: no such number");
	is_int(said_bytes, 20 + a.head.nlmsg_len, "with all of the request");
	a = link_by(0, "nosuch0", 0);
	is_int(verdict(fd, &a), -ENODEV, "ENODEV: no such name");
	a = link_by(0, NULL, 0);
	is_int(verdict(fd, &a), -EINVAL, "EINVAL: neither");
	a.head.nlmsg_len = NLMSG_LENGTH(4);
	is_int(verdict(fd, &a), -EINVAL, "EINVAL: it breaks off");
}

static bool goes_home(struct nlmsghdr *h)
{
	struct rtmsg *r = NLMSG_DATA(h);

	return r->rtm_type == RTN_LOCAL && r->rtm_dst_len == (r->rtm_family == AF_INET ? 32 : 128) &&
	       (int)number_in(h, sizeof(*r), RTA_OIF) == lo;
}

static bool goes_home4(struct nlmsghdr *h)
{
	return goes_home(h) &&
	       has_bytes(h, sizeof(struct rtmsg), RTA_PREFSRC, loopback4, 4) &&
	       (((struct rtmsg *)NLMSG_DATA(h))->rtm_flags & RTM_F_CLONED);
}

static bool goes_home6(struct nlmsghdr *h)
{
	return goes_home(h) && has_bytes(h, sizeof(struct rtmsg), RTA_DST, &loopback6, 16);
}

static void test_way(void)
{
	static const unsigned char other[4] = { 127, 9, 9, 9 };
	struct rtmsg r4 = { .rtm_family = AF_INET, .rtm_dst_len = 32 };
	struct rtmsg r6 = { .rtm_family = AF_INET6, .rtm_dst_len = 128 };
	struct asked a = request_of(RTM_GETROUTE, 0, &r4, sizeof(r4));

	add_attribute(&a, RTA_DST, other, 4);
	ok(tells(&a, RTM_NEWROUTE, goes_home4), "127.9.9.9 is here");
	a = request_of(RTM_GETROUTE, 0, &r6, sizeof(r6));
	add_attribute(&a, RTA_DST, &loopback6, 16);
	ok(tells(&a, RTM_NEWROUTE, goes_home6), "and ::1");
	r4.rtm_family = AF_UNSPEC;
	a = request_of(RTM_GETROUTE, 0, &r4, sizeof(r4));
	is_int(verdict(fd, &a), -EOPNOTSUPP, "EOPNOTSUPP: of no family");
}

static void test_one_address(void)
{
	struct ifaddrmsg i = { .ifa_family = AF_INET6 };
	struct asked a = request_of(RTM_GETADDR, 0, &i, sizeof(i));
	struct in6_addr other = { .s6_addr = { 0xfd, [15] = 9 } };

	is_int(verdict(fd, &a), -EINVAL, "EINVAL: an address by none");
	add_attribute(&a, IFA_ADDRESS, &loopback6, 16);
	ok(tells(&a, RTM_NEWADDR, is_v6), "of IPv6 it is told");
	a = request_of(RTM_GETADDR, 0, &i, sizeof(i));
	add_attribute(&a, IFA_ADDRESS, &other, 16);
	is_int(verdict(fd, &a), -EADDRNOTAVAIL, "EADDRNOTAVAIL: nobody has it");
	i.ifa_family = AF_INET;
	a = request_of(RTM_GETADDR, 0, &i, sizeof(i));
	add_attribute(&a, IFA_ADDRESS, loopback4, 4);
	is_int(verdict(fd, &a), -EOPNOTSUPP, "EOPNOTSUPP: of IPv4");
}

static void test_one_neighbour(void)
{
	struct ndmsg n = { .ndm_family = AF_INET, .ndm_ifindex = lo };
	struct asked a = request_of(RTM_GETNEIGH, 0, &n, sizeof(n));
	static const unsigned char nobody[4] = { 127, 77, 77, 77 };

	if (skip_under_qemu(2, "does not know what neighbours are"))
		return;
	is_int(verdict(fd, &a), -EINVAL, "EINVAL: a neighbour without an address");
	add_attribute(&a, NDA_DST, nobody, 4);
	is_int(verdict(fd, &a), -ENOENT, "ENOENT: there is none");
}

/* ---- requests, several and bad ones ---- */

static void test_many(void)
{
	char bytes[3 * sizeof(struct asked)];
	unsigned n = 0, len;
	struct asked a;

	for (int i = 0; i < 3; i++) {
		a = i == 1 ? link_by(0x7ffffff0, NULL, 0) : link_by(lo, NULL, 0);
		len = NLMSG_ALIGN(a.head.nlmsg_len);
		memcpy(bytes + n, &a, len);
		n += len;
	}
	is_int(send(fd, bytes, n, 0), n, "three requests in one datagram");
	ok(hear(fd, MSG_DONTWAIT) > 0 && said.head.nlmsg_type == RTM_NEWLINK, "the first is answered");
	ok(hear(fd, MSG_DONTWAIT) > 0 && said.head.nlmsg_type == NLMSG_ERROR, "the second refused");
	ok(hear(fd, MSG_DONTWAIT) > 0 && said.head.nlmsg_type == RTM_NEWLINK, "the third answered");
	is_int(hear(fd, MSG_DONTWAIT), -EAGAIN, "each by a datagram");
}

static void test_bad(void)
{
	struct asked a = link_by(lo, NULL, NLM_F_ACK), old = a;

	a.head.nlmsg_flags = NLM_F_ACK;
	is_int(verdict(fd, &a), 0, "what is no request is acknowledged");
	a.head.nlmsg_flags = 0;
	ok(ask_netlink(fd, &a) && hear(fd, MSG_DONTWAIT) == -EAGAIN, "or passed over");
	a = old;
	a.head.nlmsg_type = NLMSG_NOOP;
	is_int(verdict(fd, &a), 0, "as what is for no protocol");
	a.head.nlmsg_type = RTM_GETLINK + 1000;
	if (!skip_under_qemu(1, "it refuses this itself"))
		is_int(verdict(fd, &a), -EOPNOTSUPP, "EOPNOTSUPP: a type that there is not");
	a = old;
	a.head.nlmsg_len = 8;
	is_int(send(fd, &a, 32, 0), 32, "one that is shorter than its header");
	a.head.nlmsg_len = 1000;
	is_int(send(fd, &a, 32, 0), 32, "one that is longer than the datagram");
	is_int(send(fd, &a, 7, 0), 7, "less than a header");
	is_int(hear(fd, MSG_DONTWAIT), -EAGAIN, "are passed over");
	a = old;
	a.head.nlmsg_len = NLMSG_LENGTH(0);
	is_int(verdict(fd, &a), 0, "nothing behind the header is nothing to do");
}

static void set_option(int name, int value)
{
	if (setsockopt(fd, SOL_NETLINK, name, &value, sizeof(value)) != 0)
		bail_out("setsockopt: %s", strerror(errno));
}

static void test_options(void)
{
	struct asked a = link_by(0x7ffffff0, NULL, 0);
	struct ndmsg n = { .ndm_family = AF_INET, .ndm_ifindex = lo };
	struct nlmsgerr *e = NLMSG_DATA(&said.head);

	set_option(NETLINK_CAP_ACK, 1);
	is_int(verdict(fd, &a), -ENODEV, "with NETLINK_CAP_ACK it is refused as well");
	ok(said_bytes == 36 && (said.head.nlmsg_flags & NLM_F_CAPPED) &&
		   e->msg.nlmsg_type == RTM_GETLINK,
	   "and of the request there is the header");
	set_option(NETLINK_EXT_ACK, 1);
	if (skip_under_qemu(4, "does not know what neighbours are"))
		return;
	a = request_of(RTM_GETNEIGH, 0, &n, sizeof(n));
	is_int(verdict(fd, &a), -EINVAL, "with NETLINK_EXT_ACK");
	ok((said.head.nlmsg_flags & NLM_F_ACK_TLVS) &&
		   has_bytes(&said.head, sizeof(*e), NLMSGERR_ATTR_MSG,
			     "Network address not specified", 30),
	   "there is the reason in words");
	set_option(NETLINK_CAP_ACK, 0);
	is_int(verdict(fd, &a), -EINVAL, "without NETLINK_CAP_ACK");
	ok(has_bytes(&said.head, sizeof(e->error) + a.head.nlmsg_len, NLMSGERR_ATTR_MSG,
		     "Network address not specified", 30),
	   "they are behind the request");
	set_option(NETLINK_EXT_ACK, 0);
}

/* ---- what is filtered ---- */

static bool is_filtered(struct nlmsghdr *h)
{
	return (h->nlmsg_flags & NLM_F_DUMP_FILTERED) != 0;
}

static void dump_strictly(int type, const void *body, unsigned n, int answer)
{
	struct asked a = request_of(type, NLM_F_DUMP, body, n);

	dump_by(&a, answer, is_filtered);
}

static void test_strict(void)
{
	struct ifaddrmsg i = { .ifa_family = AF_INET, .ifa_index = lo };
	struct rtmsg r = { .rtm_family = AF_INET, .rtm_type = RTN_LOCAL };
	struct ifinfomsg l = { .ifi_index = lo };

	set_option(NETLINK_GET_STRICT_CHK, 1);
	dump_strictly(RTM_GETADDR, &i, sizeof(i), RTM_NEWADDR);
	ok(dump.good && dump.end == 0 && dump.messages >= 1 &&
		   dump.found == dump.messages,
	   "the addresses of one interface");
	i.ifa_index = 0x7ffffff0;
	dump_strictly(RTM_GETADDR, &i, sizeof(i), RTM_NEWADDR);
	is_int(dump.end, -ENODEV, "ENODEV: of one that there is not");
	i.ifa_scope = 1;
	dump_strictly(RTM_GETADDR, &i, sizeof(i), RTM_NEWADDR);
	is_int(dump.end, -EINVAL, "EINVAL: by what they cannot be chosen");
	dump_strictly(RTM_GETADDR, &i, 1, RTM_NEWADDR);
	is_int(dump.end, -EINVAL, "EINVAL: a family alone");
	dump_strictly(RTM_GETROUTE, &r, sizeof(r), RTM_NEWROUTE);
	ok(dump.good && dump.end == 0 && dump.messages >= 2 &&
		   dump.found == dump.messages,
	   "routes of one kind");
	r.rtm_dst_len = 8;
	dump_strictly(RTM_GETROUTE, &r, sizeof(r), RTM_NEWROUTE);
	is_int(dump.end, -EINVAL, "EINVAL: by where they lead");
	dump_strictly(RTM_GETLINK, &l, sizeof(l), RTM_NEWLINK);
	is_int(dump.end, -EINVAL, "EINVAL: interfaces by their number");
	set_option(NETLINK_GET_STRICT_CHK, 0);
}

/* ---- changes ---- */

static int change_as_nobody(void)
{
	struct ifaddrmsg i = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = lo };
	struct asked a = request_of(RTM_NEWADDR, NLM_F_CREATE | NLM_F_ACK, &i, sizeof(i));

	fd = new_netlink(NETLINK_ROUTE);
	add_attribute(&a, IFA_LOCAL, "\x7f\x01\x01\x01", 4);
	return verdict(fd, &a) == -EPERM ? 0 : 1;
}

/* What is so already may be asked for. */
static int raise_lo(void)
{
	struct ifinfomsg i = { .ifi_index = lo, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct asked a = request_of(RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));

	return verdict(fd, &a);
}

static void test_changes(void)
{
	int err;

	is_int(as_nobody(change_as_nobody), 0, "EPERM: an address by nobody");
	err = raise_lo();
	if (err == -EPERM)
		skip(1, "who runs this may not change interfaces");
	else
		is_int(err, 0, "lo is up, and may be raised");
}

/* ---- ioctl(), which is asked the same ---- */

static int numbers(unsigned long cmd, const char *name)
{
	struct ifreq r = { 0 };
	int s = socket(AF_UNIX, SOCK_DGRAM, 0), err;

	strcpy(r.ifr_name, name);
	err = ioctl(s, cmd, &r) < 0 ? -errno : 0;
	close(s);
	return err < 0 ? err : r.ifr_ifindex;
}

static unsigned address(unsigned long cmd)
{
	struct ifreq r = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in *in = (void *)&r.ifr_addr;

	if (ioctl(s, cmd, &r) < 0 || in->sin_family != AF_INET)
		in->sin_addr.s_addr = 1;
	close(s);
	return ntohl(in->sin_addr.s_addr);
}

static void test_ioctls(void)
{
	struct asked a = link_by(lo, NULL, 0);
	unsigned body = sizeof(struct ifinfomsg);

	ok(tells(&a, RTM_NEWLINK, is_lo), "lo once more");
	is_int(numbers(SIOCGIFTXQLEN, "lo"), number_in(&said.head, body, IFLA_TXQLEN),
	       "ioctl() says the same: how much may wait");
	is_int(numbers(SIOCGIFMTU, "lo"), number_in(&said.head, body, IFLA_MTU),
	       "how much may go at once");
	is_int(numbers(SIOCGIFMETRIC, "lo"), 0, "no metric");
	is_int(numbers(SIOCGIFTXQLEN, "nosuch0"), -ENODEV, "ENODEV: of no other");
	is_int(numbers(SIOCGIFADDR, "lo"), -ENOTTY, "ENOTTY: AF_UNIX has no addresses of it");
	is_int(address(SIOCGIFADDR), INADDR_LOOPBACK, "AF_INET has one");
	is_int(address(SIOCGIFDSTADDR), INADDR_LOOPBACK, "and the other end's");
	is_int(address(SIOCGIFNETMASK), 0xff000000, "its mask");
	is_int(address(SIOCGIFBRDADDR), 0, "there is no broadcast");
}

/* ---- the C library ---- */

static void test_library(void)
{
	struct if_nameindex *all = if_nameindex();
	struct ifaddrs *addresses;
	int names = 0, v4 = 0, v6 = 0, links = 0;
	char name[IF_NAMESIZE] = "";

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		names += (int)i->if_index == lo && strcmp(i->if_name, "lo") == 0;
	is_int(names, 1, "if_nameindex() has lo");
	if_freenameindex(all);
	ok(if_indextoname(lo, name) && strcmp(name, "lo") == 0, "if_indextoname(), too");
	is_int(getifaddrs(&addresses), 0, "getifaddrs()");
	for (struct ifaddrs *a = addresses; a; a = a->ifa_next) {
		struct sockaddr_in *in = (void *)a->ifa_addr;
		struct sockaddr_in6 *in6 = (void *)a->ifa_addr;

		if (strcmp(a->ifa_name, "lo") != 0 || !a->ifa_addr)
			continue;
		links += in->sin_family == AF_PACKET;
		v4 += in->sin_family == AF_INET && memcmp(&in->sin_addr, loopback4, 4) == 0;
		v6 += in->sin_family == AF_INET6 &&
		      memcmp(&in6->sin6_addr, &loopback6, 16) == 0;
	}
	ok(links == 1 && v4 == 1 && v6 == 1, "has it with its two addresses");
	freeifaddrs(addresses);
}

int main(void)
{
	plan(77);
	lo = if_nametoindex("lo");
	fd = new_netlink(NETLINK_ROUTE);
	test_links();
	test_addresses();
	test_routes();
	test_one_link();
	test_way();
	test_one_address();
	test_one_neighbour();
	test_many();
	test_bad();
	test_options();
	test_strict();
	test_changes();
	test_ioctls();
	test_library();
	return done_testing();
}
