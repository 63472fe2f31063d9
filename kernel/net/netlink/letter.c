/*
 * net/netlink/letter.c - letters: messages whose room is taken before they are sent.
 *
 * One that is not sent yet has a reference to its socket, as its sender, who pays for
 * it: to whom it goes.  What could go wrong, and why it does not:
 *
 *	it is made, or sent,	who closes says so under the socket's lock, and takes
 *	and the socket closed	all there is in the same turn; closed is looked at
 *				under it here: the close finds the letter in the
 *				queue, or we find the socket closed
 *	it is sent, and read	who reads it frees it, and with it may go the last
 *	before we wake him	reference to the socket: we have one of our own
 *	it waits for room, and	the same wake-up as for any sender: reading, and what
 *	some is there		is free again of a letter that is not sent
 */
#include "net/netlink/letter.h"

#include "debug/race.h"
#include "lib/errno.h"
#include "net/netlink/netlink_internal.h"
#include "sync/attempt.h"

static void take_back_room(struct netlink_socket *to, const struct message *m)
	REQUIRES(C_socket)
{
	WRITE_ONCE(to->promised, to->promised - m->charge);
}

/* 0, -EAGAIN, or -ECONNREFUSED. */
static int try_to_promise(struct netlink_socket *to, const struct message *m)
{
	struct socket *s = &to->socket;
	int err = 0;

	mutex_lock(&s->lock);
	if (s->closed)
		err = -ECONNREFUSED;
	else if (!netlink_has_room(to))
		err = -EAGAIN;
	else
		WRITE_ONCE(to->promised, to->promised + m->charge);
	mutex_unlock(&s->lock);
	return err;
}

static int promise(struct netlink_socket *to, const struct message *m)
{
	return (int)attempt(
		try_to_promise(to, m), false,
		waitq_wait_interruptible(&to->socket.writable,
					 netlink_has_room(to) ||
						 READ_ONCE(to->socket.closed)));
}

int netlink_letter_make(struct socket *s, const void *bytes, size_t n,
			struct message **out)
{
	struct message *m;
	int err;

	if (s->family != AF_NETLINK)
		return -EINVAL;
	m = message_create(s, n);
	if (m == NULL)
		return -ENOMEM;
	message_write(m, 0, bytes, n);
	err = promise(netlink_socket_of(s), m);
	if (err != 0)
		message_free(m);
	else
		*out = m;
	return err;
}

/* false: it is closed, and @m the caller's still. */
static bool give(struct netlink_socket *to, struct message *m)
{
	struct socket *s = &to->socket;
	bool given;

	mutex_lock(&s->lock);
	given = !s->closed;
	take_back_room(to, m);
	if (given)
		netlink_append(to, m);
	mutex_unlock(&s->lock);
	return given;
}

void netlink_letter_send(struct message *m, uint8_t last)
{
	struct socket *s = m->sender;

	socket_get(s);
	message_write(m, m->len - 1, &last, sizeof(last));
	if (give(netlink_socket_of(s), m)) {
		race_point(letter_given, s);
		waitq_wake_all(&s->readable);
	} else {
		message_free(m);
	}
	socket_put(s);
}

void netlink_letter_drop(struct message *m)
{
	struct netlink_socket *to = netlink_socket_of(m->sender);

	mutex_lock(&to->socket.lock);
	take_back_room(to, m);
	mutex_unlock(&to->socket.lock);
	message_free(m); /* and wakes who waits for room */
}
