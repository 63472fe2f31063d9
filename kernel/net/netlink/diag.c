/*
 * net/netlink/diag.c - NETLINK_SOCK_DIAG: which sockets there are, for ss(8).
 *
 * A request has a family first, which says what follows.  What is told of a socket was
 * true of it at a moment; of two it need not be the same.
 */
#include "net/netlink/netlink_internal.h"

#include "lib/errno.h"
#include "mm/page.h"

#define AF_MAX 46
#define TCPDIAG_GETSOCK 18 /* before there was more than TCP */
#define SOCK_DESTROY 21

struct diag_cookie diag_cookie_of(const struct socket *s)
{
	return (struct diag_cookie){ { (uint32_t)s->serial,
				       (uint32_t)(s->serial >> 32) } };
}

bool diag_has_cookie(const struct socket *s, const struct diag_cookie *c)
{
	struct diag_cookie own = diag_cookie_of(s);

	if (c->word[0] == UINT32_MAX && c->word[1] == UINT32_MAX)
		return true;
	return c->word[0] == own.word[0] && c->word[1] == own.word[1];
}

/* As many, and in this order. */
struct memory {
	uint32_t received, receive_buffer, sent, send_buffer;
	uint32_t ahead, queued, options, backlog, drops;
};

void diag_put_memory(struct answer *a, unsigned type, struct socket *s,
		     const struct socket_facts *f)
{
	const struct memory m = {
		.received = (uint32_t)f->charged,
		.receive_buffer = READ_ONCE(s->receive_buffer),
		.sent = (uint32_t)READ_ONCE(s->sent),
		.send_buffer = READ_ONCE(s->send_buffer),
	};

	answer_put(a, type, &m, sizeof(m));
}

struct socket *diag_find(const struct request *r,
			 bool (*is_wanted)(const struct request *r, struct socket *s))
{
	struct census_walk w;
	struct socket *s;

	census_walk_begin(&w);
	while ((s = census_walk_next(&w)) != NULL && !is_wanted(r, s)) {
		socket_put(s);
		cond_resched();
	}
	census_walk_end(&w);
	return s;
}

int diag_answer(struct request *r, struct socket *s, teller_of_one tell_it)
{
	struct answer a;
	int err = answer_init_long(&a, r, 0, DUMP_MOST);

	if (err == 0) {
		tell_it(r, s, &a);
		err = a.n != 0 ? answer_send(&a) : -ENOENT;
	}
	answer_free(&a);
	socket_put(s);
	return err;
}

static int ask_family(struct request *r, unsigned family)
{
	switch (family) {
	case AF_UNIX:
		return unix_diag(r);
	case AF_INET:
	case AF_INET6:
		return inet_diag(r);
	}
	return family < AF_MAX ? -ENOENT : -EINVAL;
}

int diag_ask(struct request *r)
{
	const struct {
		uint8_t family, protocol;
	} *asked = request_body(r, sizeof(*asked));

	switch (r->head->type) {
	case SOCK_DIAG_BY_FAMILY:
		return asked != NULL ? ask_family(r, asked->family) : -EINVAL;
	case TCPDIAG_GETSOCK:
	case TCPDIAG_GETSOCK + 1:
	case SOCK_DESTROY:
		return -EOPNOTSUPP;
	}
	return -EINVAL;
}
