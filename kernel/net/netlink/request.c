/*
 * net/netlink/request.c - what the kernel is asked, one after the other.
 *
 * A datagram was copied before it is looked at: what was checked is what is used.
 * It may have several requests, and ends where the length of one makes no sense.
 */
#include "net/netlink/netlink_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"

#define ALIGN 4U

/* As programs lay it out; so many bytes with this. */
struct attribute {
	uint16_t len, type;
};

#define TYPE_MASK 0x3fffU /* the other bits say how it is written */

/* ---- parts of one ---- */

const void *request_body(const struct request *r, size_t n)
{
	return r->head->len >= sizeof(*r->head) + n ? r->head + 1 : NULL;
}

const void *request_text(const struct request *r, size_t body, unsigned type,
			 size_t *n)
{
	const char *bytes = (const char *)r->head;
	size_t at = sizeof(*r->head) + align_up(body, ALIGN);

	while (at + sizeof(struct attribute) <= r->head->len) {
		const struct attribute *a = (const void *)(bytes + at);

		if (a->len < sizeof(*a) || a->len > r->head->len - at)
			break;
		*n = a->len - sizeof(*a);
		if ((a->type & TYPE_MASK) == type)
			return a + 1;
		at += align_up((size_t)a->len, ALIGN);
	}
	return NULL;
}

const void *request_attribute(const struct request *r, size_t body, unsigned type,
			      size_t n)
{
	size_t has;
	const void *data = request_text(r, body, type, &has);

	return data != NULL && has >= n ? data : NULL;
}

int request_refuse(struct request *r, int err, const char *why)
{
	r->why = why;
	return err;
}

/* ---- all of them ---- */

/* What is no request, or is below those of any protocol, is done. */
static int do_one(struct request *r)
{
	if (!(r->head->flags & NLM_F_REQUEST) || r->head->type < NLMSG_MIN_TYPE)
		return 0;
	return r->from->kind->ask(r);
}

/* What was dumped says itself that it is over. */
static void do_and_tell(struct request *r)
{
	int err = do_one(r);

	if (err < 0 || (err == 0 && (r->head->flags & NLM_F_ACK)))
		answer_ack(r, err);
}

static void do_all(struct netlink_socket *n, uint32_t port, const char *bytes,
		   size_t left)
{
	const struct netlink_header *head;
	size_t len;

	for (; left >= sizeof(*head); bytes += len, left -= len) {
		head = (const void *)bytes;
		if (head->len < sizeof(*head) || head->len > left)
			return;
		do_and_tell(&(struct request){ .from = n, .port = port, .head = head });
		len = min(align_up((size_t)head->len, ALIGN), left);
		cond_resched();
	}
}

/* An acknowledgement has room for it, too. */
#define REQUESTS_MAX (KMALLOC_MAX - PAGE_SIZE)

/* Its bytes in one piece; NULL: no memory. */
static char *copy_of(const struct message *m)
{
	char *bytes = m->len <= REQUESTS_MAX ? kmalloc(m->len) : NULL;

	if (bytes != NULL)
		message_read(m, 0, bytes, m->len);
	return bytes;
}

int netlink_ask(struct netlink_socket *n, struct message *m)
{
	char *bytes;

	if (n->kind->ask == NULL) {
		message_free(m);
		return -ECONNREFUSED;
	}
	bytes = copy_of(m);
	if (bytes != NULL)
		do_all(n, m->from, bytes, m->len);
	kfree(bytes);
	message_free(m);
	return bytes != NULL ? 0 : -ENOBUFS;
}
