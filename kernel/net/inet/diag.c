/*
 * net/inet/diag.c - sockets of TCP and UDP for who asks by netlink (SOCK_DIAG).
 *
 * Told of are those that have a port: of TCP who listens or is connected, and by a state
 * of its own who is only bound; of UDP who is bound.  Nothing is on its way between two:
 * what one has sent the other has.
 */
#include "net/inet/diag_filter.h"
#include "net/inet/inet_internal.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "net/netlink/netlink_internal.h"
#include "vfs/cred.h"

/* As programs lay them out; ports have their high byte first. */
struct diag_id {
	uint8_t local_port[2], remote_port[2];
	uint8_t local[16], remote[16];
	uint32_t interface;
	struct diag_cookie cookie;
};

struct inet_diag_req {
	uint8_t family, protocol, wants, pad;
	uint32_t states;
	struct diag_id id;
};

struct inet_diag_msg {
	uint8_t family, state, timer, retransmits;
	struct diag_id id;
	uint32_t expires, unread, unsent, uid, number;
};

/* Attributes of a request. */
#define ASKED_FILTER 1
#define ASKED_PROTOCOL 3

/* Of an answer; the first eight are told to who wants them, but for the last of
 * these, which is always told. */
enum {
	DIAG_MEMINFO = 1, DIAG_INFO, DIAG_CONGESTION = 4, DIAG_TOS, DIAG_TCLASS,
	DIAG_MEMORY, DIAG_SHUTDOWN, DIAG_V6ONLY = 11, DIAG_MARK = 15,
};

#define TCP_SYN_SENT 2
#define TCP_BOUND 13 /* to ask for it; it is told as TCP_CLOSE */

/* ---- what is told of one ---- */

struct ends {
	struct endpoint local, remote;
};

static struct endpoint somewhere(struct endpoint e)
{
	if (ip_is_any(&e.ip))
		e.ip = ip_is_v4(&e.ip) ? ip_loopback4 : ip_loopback;
	return e;
}

/* Who a stream is with is asked of that one. */
static struct ends ends_of(struct socket *s)
{
	struct inet_socket *i = inet_socket_of(s);
	struct ends e = { port_local(i), port_remote(i) };
	struct socket *peer = s->ops == &tcp_ops ? socket_peer_get(s) : NULL;

	if (peer == NULL)
		return e;
	e.local = somewhere(e.local);
	e.remote = somewhere(port_local(inet_socket_of(peer)));
	socket_put(peer);
	return e;
}

/* 0: it is not told of. */
static unsigned state_of(struct socket *s, const struct socket_facts *f,
			 const struct ends *e)
{
	enum tcp_state state;

	if (f->closed)
		return 0;
	if (s->ops == &udp_ops) {
		if (e->local.port == 0)
			return 0;
		return f->state == SOCKET_CONNECTED ? TCP_ESTABLISHED : TCP_CLOSE;
	}
	if (f->state == SOCKET_CONNECTING && e->remote.port != 0)
		return TCP_SYN_SENT;
	state = inet_tcp_state(s);
	if (state != TCP_CLOSE)
		return state;
	return f->state == SOCKET_IDLE && e->local.port != 0 ? TCP_BOUND : 0;
}

static void put_port(uint8_t to[2], uint16_t port)
{
	to[0] = (uint8_t)(port >> 8);
	to[1] = (uint8_t)port;
}

static void put_ip(uint8_t to[16], const struct ip *ip, int family)
{
	if (family == AF_INET6)
		memcpy(to, ip->byte, sizeof(ip->byte));
	else
		memcpy(to, ip->byte + V4_AT, sizeof(ip->byte) - V4_AT);
}

static struct diag_id id_of(const struct socket *s, const struct ends *e)
{
	struct diag_id id = { .cookie = diag_cookie_of(s) };

	put_port(id.local_port, e->local.port);
	put_port(id.remote_port, e->remote.port);
	put_ip(id.local, &e->local.ip, s->family);
	put_ip(id.remote, &e->remote.ip, s->family);
	return id;
}

/* Of a listener who waits to be accepted, and how many may. */
static void fill_queues(struct inet_diag_msg *body, const struct socket *s,
			const struct socket_facts *f)
{
	if (f->state == SOCKET_LISTENING) {
		body->unread = f->nr_arrivals;
		body->unsent = f->backlog;
	} else {
		body->unread = (uint32_t)(s->ops == &udp_ops ? f->charged : f->bytes);
	}
}

/* Linux numbers the bits of inet_diag_req.wants as the attributes, from 0 on. */
static bool is_asked_for(unsigned wants, unsigned attribute)
{
	return wants & (1U << (attribute - 1));
}

static void put_v6(struct answer *a, struct socket *s, unsigned state, unsigned wants)
{
	bool v6only = inet_is_v6only(inet_socket_of(s));

	if (is_asked_for(wants, DIAG_TCLASS))
		answer_put_u8(a, DIAG_TCLASS, (uint8_t)inet_tclass(inet_socket_of(s)));
	if (state == TCP_LISTEN || state == TCP_CLOSE || state == TCP_BOUND)
		answer_put_u8(a, DIAG_V6ONLY, v6only);
}

static void put_tcp(struct answer *a, unsigned state, unsigned wants)
{
	const struct tcp_info info = { .state = (uint8_t)state };

	if (is_asked_for(wants, DIAG_INFO))
		answer_put(a, DIAG_INFO, &info, sizeof(info));
	if (is_asked_for(wants, DIAG_CONGESTION))
		answer_put_text(a, DIAG_CONGESTION, inet_congestion);
}

static void put_attributes(struct answer *a, struct socket *s,
			   const struct socket_facts *f, unsigned state, unsigned wants)
{
	const uint32_t memory[4] = { (uint32_t)f->charged, 0, 0,
				     (uint32_t)READ_ONCE(s->sent) };

	answer_put_u8(a, DIAG_SHUTDOWN, (uint8_t)f->shut);
	if (is_asked_for(wants, DIAG_TOS))
		answer_put_u8(a, DIAG_TOS, (uint8_t)inet_tos(inet_socket_of(s)));
	if (s->family == AF_INET6)
		put_v6(a, s, state, wants);
	if (cred_can(current_cred(), CAP_NET_ADMIN))
		answer_put_u32(a, DIAG_MARK, 0);
	if (is_asked_for(wants, DIAG_MEMINFO))
		answer_put(a, DIAG_MEMINFO, memory, sizeof(memory));
	if (is_asked_for(wants, DIAG_MEMORY))
		diag_put_memory(a, DIAG_MEMORY, s, f);
	if (s->ops == &tcp_ops)
		put_tcp(a, state, wants);
}

/* ---- which are asked for ---- */

/* What is known of one that is told of. */
struct found {
	struct socket_facts facts;
	struct ends ends;
	unsigned state;
};

/* False: it is of another kind than asked for, or not told of. */
static bool look_at(struct socket *s, const struct inet_diag_req *asked,
		    struct found *out)
{
	const struct socket_ops *ops = asked->protocol == IPPROTO_TCP ? &tcp_ops :
									&udp_ops;

	if (s->family != asked->family || s->ops != ops)
		return false;
	out->facts = socket_facts(s);
	out->ends = ends_of(s);
	out->state = state_of(s, &out->facts, &out->ends);
	return out->state != 0;
}

static void tell(const struct inet_diag_req *asked, struct socket *s,
		 const struct found *found, struct answer *a)
{
	struct inet_diag_msg *body = answer_begin(a, SOCK_DIAG_BY_FAMILY, sizeof(*body));

	*body = (struct inet_diag_msg){
		.family = (uint8_t)s->family,
		.state = (uint8_t)(found->state == TCP_BOUND ? TCP_CLOSE : found->state),
		.id = id_of(s, &found->ends),
		.uid = found->facts.uid,
		.number = found->facts.number,
	};
	fill_queues(body, s, &found->facts);
	put_attributes(a, s, &found->facts, found->state, asked->wants);
}

/* A port of 0 is any. */
static bool has_port(const uint8_t asked[2], uint16_t port)
{
	uint8_t has[2];

	put_port(has, port);
	return (asked[0] == 0 && asked[1] == 0) || memcmp(has, asked, sizeof(has)) == 0;
}

static bool passes_filter(const struct request *r, struct socket *s,
			  const struct found *found)
{
	const struct diag_subject about = {
		.family = s->family,
		.local = found->ends.local,
		.remote = found->ends.remote,
		.port_is_chosen = !READ_ONCE(inet_socket_of(s)->named_port),
	};
	size_t n;
	const void *filter = request_text(r, sizeof(struct inet_diag_req),
					  ASKED_FILTER, &n);

	return filter == NULL || diag_filter_passes(filter, n, &about);
}

static void tell_if_asked(const struct request *r, struct socket *s, struct answer *a)
{
	const struct inet_diag_req *asked = request_body(r, sizeof(*asked));
	struct found found;

	if (look_at(s, asked, &found) && (asked->states & (1U << found.state)) &&
	    has_port(asked->id.local_port, found.ends.local.port) &&
	    has_port(asked->id.remote_port, found.ends.remote.port) &&
	    passes_filter(r, s, &found))
		tell(asked, s, &found, a);
}

static void tell_it(const struct request *r, struct socket *s, struct answer *a)
{
	const struct inet_diag_req *asked = request_body(r, sizeof(*asked));
	struct found found;

	if (look_at(s, asked, &found))
		tell(asked, s, &found, a);
}

/* By both ends, and the cookie. */
static bool is_it(const struct request *r, struct socket *s)
{
	const struct inet_diag_req *asked = request_body(r, sizeof(*asked));
	size_t n = s->family == AF_INET6 ? sizeof(struct ip) : sizeof(struct ip) - V4_AT;
	struct found found;
	struct diag_id id;

	if (!look_at(s, asked, &found))
		return false;
	id = id_of(s, &found.ends);
	return memcmp(id.local_port, asked->id.local_port, sizeof(id.local_port)) == 0 &&
	       memcmp(id.remote_port, asked->id.remote_port, sizeof(id.remote_port)) == 0 &&
	       memcmp(id.local, asked->id.local, n) == 0 &&
	       memcmp(id.remote, asked->id.remote, n) == 0 &&
	       diag_has_cookie(s, &asked->id.cookie);
}

static int tell_one(struct request *r)
{
	struct socket *s = diag_find(r, is_it);

	return s != NULL ? diag_answer(r, s, tell_it) : -ENOENT;
}

static bool has_protocol(const struct request *r, const struct inet_diag_req *asked)
{
	const uint32_t *other = request_attribute(r, sizeof(*asked), ASKED_PROTOCOL,
						  sizeof(*other));
	uint32_t protocol = other != NULL ? *other : asked->protocol;

	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* What stops a dump is told where it ends. */
static int tell_none(struct request *r, int err)
{
	struct answer a;
	int failed = answer_init(&a, r, NLM_F_MULTI);

	if (failed == 0) {
		answer_done(&a, err);
		failed = answer_send(&a);
	}
	answer_free(&a);
	return failed != 0 ? failed : NETLINK_DUMPED;
}

int inet_diag(struct request *r)
{
	const struct inet_diag_req *asked = request_body(r, sizeof(*asked));
	const void *filter;
	int err = 0;
	size_t n;

	if (asked == NULL)
		return -EINVAL;
	if (!(r->head->flags & NLM_F_DUMP))
		return has_protocol(r, asked) ? tell_one(r) : -ENOENT;
	filter = request_text(r, sizeof(*asked), ASKED_FILTER, &n);
	if (filter != NULL)
		err = diag_filter_check(filter, n);
	if (err != 0)
		return err;
	return has_protocol(r, asked) ? dump_begin(r, tell_if_asked) :
					tell_none(r, -ENOENT);
}
