/*
 * net/inet/udp.c - UDP: datagrams.
 *
 * One that has no room, or nobody to go to, is lost; who is connected hears of
 * the latter by his next call.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"

static int destination(struct socket *s, const struct exchange *x,
		       struct endpoint *to)
{
	if (x->name != NULL && x->name->len != 0) {
		int err = inet_reach(s, x->name, to);

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
	bool more = (x->flags & MSG_MORE) || inet_is_udp_corked(i);
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

/* An error comes before an end. */
static int why_not_send(struct socket *s)
{
	int err = socket_take_error(s);

	if (err != 0)
		return err;
	return READ_ONCE(s->shut) & SHUT_WRITE ? -EPIPE : 0;
}

static ssize_t udp_send(struct socket *s, struct exchange *x)
{
	struct endpoint to;
	int err;

	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (x->n > DATAGRAM_MAX)
		return -EMSGSIZE;
	err = why_not_send(s);
	if (err == 0 && !cork_destination(inet_socket_of(s), &to))
		err = destination(s, x, &to);
	if (err == 0)
		err = udp_send_to(s, &to, x);
	return err != 0 ? err : (ssize_t)x->n;
}

static void udp_close(struct socket *s)
{
	struct endpoint nowhere;
	struct message *held = cork_take(inet_socket_of(s), &nowhere);

	if (held != NULL)
		message_free(held);
	inet_close(s);
}

const struct socket_ops udp_ops = {
	.shut_needs_peer = true,
	.drops = true,
	.bind = inet_bind,
	.connect = inet_connect_datagrams,
	.name = inet_name,
	.peer_name = inet_peer_name,
	.send = udp_send,
	.receive = inet_receive_packet,
	.shutdown = stream_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.close = udp_close,
	.destroy = inet_destroy,
};
