/*
 * net/inet/udp_cork.c - a datagram that several sends make.
 *
 * A send with MSG_MORE, or while UDP_CORK is set, is held back: those that follow
 * are the rest of it, wherever they were to go, and the first without either
 * sends it.  It is lost when it gets too long, and when its socket is closed.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"

bool cork_destination(struct inet_socket *i, struct endpoint *to)
{
	struct socket *s = &i->socket;
	bool held;

	mutex_lock(&s->lock);
	held = i->held != NULL;
	if (held)
		*to = i->held_to;
	mutex_unlock(&s->lock);
	return held;
}

struct message *cork_take(struct inet_socket *i, struct endpoint *to)
{
	struct socket *s = &i->socket;
	struct message *m;

	mutex_lock(&s->lock);
	m = i->held;
	*to = i->held_to;
	i->held = NULL;
	mutex_unlock(&s->lock);
	return m;
}

static void hold(struct inet_socket *i, struct message *m,
		 const struct endpoint *to) REQUIRES(C_socket)
{
	if (i->held == NULL) {
		i->held_to = *to;
		i->held = m;
	} else {
		message_join(i->held, m);
	}
}

int cork_add(struct inet_socket *i, struct message *m, const struct endpoint *to)
{
	struct socket *s = &i->socket;
	struct message *lost = NULL;

	mutex_lock(&s->lock);
	if (i->held != NULL && i->held->len + m->len > DATAGRAM_MAX) {
		lost = i->held;
		i->held = NULL;
	} else {
		hold(i, m, to);
	}
	mutex_unlock(&s->lock);
	if (lost == NULL)
		return 0;
	message_free(lost);
	message_free(m);
	return -EMSGSIZE;
}
