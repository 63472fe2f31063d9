/*
 * net/inet/inet.c - what TCP, UDP and raw sockets have in common: life, names,
 * and where an address leads.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/cred.h"

/* ---- life ---- */

static const struct socket_ops *ops_of(int type, int protocol)
{
	switch (type) {
	case SOCK_STREAM:
		return &tcp_ops;
	case SOCK_DGRAM:
		return protocol == IPPROTO_UDP ? &udp_ops : &ping_ops;
	}
	return &raw_ops;
}

int inet_make(int family, int type, int protocol, struct socket **out)
{
	struct inet_socket *i = kzalloc(sizeof(*i));
	int err;

	if (i == NULL)
		return -ENOMEM;
	err = socket_init(&i->socket, ops_of(type, protocol), family, type, protocol);
	if (err != 0) {
		kfree(i);
		return err;
	}
	is_private(ports);
	list_init(&i->bound);
	i->uid = current_cred()->euid;
	i->local.ip = family == AF_INET ? ip_any4 : ip_any;
	inet_options_init(i);
	*out = &i->socket;
	return 0;
}

static int create_raw(int family, int protocol, struct socket **out)
{
	if (protocol == 0)
		return -EPROTONOSUPPORT;
	if (!cred_can(current_cred(), CAP_NET_RAW))
		return -EPERM;
	return family == AF_INET ? raw_create(protocol, out) : -EPROTONOSUPPORT;
}

int inet_create(int family, int type, int protocol, struct socket **out)
{
	int own = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	int echo = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (protocol < 0 || protocol >= IPPROTO_MAX)
		return -EINVAL;
	if (type == SOCK_RAW)
		return create_raw(family, protocol, out);
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (type == SOCK_DGRAM && protocol == echo)
		return ping_create(family, protocol, out);
	if (protocol != 0 && protocol != own)
		return -EPROTONOSUPPORT;
	return inet_make(family, type, own, out);
}

void inet_close(struct socket *s)
{
	port_leave(inet_socket_of(s));
	stream_close(s);
}

void inet_destroy(struct socket *s)
{
	kfree(inet_socket_of(s));
}

/* ---- names ---- */

/* Where @s is, as @asker sees it: not "anywhere", but where it would be. */
void inet_name(struct socket *s, const struct socket *asker,
	       struct address *out)
{
	struct endpoint e = port_local(inet_socket_of(s));
	bool v4 = ip_is_v4(&e.ip) || asker->family == AF_INET;

	if (asker != s && ip_is_any(&e.ip))
		e.ip = v4 ? ip_loopback4 : ip_loopback;
	address_of_endpoint(&e, asker->family, out);
}

int inet_own_endpoint(const struct socket *s, const struct address *a,
		      struct endpoint *out)
{
	int err = endpoint_of_address(s, a, out);

	if (err != 0)
		return err;
	return ip_is_any(&out->ip) || ip_is_local(&out->ip) ? 0 : -EADDRNOTAVAIL;
}

int inet_bind(struct socket *s, const struct address *a)
{
	struct endpoint e;
	int err = inet_own_endpoint(s, a, &e);

	if (err != 0)
		return err;
	if (e.port > 0 && e.port < 1024 && !cred_can(current_cred(), CAP_NET_BIND_SERVICE))
		return -EACCES;
	err = port_bind(inet_socket_of(s), &e);
	/* One address of IPv6 is none of IPv4. */
	if (err == 0 && !ip_is_any(&e.ip) && !ip_is_v4(&e.ip))
		inet_set_v6only(inet_socket_of(s));
	return err;
}

int inet_reach(struct socket *s, const struct address *a, struct endpoint *to)
{
	int err = endpoint_of_address(s, a, to);

	if (err != 0)
		return err;
	if (ip_is_any(&to->ip))
		to->ip = ip_is_v4(&to->ip) ? ip_loopback4 : ip_loopback;
	if (!ip_is_local(&to->ip))
		return -ENETUNREACH;
	if (s->family == AF_INET6 && ip_is_v4(&to->ip) &&
	    inet_is_v6only(inet_socket_of(s)))
		return -ENETUNREACH;
	return port_bind_for(inet_socket_of(s), &to->ip);
}

/* ---- UDP and raw sockets ---- */

int inet_connect_datagrams(struct socket *s, const struct address *a,
			   bool nonblock UNUSED)
{
	bool apart = address_is_none(a);
	struct endpoint to;
	int err = apart ? 0 : inet_reach(s, a, &to);

	if (err != 0)
		return err;
	if (apart)
		port_disconnect(inet_socket_of(s));
	else
		port_set_remote(inet_socket_of(s), &to);
	mutex_lock(&s->lock);
	WRITE_ONCE(s->state, apart ? SOCKET_IDLE : SOCKET_CONNECTED);
	mutex_unlock(&s->lock);
	return 0;
}

int inet_peer_name(struct socket *s, struct address *out)
{
	struct endpoint to = port_remote(inet_socket_of(s));

	if (to.port == 0)
		return -ENOTCONN;
	address_of_endpoint(&to, s->family, out);
	return 0;
}

/* There are no errors that were queued. */
ssize_t inet_receive_packet(struct socket *s, struct exchange *x)
{
	return x->flags & MSG_ERRQUEUE ? -EAGAIN : packet_receive(s, x);
}

void inet_init(void)
{
	ports_init();
	raw_init();
}
