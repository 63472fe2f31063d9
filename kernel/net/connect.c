/*
 * net/connect.c - how two sockets become the ends of a connection, and part:
 * listen, connect, accept, shutdown, close.
 *
 * Who connects makes the other end himself, and puts it among the arrivals of
 * the listener; accept() only takes it out and gives it a file.  So a
 * connection is there before it is accepted, and bytes may wait in it.
 *
 * The peer of a connected socket stays the same until its file is gone.
 */
#include "net/net_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "sync/attempt.h"

struct socket *socket_peer_get(struct socket *s)
{
	struct socket *peer;

	mutex_lock(&s->lock);
	peer = s->peer;
	if (peer != NULL)
		socket_get(peer);
	mutex_unlock(&s->lock);
	return peer;
}

/* ---- listening ---- */

#define BACKLOG_MAX 4096U /* net.core.somaxconn */

int stream_listen(struct socket *s, int backlog)
{
	struct ucred own = socket_own_cred(true);
	int err = 0;

	mutex_lock(&s->lock);
	if (s->state != SOCKET_IDLE && s->state != SOCKET_LISTENING) {
		err = -EINVAL;
	} else {
		WRITE_ONCE(s->state, SOCKET_LISTENING);
		WRITE_ONCE(s->backlog, min((unsigned)backlog, BACKLOG_MAX));
		s->peer_cred = own;
	}
	mutex_unlock(&s->lock);
	/* Who waits for room among the arrivals may have more of it. */
	waitq_wake_all(&s->writable);
	return err;
}

static bool is_listening(const struct socket *s)
{
	return READ_ONCE(s->state) == SOCKET_LISTENING &&
	       !READ_ONCE(s->closed) && !(READ_ONCE(s->shut) & SHUT_READ);
}

/* One more than was asked for, as on Linux. */
static bool is_full(const struct socket *s)
{
	return READ_ONCE(s->nr_arrivals) > READ_ONCE(s->backlog);
}

/* ---- connecting ---- */

int stream_begin_connect(struct socket *s)
{
	static const int errors[] = {
		[SOCKET_CONNECTING] = -EALREADY,
		[SOCKET_CONNECTED] = -EISCONN,
		[SOCKET_LISTENING] = -EINVAL,
	};
	int err;

	mutex_lock(&s->lock);
	err = errors[s->state];
	if (err == 0)
		WRITE_ONCE(s->state, SOCKET_CONNECTING);
	mutex_unlock(&s->lock);
	return err;
}

void stream_end_connect(struct socket *s, struct socket *peer,
			const struct ucred *cred)
{
	mutex_lock(&s->lock);
	if (peer != NULL) {
		s->peer = peer;
		s->peer_cred = *cred;
	}
	WRITE_ONCE(s->state, peer != NULL ? SOCKET_CONNECTED : SOCKET_IDLE);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->writable);
}

/* One turn: @end is an arrival, or why not.  @cred: who listens. */
static int try_join(struct socket *listener, struct socket *end,
		    struct ucred *cred)
{
	int err = 0;

	mutex_lock(&listener->lock);
	if (!is_listening(listener)) {
		err = -ECONNREFUSED;
	} else if (is_full(listener)) {
		err = -EAGAIN;
	} else {
		list_push_back(&listener->arrivals, &end->arrival);
		WRITE_ONCE(listener->nr_arrivals, listener->nr_arrivals + 1);
		socket_get(end); /* the listener's */
		*cred = listener->peer_cred;
	}
	mutex_unlock(&listener->lock);
	return err;
}

static int wait_and_join(struct socket *listener, struct socket *end,
			 uint64_t timeout, bool nonblock, struct ucred *cred)
{
	uint64_t deadline = socket_deadline(timeout);

	return (int)attempt(
		try_join(listener, end, cred), nonblock,
		socket_wait_result(
			waitq_wait_until(&listener->writable,
					 !is_listening(listener) ||
						 !is_full(listener),
					 deadline),
			deadline));
}

/* Nobody else knows @end yet. */
static void set_peer(struct socket *end, struct socket *peer,
		     const struct ucred *cred)
{
	is_private(socket);
	end->state = SOCKET_CONNECTED;
	end->peer = peer;
	end->peer_cred = *cred;
	socket_get(peer);
}

int stream_join(struct socket *listener, struct socket *end,
		struct socket *client, bool nonblock)
{
	struct ucred cred = socket_own_cred(true);
	int err;

	set_peer(end, client, &cred);
	err = wait_and_join(listener, end, READ_ONCE(client->send_timeout),
			    nonblock, &cred);
	if (err == 0) {
		waitq_wake_all(&listener->readable);
		stream_end_connect(client, end, &cred);
		return 0;
	}
	is_private(socket);
	end->peer = NULL;
	socket_put(client); /* the end's */
	return err;
}

void stream_pair(struct socket *a, struct socket *b)
{
	struct ucred cred = socket_own_cred(true);

	set_peer(a, b, &cred);
	set_peer(b, a, &cred);
}

/* ---- accepting ---- */

/* The first arrival, with the listener's reference; NULL: none yet. */
static struct socket *pop_arrival(struct socket *s) REQUIRES(C_socket)
{
	struct list *link = list_pop_front(&s->arrivals);

	if (link == NULL)
		return NULL;
	WRITE_ONCE(s->nr_arrivals, s->nr_arrivals - 1);
	return list_entry(link, struct socket, arrival);
}

static int try_accept(struct socket *s, struct socket **out)
{
	int err = 0;

	mutex_lock(&s->lock);
	if (s->state != SOCKET_LISTENING || (s->shut & SHUT_READ))
		err = -EINVAL;
	else if ((*out = pop_arrival(s)) == NULL)
		err = -EAGAIN;
	mutex_unlock(&s->lock);
	return err;
}

static bool has_arrivals(const struct socket *s)
{
	return READ_ONCE(s->nr_arrivals) > 0 ||
	       (READ_ONCE(s->shut) & SHUT_READ);
}

int stream_accept(struct socket *s, bool nonblock, struct socket **out)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->receive_timeout));
	int err = (int)attempt(
		try_accept(s, out), nonblock,
		socket_wait_result(waitq_wait_until(&s->readable,
						    has_arrivals(s), deadline),
				   deadline));

	if (err != 0)
		return err;
	waitq_wake_all(&s->writable);
	if (s->ops->arrived != NULL)
		s->ops->arrived(*out);
	return 0;
}

/* ---- ends ---- */

/* @s learns that its peer has shut, or is gone (@reset: with what @s sent
 * unread). */
static void peer_shuts(struct socket *s, unsigned shut, bool reset)
{
	mutex_lock(&s->lock);
	WRITE_ONCE(s->shut, s->shut | shut);
	if (reset)
		WRITE_ONCE(s->error, ECONNRESET);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->readable);
	waitq_wake_all(&s->writable);
}

/* What the peer cannot do any more when one end shuts @how. */
static unsigned seen_by_peer(const struct socket *s, unsigned how)
{
	unsigned seen = 0;

	if (how & SHUT_WRITE)
		seen |= SHUT_READ;
	if (how & SHUT_READ)
		seen |= SHUT_WRITE;
	return seen & s->ops->end_shuts;
}

int stream_shutdown(struct socket *s, unsigned how)
{
	struct socket *peer;
	int err = 0;

	mutex_lock(&s->lock);
	if (s->state != SOCKET_CONNECTED && s->ops->shut_needs_peer &&
	    s->state != SOCKET_LISTENING)
		err = -ENOTCONN;
	else
		WRITE_ONCE(s->shut, s->shut | how);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->readable);
	waitq_wake_all(&s->writable);
	peer = socket_peer_get(s);
	if (peer != NULL) {
		peer_shuts(peer, seen_by_peer(s, how), false);
		socket_put(peer);
	}
	return err;
}

/* SO_LINGER of no time: on, and 0 seconds. */
#define LINGER_NOT 1UL

static void leave_peer(const struct socket *s, struct socket *peer, bool lost)
{
	unsigned shut = s->ops->end_shuts;
	bool reset = s->ops->connects &&
		     (lost || (s->family != AF_UNIX &&
			       READ_ONCE(s->linger) == LINGER_NOT));

	if (reset)
		shut |= SHUT_READ | SHUT_WRITE;
	peer_shuts(peer, shut, reset);
}

/* Nobody calls for @s any more: leave the peer, and drop what came.  @lost:
 * nobody has ever accepted it. */
static void leave(struct socket *s, bool lost)
{
	struct list unread = LIST_INIT(unread);
	struct socket *peer;

	mutex_lock(&s->lock);
	WRITE_ONCE(s->closed, true);
	list_splice_back(&unread, &s->messages);
	WRITE_ONCE(s->bytes, 0);
	s->charged = 0;
	peer = s->peer;
	s->peer = NULL;
	mutex_unlock(&s->lock);
	if (peer != NULL) {
		leave_peer(s, peer, lost || !list_is_empty(&unread));
		socket_put(peer);
	}
	messages_free(&unread);
}

/* The arrivals of a listener that is closed, to @arrivals. */
static void take_arrivals(struct socket *s, struct list *arrivals)
{
	mutex_lock(&s->lock);
	list_splice_back(arrivals, &s->arrivals);
	WRITE_ONCE(s->nr_arrivals, 0);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->writable); /* who waits to be one */
}

void stream_close(struct socket *s)
{
	struct list arrivals = LIST_INIT(arrivals), *link;

	leave(s, false);
	take_arrivals(s, &arrivals);
	while ((link = list_pop_front(&arrivals)) != NULL) {
		struct socket *end = list_entry(link, struct socket, arrival);

		if (s->ops->arrived != NULL)
			s->ops->arrived(end);
		leave(end, true);
		socket_put(end);
	}
}
