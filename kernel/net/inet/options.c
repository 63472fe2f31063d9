/*
 * net/inet/options.c - options of TCP, IP and IPv6.
 *
 * Of the options few change something here (those that have a name below): there
 * is no wire on which the others could.  They are kept and told again.
 */
#include "net/inet/inet_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/uaccess.h"

#define SOL_RAW 255

#define IP_TOS 1
#define IP_TTL 2
#define IP_HDRINCL 3
#define ICMP_FILTER 1
#define IP_RECVTTL 12
#define IPV6_V6ONLY 26
#define IPV6_RECVHOPLIMIT 51
#define UDP_CORK 1
#define TCP_NODELAY 1
#define TCP_CORK 3
#define TCP_INFO 11
#define TCP_CONGESTION 13

/* The options that are an int: what that is at first, and may be. */
struct option {
	uint8_t level, name;
	int initial;
	int least, most;
	int unset; /* outside of that: as at first */
};

#define NUMBER(level, name, initial) { level, name, initial, INT32_MIN, INT32_MAX, 0 }
#define RANGE(level, name, initial, least, most, unset)	\
	{ level, name, initial, least, most, unset }
#define NO_UNSET INT32_MIN
/* Whatever is not 0 is 1. */
#define TRUTH(level, name, initial) RANGE(level, name, initial, 0, 1, NO_UNSET)

static const struct option table[] = {
	TRUTH(IPPROTO_IPV6, IPV6_V6ONLY, 0),
	TRUTH(IPPROTO_UDP, UDP_CORK, 0),
	TRUTH(IPPROTO_TCP, TCP_NODELAY, 0),
	TRUTH(IPPROTO_TCP, TCP_CORK, 0),
	TRUTH(IPPROTO_IP, IP_HDRINCL, 0),
	NUMBER(SOL_RAW, ICMP_FILTER, 0),
	RANGE(IPPROTO_IP, IP_TTL, 64, 1, 255, -1),
	NUMBER(IPPROTO_IP, IP_TOS, 0),
	TRUTH(IPPROTO_IP, IP_RECVTTL, 0),
	TRUTH(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 0),
	RANGE(IPPROTO_IPV6, 67, 0, 0, 255, -1), /* IPV6_TCLASS */
	RANGE(IPPROTO_TCP, 2, 65483, 88, 32767, 0), /* TCP_MAXSEG */
	RANGE(IPPROTO_TCP, 4, 7200, 1, 32767, NO_UNSET), /* TCP_KEEPIDLE */
	RANGE(IPPROTO_TCP, 5, 75, 1, 32767, NO_UNSET), /* TCP_KEEPINTVL */
	RANGE(IPPROTO_TCP, 6, 9, 1, 127, NO_UNSET), /* TCP_KEEPCNT */
	RANGE(IPPROTO_TCP, 7, 6, 1, 127, NO_UNSET), /* TCP_SYNCNT */
	NUMBER(IPPROTO_TCP, 8, 60), /* TCP_LINGER2 */
	NUMBER(IPPROTO_TCP, 9, 0), /* TCP_DEFER_ACCEPT */
	NUMBER(IPPROTO_TCP, 10, 0), /* TCP_WINDOW_CLAMP */
	TRUTH(IPPROTO_TCP, 12, 1), /* TCP_QUICKACK */
	RANGE(IPPROTO_TCP, 18, 0, 0, INT32_MAX, NO_UNSET), /* TCP_USER_TIMEOUT */
	RANGE(IPPROTO_IP, 10, 1, 0, 5, NO_UNSET), /* IP_MTU_DISCOVER */
	TRUTH(IPPROTO_IP, 11, 0), /* IP_RECVERR */
	TRUTH(IPPROTO_IP, 15, 0), /* IP_FREEBIND */
	TRUTH(IPPROTO_IP, 24, 0), /* IP_BIND_ADDRESS_NO_PORT */
	RANGE(IPPROTO_IPV6, 16, 64, 0, 255, -1), /* IPV6_UNICAST_HOPS */
	RANGE(IPPROTO_IPV6, 23, 1, 0, 5, NO_UNSET), /* IPV6_MTU_DISCOVER */
	TRUTH(IPPROTO_IPV6, 25, 0), /* IPV6_RECVERR */
};

/* Where they are in the table. */
enum { V6ONLY, CORK_UDP, NODELAY, CORK_TCP, HEADER, FILTER, TTL, TOS, HOPS4, HOPS6,
       TCLASS };

_Static_assert(ARRAY_SIZE(table) <= NR_OPTIONS, "inet_socket.option");

bool inet_is_v6only(const struct inet_socket *s)
{
	return READ_ONCE(s->option[V6ONLY]) != 0;
}

void inet_set_v6only(struct inet_socket *s)
{
	WRITE_ONCE(s->option[V6ONLY], 1);
}

bool inet_is_udp_corked(const struct inet_socket *s)
{
	return READ_ONCE(s->option[CORK_UDP]) != 0;
}

bool inet_is_tcp_corked(const struct inet_socket *s)
{
	return READ_ONCE(s->option[CORK_TCP]) != 0;
}

bool inet_has_header(const struct inet_socket *s)
{
	return READ_ONCE(s->option[HEADER]) != 0;
}

void inet_set_header(struct inet_socket *s)
{
	WRITE_ONCE(s->option[HEADER], 1);
}

unsigned inet_icmp_filter(const struct inet_socket *s)
{
	return (unsigned)READ_ONCE(s->option[FILTER]);
}

int inet_ttl(const struct inet_socket *s)
{
	return READ_ONCE(s->option[TTL]);
}

int inet_tos(const struct inet_socket *s)
{
	return READ_ONCE(s->option[TOS]);
}

int inet_tclass(const struct inet_socket *s)
{
	return READ_ONCE(s->option[TCLASS]);
}

bool inet_wants_hops(const struct inet_socket *s)
{
	int at = s->socket.family == AF_INET ? HOPS4 : HOPS6;

	return READ_ONCE(s->option[at]) != 0;
}

void inet_options_init(struct inet_socket *s)
{
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		s->option[i] = table[i].initial;
}

void inet_inherit_options(struct inet_socket *s, const struct inet_socket *from)
{
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		s->option[i] = READ_ONCE(from->option[i]);
}

/* Is it one that raw sockets alone have? */
static bool is_raw(int level, int name)
{
	return level == SOL_RAW || (level == IPPROTO_IP && name == IP_HDRINCL);
}

static int why_not_raw(const struct socket *s, int level)
{
	if (s->type != SOCK_RAW)
		return -ENOPROTOOPT;
	return level == SOL_RAW && s->protocol != IPPROTO_ICMP ? -EOPNOTSUPP : 0;
}

/* Its place in the table, or -ENOPROTOOPT. */
static int find_option(const struct socket *s, int level, int name)
{
	int err = is_raw(level, name) ? why_not_raw(s, level) : 0;

	if (err != 0)
		return err;
	if (level == IPPROTO_TCP && s->type != SOCK_STREAM)
		return s->type == SOCK_RAW ? -ENOPROTOOPT : -EOPNOTSUPP;
	if ((level == IPPROTO_IPV6 && s->family != AF_INET6) ||
	    (level == IPPROTO_UDP && s->protocol != IPPROTO_UDP))
		return -ENOPROTOOPT;
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].level == level && table[i].name == name)
			return (int)i;
	return -ENOPROTOOPT;
}

/* What is kept of *@value; false: it may not be that. */
static bool keeps(const struct inet_socket *i, int at, int *value)
{
	const struct option *o = &table[at];

	if (*value == o->unset && (*value < o->least || *value > o->most)) {
		*value = o->initial;
		return true;
	}
	if (o->least == 0 && o->most == 1)
		*value = *value != 0;
	if (at == TOS) /* where there are connections, they have the last bits */
		*value &= i->socket.type == SOCK_STREAM ? 0xfc : 0xff;
	return *value >= o->least && *value <= o->most;
}

static int set_number(struct inet_socket *i, int at, int value)
{
	if (!keeps(i, at, &value))
		return -EINVAL;
	if (at == V6ONLY && port_local(i).port != 0)
		return -EINVAL;
	WRITE_ONCE(i->option[at], value);
	if (at == CORK_UDP && value == 0)
		udp_uncork(i);
	if ((at == CORK_TCP && value == 0) || (at == NODELAY && value != 0))
		tcp_push(&i->socket);
	return 0;
}

/* Those of IP may be one byte. */
static int get_number(int level, vaddr_t value, unsigned len, int *number)
{
	uint8_t byte;
	int err;

	if (len >= sizeof(*number))
		return copy_from_user(number, value, sizeof(*number));
	if (level != IPPROTO_IP || len == 0)
		return -EINVAL;
	err = copy_from_user(&byte, value, sizeof(byte));
	*number = byte;
	return err;
}

const char inet_congestion[16] = "reno"; /* there is no other */

static int set_congestion(vaddr_t value, unsigned len)
{
	char name[sizeof(inet_congestion)] = "";

	if (len == 0)
		return -EINVAL;
	if (copy_from_user(name, value, min(len, sizeof(name) - 1)) != 0)
		return -EFAULT;
	return strcmp(name, inet_congestion) == 0 ? 0 : -ENOENT;
}

int inet_set_option(struct socket *s, int level, int name, vaddr_t value,
		    unsigned len)
{
	int at = find_option(s, level, name), number, err;

	if (level == IPPROTO_TCP && name == TCP_CONGESTION)
		return set_congestion(value, len);
	if (at < 0)
		return at;
	err = get_number(level, value, len, &number);
	return err != 0 ? err : set_number(inet_socket_of(s), at, number);
}

/* ---- getting ---- */

enum tcp_state inet_tcp_state(const struct socket *s)
{
	unsigned shut = READ_ONCE(s->shut);

	if (READ_ONCE(s->state) == SOCKET_LISTENING)
		return TCP_LISTEN;
	if (READ_ONCE(s->state) != SOCKET_CONNECTED)
		return TCP_CLOSE;
	if (shut & SHUT_WRITE)
		return shut & SHUT_CAME ? TCP_CLOSE : TCP_FIN_WAIT;
	return shut & SHUT_CAME ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

static int give_info(const struct socket *s, vaddr_t value, unsigned *len)
{
	struct tcp_info info = { .state = (uint8_t)inet_tcp_state(s) };

	return option_give(&info, sizeof(info), value, len);
}

/* As Linux: IPv4 says so to who asks for what it has no options of; who sets
 * them is told that there is no such option. */
static bool has_level(const struct socket *s, int level)
{
	if (s->family != AF_INET || level == IPPROTO_IP)
		return true;
	return level == (s->type == SOCK_RAW ? SOL_RAW : s->protocol);
}

int inet_get_option(struct socket *s, int level, int name, vaddr_t value,
		    unsigned *len)
{
	int at = find_option(s, level, name), number;

	if (at == -EOPNOTSUPP || !has_level(s, level))
		return -EOPNOTSUPP;
	if (level == IPPROTO_TCP && name == TCP_INFO)
		return give_info(s, value, len);
	if (level == IPPROTO_TCP && name == TCP_CONGESTION)
		return option_give(inet_congestion, sizeof(inet_congestion), value, len);
	if (at < 0)
		return at;
	number = READ_ONCE(inet_socket_of(s)->option[at]);
	return option_give(&number, sizeof(number), value, len);
}
