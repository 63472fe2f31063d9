/*
 * net/netlink/answer.c - what the kernel says: messages with attributes.
 *
 * All that is said to one request is one datagram, but for what dump.c has in parts:
 * there is one interface, and what there is to tell of it has room in the buffer that
 * any program has which knows netlink, of a page.
 */
#include "net/netlink/netlink_internal.h"

#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#define ALIGN 4U

/* Attributes of an acknowledgement. */
#define NLMSGERR_ATTR_MSG 1U

int answer_init_long(struct answer *a, struct request *to, unsigned flags, size_t room)
{
	*a = (struct answer){ .to = to, .flags = flags, .room = room };
	a->bytes = kmalloc(room);
	return a->bytes != NULL ? 0 : -ENOBUFS;
}

int answer_init(struct answer *a, struct request *to, unsigned flags)
{
	return answer_init_long(a, to, flags, PAGE_SIZE);
}

void answer_free(struct answer *a)
{
	kfree(a->bytes);
}

/* @n bytes more, which are zero, and so what follows them is aligned. */
static void *extend(struct answer *a, size_t n)
{
	void *at = a->bytes + a->n;
	size_t aligned = align_up(n, ALIGN);

	assert(aligned <= a->room - a->n);
	memset(at, 0, aligned);
	a->n += aligned;
	return at;
}

static struct netlink_header *last_of(struct answer *a)
{
	return (struct netlink_header *)(a->bytes + a->begin);
}

void *answer_begin(struct answer *a, unsigned type, size_t body)
{
	struct netlink_header *head;

	a->begin = a->n;
	head = extend(a, sizeof(*head) + body);
	*head = (struct netlink_header){
		.len = (uint32_t)(a->n - a->begin),
		.type = (uint16_t)type,
		.flags = (uint16_t)a->flags,
		.seq = a->to->head->seq,
		.port = a->to->port,
	};
	return head + 1;
}

void answer_put(struct answer *a, unsigned type, const void *data, size_t n)
{
	uint16_t *head = extend(a, 2 * sizeof(*head) + n);

	head[0] = (uint16_t)(2 * sizeof(*head) + n);
	head[1] = (uint16_t)type;
	memcpy(head + 2, data, n);
	last_of(a)->len = (uint32_t)(a->n - a->begin);
}

void answer_put_u8(struct answer *a, unsigned type, uint8_t value)
{
	answer_put(a, type, &value, sizeof(value));
}

void answer_put_u32(struct answer *a, unsigned type, uint32_t value)
{
	answer_put(a, type, &value, sizeof(value));
}

void answer_put_text(struct answer *a, unsigned type, const char *text)
{
	answer_put(a, type, text, strlen(text) + 1);
}

/* In words, if there are some, and they are wanted. */
static void put_why(struct answer *a)
{
	const struct request *r = a->to;

	if (r->why == NULL || !netlink_has_flag(r->from, NETLINK_WANTS_WHY))
		return;
	last_of(a)->flags |= NLM_F_ACK_TLVS;
	answer_put_text(a, NLMSGERR_ATTR_MSG, r->why);
}

void answer_done(struct answer *a, int err)
{
	int *body = answer_begin(a, NLMSG_DONE, sizeof(*body));

	*body = err;
	put_why(a);
}

/* A message of @n bytes from the kernel to who has asked; NULL: no memory. */
static struct message *message_for(struct request *r, size_t n)
{
	struct message *m = message_create(&r->from->socket, n);

	if (m != NULL)
		m->cred = (struct ucred){ 0 };
	return m;
}

struct message *answer_message(struct answer *a)
{
	struct message *m = message_for(a->to, a->n);

	if (m != NULL)
		message_write(m, 0, a->bytes, a->n);
	return m;
}

int answer_send(struct answer *a)
{
	struct message *m = answer_message(a);

	if (m == NULL)
		return -ENOBUFS;
	netlink_give(a->to->from, m);
	return 0;
}

/* ---- acknowledgements ---- */

struct ack {
	int err;
	struct netlink_header request; /* the rest of it follows, if it was refused */
};

static size_t size_of_why(const struct request *r)
{
	return r->why != NULL ? 2 * sizeof(uint16_t) + strlen(r->why) + 1 : 0;
}

/* @told bytes of the request are in it. */
static int send_ack(struct request *r, int err, size_t told)
{
	size_t body = sizeof(struct ack) - sizeof(*r->head) + told;
	struct answer a;
	struct ack *ack;
	int failed = answer_init_long(&a, r, told == sizeof(*r->head) ? NLM_F_CAPPED : 0,
			  sizeof(*r->head) + align_up(body, ALIGN) +
				  align_up(size_of_why(r), ALIGN));

	if (failed == 0) {
		ack = answer_begin(&a, NLMSG_ERROR, body);
		ack->err = err;
		memcpy(&ack->request, r->head, told);
		put_why(&a);
		failed = answer_send(&a);
	}
	answer_free(&a);
	return failed;
}

void answer_ack(struct request *r, int err)
{
	bool caps = netlink_has_flag(r->from, NETLINK_CAPS_ACKS);
	size_t told = err == 0 || caps ? sizeof(*r->head) : r->head->len;

	if (send_ack(r, err, told) != 0)
		netlink_overran(r->from);
}
