/*
 * net/stream.c - bytes, and packets, between the two ends of a connection.
 */
#include "net/net_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "sync/attempt.h"

/* A long send goes in pieces, so that the receiver can begin. */
#define PIECE (16UL << 10)

/* ---- sending ---- */

/* One message of @n bytes of @x to the peer, perhaps an urgent one: bytes, or
 * -errno. */
static ssize_t send_piece(struct socket *s, struct socket *peer,
			  struct exchange *x, size_t n, bool urgent)
{
	struct message *m;
	int err = message_of_exchange(s, x, n, &m);

	if (err != 0)
		return err;
	m->urgent = urgent;
	err = s->ops->deliver(peer, m, x);
	return err != 0 ? err : (ssize_t)n;
}

/* What comes after @done bytes, as long as a message should be.  An urgent byte,
 * the last, has one of its own, and goes with the one before it: neither for
 * want of room nor by a reset in between does one go alone. */
static ssize_t send_next(struct socket *s, struct socket *peer,
			 struct exchange *x, size_t done)
{
	size_t left = x->n - done;
	bool urgent = (x->flags & MSG_OOB) && left == 1;
	int err = 0;

	if (!urgent || done == 0)
		err = socket_wait_for_room(s, x->flags & MSG_DONTWAIT);
	if (err != 0)
		return err;
	if ((x->flags & MSG_OOB) && !urgent)
		left--;
	return send_piece(s, peer, x, min(left, PIECE), urgent);
}

static ssize_t send_pieces(struct socket *s, struct socket *peer,
			   struct exchange *x)
{
	size_t done = 0;
	ssize_t part;

	for (; done < x->n; done += (size_t)part) {
		part = send_next(s, peer, x, done);
		if (part < 0)
			return done > 0 ? (ssize_t)done : part;
	}
	return (ssize_t)done;
}

/* Nothing was sent, as sending is over: an error that nobody has been told of
 * is why.  AF_UNIX keeps it for who receives.  Under the lock, with which both
 * came. */
static ssize_t why_over(struct socket *s)
{
	int err = 0;

	mutex_lock(&s->lock);
	if (s->family != AF_UNIX)
		err = socket_take_error(s);
	mutex_unlock(&s->lock);
	return err != 0 ? err : -EPIPE;
}

ssize_t stream_send(struct socket *s, struct exchange *x)
{
	struct socket *peer;
	ssize_t done;

	if (s->family == AF_UNIX && (x->flags & MSG_OOB))
		return -EOPNOTSUPP;
	peer = socket_peer_get(s);
	if (s->family == AF_UNIX && x->name != NULL && x->name->len != 0)
		done = peer != NULL ? -EISCONN : -EOPNOTSUPP;
	else if (peer == NULL)
		done = READ_ONCE(s->shut) & SHUT_WRITE ? -EPIPE :
						  s->ops->send_unconnected;
	else if ((done = send_pieces(s, peer, x)) == -EPIPE)
		done = why_over(s);
	if (peer != NULL)
		socket_put(peer);
	return done;
}

ssize_t packet_send(struct socket *s, struct exchange *x)
{
	struct socket *peer;
	ssize_t done;

	if (x->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (x->n > READ_ONCE(s->send_buffer))
		return -EMSGSIZE;
	peer = socket_peer_get(s);
	if (peer == NULL)
		return -ENOTCONN;
	done = socket_wait_for_room(s, x->flags & MSG_DONTWAIT);
	if (done == 0)
		done = send_piece(s, peer, x, x->n, false);
	socket_put(peer);
	return done;
}

/* ---- receiving ---- */

/* Bytes of one message never come together with those of another sender, nor
 * with rights of another message. */
static bool may_follow(const struct socket *s, const struct message *m,
		       const struct exchange *x, const struct ucred *before)
{
	if (x->rights != NULL || m->rights != NULL)
		return false;
	return !(READ_ONCE(s->flags) & SOCKET_PASSCRED) ||
	       (m->cred.pid == before->pid && m->cred.uid == before->uid &&
		m->cred.gid == before->gid);
}

/* What was read of @m is over. */
static void consume(struct socket *s, struct message *m, size_t n)
	REQUIRES(C_socket)
{
	m->at += n;
	WRITE_ONCE(s->bytes, s->bytes - n);
	if (m->at < m->len)
		return;
	s->charged -= m->charge;
	list_remove(&m->link);
	urgent_was_read(s, m);
}

/*
 * Copy out what there is, up to @wanted bytes: bytes, -EFAULT, or 0 when
 * there is none.  What was read whole goes to @over.
 */
static ssize_t drain(struct socket *s, struct exchange *x, size_t wanted,
		     struct list *over) REQUIRES(C_socket)
{
	struct message *m, *next;
	size_t done = 0;

	list_for_each_entry_safe(m, next, &s->messages, link) {
		size_t n = min(m->len - m->at, wanted - done), got;

		if (done == wanted ||
		    (done > 0 && (m == s->urgent ||
				  !may_follow(s, m, x, &x->cred))))
			break;
		got = message_copy(m, m->at, &x->pieces, n);
		if (got == 0)
			return done > 0 ? (ssize_t)done : -EFAULT;
		message_tell(m, x);
		done += got;
		if (x->flags & MSG_PEEK)
			continue;
		consume(s, m, got);
		if (m->at == m->len)
			list_push_back(over, &m->link);
		if (got < n)
			break;
	}
	return (ssize_t)done;
}

/* There is nothing: why, or -EAGAIN.  Under the same lock as the look. */
static ssize_t nothing_to_read(struct socket *s) REQUIRES(C_socket)
{
	int err;

	if (s->shut & SHUT_CAME)
		return 0;
	err = socket_take_error(s);
	if (err != 0)
		return err;
	if (s->shut & SHUT_READ)
		return 0;
	return s->state == SOCKET_CONNECTED ? -EAGAIN : s->ops->not_connected;
}

/* The same from where a read begins: perhaps behind the mark. */
static ssize_t drain_from_mark(struct socket *s, struct exchange *x,
			       struct list *over) REQUIRES(C_socket)
{
	ssize_t done;

	if (!(x->flags & MSG_PEEK))
		urgent_pass(s, over);
	done = drain(s, x, x->n - x->done, over);
	urgent_place(s);
	return done != 0 ? done : nothing_to_read(s);
}

/* 0: here is an end; or the mark, where a call that has bytes ends, too. */
static ssize_t receive_some(struct socket *s, struct exchange *x)
{
	struct list over = LIST_INIT(over);
	ssize_t done = 0;

	mutex_lock(&s->lock);
	if (x->done == 0 || !urgent_is_next(s))
		done = drain_from_mark(s, x, &over);
	mutex_unlock(&s->lock);
	messages_free(&over);
	if (done == 0)
		race_point(end_read, s);
	return done;
}

/* Enough for a call that may return as soon as there is something. */
static size_t enough(const struct socket *s, const struct exchange *x)
{
	if (x->flags & MSG_WAITALL)
		return x->n;
	return min(max(READ_ONCE(s->low_water), 1U), x->n);
}

ssize_t stream_receive(struct socket *s, struct exchange *x)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->receive_timeout));
	ssize_t part;

	if (x->flags & MSG_OOB)
		return urgent_receive(s, x);
	if (x->n == 0)
		return 0;
	do {
		part = attempt(receive_some(s, x),
			       x->flags & MSG_DONTWAIT,
			       socket_wait_readable(s, !(x->flags & MSG_PEEK),
						    deadline));
		if (part <= 0)
			return x->done > 0 ? (ssize_t)x->done : part;
		x->done += (size_t)part;
	} while (x->done < enough(s, x) && x->rights == NULL &&
		 !(x->flags & MSG_PEEK));
	return (ssize_t)x->done;
}
