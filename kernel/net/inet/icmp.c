/*
 * net/inet/icmp.c - the machine answers an echo request, as `ping` sends it, by
 * the same packet the other way.
 */
#include "net/inet/ip.h"

#include "lib/string.h"

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8 };

#define TTL 64

static struct icmp_header *header_of(const struct message *m)
{
	struct ip_header *h = message_head(m);

	return (void *)((char *)h + ip_header_length(h));
}

static bool is_echo_request(const struct message *m)
{
	size_t at = ip_header_length(message_head(m));

	return m->len >= at + sizeof(struct icmp_header) &&
	       header_of(m)->type == ECHO_REQUEST &&
	       ip_checksum_of(m, at) == 0;
}

/* From whom it was for, to who has sent it. */
static void turn_round(struct message *m)
{
	struct ip_header *h = message_head(m);
	uint8_t from[sizeof(h->from)];

	memcpy(from, h->from, sizeof(from));
	memcpy(h->from, h->to, sizeof(from));
	memcpy(h->to, from, sizeof(from));
	h->ttl = TTL;
	ip_finish(m);
}

bool icmp_is_echo_reply(const struct message *m, uint16_t *id)
{
	size_t at = ip_header_length(message_head(m));

	if (m->len < at + sizeof(struct icmp_header) ||
	    header_of(m)->type != ECHO_REPLY || header_of(m)->code != 0 ||
	    ip_checksum_of(m, at) != 0)
		return false;
	*id = (uint16_t)(header_of(m)->id[0] << 8 | header_of(m)->id[1]);
	return true;
}

bool icmp_is_request(const struct message *m, size_t at, int family)
{
	struct icmp_header h;

	message_read(m, at, &h, sizeof(h));
	return h.type == (family == AF_INET ? ECHO_REQUEST : ECHO_REQUEST6) &&
	       h.code == 0;
}

void icmp_finish_request(struct message *m, size_t at, uint16_t id)
{
	struct icmp_header h;

	message_read(m, at, &h, sizeof(h));
	ip_put_number(h.id, id);
	ip_put_number(h.checksum, 0);
	message_write(m, at, &h, sizeof(h));
	ip_put_number(h.checksum, ip_checksum_of(m, at));
	message_write(m, at, &h, sizeof(h));
}

struct message *icmp_answer(const struct message *m)
{
	struct message *answer = is_echo_request(m) ? message_clone(m) : NULL;
	struct icmp_header *h;

	if (answer == NULL)
		return NULL;
	h = header_of(answer);
	h->type = ECHO_REPLY;
	ip_put_number(h->checksum, 0);
	ip_put_number(h->checksum,
		      ip_checksum_of(answer, ip_header_length(message_head(answer))));
	turn_round(answer);
	return answer;
}
