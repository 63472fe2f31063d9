/*
 * net/connect.c - how two sockets become the ends of a connection: listen,
 * connect, accept.
 *
 * Who connects makes the other end himself, and puts it among the arrivals of
 * the listener; accept() only takes it out and gives it a file.  So a
 * connection is there before it is accepted, and bytes may wait in it.
 *
 * The peer of a connected socket stays the same until its file is gone, or connect()
 * is told that it is to have none.
 */
#include "net/net_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "sync/attempt.h"

struct socket *socket_peer_get(struct socket *s)
{
	struct socket *peer;

	mutex_lock(&s->lock);
	peer = s->state != SOCKET_CONNECTING ? s->peer : NULL;
	if (peer != NULL)
		socket_get(peer);
	mutex_unlock(&s->lock);
	return peer;
}

/* For SO_PEERCRED, which those of TCP do not know. */
static void know_peer(struct socket *s, const struct ucred *cred)
	REQUIRES(C_socket)
{
	if (s->family == AF_UNIX)
		s->peer_cred = *cred;
}

/* ---- listening ---- */

#define BACKLOG_MAX 4096U /* net.core.somaxconn */

int stream_listen(struct socket *s, int backlog, bool *again)
{
	struct ucred own = socket_own_cred(true);
	int err = 0;

	mutex_lock(&s->lock);
	*again = s->state == SOCKET_LISTENING;
	if (s->state != SOCKET_IDLE && !*again) {
		err = -EINVAL;
	} else {
		WRITE_ONCE(s->state, SOCKET_LISTENING);
		WRITE_ONCE(s->backlog, min((unsigned)backlog, BACKLOG_MAX));
		know_peer(s, &own);
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
		[SOCKET_LISTENING] = -EINVAL,
		[SOCKET_CONNECTED] = -EISCONN,
		[SOCKET_RESET] = -EISCONN,
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
		know_peer(s, cred);
	}
	if (s->state == SOCKET_CONNECTING) /* and not reset again */
		WRITE_ONCE(s->state,
			   peer != NULL ? SOCKET_CONNECTED : SOCKET_IDLE);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->writable);
	if (peer != NULL)
		race_point(connected, s);
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
		census_enter(end);
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

/* @s, which is about to connect, hears @end, which may be accepted, and send, or be
 * closed before we know that it has arrived; NULL: it will not. */
static void listen_to(struct socket *s, struct socket *end)
{
	mutex_lock(&s->lock);
	s->peer = end;
	mutex_unlock(&s->lock);
}

/* Nobody else knows @end yet. */
static void set_peer(struct socket *end, struct socket *peer,
		     const struct ucred *cred)
{
	is_private(socket);
	end->state = SOCKET_CONNECTED;
	end->peer = peer;
	know_peer(end, cred);
	socket_get(peer);
}

int stream_join(struct socket *listener, struct socket *end,
		struct socket *client, bool nonblock)
{
	struct ucred cred = socket_own_cred(true);
	int err;

	set_peer(end, client, &cred);
	listen_to(client, end);
	err = wait_and_join(listener, end, READ_ONCE(client->send_timeout),
			    nonblock, &cred);
	if (err == 0) {
		waitq_wake_all(&listener->readable);
		stream_end_connect(client, end, &cred);
		return 0;
	}
	listen_to(client, NULL);
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

/* That no more come is for who would wait: -EINVAL. */
static int try_accept(struct socket *s, bool nonblock, struct socket **out)
{
	int err = 0;

	mutex_lock(&s->lock);
	if (s->state != SOCKET_LISTENING)
		err = -EINVAL;
	else if ((*out = pop_arrival(s)) == NULL)
		err = (s->shut & SHUT_READ) && !nonblock ? -EINVAL : -EAGAIN;
	mutex_unlock(&s->lock);
	return err;
}

/* Or is no listener any more, and none will come. */
static bool has_arrivals(const struct socket *s)
{
	return READ_ONCE(s->nr_arrivals) > 0 ||
	       READ_ONCE(s->state) != SOCKET_LISTENING ||
	       (READ_ONCE(s->shut) & SHUT_READ);
}

int stream_accept(struct socket *s, bool nonblock, struct socket **out)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->receive_timeout));
	int err = (int)attempt(
		try_accept(s, nonblock, out), nonblock,
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
