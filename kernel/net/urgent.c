/*
 * net/urgent.c - the urgent byte of a stream: MSG_OOB.
 *
 * The last byte of a send with MSG_OOB is urgent.  Its place in the stream is the
 * mark; a read ends there, if it has anything, and the next one begins behind it.
 * The byte itself belongs to MSG_OOB, or with SO_OOBINLINE to the stream.  Who
 * passes the mark has lost what he has not read.  One is urgent at a time: one that
 * comes while another is still ahead makes that a byte like others.  It is a message
 * of its own, socket.urgent.
 *
 * Of TCP there is one mark.  Its message is in the queue as long as something is
 * before it, and with SO_OOBINLINE.  Otherwise it is taken out when it is the first:
 * the mark is where the queue begins then, and whether there is something to read
 * is what it always is, whether the queue is empty.  A byte that comes then
 * replaces it.
 *
 * Of AF_UNIX the message stays where it is, and a byte that MSG_OOB has taken
 * leaves it there empty, a mark that is no socket.urgent.  So there may be many;
 * those before a byte that is urgent now count as little as on Linux, until that
 * is taken as well.  poll() calls the queue readable for a mark alone.
 *
 * All of it is decided under the receiver's lock: a byte that comes is before a
 * read's look at the queue, or behind it.
 */
#include "net/net_internal.h"

#include "debug/race.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "proc/signal/async.h"

static bool is_inline(const struct socket *s)
{
	return READ_ONCE(s->flags) & SOCKET_OOBINLINE;
}

static bool has_many_marks(const struct socket *s)
{
	return s->family == AF_UNIX;
}

/* Its byte was urgent, and taken.  NULL: there is none. */
static bool is_mark(const struct message *m) REQUIRES(C_socket)
{
	return m != NULL && m->len > 0 && m->at == m->len;
}

/* Of @s the @n'th, of 0 and 1; NULL: there is none. */
static struct message *message_at(const struct socket *s, unsigned n)
	REQUIRES(C_socket)
{
	const struct list *link = s->messages.next;

	for (; n > 0 && link != &s->messages; n--)
		link = link->next;
	return link != &s->messages ? list_entry(link, struct message, link) :
				      NULL;
}

/* Not in the queue, for the mark is where that begins. */
static bool is_apart(const struct socket *s) REQUIRES(C_socket)
{
	return s->urgent != NULL && !list_is_linked(&s->urgent->link);
}

static void set(struct socket *s, struct message *m) REQUIRES(C_socket)
{
	s->urgent = m;
	WRITE_ONCE(s->urgent_waits, m != NULL);
}

bool urgent_is_next(const struct socket *s)
{
	return s->urgent != NULL &&
	       (is_apart(s) || list_first(&s->messages) == &s->urgent->link);
}

/* Nobody's but the caller's now; NULL: it is in the queue, or there is none. */
static struct message *take_apart(struct socket *s) REQUIRES(C_socket)
{
	struct message *m = is_apart(s) ? s->urgent : NULL;

	if (m != NULL)
		set(s, NULL);
	return m;
}

void urgent_place(struct socket *s)
{
	if (has_many_marks(s) || !urgent_is_next(s) ||
	    is_apart(s) != is_inline(s))
		return;
	if (is_inline(s))
		socket_prepend(s, s->urgent);
	else
		socket_remove(s, s->urgent);
}

void urgent_inline_changed(struct socket *s)
{
	mutex_lock(&s->lock);
	urgent_place(s);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->readable);
}

void urgent_pass(struct socket *s, struct list *over)
{
	struct message *m = take_apart(s);

	if (m != NULL)
		list_push_back(over, &m->link);
}

void urgent_end(struct socket *s, struct list *over)
{
	urgent_pass(s, over);
	set(s, NULL);
}

void urgent_was_read(struct socket *s, const struct message *m)
{
	if (m == s->urgent)
		set(s, NULL);
}

/* ---- it comes ---- */

/*
 * It has not been closed, so its file is there, and the file's owner, though the
 * last reference may have gone a moment ago: the release waits for our lock.
 */
static void tell_owner(struct socket *s) REQUIRES(C_socket)
{
	if (s->file != NULL)
		async_tell_urgent(s->file);
}

int urgent_deliver(struct socket *to, struct message *m)
{
	struct message *older = NULL;
	bool takes;

	mutex_lock(&to->lock);
	takes = socket_takes(to, m->sender);
	if (takes) {
		older = take_apart(to);
		held_add(to, m, false);
		set(to, m);
		urgent_place(to);
		tell_owner(to);
	}
	mutex_unlock(&to->lock);
	race_point(urgent_come, to);
	if (!takes)
		return -EPIPE;
	if (older != NULL)
		message_free(older);
	waitq_wake_all(&to->readable);
	return 0;
}

/* ---- it is read ---- */

static int why_no_urgent(const struct socket *s) REQUIRES(C_socket)
{
	if (s->state == SOCKET_LISTENING)
		return s->ops->not_connected;
	if (is_inline(s) || !s->urgent_waits)
		return -EINVAL;
	return s->state == SOCKET_RESET && s->family != AF_UNIX &&
	       !(s->shut & SHUT_CAME) ? -ENOTCONN : 0;
}

/* Two marks with nothing between are one. */
static void join_marks(struct socket *s, struct message *m, struct list *over)
	REQUIRES(C_socket)
{
	struct message *before = list_entry(m->link.prev, struct message, link);

	if (m->link.prev == &s->messages || !is_mark(before))
		return;
	stream_consume(s, before, 0);
	list_push_back(over, &before->link);
}

/* The byte was read: of TCP its message is the mark, and socket.urgent, still. */
static void take(struct socket *s, struct list *over) REQUIRES(C_socket)
{
	struct message *m = s->urgent;

	if (!has_many_marks(s)) {
		WRITE_ONCE(s->urgent_waits, false);
		return;
	}
	set(s, NULL);
	m->at = m->len;
	WRITE_ONCE(s->bytes, s->bytes - m->len);
	join_marks(s, m, over);
}

/* With no room for it the byte is one of AF_UNIX all the same. */
static ssize_t give(const struct socket *s, struct exchange *x)
	REQUIRES(C_socket)
{
	bool is_unix = s->family == AF_UNIX;
	size_t n = min(x->n, 1UL);
	bool copies = n > 0 && (is_unix || !(x->flags & MSG_TRUNC));

	x->told |= MSG_OOB;
	if (copies && message_copy(s->urgent, 0, &x->pieces, 1) == 0)
		return -EFAULT;
	if (is_unix)
		return 1;
	if (n == 0)
		x->told |= MSG_TRUNC;
	return (ssize_t)n;
}

ssize_t urgent_receive(struct socket *s, struct exchange *x)
{
	struct list over = LIST_INIT(over);
	ssize_t done;

	mutex_lock(&s->lock);
	done = why_no_urgent(s);
	if (done == 0) {
		done = give(s, x);
		if (!(x->flags & MSG_PEEK))
			take(s, &over);
	}
	mutex_unlock(&s->lock);
	messages_free(&over);
	return done;
}

/* ---- a read comes to it ---- */

bool urgent_ends_read(const struct socket *s, const struct message *m)
{
	return m == s->urgent || (is_mark(m) && s->urgent == NULL);
}

bool urgent_is_passed(const struct socket *s, const struct message *m)
{
	return is_mark(m) || (m == s->urgent && !is_inline(s));
}

bool urgent_has_bytes(const struct socket *s)
{
	bool one_is_urgent = has_many_marks(s) && !is_inline(s) &&
			     READ_ONCE(s->urgent_waits);

	return READ_ONCE(s->bytes) > one_is_urgent;
}

bool urgent_is_unread(const struct list *messages)
{
	const struct message *m;

	list_for_each_entry(m, messages, link)
		if (!is_mark(m))
			return true;
	return false;
}

/* ---- where it is ---- */

/* One before the urgent byte is not at it, but where nothing is between. */
static bool is_at_empty_mark(const struct socket *s) REQUIRES(C_socket)
{
	return is_mark(message_at(s, 0)) &&
	       (s->urgent == NULL || message_at(s, 1) == s->urgent);
}

bool urgent_is_at_mark(struct socket *s)
{
	bool is;

	mutex_lock(&s->lock);
	is = urgent_is_next(s) || is_at_empty_mark(s);
	mutex_unlock(&s->lock);
	return is;
}

size_t urgent_bytes_before(const struct socket *s)
{
	const struct message *m;
	size_t n = 0;

	if (s->urgent == NULL || is_inline(s) || has_many_marks(s))
		return s->bytes;
	if (is_apart(s))
		return 0;
	list_for_each_entry(m, &s->messages, link) {
		if (m == s->urgent)
			break;
		n += m->len - m->at;
	}
	return n;
}
