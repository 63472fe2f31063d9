/*
 * net/inet/raw.c - raw sockets of IPv4: packets with their headers.
 *
 * What is sent by one goes to all that have its protocol, and to the machine
 * itself, which answers echo requests.  There are no others who send packets, and
 * no others who get them: sockets of TCP and UDP pass on bytes and datagrams.
 *
 * Each gets a copy.  They are in one list, and its lock is held while all of them
 * are given theirs; who closes his leaves the list first.
 */
#include "net/inet/ip.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"

static struct LOCK_OF(mutex, raw) raw_lock; /* RANK_RAW */
static struct list sockets GUARDED_BY(C_raw) = LIST_INIT(sockets);

/* ---- who gets it ---- */

/* One that has an address gets what is sent to that; one that is connected, what
 * his peer sends. */
static bool is_for(struct inet_socket *i, const struct ip_header *h)
{
	struct endpoint local = port_local(i), remote = port_remote(i);
	struct ip from = ip_of_v4(h->from), to = ip_of_v4(h->to);

	if (i->socket.protocol != h->protocol)
		return false;
	if (!ip_is_any(&local.ip) && !ip_equal(&local.ip, &to))
		return false;
	return READ_ONCE(i->socket.state) != SOCKET_CONNECTED ||
	       ip_equal(&remote.ip, &from);
}

/* By ICMP_FILTER, a bit for each type. */
static bool is_filtered(const struct inet_socket *i, const struct message *m)
{
	const struct ip_header *h = message_head(m);
	unsigned at = ip_header_length(h);
	uint8_t type;

	if (h->protocol != IPPROTO_ICMP || m->len <= at)
		return false;
	message_read(m, at, &type, 1);
	return type < 32 && (inet_icmp_filter(i) & BIT(type));
}

static void give_copy(struct socket *to, const struct message *m)
{
	struct message *copy = message_clone(m);

	if (copy != NULL && socket_deliver(to, copy) != 0)
		message_free(copy); /* it does not want any more */
}

static void give_all(const struct message *m)
{
	const struct ip_header *h = message_head(m);
	struct inet_socket *i;

	mutex_lock(&raw_lock);
	list_for_each_entry(i, &sockets, raw)
		if (is_for(i, h) && !is_filtered(i, m))
			give_copy(&i->socket, m);
	mutex_unlock(&raw_lock);
}

void ip_input(struct message *m)
{
	struct message *answer;

	for (; m != NULL; m = answer) {
		const struct ip_header *h = ip_header_of(m);

		answer = NULL;
		if (h != NULL) {
			give_all(m);
			if (h->protocol == IPPROTO_ICMP) {
				ping_input(m);
				answer = icmp_answer(m);
			}
		}
		message_free(m);
	}
}

/* ---- life, names ---- */

int raw_create(int protocol, struct socket **out)
{
	struct inet_socket *i;
	int err = inet_make(AF_INET, SOCK_RAW, protocol, out);

	if (err != 0)
		return err;
	is_private(ports);
	i = inet_socket_of(*out);
	i->local.port = (uint16_t)protocol; /* which it tells as its port */
	i->named_port = true;
	if (protocol == IPPROTO_RAW)
		inet_set_header(i);
	mutex_lock(&raw_lock);
	list_push_back(&sockets, &i->raw);
	mutex_unlock(&raw_lock);
	return 0;
}

static void raw_close(struct socket *s)
{
	mutex_lock(&raw_lock);
	list_remove(&inet_socket_of(s)->raw);
	mutex_unlock(&raw_lock);
	inet_close(s);
}

/* As often as it likes, and a port means nothing. */
static int raw_bind(struct socket *s, const struct address *a)
{
	struct endpoint e;
	int err = inet_own_endpoint(s, a, &e);

	if (err != 0)
		return err;
	if (READ_ONCE(s->state) == SOCKET_CONNECTED)
		return -EINVAL;
	port_set_ip(inet_socket_of(s), &e.ip);
	return 0;
}

/* Who has sent @m is in it. */
static void raw_origin(struct socket *s, const struct message *m,
		       struct address *out)
{
	const struct ip_header *h = message_head(m);
	struct endpoint e = { .ip = ip_of_v4(h->from) };

	address_of_endpoint(&e, s->family, out);
}

/* ---- sending ---- */

int ip_destination(struct socket *s, const struct exchange *x,
		   struct endpoint *to)
{
	if (x->name != NULL && x->name->len != 0)
		return inet_reach(s, x->name, to);
	if (READ_ONCE(s->state) != SOCKET_CONNECTED)
		return -EDESTADDRREQ;
	*to = port_remote(inet_socket_of(s));
	return 0;
}

/* Where what @s sends comes from. */
static struct ip source(struct socket *s)
{
	struct endpoint e = port_local(inet_socket_of(s));

	return ip_is_any(&e.ip) ? ip_loopback4 : e.ip;
}

int ip_message_behind(struct socket *s, struct exchange *x, size_t header,
		      struct message **out)
{
	struct message *m;
	int err;

	if (header + x->n > IP_PACKET_MAX)
		return -EMSGSIZE;
	m = message_create(s, header + x->n);
	if (m == NULL)
		return -ENOBUFS;
	err = message_fill(m, header, &x->pieces);
	if (err != 0) {
		message_free(m);
		return err;
	}
	m->cred = x->cred;
	*out = m;
	return 0;
}

/* The program has written the header (IP_HDRINCL), and leaves some to us. */
static int complete(struct socket *s, struct message *m)
{
	static const uint8_t any[4];
	struct ip_header *h = message_head(m);
	struct ip from = source(s);

	if (ip_header_length(h) > m->len)
		return -EINVAL;
	if (ip_header_length(h) < sizeof(*h))
		return 0; /* no packet: it goes nowhere */
	if (memcmp(h->from, any, sizeof(any)) == 0)
		memcpy(h->from, from.byte + V4_AT, sizeof(h->from));
	ip_finish(m);
	return 0;
}

static int make_whole(struct socket *s, struct exchange *x,
		      struct message **out)
{
	int err;

	if (x->n < sizeof(struct ip_header))
		return -EINVAL;
	err = ip_message_behind(s, x, 0, out);
	if (err != 0)
		return err;
	err = complete(s, *out);
	if (err != 0)
		message_free(*out);
	return err;
}

void ip_fill_header(struct socket *s, const struct endpoint *to,
		    struct message *m)
{
	struct inet_socket *i = inet_socket_of(s);
	struct ip_header *h = message_head(m);
	struct ip from = source(s);

	*h = (struct ip_header){
		.version_length = 4 << 4 | sizeof(*h) / 4,
		.tos = (uint8_t)inet_tos(i),
		.fragment[0] = IP_DONT_FRAGMENT,
		.ttl = (uint8_t)inet_ttl(i),
		.protocol = (uint8_t)s->protocol,
	};
	memcpy(h->from, from.byte + V4_AT, sizeof(h->from));
	memcpy(h->to, to->ip.byte + V4_AT, sizeof(h->to));
	ip_finish(m);
}

static int make_packet(struct socket *s, const struct endpoint *to,
		       struct exchange *x, struct message **out)
{
	int err = ip_message_behind(s, x, sizeof(struct ip_header), out);

	if (err == 0)
		ip_fill_header(s, to, *out);
	return err;
}

static ssize_t raw_send(struct socket *s, struct exchange *x)
{
	struct endpoint to;
	struct message *m;
	int err;

	if (x->n > IP_PACKET_MAX)
		return -EMSGSIZE;
	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = ip_destination(s, x, &to);
	if (err != 0)
		return err;
	if (READ_ONCE(s->shut) & SHUT_WRITE)
		return -EPIPE;
	err = inet_has_header(inet_socket_of(s)) ? make_whole(s, x, &m) :
						   make_packet(s, &to, x, &m);
	if (err != 0)
		return err;
	ip_input(m);
	return (ssize_t)x->n;
}

const struct socket_ops raw_ops = {
	.shut_needs_peer = true,
	.drops = true,
	.bind = raw_bind,
	.connect = inet_connect_datagrams,
	.name = inet_name,
	.peer_name = inet_peer_name,
	.origin = raw_origin,
	.tell = ip_tell,
	.send = raw_send,
	.receive = inet_receive_packet,
	.shutdown = stream_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.close = raw_close,
	.destroy = inet_destroy,
};

void raw_init(void)
{
	mutex_init(&raw_lock, RANK_RAW);
}
