/*
 * net/netlink/dump.c - long answers, in parts.
 *
 * There may be more sockets than SO_RCVBUF has room for what there is to say of them.
 * So who asks gets as much as half of it takes, and the rest when he reads: each read
 * makes the next parts, in the call that reads.  A part is what a page has room for, or
 * one socket that takes more.  A dump is over with its last part, or with its socket.
 *
 * Parts are made by one thread at a time, whose turn it is.  What could go wrong, and
 * why it does not:
 *
 *	one reads a part that	with the part, under one lock, came the end of the
 *	another has just made	turn: he finds that the next is his to make
 *	one reads that all is	the same: with that the dump was over, and there may be
 *	told, and asks anew	another
 *	one reads, while		who makes a part sees, when it is there, what has room
 *	another makes a part	then, and goes on
 *	the socket is closed	nobody calls for it: no turn is under way
 *	sockets come and go	each that was there at the beginning and is there when
 *				its turn comes is told once (net/census.c)
 */
#include "net/netlink/netlink_internal.h"

#include "debug/race.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

/*
 *	(c)	constant
 *	(t)	whose turn it is
 */
struct dump {
	struct request request; /* (c) its head is below */
	struct census_walk walk; /* (t) */
	teller_of_one tell;     /* (c) */
	char head[];            /* (c) */
};

static struct dump *make(const struct request *r, teller_of_one tell)
{
	struct dump *d = kzalloc(sizeof(*d) + r->head->len);

	if (d == NULL)
		return NULL;
	memcpy(d->head, r->head, r->head->len);
	d->request = (struct request){ .from = r->from, .port = r->port,
				       .head = (const void *)d->head };
	d->tell = tell;
	census_walk_begin(&d->walk);
	return d;
}

static void free_dump(struct dump *d)
{
	census_walk_end(&d->walk);
	kfree(d);
}

/* ---- turns ---- */

/* The dump of @n, of which one more part may be made; or NULL. */
static struct dump *begin_turn(struct netlink_socket *n)
{
	struct socket *s = &n->socket;
	struct dump *d = NULL;

	mutex_lock(&s->lock);
	if (n->dump != NULL && !n->dump_in_turn &&
	    s->charged <= READ_ONCE(s->receive_buffer) / 2) {
		d = n->dump;
		n->dump_in_turn = true;
	}
	mutex_unlock(&s->lock);
	return d;
}

/* With what comes of it, or NULL: there is no memory. */
static void end_turn(struct netlink_socket *n, struct message *part, bool over)
{
	struct socket *s = &n->socket;

	mutex_lock(&s->lock);
	if (part != NULL)
		netlink_append(n, part);
	n->dump_in_turn = false;
	if (over)
		WRITE_ONCE(n->dump, NULL);
	mutex_unlock(&s->lock);
	waitq_wake_all(&s->readable);
	if (over)
		race_point(dump_told, s);
}

/* ---- parts ---- */

/* As many as have room; false: that was the last of them. */
static bool tell_some(struct dump *d, struct answer *a)
{
	struct socket *s;

	while (a->n < PAGE_SIZE) {
		s = census_walk_next(&d->walk);
		if (s == NULL)
			return false;
		d->tell(&d->request, s, a);
		socket_put(s);
		cond_resched();
	}
	return true;
}

/* NULL: no memory; *@over: it is the last. */
static struct message *make_part(struct dump *d, bool *over)
{
	struct message *part = NULL;
	struct answer a;

	*over = true;
	if (answer_init_long(&a, &d->request, NLM_F_MULTI, PAGE_SIZE + DUMP_MOST) == 0) {
		*over = !tell_some(d, &a);
		if (*over)
			answer_done(&a, 0);
		part = answer_message(&a);
	}
	answer_free(&a);
	return part;
}

/* Without a part it is over, and who asks learns that not all is there. */
static void take_turn(struct netlink_socket *n, struct dump *d)
{
	struct message *part;
	bool over;

	part = make_part(d, &over);
	over |= part == NULL;
	end_turn(n, part, over);
	if (part == NULL)
		netlink_overran(n);
	if (over)
		free_dump(d);
}

void dump_go_on(struct netlink_socket *n)
{
	struct dump *d;

	if (READ_ONCE(n->dump) == NULL)
		return;
	while ((d = begin_turn(n)) != NULL)
		take_turn(n, d);
}

int dump_begin(struct request *r, teller_of_one tell)
{
	struct netlink_socket *n = r->from;
	struct dump *d = make(r, tell);
	bool busy;

	if (d == NULL)
		return -ENOBUFS;
	mutex_lock(&n->socket.lock);
	busy = n->dump != NULL;
	if (!busy)
		WRITE_ONCE(n->dump, d);
	mutex_unlock(&n->socket.lock);
	race_point(dump_asked, &n->socket);
	if (busy) {
		free_dump(d);
		return -EBUSY;
	}
	dump_go_on(n);
	return NETLINK_DUMPED;
}

void dump_end(struct netlink_socket *n)
{
	struct dump *d;

	mutex_lock(&n->socket.lock);
	d = n->dump;
	WRITE_ONCE(n->dump, NULL);
	mutex_unlock(&n->socket.lock);
	if (d != NULL)
		free_dump(d);
}
