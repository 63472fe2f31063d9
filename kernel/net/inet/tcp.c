/*
 * net/inet/tcp.c - TCP: connections, which streams of bytes go over.
 *
 * A connection is made as one of AF_UNIX is, at once: there is nobody to wait
 * for but a listener whose backlog is full.  Its end is one-sided, though: who
 * closes without having read everything, or with SO_LINGER of 0, resets it.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"

static int tcp_listen(struct socket *s, int backlog)
{
	struct inet_socket *i = inet_socket_of(s);
	int err = port_begin_listen(i);
	bool again = false;

	if (err != 0)
		return err;
	err = stream_listen(s, backlog, &again);
	if (err != 0 || again)
		port_give_up_listen(i);
	return err;
}

/* A listener that reads no more listens no more: it has its port, and may begin
 * anew.  That it does not write it knows. */
static int tcp_shutdown(struct socket *s, unsigned how)
{
	if (inet_tcp_state(s) != TCP_LISTEN)
		return stream_shutdown(s, how);
	if ((how & SHUT_READ) && stream_stop_listening(s))
		port_give_up_listen(inet_socket_of(s));
	return 0;
}

/* The other end is where the listener is, and where it was sought. */
static int make_end(struct socket *listener, const struct endpoint *to,
		    struct socket **out)
{
	int err = inet_make(listener->family, SOCK_STREAM, IPPROTO_TCP, out);

	if (err != 0)
		return err;
	port_inherit(inet_socket_of(*out), inet_socket_of(listener), to);
	socket_inherit_options(*out, listener);
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

/* To nobody: as if it had never been connected, nor listened, it may be either. */
static int tcp_disconnect(struct socket *s)
{
	struct inet_socket *i = inet_socket_of(s);
	bool listened;
	int err = stream_begin_disconnect(s, &listened);

	if (err != 0)
		return err;
	if (listened)
		port_give_up_listen(i);
	port_disconnect(i);
	stream_end_connect(s, NULL, NULL);
	return 0;
}

static int tcp_connect(struct socket *s, const struct address *a,
		       bool nonblock)
{
	struct endpoint to;
	int err;

	if (address_is_none(a))
		return tcp_disconnect(s);
	err = stream_begin_connect(s);
	if (err == -EINVAL)
		return -EISCONN; /* it listens */
	if (err != 0)
		return err;
	WRITE_ONCE(s->error, 0); /* that of a connection before */
	err = inet_reach(s, a, &to);
	if (err == 0)
		err = tcp_connect_to(s, &to, nonblock);
	if (err != 0)
		stream_end_connect(s, NULL, NULL);
	return err;
}

/* Who a connection was with nobody knows when it is over. */
static int tcp_peer_name(struct socket *s, struct address *out)
{
	struct socket *peer = inet_tcp_state(s) == TCP_CLOSE ?
				      NULL : socket_peer_get(s);

	if (peer == NULL)
		return -ENOTCONN;
	inet_name(peer, s, out);
	socket_put(peer);
	return 0;
}

/* ---- bytes ---- */

/* As many are a packet, which goes when it is full. */
#define SEGMENT (32UL << 10)

/*
 * Is @m to wait for what its sender sends next?  Under the receiver's lock: who
 * has just set TCP_CORK to 0 pushes under that, and either we see the 0, or he
 * comes after us.
 */
static bool waits_for_more(const struct socket *to, const struct message *m,
			   const struct exchange *x) REQUIRES(C_socket)
{
	struct socket *from = m->sender;

	if (!(x->flags & MSG_MORE) && !inet_is_tcp_corked(inet_socket_of(from)))
		return false;
	return to->held_bytes + m->len < SEGMENT && socket_has_room(from);
}

static int deliver(struct socket *to, struct message *m,
		   const struct exchange *x)
{
	bool takes, waits = false;

	mutex_lock(&to->lock);
	takes = socket_takes(to, m->sender);
	if (takes) {
		waits = waits_for_more(to, m, x);
		held_add(to, m, waits);
	}
	mutex_unlock(&to->lock);
	if (takes && !waits)
		waitq_wake_all(&to->readable);
	return takes ? 0 : -EPIPE;
}

/* Who is closed answers by a reset, which finds the connection given up if the
 * sender was the one to do that. */
static int tcp_deliver(struct socket *to, struct message *m,
		       struct exchange *x)
{
	struct socket *from = m->sender;
	int err = m->urgent ? urgent_deliver(to, m) : deliver(to, m, x);

	if (err == 0)
		return 0;
	message_free(m);
	return stream_reset(from, to) ? 0 : err; /* the caller has it */
}

void tcp_push(struct socket *s)
{
	struct socket *peer = socket_peer_get(s);

	if (peer == NULL)
		return;
	held_push(peer);
	socket_put(peer);
}

/* There are no errors that were queued. */
static ssize_t tcp_receive(struct socket *s, struct exchange *x)
{
	return x->flags & MSG_ERRQUEUE ? -EAGAIN : stream_receive(s, x);
}

const struct socket_ops tcp_ops = {
	.end_shuts = SHUT_READ | SHUT_CAME,
	.connects = true,
	.shut_needs_peer = true,
	.not_connected = -ENOTCONN,
	.send_unconnected = -EPIPE,
	.bind = inet_bind,
	.connect = tcp_connect,
	.listen = tcp_listen,
	.accept = stream_accept,
	.name = inet_name,
	.peer_name = tcp_peer_name,
	.send = stream_send,
	.deliver = tcp_deliver,
	.receive = tcp_receive,
	.shutdown = tcp_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.close = inet_close,
	.destroy = inet_destroy,
};
