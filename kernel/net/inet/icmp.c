/*
 * net/inet/icmp.c - the machine answers an echo request, as `ping` sends it, by
 * the same packet the other way.
 */
#include "net/inet/ip.h"

#include "lib/string.h"

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8 };

#define TTL 64

struct icmp_header {
	uint8_t type, code;
	uint8_t checksum[2];
	uint8_t id[2], sequence[2];
};

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
