/*
 * net/unix/unix.c - the three types of AF_UNIX, by what all families share.
 *
 * A stream and a sequence of packets are connected; a datagram finds whom it
 * is for when it is sent.  A sender of datagrams is held back by his own
 * SO_SNDBUF alone, which counts what nobody has read yet: no receiver's queue
 * has a length of its own.
 */
#include "net/unix/unix_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/attempt.h"
#include "vfs/landlock/landlock.h"

static const struct socket_ops *ops_of(int type);

/* ---- life ---- */

static int make(int type, struct socket **out)
{
	struct unix_socket *u = kzalloc(sizeof(*u));
	int err;

	if (u == NULL)
		return -ENOMEM;
	err = socket_init(&u->socket, ops_of(type), AF_UNIX, type, 0);
	if (err != 0) {
		kfree(u);
		return err;
	}
	u->domain = landlock_own();
	landlock_get(u->domain);
	list_init(&u->bound);
	list_init(&u->in_air);
	list_init(&u->held);
	*out = &u->socket;
	return 0;
}

int unix_create(int type, int protocol, struct socket **out)
{
	if (protocol != 0 && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW) /* as on Linux, by another name */
		type = SOCK_DGRAM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	return make(type, out);
}

static void unix_close(struct socket *s)
{
	unix_unbind(unix_socket_of(s));
	stream_close(s);
	rights_collect_soon();
}

static void unix_destroy(struct socket *s)
{
	struct unix_socket *u = unix_socket_of(s);

	is_private(unixnames);
	landlock_put(u->domain);
	kfree(u->name);
	kfree(u);
}

int unix_pair(struct socket *a, struct socket *b)
{
	stream_pair(a, b);
	return 0;
}

/* ---- connected types ---- */

/* Both ends of a new connection have the listener's name at its end. */
static int make_end(struct socket *listener, struct socket **out)
{
	int err = make(listener->type, out);

	if (err != 0)
		return err;
	/* It is asked for before anybody could ask the new one. */
	(*out)->flags = READ_ONCE(listener->flags) & SOCKET_PASSCRED;
	err = unix_inherit_name(*out, listener);
	if (err == 0)
		return 0;
	socket_put(*out);
	return err;
}

static int connect_to(struct socket *s, struct socket *listener, bool nonblock)
{
	struct socket *end;
	int err = make_end(listener, &end);

	if (err != 0)
		return err;
	unix_set_listener(end, listener);
	err = stream_join(listener, end, s, nonblock);
	if (err != 0) {
		unix_arrived(end);
		socket_put(end);
	}
	return err;
}

/* The running thread's domain lets it reach @other: 0 or -EPERM. */
static int may_reach(struct socket *other)
{
	const struct landlock_domain *d = landlock_own();
	const uint32_t scope = LANDLOCK_SCOPE_ABSTRACT_UNIX;

	if (likely(d == NULL) || !unix_is_abstract(other))
		return 0;
	return landlock_keeps_in(d, unix_socket_of(other)->domain, scope) ? -EPERM : 0;
}

static int unix_connect(struct socket *s, const struct address *a,
			bool nonblock)
{
	struct socket *listener;
	int err = stream_begin_connect(s);

	if (err != 0)
		return err;
	err = unix_autobind_if_asked(s);
	if (err == 0)
		err = unix_find(a, s->type, &listener);
	if (err == 0) {
		err = may_reach(listener);
		if (err == 0)
			err = connect_to(s, listener, nonblock);
		socket_put(listener);
	}
	if (err != 0)
		stream_end_connect(s, NULL, NULL);
	return err;
}

static int unix_listen(struct socket *s, int backlog)
{
	bool again;

	return unix_is_bound(s) ? stream_listen(s, backlog, &again) : -EINVAL;
}

/* ---- datagrams ---- */

/*
 * A datagram socket changes its peer as it likes, and hears only that one then.
 * What had come is the old peer's, or older, and is dropped; if the old one is
 * connected to it, he learns that by an error:
 *
 *	his send	is judged under our lock: what was queued is dropped, later
 *			ones are refused, unless we have nobody
 *	his connect	is judged under his: who has another peer by then is told
 *			nothing
 */

/* Who is connected hears only his peer: a first look, for what is sent later is
 * judged where it is queued. */
static bool may_send(struct socket *to, const struct socket *from)
{
	struct socket *peer = socket_peer_get(to);
	bool may = peer == NULL || peer == from;

	if (peer != NULL)
		socket_put(peer);
	return may;
}

/* The old one, with its reference; @peer's, if it is not NULL, is taken. */
static struct socket *change_peer(struct socket *s, struct socket *peer,
				  struct list *lost) REQUIRES(C_socket)
{
	struct socket *old = s->peer;

	s->peer = peer;
	WRITE_ONCE(s->state, peer != NULL ? SOCKET_CONNECTED : SOCKET_IDLE);
	if (old != NULL && old != peer)
		socket_take_messages(s, lost);
	return old;
}

/* What @s has sent to @by is lost, if that is its peer. */
static void tell_loss(struct socket *s, const struct socket *by)
{
	mutex_lock(&s->lock);
	if (!s->closed && s->peer == by)
		WRITE_ONCE(s->error, ECONNRESET);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->readable);
	waitq_wake_all(&s->writable);
}

static void set_peer(struct socket *s, struct socket *peer)
{
	struct list lost = LIST_INIT(lost);
	struct socket *old;

	mutex_lock(&s->lock);
	old = change_peer(s, peer, &lost);
	mutex_unlock(&s->lock);
	if (!list_is_empty(&lost))
		tell_loss(old, s);
	messages_free(&lost);
	if (old != NULL)
		socket_put(old);
}

static int datagram_connect(struct socket *s, const struct address *a,
			    bool nonblock UNUSED)
{
	struct socket *peer = NULL;
	int err = 0;

	if (address_is_none(a)) {
		set_peer(s, NULL);
		return 0;
	}
	err = unix_autobind_if_asked(s);
	if (err == 0)
		err = unix_find(a, s->type, &peer);
	if (err != 0)
		return err;
	err = may_send(peer, s) ? may_reach(peer) : -EPERM;
	if (err == 0)
		set_peer(s, peer);
	else
		socket_put(peer);
	return err;
}

/* Who is called @name, if he may be reached, or @s is connected to him. */
static int find_receiver(struct socket *s, const struct address *name,
			 struct socket **out)
{
	int err = unix_find(name, s->type, out);

	if (err != 0 || may_reach(*out) == 0)
		return err;

	struct socket *peer = socket_peer_get(s);
	bool is_peer = peer == *out;

	if (peer != NULL)
		socket_put(peer);
	if (is_peer)
		return 0;
	socket_put(*out);
	return -EPERM;
}

/* Whom @x is for, with a reference. */
static int receiver_of(struct socket *s, const struct exchange *x,
		       struct socket **out)
{
	if (x->name != NULL && x->name->len != 0)
		return find_receiver(s, x->name, out);
	*out = socket_peer_get(s);
	return *out != NULL ? 0 : -ENOTCONN;
}

/* The one that was connected to is gone; unless it has another by now. */
static void forget_peer(struct socket *s, struct socket *gone)
{
	struct list lost = LIST_INIT(lost);
	bool forgets;

	mutex_lock(&s->lock);
	forgets = s->peer == gone;
	if (forgets)
		(void)change_peer(s, NULL, &lost);
	mutex_unlock(&s->lock);
	messages_free(&lost);
	if (forgets)
		socket_put(gone); /* the peer's */
}

static int send_to(struct socket *s, struct socket *to, struct exchange *x)
{
	struct message *m;
	int err;

	err = socket_take_error(s);
	if (err == 0)
		err = socket_wait_for_room(s, x);
	if (err == 0)
		err = message_of_exchange(s, x, x->n, &m);
	if (err == 0)
		err = socket_deliver_exchange(to, m, x);
	if (err != -EPIPE || !READ_ONCE(to->closed))
		return err;
	forget_peer(s, to);
	return -ECONNREFUSED;
}

static ssize_t datagram_send(struct socket *s, struct exchange *x)
{
	struct socket *to;
	int err;

	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = unix_autobind_if_asked(s);
	if (err == 0)
		err = receiver_of(s, x, &to);
	if (err != 0)
		return err;
	err = x->n > READ_ONCE(s->send_buffer) - 32 ? -EMSGSIZE :
						       send_to(s, to, x);
	socket_put(to);
	return err != 0 ? err : (ssize_t)x->n;
}

/* ---- packets ---- */

static ssize_t datagram_receive(struct socket *s, struct exchange *x)
{
	return x->flags & MSG_OOB ? -EOPNOTSUPP : packet_receive(s, x);
}

static ssize_t connected_receive(struct socket *s, struct exchange *x)
{
	if (READ_ONCE(s->state) < SOCKET_CONNECTED)
		return -ENOTCONN;
	return datagram_receive(s, x);
}

static ssize_t connected_send(struct socket *s, struct exchange *x)
{
	return packet_send(s, x);
}

static const struct socket_ops unix_stream_ops = {
	.end_shuts = SHUT_READ | SHUT_WRITE,
	.connects = true,
	.not_connected = -EINVAL,
	.send_unconnected = -ENOTCONN,
	.bind = unix_bind,
	.connect = unix_connect,
	.listen = unix_listen,
	.accept = stream_accept,
	.arrived = unix_arrived,
	.name = unix_tell_name,
	.send = stream_send,
	.deliver = socket_deliver_exchange,
	.receive = stream_receive,
	.shutdown = stream_shutdown,
	.close = unix_close,
	.destroy = unix_destroy,
};

static const struct socket_ops unix_packet_ops = {
	.end_shuts = SHUT_READ | SHUT_WRITE,
	.connects = true,
	.not_connected = -ENOTCONN,
	.bind = unix_bind,
	.connect = unix_connect,
	.listen = unix_listen,
	.accept = stream_accept,
	.arrived = unix_arrived,
	.name = unix_tell_name,
	.send = connected_send,
	.deliver = socket_deliver_exchange,
	.receive = connected_receive,
	.shutdown = stream_shutdown,
	.close = unix_close,
	.destroy = unix_destroy,
};

static const struct socket_ops unix_datagram_ops = {
	.bind = unix_bind,
	.connect = datagram_connect,
	.name = unix_tell_name,
	.send = datagram_send,
	.receive = datagram_receive,
	.shutdown = stream_shutdown,
	.close = unix_close,
	.destroy = unix_destroy,
};

static const struct socket_ops *ops_of(int type)
{
	switch (type) {
	case SOCK_STREAM:
		return &unix_stream_ops;
	case SOCK_SEQPACKET:
		return &unix_packet_ops;
	}
	return &unix_datagram_ops;
}

void unix_init(void)
{
	unix_names_init();
	rights_init();
}
