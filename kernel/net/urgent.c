/*
 * net/urgent.c - the urgent byte of a stream of TCP: MSG_OOB.
 *
 * The last byte of a send with MSG_OOB is urgent.  Its place in the stream is the
 * mark; a read ends there, if it has anything, and the next one begins behind it.
 * The byte itself belongs to MSG_OOB, or with SO_OOBINLINE to the stream.  Who
 * passes the mark has lost what he has not read.  There is one at a time: one that
 * comes while another is still ahead makes that a byte like others, and one that
 * comes at the mark replaces it.
 *
 * It is a message of its own, socket.urgent.  That is in the queue as long as
 * something is before it, and with SO_OOBINLINE.  Otherwise it is taken out when
 * it is the first: the mark is where the queue begins then, and whether there is
 * something to read is what it always is, whether the queue is empty.
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
	if (!urgent_is_next(s) || is_apart(s) != is_inline(s))
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
 * The file of @s, with a reference, if it has one.  It has not been closed, so
 * the file's memory is there, though its last reference may have gone a moment
 * ago: its release waits for our lock.
 */
static struct file *file_of(struct socket *s) REQUIRES(C_socket)
{
	return s->file != NULL && refcount_try_get(&s->file->refs) ? s->file :
								     NULL;
}

static void tell(struct file *f)
{
	if (f == NULL)
		return;
	async_tell_urgent(f);
	file_put(f);
}

int urgent_deliver(struct socket *to, struct message *m)
{
	struct message *older = NULL;
	struct file *f = NULL;
	bool takes;

	mutex_lock(&to->lock);
	takes = socket_takes(to);
	if (takes) {
		older = take_apart(to);
		held_add(to, m, false);
		set(to, m);
		urgent_place(to);
		f = file_of(to);
	}
	mutex_unlock(&to->lock);
	race_point(urgent_come, to);
	if (!takes)
		return -EPIPE;
	if (older != NULL)
		message_free(older);
	tell(f);
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
	return s->state == SOCKET_RESET && !(s->shut & SHUT_CAME) ? -ENOTCONN : 0;
}

static ssize_t give(struct socket *s, struct exchange *x) REQUIRES(C_socket)
{
	size_t n = min(x->n, 1UL);

	if (!(x->flags & MSG_PEEK))
		WRITE_ONCE(s->urgent_waits, false);
	x->told |= MSG_OOB;
	if (n == 0)
		x->told |= MSG_TRUNC;
	else if (!(x->flags & MSG_TRUNC) &&
		 message_copy(s->urgent, 0, &x->pieces, 1) == 0)
		return -EFAULT;
	return (ssize_t)n;
}

ssize_t urgent_receive(struct socket *s, struct exchange *x)
{
	ssize_t done;

	mutex_lock(&s->lock);
	done = why_no_urgent(s);
	if (done == 0)
		done = give(s, x);
	mutex_unlock(&s->lock);
	return done;
}

/* ---- where it is ---- */

bool urgent_is_at_mark(struct socket *s)
{
	bool is;

	mutex_lock(&s->lock);
	is = urgent_is_next(s);
	mutex_unlock(&s->lock);
	return is;
}

size_t urgent_bytes_before(const struct socket *s)
{
	const struct message *m;
	size_t n = 0;

	if (s->urgent == NULL || is_inline(s))
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
