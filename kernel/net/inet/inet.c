/*
 * net/inet/inet.c - TCP and UDP, by what all families share.
 *
 * A connection is made as one of AF_UNIX is, at once: there is nobody to wait
 * for but a listener whose backlog is full.  Its end is one-sided, though: who
 * closes without having read everything, or with SO_LINGER of 0, resets it.
 *
 * A datagram that has no room, or nobody to go to, is lost; who is connected
 * hears of the latter by his next call.
 */
#include "net/inet/inet_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vfs/cred.h"

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

static const struct socket_ops *ops_of(int type);

/* ---- life ---- */

static int make(int family, int type, struct socket **out)
{
	struct inet_socket *i = kzalloc(sizeof(*i));
	int err;

	if (i == NULL)
		return -ENOMEM;
	err = socket_init(&i->socket, ops_of(type), family, type,
			  type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
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
	return make(family, type, out);
}

static void inet_close(struct socket *s)
{
	struct endpoint nowhere;
	struct message *held = cork_take(inet_socket_of(s), &nowhere);

	if (held != NULL)
		message_free(held);
	port_leave(inet_socket_of(s));
	stream_close(s);
}

static void inet_destroy(struct socket *s)
{
	kfree(inet_socket_of(s));
}

/* ---- names ---- */

/* Where @s is, as @asker sees it: not "anywhere", but where it would be. */
static void inet_name(struct socket *s, const struct socket *asker,
		      struct address *out)
{
	struct endpoint e = port_local(inet_socket_of(s));
	bool v4 = ip_is_v4(&e.ip) || asker->family == AF_INET;

	if (asker != s && ip_is_any(&e.ip))
		e.ip = v4 ? ip_loopback4 : ip_loopback;
	address_of_endpoint(&e, asker->family, out);
}

static int inet_bind(struct socket *s, const struct address *a)
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

/* Where @a leads, from @s: 0, or why it does not. */
static int reach(struct socket *s, const struct address *a, struct endpoint *to)
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

/* ---- TCP ---- */

static int tcp_listen(struct socket *s, int backlog)
{
	struct inet_socket *i = inet_socket_of(s);
	struct endpoint local = port_local(i);
	int err = port_bind_for(i, &local.ip);

	if (err == 0)
		err = port_begin_listen(i);
	if (err != 0)
		return err;
	err = stream_listen(s, backlog);
	if (err != 0)
		port_give_up_listen(i);
	return err;
}

/* The other end is where the listener is, and where it was sought. */
static int make_end(struct socket *listener, const struct endpoint *to,
		    struct socket **out)
{
	int err = make(listener->family, SOCK_STREAM, out);

	if (err != 0)
		return err;
	is_private(ports);
	inet_socket_of(*out)->local = *to;
	inet_inherit_options(inet_socket_of(*out), inet_socket_of(listener));
	return 0;
}

static int tcp_connect_to(struct socket *s, const struct endpoint *to,
			  bool nonblock)
{
	struct socket *listener = port_find_listener(to), *end;
	int err;

	if (listener == NULL)
		return -ECONNREFUSED;
	port_set_remote(inet_socket_of(s), to);
	err = make_end(listener, to, &end);
	if (err == 0) {
		err = stream_join(listener, end, s, nonblock);
		if (err != 0)
			socket_put(end);
	}
	socket_put(listener);
	return err;
}

static int tcp_connect(struct socket *s, const struct address *a,
		       bool nonblock)
{
	struct endpoint to;
	int err = stream_begin_connect(s);

	if (err == -EINVAL)
		return -EISCONN; /* it listens */
	if (err != 0)
		return err;
	err = reach(s, a, &to);
	if (err == 0)
		err = tcp_connect_to(s, &to, nonblock);
	if (err != 0)
		stream_end_connect(s, NULL, NULL);
	return err;
}

/* ---- UDP ---- */

static int udp_connect(struct socket *s, const struct address *a,
		       bool nonblock UNUSED)
{
	struct endpoint to = { .port = 0 };
	bool apart = a->len >= sizeof(a->family) && a->family == AF_UNSPEC;
	int err = apart ? 0 : reach(s, a, &to);

	if (err != 0)
		return err;
	port_set_remote(inet_socket_of(s), &to);
	mutex_lock(&s->lock);
	WRITE_ONCE(s->state, apart ? SOCKET_IDLE : SOCKET_CONNECTED);
	mutex_unlock(&s->lock);
	return 0;
}

static int udp_peer_name(struct socket *s, struct address *out)
{
	struct endpoint to = port_remote(inet_socket_of(s));

	if (to.port == 0)
		return -ENOTCONN;
	address_of_endpoint(&to, s->family, out);
	return 0;
}

static int destination(struct socket *s, const struct exchange *x,
		       struct endpoint *to)
{
	if (x->name != NULL && x->name->len != 0) {
		int err = reach(s, x->name, to);

		return err == 0 && to->port == 0 ? -EINVAL : err;
	}
	*to = port_remote(inet_socket_of(s));
	return to->port != 0 ? 0 : -EDESTADDRREQ;
}

/* Where a datagram to @to comes from. */
static struct endpoint source(struct socket *s, const struct endpoint *to)
{
	struct endpoint e = port_local(inet_socket_of(s));

	if (ip_is_any(&e.ip))
		e.ip = ip_is_v4(&to->ip) ? ip_loopback4 : ip_loopback;
	return e;
}

/* Nobody is there: who is connected hears of it by his next call. */
static int refuse(struct socket *s)
{
	if (READ_ONCE(s->state) == SOCKET_CONNECTED) {
		WRITE_ONCE(s->error, ECONNREFUSED);
		waitq_wake_all(&s->readable);
	}
	return 0;
}

/* @m is gone then. */
static int udp_deliver(struct socket *s, const struct endpoint *to,
		       struct message *m)
{
	struct endpoint from = source(s, to);
	struct socket *receiver = port_find_receiver(to, &from);

	if (receiver == NULL) {
		message_free(m);
		return refuse(s);
	}
	if (socket_deliver(receiver, m) != 0)
		message_free(m); /* it was just closed */
	socket_put(receiver);
	return 0;
}

void udp_uncork(struct inet_socket *i)
{
	struct endpoint to;
	struct message *m = cork_take(i, &to);

	if (m != NULL)
		(void)udp_deliver(&i->socket, &to, m);
}

static int udp_send_to(struct socket *s, const struct endpoint *to,
		       struct exchange *x)
{
	struct inet_socket *i = inet_socket_of(s);
	bool more = (x->flags & MSG_MORE) || inet_is_corked(i);
	struct endpoint held_to;
	struct message *m;
	int err = message_of_exchange(s, x, x->n, &m);

	if (err != 0)
		return err;
	if (!more && !cork_destination(i, &held_to))
		return udp_deliver(s, to, m);
	err = cork_add(i, m, to);
	if (err == 0 && !more)
		udp_uncork(i);
	return err;
}

static ssize_t udp_send(struct socket *s, struct exchange *x)
{
	struct endpoint to;
	int err;

	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (x->n > DATAGRAM_MAX)
		return -EMSGSIZE;
	err = socket_why_not_send(s);
	if (err == 0 && !cork_destination(inet_socket_of(s), &to))
		err = destination(s, x, &to);
	if (err == 0)
		err = udp_send_to(s, &to, x);
	return err != 0 ? err : (ssize_t)x->n;
}

/* There are no errors that were queued. */
static ssize_t tcp_receive(struct socket *s, struct exchange *x)
{
	return x->flags & MSG_ERRQUEUE ? -EAGAIN : stream_receive(s, x);
}

static ssize_t udp_receive(struct socket *s, struct exchange *x)
{
	return x->flags & MSG_ERRQUEUE ? -EAGAIN : packet_receive(s, x);
}

static const struct socket_ops tcp_ops = {
	.end_shuts = SHUT_READ,
	.connects = true,
	.shut_needs_peer = true,
	.not_connected = -ENOTCONN,
	.send_unconnected = -EPIPE,
	.bind = inet_bind,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.accept = stream_accept,
	.name = inet_name,
	.send = stream_send,
	.receive = tcp_receive,
	.shutdown = stream_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.ioctl = inet_ioctl,
	.close = inet_close,
	.destroy = inet_destroy,
};

static const struct socket_ops udp_ops = {
	.shut_needs_peer = true,
	.drops = true,
	.bind = inet_bind,
	.connect = udp_connect,
	.name = inet_name,
	.peer_name = udp_peer_name,
	.send = udp_send,
	.receive = udp_receive,
	.shutdown = stream_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.ioctl = inet_ioctl,
	.close = inet_close,
	.destroy = inet_destroy,
};

static const struct socket_ops *ops_of(int type)
{
	return type == SOCK_STREAM ? &tcp_ops : &udp_ops;
}

void inet_init(void)
{
	ports_init();
}
