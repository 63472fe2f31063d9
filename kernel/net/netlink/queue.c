/*
 * net/netlink/queue.c - what comes to a socket of netlink.
 *
 * SO_RCVBUF bounds it, whoever sends.  What the kernel says, or what goes to many,
 * is lost when there is no room; the receiver hears ENOBUFS then, once, and gets
 * nothing more until he has read what there is: so what he misses is all behind
 * what he has.  Who sends to one waits instead; a letter has its room before there
 * is anything to say (letter.c), and is never lost.
 */
#include "net/netlink/netlink_internal.h"

#include "lib/errno.h"
#include "sync/attempt.h"

bool netlink_has_room(const struct netlink_socket *to)
{
	const struct socket *s = &to->socket;
	uint64_t charged = READ_ONCE(s->charged);

	if (charged > 0 && READ_ONCE(to->overrun))
		return false;
	return charged + READ_ONCE(to->promised) <= READ_ONCE(s->receive_buffer);
}

/* Of what it has missed it was told, when all that was before is read. */
void netlink_append(struct netlink_socket *to, struct message *m)
{
	if (to->socket.charged == 0)
		WRITE_ONCE(to->overrun, false);
	socket_append(&to->socket, m);
}

/* 0, -EAGAIN, or -ECONNREFUSED: it was just closed. */
static int try_to_give(struct netlink_socket *to, struct message *m)
{
	struct socket *s = &to->socket;
	int err = 0;

	mutex_lock(&s->lock);
	if (s->closed) {
		err = -ECONNREFUSED;
	} else if (!netlink_has_room(to)) {
		err = -EAGAIN;
	} else {
		netlink_append(to, m);
	}
	mutex_unlock(&s->lock);
	if (err == 0)
		waitq_wake_all(&s->readable);
	return err;
}

/* One that is read to its end by now has missed something all the same. */
void netlink_overran(struct netlink_socket *n)
{
	struct socket *s = &n->socket;
	bool was;

	if (netlink_has_flag(n, NETLINK_NO_OVERRUN))
		return;
	mutex_lock(&s->lock);
	was = n->overrun && s->charged > 0;
	WRITE_ONCE(n->overrun, true);
	if (!was)
		WRITE_ONCE(s->error, ENOBUFS);
	mutex_unlock(&s->lock);
	if (!was)
		waitq_wake_all(&s->readable);
}

void netlink_give(struct netlink_socket *to, struct message *m)
{
	int err = try_to_give(to, m);

	if (err == 0)
		return;
	message_free(m);
	if (err == -EAGAIN)
		netlink_overran(to);
}

int netlink_give_patiently(struct netlink_socket *to, struct message *m,
			   const struct exchange *x)
{
	uint64_t deadline =
		socket_deadline(READ_ONCE(m->sender->send_timeout));

	return (int)attempt(
		try_to_give(to, m), x->flags & MSG_DONTWAIT,
		socket_wait_result(
			waitq_wait_until(&to->socket.writable,
					 netlink_has_room(to) ||
						 READ_ONCE(to->socket.closed),
					 deadline),
			deadline));
}
