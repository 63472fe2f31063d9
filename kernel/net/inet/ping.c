/*
 * net/inet/ping.c - sockets of ICMP that are no raw ones, for programs that ping.
 *
 * They send echo requests, and get the answers.  A socket's port is the number that
 * the kernel writes into all its requests: by that it finds whose an answer is.  What
 * is received begins behind the header of the packet, which tells from whom it is.
 *
 * Of IPv4 a request goes the way of what raw sockets send, who get it, too.  Of IPv6
 * there are none, and the machine answers at once.
 */
#include "net/inet/ip.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "net/ping.h"
#include "vfs/cred.h"

/* ---- who may ---- */

/* Both are one word: nobody sees one of the old and one of the new. */
union range {
	struct ping_groups groups;
	uint64_t word;
};

static union range range = { .groups = { 1, 0 } }; /* (a) */

struct ping_groups ping_groups_get(void)
{
	return (union range){ .word = READ_ONCE(range.word) }.groups;
}

void ping_groups_set(struct ping_groups groups)
{
	WRITE_ONCE(range.word, (union range){ .groups = groups }.word);
}

static bool has(const struct ping_groups *range_of, unsigned gid)
{
	return range_of->first <= gid && gid <= range_of->last;
}

/* Root is asked, too. */
static bool may_ping(void)
{
	const struct cred *cred = current_cred();
	const struct ping_groups groups = ping_groups_get();

	if (has(&groups, cred->egid))
		return true;
	for (unsigned i = 0; i < cred->groups->nr; i++)
		if (has(&groups, cred->groups->gid[i]))
			return true;
	return false;
}

int ping_create(int family, int protocol, struct socket **out)
{
	int err = may_ping() ? inet_make(family, SOCK_DGRAM, protocol, out) :
			       -EACCES;

	if (err == 0)
		(*out)->flags = SOCKET_REUSEADDR; /* until it says otherwise */
	return err;
}

/* ---- names ---- */

static bool is_of_v4(const struct socket *s, const struct ip *ip)
{
	return s->family == AF_INET6 && ip_is_v4(ip);
}

/* Any number may be had by anybody. */
static int ping_bind(struct socket *s, const struct address *a)
{
	struct endpoint e;
	int err = inet_own_endpoint(s, a, &e);

	if (err != 0)
		return err;
	return is_of_v4(s, &e.ip) ? -EINVAL : port_bind(inet_socket_of(s), &e);
}

static void ping_origin(struct socket *s, const struct message *m,
			struct address *out)
{
	struct endpoint e = { .port = 0 };

	e.ip = s->family == AF_INET ? ip_of_v4(((struct ip_header *)message_head(m))->from) :
				      ((struct ip6_header *)message_head(m))->from;
	address_of_endpoint(&e, s->family, out);
}

/* ---- answers ---- */

/* @m, an answer that begins behind @header bytes, is gone then. */
static void give(struct message *m, size_t header, const struct endpoint *to)
{
	struct socket *receiver = port_find_pinger(to);

	m->at = header;
	if (receiver == NULL || socket_deliver(receiver, m) != 0)
		message_free(m); /* it was just closed */
	if (receiver != NULL)
		socket_put(receiver);
}

void ping_input(const struct message *m)
{
	const struct ip_header *h = message_head(m);
	struct endpoint to = { .ip = ip_of_v4(h->to) };
	struct message *copy;

	if (!icmp_is_echo_reply(m, &to.port))
		return;
	copy = message_clone(m);
	if (copy != NULL)
		give(copy, ip_header_length(h), &to);
}

/* ---- requests ---- */

static size_t header_size(const struct socket *s)
{
	return s->family == AF_INET ? sizeof(struct ip_header) :
				      sizeof(struct ip6_header);
}

/* Where @s sends by @x; of IPv6 not by way of IPv4. */
static int destination(struct socket *s, const struct exchange *x,
		       struct endpoint *to)
{
	int err = ip_destination(s, x, to);

	return err == 0 && is_of_v4(s, &to->ip) ? -EINVAL : err;
}

static void send_v4(struct socket *s, struct message *m, const struct endpoint *to)
{
	icmp_finish_request(m, sizeof(struct ip_header),
			    port_local(inet_socket_of(s)).port);
	ip_fill_header(s, to, m);
	ip_input(m);
}

static void send_v6(struct socket *s, struct message *m, const struct endpoint *to)
{
	struct endpoint from = port_local(inet_socket_of(s));

	if (ip_is_any(&from.ip))
		from.ip = ip_loopback;
	icmp6_make_reply(m, &to->ip, &from);
	give(m, sizeof(struct ip6_header), &from);
}

static int make_request(struct socket *s, struct exchange *x, struct message **out)
{
	int err = ip_message_behind(s, x, header_size(s), out);

	if (err != 0)
		return err;
	if (icmp_is_request(*out, header_size(s), s->family))
		return 0;
	message_free(*out);
	return -EINVAL;
}

static int send_request(struct socket *s, struct exchange *x, struct message *m)
{
	struct endpoint to;
	int err = destination(s, x, &to);

	if (err == 0 && (READ_ONCE(s->shut) & SHUT_WRITE))
		err = -EPIPE;
	if (err != 0)
		message_free(m);
	else if (s->family == AF_INET)
		send_v4(s, m, &to);
	else
		send_v6(s, m, &to);
	return err;
}

static ssize_t ping_send(struct socket *s, struct exchange *x)
{
	struct message *m;
	int err;

	if (x->n > IP_PACKET_MAX)
		return -EMSGSIZE;
	if (x->n < ICMP_HEADER)
		return -EINVAL;
	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = make_request(s, x, &m);
	if (err == 0)
		err = send_request(s, x, m);
	return err != 0 ? err : (ssize_t)x->n;
}

/* It never tells more bytes than it gives. */
static ssize_t ping_receive(struct socket *s, struct exchange *x)
{
	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	x->flags &= ~MSG_TRUNC;
	return inet_receive_packet(s, x);
}

const struct socket_ops ping_ops = {
	.shut_needs_peer = true,
	.drops = true,
	.bind = ping_bind,
	.connect = inet_connect_datagrams,
	.name = inet_name,
	.peer_name = inet_peer_name,
	.origin = ping_origin,
	.tell = ip_tell,
	.send = ping_send,
	.receive = ping_receive,
	.shutdown = stream_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.close = inet_close,
	.destroy = inet_destroy,
};
