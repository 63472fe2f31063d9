/*
 * net/netlink/netlink.c - sockets of netlink: life, names, sending, receiving.
 */
#include "net/netlink/netlink_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vfs/cred.h"

/* As programs lay it out. */
struct sockaddr_nl {
	uint16_t family, pad;
	struct netlink_place at;
};

/* ---- who may ---- */

static bool may_send(const struct netlink_socket *n,
		     const struct netlink_place *to)
{
	return (to->port == 0 && to->groups == 0) || n->kind->anybody_sends ||
	       cred_can(current_cred(), CAP_NET_ADMIN);
}

bool netlink_may_join(const struct netlink_socket *n)
{
	return n->kind->anybody_joins || cred_can(current_cred(), CAP_NET_ADMIN);
}

/* ---- names ---- */

static int place_of_address(const struct address *a, struct netlink_place *out)
{
	const struct sockaddr_nl *nl = (const void *)a->bytes;

	if (a->len < sizeof(*nl) || nl->family != AF_NETLINK)
		return -EINVAL;
	*out = nl->at;
	return 0;
}

static void tell_place(struct netlink_place at, struct address *out)
{
	const struct sockaddr_nl nl = { .family = AF_NETLINK, .at = at };

	memcpy(out->bytes, &nl, sizeof(nl));
	out->len = sizeof(nl);
}

static int netlink_bind(struct socket *s, const struct address *a)
{
	struct netlink_place at;
	int err = place_of_address(a, &at);

	if (err != 0)
		return err;
	if (at.groups != 0 && !netlink_may_join(netlink_socket_of(s)))
		return -EPERM;
	return netlink_take_place(netlink_socket_of(s), &at);
}

static int netlink_connect(struct socket *s, const struct address *a,
			   bool nonblock UNUSED)
{
	struct netlink_socket *n = netlink_socket_of(s);
	struct netlink_place to = { 0 };
	bool apart = address_is_none(a);
	int err = apart ? 0 : place_of_address(a, &to);

	if (err != 0)
		return err;
	if (!may_send(n, &to))
		return -EPERM;
	netlink_connect_to(n, &to, !apart);
	return 0;
}

static void netlink_name(struct socket *s, const struct socket *asker UNUSED,
			 struct address *out)
{
	tell_place(netlink_own_place(netlink_socket_of(s)), out);
}

static int netlink_peer_name(struct socket *s, struct address *out)
{
	tell_place(netlink_peer_place(netlink_socket_of(s)), out);
	return 0;
}

/* Groups that have no bit in an address are not told. */
static void netlink_origin(struct socket *s UNUSED, const struct message *m,
			   struct address *out)
{
	uint64_t group = m->group != 0 ? BIT(m->group - 1) : 0;

	tell_place((struct netlink_place){ m->from, (uint32_t)group }, out);
}

/* ---- sending ---- */

static int destination(struct netlink_socket *n, const struct exchange *x,
		       struct netlink_place *to)
{
	int err;

	if (x->name == NULL || x->name->len == 0) {
		*to = netlink_peer_place(n);
		return 0;
	}
	err = place_of_address(x->name, to);
	if (err != 0)
		return err;
	return may_send(n, to) ? 0 : -EPERM;
}

/* To who has @port; @m is gone then. */
static int send_to_port(struct netlink_socket *n, struct message *m,
			uint32_t port, const struct exchange *x)
{
	struct netlink_socket *to;
	int err = netlink_find(n, port, &to);

	if (err == 0) {
		race_point(netlink_found, &to->socket);
		err = netlink_give_patiently(to, m, x);
		socket_put(&to->socket);
	}
	if (err != 0)
		message_free(m);
	return err;
}

/* To all in the first of the groups, and to one. */
static int send_to(struct netlink_socket *n, const struct netlink_place *to,
		   struct exchange *x)
{
	struct message *m;
	int err = message_of_exchange(&n->socket, x, x->n, &m);

	if (err != 0)
		return err;
	m->from = netlink_own_port(n);
	m->group = ffs64(to->groups);
	if (m->group != 0)
		netlink_broadcast(n, m, to->port);
	return to->port == 0 ? netlink_ask(n, m) :
			       send_to_port(n, m, to->port, x);
}

static ssize_t netlink_send(struct socket *s, struct exchange *x)
{
	struct netlink_socket *n = netlink_socket_of(s);
	struct netlink_place to;
	int err;

	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (x->n == 0)
		return -ENODATA;
	err = destination(n, x, &to);
	if (err != 0)
		return err;
	if (x->n > READ_ONCE(s->send_buffer) - 32)
		return -EMSGSIZE;
	err = send_to(n, &to, x);
	return err != 0 ? err : (ssize_t)x->n;
}

/* ---- receiving ---- */

/* There may be room for who waits for it. */
static ssize_t netlink_receive(struct socket *s, struct exchange *x)
{
	ssize_t done;

	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	race_point(netlink_reads, &s->writable);
	done = packet_receive(s, x);
	waitq_wake_all(&s->writable);
	dump_go_on(netlink_socket_of(s));
	return done;
}

/* ---- life ---- */

static int netlink_shutdown(struct socket *s UNUSED, unsigned how UNUSED)
{
	return -EOPNOTSUPP;
}

static void netlink_close(struct socket *s)
{
	netlink_leave(netlink_socket_of(s));
	dump_end(netlink_socket_of(s));
	stream_close(s);
}

static void netlink_destroy(struct socket *s)
{
	kfree(netlink_socket_of(s));
}

static const struct socket_ops netlink_ops = {
	.drops = true,
	.bind = netlink_bind,
	.connect = netlink_connect,
	.name = netlink_name,
	.peer_name = netlink_peer_name,
	.origin = netlink_origin,
	.send = netlink_send,
	.receive = netlink_receive,
	.shutdown = netlink_shutdown,
	.set_option = netlink_set_option,
	.get_option = netlink_get_option,
	.close = netlink_close,
	.destroy = netlink_destroy,
};

/* NULL: there is no such protocol. */
static const struct netlink_kind *kind_of(int protocol)
{
	static const struct netlink_kind route = {
		.nr_groups = 36, /* RTNLGRP_MAX */
		.anybody_joins = true,
		.ask = route_ask,
	};
	static const struct netlink_kind diag = {
		.nr_groups = 32, /* of which nobody tells */
		.anybody_joins = true,
		.ask = diag_ask,
	};
	static const struct netlink_kind usersock = {
		.nr_groups = 32,
		.anybody_sends = true,
	};

	switch (protocol) {
	case NETLINK_ROUTE:
		return &route;
	case NETLINK_USERSOCK:
		return &usersock;
	case NETLINK_SOCK_DIAG:
		return &diag;
	}
	return NULL;
}

int netlink_create(int type, int protocol, struct socket **out)
{
	const struct netlink_kind *kind = kind_of(protocol);
	struct netlink_socket *n;
	int err;

	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (kind == NULL)
		return -EPROTONOSUPPORT;
	n = kzalloc(sizeof(*n));
	if (n == NULL)
		return -ENOMEM;
	err = socket_init(&n->socket, &netlink_ops, AF_NETLINK, type, protocol);
	if (err != 0) {
		kfree(n);
		return err;
	}
	n->kind = kind;
	netlink_enter(n);
	*out = &n->socket;
	return 0;
}

void netlink_init(void)
{
	netlink_ports_init();
}
