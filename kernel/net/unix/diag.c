/*
 * net/unix/diag.c - sockets of AF_UNIX for who asks by netlink (SOCK_DIAG).
 *
 * A socket is told of, and asked for, by the number of its file; who waits to be
 * accepted has none yet, and is told of with his listener.
 */
#include "net/unix/unix_internal.h"

#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "net/netlink/netlink_internal.h"
#include "vfs/inode.h"

/* As programs lay them out. */
struct unix_diag_req {
	uint8_t family, protocol;
	uint16_t pad;
	uint32_t states, number, show;
	struct diag_cookie cookie;
};

struct unix_diag_msg {
	uint8_t family, type, state, pad;
	uint32_t number;
	struct diag_cookie cookie;
};

#define SHOW_NAME 1U
#define SHOW_VFS 2U
#define SHOW_PEER 4U
#define SHOW_ARRIVALS 8U
#define SHOW_QUEUES 0x10U
#define SHOW_MEMORY 0x20U
#define SHOW_UID 0x40U

enum { DIAG_NAME, DIAG_VFS, DIAG_PEER, DIAG_ARRIVALS, DIAG_QUEUES, DIAG_MEMORY,
       DIAG_SHUTDOWN, DIAG_UID };

/* By the numbers of TCP's; one whose peer is gone is as it was. */
static unsigned state_of(const struct socket_facts *f)
{
	static const uint8_t states[] = {
		[SOCKET_IDLE] = 7,
		[SOCKET_CONNECTING] = 2,
		[SOCKET_LISTENING] = 10,
		[SOCKET_CONNECTED] = 1,
		[SOCKET_RESET] = 1,
	};

	return states[f->state];
}

static void put_peer(struct answer *a, struct socket *s)
{
	struct socket *peer = socket_peer_get(s);

	if (peer == NULL)
		return;
	answer_put_u32(a, DIAG_PEER, socket_facts(peer).number);
	socket_put(peer);
}

/* References to those that wait at @s, as many as have room in @arrivals: how many. */
static unsigned get_arrivals(struct socket *s, struct socket **arrivals, unsigned room)
{
	struct socket *one;
	unsigned n = 0;

	mutex_lock(&s->lock);
	list_for_each_entry(one, &s->arrivals, arrival) {
		if (n == room)
			break;
		socket_get(one);
		arrivals[n++] = one;
	}
	mutex_unlock(&s->lock);
	return n;
}

static uint32_t number_of_peer(struct socket *s)
{
	struct socket *peer = socket_peer_get(s);
	uint32_t number = 0;

	if (peer != NULL) {
		number = socket_facts(peer).number;
		socket_put(peer);
	}
	return number;
}

/* Who has connected, in the place of each; where there is no memory for that, nobody. */
static void put_arrivals(struct answer *a, struct socket *s, unsigned room)
{
	struct socket **arrivals = kmalloc((room + 1) * sizeof(*arrivals));
	uint32_t *numbers = kmalloc((room + 1) * sizeof(*numbers));
	unsigned n = 0;

	if (arrivals != NULL && numbers != NULL)
		n = get_arrivals(s, arrivals, room);
	for (unsigned i = 0; i < n; i++) {
		numbers[i] = number_of_peer(arrivals[i]);
		socket_put(arrivals[i]);
	}
	if (numbers != NULL)
		answer_put(a, DIAG_ARRIVALS, numbers, n * sizeof(*numbers));
	kfree(arrivals);
	kfree(numbers);
}

/* Bytes that can be read: of datagrams those of the next. */
static uint32_t bytes_of(struct socket *s, const struct socket_facts *f)
{
	const struct list *link;
	size_t n = 0;

	if (s->type != SOCK_DGRAM)
		return (uint32_t)f->bytes;
	mutex_lock(&s->lock);
	link = list_first(&s->messages);
	if (link != NULL)
		n = list_entry(link, struct message, link)->len;
	mutex_unlock(&s->lock);
	return (uint32_t)n;
}

static void put_queues(struct answer *a, struct socket *s, const struct socket_facts *f)
{
	bool listens = f->state == SOCKET_LISTENING;
	const uint32_t queues[2] = {
		listens ? f->nr_arrivals : bytes_of(s, f),
		listens ? f->backlog : (uint32_t)READ_ONCE(s->sent),
	};

	answer_put(a, DIAG_QUEUES, queues, sizeof(queues));
}

/* What it is called, and where its name is. */
static void put_name(struct answer *a, struct socket *s, unsigned show)
{
	struct unix_place at;

	unix_tell_place(s, &at);
	if ((show & SHOW_NAME) && at.has_name)
		answer_put(a, DIAG_NAME, at.name.bytes + sizeof(at.name.family),
			   at.name.len - sizeof(at.name.family));
	if ((show & SHOW_VFS) && at.has_inode)
		answer_put(a, DIAG_VFS, at.inode, sizeof(at.inode));
}

static void put_all(struct answer *a, struct socket *s, const struct socket_facts *f,
		    unsigned show)
{
	put_name(a, s, show);
	if (show & SHOW_PEER)
		put_peer(a, s);
	if ((show & SHOW_ARRIVALS) && f->state == SOCKET_LISTENING)
		put_arrivals(a, s, f->nr_arrivals);
	if (show & SHOW_QUEUES)
		put_queues(a, s, f);
	if (show & SHOW_MEMORY)
		diag_put_memory(a, DIAG_MEMORY, s, f);
	answer_put_u8(a, DIAG_SHUTDOWN, (uint8_t)f->shut);
	if (show & SHOW_UID)
		answer_put_u32(a, DIAG_UID, f->uid);
}

static void tell(const struct request *r, struct socket *s, struct answer *a)
{
	const struct unix_diag_req *asked = request_body(r, sizeof(*asked));
	struct socket_facts f = socket_facts(s);
	struct unix_diag_msg *body;

	if (f.number == 0)
		return;
	body = answer_begin(a, SOCK_DIAG_BY_FAMILY, sizeof(*body));
	*body = (struct unix_diag_msg){
		.family = AF_UNIX,
		.type = (uint8_t)s->type,
		.state = (uint8_t)state_of(&f),
		.number = f.number,
		.cookie = diag_cookie_of(s),
	};
	put_all(a, s, &f, asked->show);
}

/* One in a state that is asked for. */
static void tell_if_asked(const struct request *r, struct socket *s, struct answer *a)
{
	const struct unix_diag_req *asked = request_body(r, sizeof(*asked));
	struct socket_facts f;

	if (s->family != AF_UNIX)
		return;
	f = socket_facts(s);
	if (asked->states & (1U << state_of(&f)))
		tell(r, s, a);
}

static bool is_it(const struct request *r, struct socket *s)
{
	const struct unix_diag_req *asked = request_body(r, sizeof(*asked));

	return s->family == AF_UNIX && socket_facts(s).number == asked->number;
}

static int tell_one(struct request *r, const struct unix_diag_req *asked)
{
	struct socket *s;

	if (asked->number == 0)
		return -EINVAL;
	s = diag_find(r, is_it);
	if (s == NULL)
		return -ENOENT;
	if (diag_has_cookie(s, &asked->cookie))
		return diag_answer(r, s, tell);
	socket_put(s);
	return -ESTALE;
}

int unix_diag(struct request *r)
{
	const struct unix_diag_req *asked = request_body(r, sizeof(*asked));

	if (asked == NULL)
		return -EINVAL;
	return r->head->flags & NLM_F_DUMP ? dump_begin(r, tell_if_asked) :
					     tell_one(r, asked);
}
