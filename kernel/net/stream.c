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
		err = socket_wait_for_room(s, x);
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

	if (x->n == 0 && (READ_ONCE(s->shut) & SHUT_WRITE))
		return -EPIPE;
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

	if (s->family == AF_UNIX && (x->flags & MSG_OOB) && x->n == 0)
		return -EOPNOTSUPP;
	peer = socket_peer_get(s);
	if (s->family == AF_UNIX && x->name != NULL && x->name->len != 0)
		done = peer != NULL ? -EISCONN : -EOPNOTSUPP;
	else if (peer == NULL)
		done = READ_ONCE(s->shut) & SHUT_WRITE ? -EPIPE :
						  s->ops->send_unconnected;
	else
		done = send_pieces(s, peer, x);
	if (done == -EPIPE)
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
	done = socket_wait_for_room(s, x);
	if (done == 0)
		done = send_piece(s, peer, x, x->n, false);
	socket_put(peer);
	return done;
}

/* ---- receiving ---- */

/* Bytes of one sender never come together with those of another, who is to be
 * told, nor with what follows rights; what was sent before them may. */
static bool may_follow(const struct socket *s, const struct message *m,
		       const struct exchange *x) REQUIRES(C_socket)
{
	const struct ucred *before = &x->cred;

	if (x->rights != NULL)
		return false;
	return !(READ_ONCE(s->flags) & SOCKET_PASSCRED) ||
	       (m->cred.pid == before->pid && m->cred.uid == before->uid &&
		m->cred.gid == before->gid);
}

/* What is told with the first bytes of a call, and with each. */
static void tell(struct socket *s, struct message *m, struct exchange *x,
		 bool first)
{
	if (first && x->name != NULL && s->family == AF_UNIX)
		socket_name_sender(s, m->sender, x->name);
	message_tell(m, x);
}

/* @n bytes of @m for the program: how many.  Of TCP those that it does not want
 * to see (MSG_TRUNC) are passed. */
static size_t give(const struct socket *s, const struct message *m,
		   struct exchange *x, size_t n)
{
	return (x->flags & MSG_TRUNC) && s->family != AF_UNIX ?
		       n : message_copy(m, m->at, &x->pieces, n);
}

void stream_consume(struct socket *s, struct message *m, size_t n)
{
	m->at += n;
	WRITE_ONCE(s->bytes, s->bytes - n);
	if (m->at < m->len)
		return;
	WRITE_ONCE(s->charged, s->charged - m->charge);
	list_remove(&m->link);
	urgent_was_read(s, m);
}

/* A read goes by @m. */
static void pass(struct socket *s, struct message *m, const struct exchange *x,
		 struct list *over) REQUIRES(C_socket)
{
	if (x->flags & MSG_PEEK)
		return;
	stream_consume(s, m, m->len - m->at);
	list_push_back(over, &m->link);
}

/*
 * Copy out what there is, up to @wanted bytes: bytes, -EFAULT, or 0 when
 * there is none that may come with those before.  What was read whole goes to
 * @over.
 */
static ssize_t drain(struct socket *s, struct exchange *x, size_t wanted,
		     struct list *over) REQUIRES(C_socket)
{
	struct message *m, *next;
	size_t done = 0;

	list_for_each_entry_safe(m, next, &s->messages, link) {
		size_t n = min(m->len - m->at, wanted - done), got;
		bool first = x->done + done == 0;

		if (!first && urgent_ends_read(s, m))
			break;
		if (urgent_is_passed(s, m)) {
			pass(s, m, x, over);
			continue;
		}
		if (done == wanted || (!first && !may_follow(s, m, x)))
			break;
		got = give(s, m, x, n);
		if (got == 0)
			return done > 0 ? (ssize_t)done : -EFAULT;
		tell(s, m, x, first);
		done += got;
		if (x->flags & MSG_PEEK)
			continue;
		stream_consume(s, m, got);
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
	size_t wanted = x->n - x->done;
	bool has_enough = x->done > 0 || wanted == 0;
	ssize_t done;

	if (!(x->flags & MSG_PEEK) && wanted > 0)
		urgent_pass(s, over);
	done = drain(s, x, wanted, over);
	urgent_place(s);
	return done != 0 || (has_enough && !list_is_empty(&s->messages)) ?
		       done : nothing_to_read(s);
}

/* 0: here is an end; or the mark, where a call that has bytes ends, too. */
static ssize_t receive_some(struct socket *s, struct exchange *x)
{
	struct list over = LIST_INIT(over);
	ssize_t done = 0;

	mutex_lock(&s->lock);
	if (socket_gave_up(s, x))
		done = -EPIPE;
	else if (x->done == 0 || !urgent_is_next(s))
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

/* There is some: bytes, 0: the end, or -errno. */
static ssize_t receive_next(struct socket *s, struct exchange *x,
			    uint64_t deadline)
{
	bool passes_urgent = !(x->flags & MSG_PEEK) && x->n > 0;

	return attempt(receive_some(s, x), x->flags & MSG_DONTWAIT,
		       socket_wait_readable(s, x, passes_urgent, deadline));
}

static bool is_at_end(const struct socket *s, const struct exchange *x)
{
	return (READ_ONCE(s->shut) & SHUT_READ) || READ_ONCE(s->error) != 0 ||
	       READ_ONCE(s->urgent_waits) || socket_gave_up(s, x);
}

/* More than @n bytes are there, or come. */
static bool more_come(struct socket *s, const struct exchange *x, size_t n,
		      uint64_t deadline)
{
	if (s->family == AF_UNIX || (x->flags & MSG_DONTWAIT))
		return false;
	return waitq_wait_until(&s->readable,
				READ_ONCE(s->bytes) > n || is_at_end(s, x),
				deadline) == 0 &&
	       READ_ONCE(s->bytes) > n;
}

/* Of TCP who peeks waits for as much as who reads.  Each look begins anew, and
 * has to see more than the one before. */
static ssize_t peek(struct socket *s, struct exchange *x, uint64_t deadline)
{
	const struct pieces all = x->pieces;
	ssize_t before, part = 0;

	do {
		x->pieces = all;
		before = part;
		part = receive_next(s, x, deadline);
	} while (part > before && (size_t)part < enough(s, x) &&
		 more_come(s, x, (size_t)part, deadline));
	return part;
}

ssize_t stream_receive(struct socket *s, struct exchange *x)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->receive_timeout));
	ssize_t part;

	if (x->flags & MSG_OOB)
		return urgent_receive(s, x);
	if (x->flags & MSG_PEEK)
		return peek(s, x, deadline);
	do {
		part = receive_next(s, x, deadline);
		if (part <= 0)
			return x->done > 0 ? (ssize_t)x->done : part;
		x->done += (size_t)part;
	} while (x->done < enough(s, x) && x->rights == NULL);
	return (ssize_t)x->done;
}
