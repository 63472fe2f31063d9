/*
 * net/inet/inet.c - what TCP and UDP have in common: life, names, and where
 * an address leads.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/cred.h"

/* ---- life ---- */

int inet_make(int family, int type, struct socket **out)
{
	bool stream = type == SOCK_STREAM;
	struct inet_socket *i = kzalloc(sizeof(*i));
	int err;

	if (i == NULL)
		return -ENOMEM;
	err = socket_init(&i->socket, stream ? &tcp_ops : &udp_ops, family,
			  type, stream ? IPPROTO_TCP : IPPROTO_UDP);
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

int inet_create(int family, int type, int protocol, struct socket **out)
{
	int own = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

	if (protocol < 0 || protocol > 255)
		return -EINVAL;
	if (type == SOCK_RAW)
		return cred_can(current_cred(), CAP_NET_RAW) ? -EPROTONOSUPPORT : -EPERM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != 0 && protocol != own)
		return -EPROTONOSUPPORT;
	return inet_make(family, type, out);
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

int inet_bind(struct socket *s, const struct address *a)
{
	struct endpoint e;
	int err = endpoint_of_address(s, a, &e);

	if (err != 0)
		return err;
	if (!ip_is_any(&e.ip) && !ip_is_local(&e.ip))
		return -EADDRNOTAVAIL;
	if (e.port > 0 && e.port < 1024 && !cred_can(current_cred(), CAP_NET_BIND_SERVICE))
		return -EACCES;
	return port_bind(inet_socket_of(s), &e);
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

void inet_init(void)
{
	ports_init();
}
