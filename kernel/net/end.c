/*
 * net/end.c - how the ends of a connection part: shutdown, reset, close.
 *
 * An end that is over in order tells its peer what cannot be done any more.  One
 * that leaves bytes unread resets the connection, and one of TCP that is closed
 * answers by a reset what comes to it later.  A connection is reset once, and
 * nothing is learned of it after that.
 *
 * connect() to nobody is an end at once, after which the socket may be one of another
 * connection.  So whoever tells one end of the other says of which, and that is
 * judged under the lock under which the connection is given up.
 */
#include "net/net_internal.h"

#include "debug/race.h"
#include "lib/errno.h"

static void wake_both(struct socket *s)
{
	waitq_wake_all(&s->readable);
	waitq_wake_all(&s->writable);
}

/* Each end has told the other. */
static bool is_over(const struct socket *s) REQUIRES(C_socket)
{
	unsigned both = SHUT_CAME | SHUT_WRITE;

	return s->state == SOCKET_RESET || (s->shut & both) == both;
}

bool stream_reset(struct socket *s, const struct socket *peer)
{
	struct list lost = LIST_INIT(lost);
	bool is_with_peer;

	mutex_lock(&s->lock);
	is_with_peer = s->peer == peer;
	if (is_with_peer && !is_over(s)) {
		held_take(s, &lost);
		WRITE_ONCE(s->state, SOCKET_RESET);
		WRITE_ONCE(s->error, s->shut & SHUT_CAME ? EPIPE : ECONNRESET);
		WRITE_ONCE(s->shut, s->shut | SHUT_READ | SHUT_WRITE);
	}
	mutex_unlock(&s->lock);
	messages_free(&lost);
	wake_both(s);
	return is_with_peer;
}

/* @s learns what @peer has shut: behind all that it has sent. */
static void peer_shuts(struct socket *s, const struct socket *peer,
		       unsigned shut)
{
	mutex_lock(&s->lock);
	if (s->peer == peer && s->state != SOCKET_RESET) {
		held_push_locked(s);
		WRITE_ONCE(s->shut, s->shut | shut);
	}
	mutex_unlock(&s->lock);
	wake_both(s);
	race_point(end_told, s);
}

/* What the peer cannot do any more when one end shuts @how. */
static unsigned seen_by_peer(const struct socket *s, unsigned how)
{
	unsigned seen = 0;

	if (how & SHUT_WRITE)
		seen |= SHUT_READ | SHUT_CAME;
	if (how & SHUT_READ)
		seen |= SHUT_WRITE;
	return seen & s->ops->end_shuts;
}

/* Why shutdown() of @s is an error. */
static int why_not_shut(const struct socket *s) REQUIRES(C_socket)
{
	if (!s->ops->shut_needs_peer)
		return 0;
	return s->state != SOCKET_CONNECTED || is_over(s) ? -ENOTCONN : 0;
}

int stream_shutdown(struct socket *s, unsigned how)
{
	struct socket *peer;
	int err;

	mutex_lock(&s->lock);
	err = why_not_shut(s);
	if (err == 0)
		WRITE_ONCE(s->shut, s->shut | how);
	peer = s->state != SOCKET_CONNECTING ? s->peer : NULL;
	if (peer != NULL)
		socket_get(peer); /* what was shut is the connection to this one */
	mutex_unlock(&s->lock);
	wake_both(s);
	if (peer != NULL) {
		peer_shuts(peer, s, seen_by_peer(s, how));
		socket_put(peer);
	}
	return err;
}

/* ---- close ---- */

/* By SO_LINGER of no time. */
static bool lingers_not(const struct socket *s)
{
	return s->family != AF_UNIX && READ_ONCE(s->linger) == 0 &&
	       (READ_ONCE(s->flags) & SOCKET_LINGERS);
}

static bool resets(const struct socket *s, bool lost)
{
	return s->ops->connects && (lost || lingers_not(s));
}

/* What has come and was not read resets the connection of @s, which was @lost;
 * what was held back and has nobody to go to now resets it after its end. */
static void leave_peer(const struct socket *s, struct socket *peer, bool lost,
		       bool held)
{
	if (resets(s, lost)) {
		stream_reset(peer, s);
		return;
	}
	peer_shuts(peer, s, s->ops->end_shuts);
	if (held)
		stream_reset(peer, s);
}

/* What came to @s, and whom it came from, whose reference is the caller's; or
 * NULL. */
static struct socket *part(struct socket *s, struct list *unread,
			   struct list *held) REQUIRES(C_socket)
{
	struct socket *peer = s->peer;

	socket_take_messages(s, unread);
	held_take(s, held);
	urgent_end(s, unread);
	s->peer = NULL;
	return peer;
}

/* Nobody calls for @s any more: leave the peer, and drop what came.  @lost:
 * nobody has ever accepted it. */
static void leave(struct socket *s, bool lost)
{
	struct list unread = LIST_INIT(unread), held = LIST_INIT(held);
	struct socket *peer;

	census_leave(s);
	mutex_lock(&s->lock);
	WRITE_ONCE(s->closed, true);
	peer = part(s, &unread, &held);
	lost |= urgent_is_unread(&unread);
	mutex_unlock(&s->lock);
	if (peer != NULL) {
		race_point(end_begun, peer);
		leave_peer(s, peer, lost, !list_is_empty(&held));
		socket_put(peer);
	}
	messages_free(&unread);
	messages_free(&held);
}

/* Nobody accepts the arrivals of @s. */
static void drop(struct socket *s, struct list *arrivals)
{
	struct list *link;

	while ((link = list_pop_front(arrivals)) != NULL) {
		struct socket *end = list_entry(link, struct socket, arrival);

		if (s->ops->arrived != NULL)
			s->ops->arrived(end);
		leave(end, true);
		socket_put(end);
		cond_resched();
	}
}

static void take_arrivals(struct socket *s, struct list *arrivals)
	REQUIRES(C_socket)
{
	list_splice_back(arrivals, &s->arrivals);
	WRITE_ONCE(s->nr_arrivals, 0);
}

bool stream_stop_listening(struct socket *s)
{
	struct list arrivals = LIST_INIT(arrivals);
	bool listened;

	mutex_lock(&s->lock);
	listened = s->state == SOCKET_LISTENING;
	if (listened) {
		WRITE_ONCE(s->state, SOCKET_IDLE);
		take_arrivals(s, &arrivals);
	}
	mutex_unlock(&s->lock);
	wake_both(s); /* who accepts, and who waits to be an arrival */
	drop(s, &arrivals);
	return listened;
}

void stream_close(struct socket *s)
{
	struct list arrivals = LIST_INIT(arrivals);

	leave(s, false);
	mutex_lock(&s->lock);
	take_arrivals(s, &arrivals);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->writable); /* who waits to be one */
	drop(s, &arrivals);
}

/* ---- connect to nobody ---- */

/* As new.  That the connection was not over is an error, here as at its peer, whose
 * reference is the caller's then. */
static struct socket *give_up(struct socket *s, struct list *lost)
	REQUIRES(C_socket)
{
	bool resets = s->state == SOCKET_CONNECTED && !is_over(s);
	struct socket *peer = part(s, lost, lost);

	if (resets)
		WRITE_ONCE(s->error, ECONNRESET);
	WRITE_ONCE(s->shut, 0);
	WRITE_ONCE(s->nr_given_up, s->nr_given_up + 1);
	WRITE_ONCE(s->state, SOCKET_CONNECTING);
	return peer;
}

int stream_begin_disconnect(struct socket *s, bool *listened)
{
	struct list lost = LIST_INIT(lost), arrivals = LIST_INIT(arrivals);
	struct socket *peer = NULL;
	int err = 0;

	mutex_lock(&s->lock);
	*listened = s->state == SOCKET_LISTENING;
	if (s->state == SOCKET_CONNECTING)
		err = -EBUSY;
	else
		peer = give_up(s, &lost);
	if (*listened)
		take_arrivals(s, &arrivals);
	mutex_unlock(&s->lock);
	wake_both(s);
	if (peer != NULL) {
		stream_reset(peer, s); /* unless that is over */
		socket_put(peer);
	}
	messages_free(&lost);
	drop(s, &arrivals);
	return err;
}
