/*
 * net/queue.c - a socket's queue: putting messages in, waiting, taking whole
 * ones out.
 */
#include "net/net_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "sync/attempt.h"

int socket_wait_result(int err, uint64_t deadline)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	return err == -ERESTARTSYS && deadline != TIMER_NEVER ? -EINTR : err;
}

/* ---- in ---- */

/* Where only the end of sending is told to the peer, who does not want to read
 * any more gets it all the same. */
static bool hears(const struct socket *s, const struct socket *from)
	REQUIRES(C_socket)
{
	return s->peer == from || (s->peer == NULL && !s->ops->connects);
}

bool socket_takes(const struct socket *s, const struct socket *from)
{
	if (!hears(s, from) || s->state == SOCKET_RESET)
		return false;
	return !s->closed && (!(s->shut & SHUT_READ) ||
			      (s->ops->end_shuts & SHUT_CAME));
}

static void account(struct socket *to, const struct message *m)
	REQUIRES(C_socket)
{
	WRITE_ONCE(to->bytes, to->bytes + m->len);
	WRITE_ONCE(to->charged, to->charged + m->charge);
}

void socket_append(struct socket *to, struct message *m)
{
	list_push_back(&to->messages, &m->link);
	account(to, m);
}

void socket_prepend(struct socket *to, struct message *m)
{
	list_push_front(&to->messages, &m->link);
	account(to, m);
}

void socket_remove(struct socket *s, struct message *m)
{
	list_remove(&m->link);
	WRITE_ONCE(s->bytes, s->bytes - m->len);
	WRITE_ONCE(s->charged, s->charged - m->charge);
}

void socket_take_messages(struct socket *s, struct list *out)
{
	list_splice_back(out, &s->messages);
	WRITE_ONCE(s->bytes, 0);
	WRITE_ONCE(s->charged, 0);
}

static int why_not_taken(const struct socket *s, const struct socket *from)
	REQUIRES(C_socket)
{
	if (socket_takes(s, from))
		return 0;
	return s->ops->connects || hears(s, from) ? -EPIPE : -EPERM;
}

int socket_deliver(struct socket *to, struct message *m)
{
	bool lost = false;
	int err;

	mutex_lock(&to->lock);
	err = why_not_taken(to, m->sender);
	if (err == 0 && to->ops->drops)
		lost = to->charged + m->charge > READ_ONCE(to->receive_buffer);
	if (err == 0 && !lost)
		socket_append(to, m);
	mutex_unlock(&to->lock);
	if (err != 0)
		return err;
	if (lost)
		message_free(m);
	else
		waitq_wake_all(&to->readable);
	return 0;
}

/* What it carries is counted first: unix/rights.c. */
int socket_deliver_exchange(struct socket *to, struct message *m,
			    struct exchange *x)
{
	int err;

	m->rights = x->rights;
	if (m->rights != NULL)
		rights_send(m->rights, to);
	err = m->urgent ? urgent_deliver(to, m) : socket_deliver(to, m);
	if (err == 0) {
		x->rights = NULL;
		return 0;
	}
	if (m->rights != NULL)
		rights_take(m->rights);
	m->rights = NULL; /* the caller's still */
	message_free(m);
	return err;
}

bool socket_has_room(const struct socket *s)
{
	return READ_ONCE(s->sent) < READ_ONCE(s->send_buffer);
}

static bool send_is_over(const struct socket *s, const struct exchange *x)
{
	return (READ_ONCE(s->shut) & SHUT_WRITE) || socket_gave_up(s, x);
}

static int try_room(struct socket *s, const struct exchange *x)
{
	if (send_is_over(s, x))
		return -EPIPE;
	return socket_has_room(s) ? 0 : -EAGAIN;
}

int socket_wait_for_room(struct socket *s, const struct exchange *x)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->send_timeout));

	return (int)attempt(
		try_room(s, x), x->flags & MSG_DONTWAIT,
		socket_wait_result(
			waitq_wait_until(&s->writable,
					 socket_has_room(s) ||
						 send_is_over(s, x),
					 deadline),
			deadline));
}

int message_of_exchange(struct socket *s, struct exchange *x, size_t n,
			struct message **out)
{
	struct message *m = message_create(s, n);
	int err;

	if (m == NULL)
		return -ENOBUFS;
	err = message_fill(m, 0, &x->pieces);
	if (err != 0) {
		message_free(m);
		return err;
	}
	m->cred = x->cred;
	*out = m;
	return 0;
}

/* ---- out ---- */

/* Bytes of a stream; packets may have none. */
static bool has_messages(const struct socket *s)
{
	return s->type == SOCK_STREAM ?
		       urgent_has_bytes(s) :
		       READ_ONCE(s->messages.next) != &s->messages;
}

/* @urgent: an urgent byte is reason enough, to pass it. */
static bool is_readable(const struct socket *s, bool urgent)
{
	if (urgent && READ_ONCE(s->urgent_waits))
		return true;
	return has_messages(s) ||
	       (READ_ONCE(s->shut) & SHUT_READ) || READ_ONCE(s->error) != 0;
}

int socket_wait_readable(struct socket *s, const struct exchange *x,
			 bool urgent, uint64_t deadline)
{
	return socket_wait_result(
		waitq_wait_until(&s->readable,
				 is_readable(s, urgent) || socket_gave_up(s, x),
				 deadline),
		deadline);
}

void message_tell(struct message *m, struct exchange *x)
{
	x->cred = m->cred;
	if (m->rights == NULL)
		return;
	if (x->flags & MSG_PEEK) {
		x->rights = rights_copy(m->rights);
		if (x->rights == NULL)
			x->told |= MSG_CTRUNC;
		return;
	}
	x->rights = m->rights;
	m->rights = NULL;
}

/* The first message, which stays only for who peeks; NULL: there is none. */
static struct message *next_packet(struct socket *s, bool peek)
	REQUIRES(C_socket)
{
	struct list *link = list_first(&s->messages);
	struct message *m;

	if (link == NULL)
		return NULL;
	m = list_entry(link, struct message, link);
	if (!peek)
		socket_remove(s, m);
	return m;
}

/* Under the same lock as the look for a message: one that came before the end
 * is never taken for none.  Datagrams have an end for who would wait only. */
static ssize_t answer_if_empty(const struct socket *s, const struct exchange *x)
	REQUIRES(C_socket)
{
	if (!(s->shut & SHUT_READ))
		return -EAGAIN;
	return !s->ops->connects && (x->flags & MSG_DONTWAIT) ? -EAGAIN : 0;
}

/* What the program gets of @m: bytes, or -EFAULT. */
static ssize_t give_packet(struct socket *s, struct message *m,
			   struct exchange *x)
{
	size_t n = min(message_left(m), x->n);

	if (message_copy(m, m->at, &x->pieces, n) < n)
		return -EFAULT;
	message_tell(m, x);
	if (s->ops->tell != NULL)
		s->ops->tell(s, m, x);
	if (x->name != NULL && s->ops->origin != NULL)
		s->ops->origin(s, m, x->name);
	if (message_left(m) > x->n)
		x->told |= MSG_TRUNC;
	return (ssize_t)(x->flags & MSG_TRUNC ? message_left(m) : n);
}

void socket_name_sender(const struct socket *s, struct socket *sender,
			struct address *a)
{
	sender->ops->name(sender, s, a);
	if (a->len == sizeof(a->family))
		a->len = 0;
}

/* @m, taken out, is the caller's; its sender is told by name. */
static void tell_sender(const struct socket *s, struct message *m,
			struct exchange *x)
{
	if (x->name != NULL && s->ops->origin == NULL)
		socket_name_sender(s, m->sender, x->name);
}

/* One that peeks has the lock for all of it, lest the message be gone. */
static ssize_t peek_packet(struct socket *s, struct exchange *x,
			   struct socket **sender)
{
	struct message *m;
	ssize_t done;

	mutex_lock(&s->lock);
	done = answer_if_empty(s, x);
	m = next_packet(s, true);
	if (m != NULL) {
		done = give_packet(s, m, x);
		socket_get(*sender = m->sender);
	}
	mutex_unlock(&s->lock);
	return done;
}

static ssize_t take_packet(struct socket *s, struct exchange *x)
{
	struct message *m;
	ssize_t done;

	mutex_lock(&s->lock);
	done = answer_if_empty(s, x);
	m = next_packet(s, false);
	mutex_unlock(&s->lock);
	if (m == NULL)
		return done;
	done = give_packet(s, m, x);
	tell_sender(s, m, x);
	message_free(m);
	return done;
}

static ssize_t look_at_packet(struct socket *s, struct exchange *x)
{
	struct socket *sender = NULL;
	ssize_t done = peek_packet(s, x, &sender);

	if (sender == NULL)
		return done;
	if (x->name != NULL && s->ops->origin == NULL)
		socket_name_sender(s, sender, x->name);
	socket_put(sender);
	return done;
}

static ssize_t try_packet(struct socket *s, struct exchange *x)
{
	int err = socket_take_error(s);

	if (err != 0)
		return err;
	return x->flags & MSG_PEEK ? look_at_packet(s, x) : take_packet(s, x);
}

ssize_t packet_receive(struct socket *s, struct exchange *x)
{
	uint64_t deadline = socket_deadline(READ_ONCE(s->receive_timeout));

	return attempt(try_packet(s, x), x->flags & MSG_DONTWAIT,
		       socket_wait_readable(s, x, false, deadline));
}
