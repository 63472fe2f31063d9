#pragma once

/*
 * net/netlink/netlink_internal.h - AF_NETLINK: programs ask the kernel by messages.
 *
 * A datagram is one request or more.  The kernel answers in the call that sends
 * it: what it says is in the sender's queue when the call is over.  So the answers
 * are the asker's, who pays for them, and SO_RCVBUF bounds those that nobody has
 * read: what has no room is lost, and ENOBUFS tells (netlink(7)).
 *
 *	netlink.c	sockets
 *	port.c		who has which port, and is in which group
 *	queue.c		what comes to one
 *	letter.c	what other parts of the kernel will have to say to one
 *	request.c	what the kernel is asked, one by one, and acknowledgements
 *	answer.c	what it says: messages and their attributes
 *	dump.c		what there may be much of is said in parts
 *	route*.c	NETLINK_ROUTE: interfaces, addresses, routes, neighbours
 *	diag.c		NETLINK_SOCK_DIAG: sockets, of which ../inet and ../unix tell
 *
 * Programs may send to each other, too, and to groups.  Nothing that the kernel
 * tells of ever changes: it sends nothing to any.
 */

#include "net/net_internal.h"

#define NETLINK_ROUTE 0
#define NETLINK_USERSOCK 2
#define NETLINK_SOCK_DIAG 4

struct dump;
struct request;

/* What a protocol is. */
struct netlink_kind {
	unsigned nr_groups;
	bool anybody_sends; /* to others than the kernel, and not root alone */
	bool anybody_joins; /* groups */
	/* The kernel does what it is asked: 0, -errno, or NETLINK_DUMPED; NULL:
	 * it does not listen. */
	int (*ask)(struct request *r);
};

/* Groups are bits, the first is 1. */
struct netlink_place {
	uint32_t port; /* 0: the kernel, or none */
	uint32_t groups;
};

/*
 *	(c)	constant
 *	(a)	one word, by whoever acts last
 *	(*)	as in struct socket
 */
struct netlink_socket {
	struct socket socket;            /* first */
	const struct netlink_kind *kind; /* (c) */

	/* Under netlink_lock of port.c. */
	struct list place GUARDED_BY(C_netlink); /* linked until it is closed */
	uint32_t port GUARDED_BY(C_netlink);     /* 0: none yet */
	uint64_t groups GUARDED_BY(C_netlink);
	struct netlink_place to GUARDED_BY(C_netlink); /* connected: whom it hears alone */
	bool connected GUARDED_BY(C_netlink);

	bool overrun GUARDED_BY(C_socket); /* (*) nothing comes until all was read */
	struct dump *dump GUARDED_BY(C_socket); /* (*) that is not over; or NULL */
	bool dump_in_turn GUARDED_BY(C_socket); /* a thread makes the next part */
	uint64_t promised GUARDED_BY(C_socket); /* (*) of its room, to letters */
	unsigned flags;                  /* (a) options.c */
};

static inline struct netlink_socket *netlink_socket_of(struct socket *s)
{
	return container_of(s, struct netlink_socket, socket);
}

/* Bits of netlink_socket.flags. */
#define NETLINK_NO_OVERRUN 1U /* what is lost is lost, and nobody is told */
#define NETLINK_CAPS_ACKS 2U
#define NETLINK_WANTS_WHY 4U
#define NETLINK_IS_STRICT 8U /* what is asked for is all that is answered */

/* The running process may have it in groups: netlink.c. */
bool netlink_may_join(const struct netlink_socket *n);

bool netlink_has_flag(const struct netlink_socket *n, unsigned flag);
int netlink_set_option(struct socket *s, int level, int name, vaddr_t value,
		       unsigned len);
int netlink_get_option(struct socket *s, int level, int name, vaddr_t value,
		       unsigned *len);

/* ---- ports and groups: port.c ---- */

void netlink_ports_init(void);
void netlink_enter(struct netlink_socket *n);
void netlink_leave(struct netlink_socket *n);
/* @to's port, 0: any that is free; and its groups.  -EINVAL: it has another,
 * -EADDRINUSE. */
int netlink_take_place(struct netlink_socket *n, const struct netlink_place *to);
/* Its port; it has one from now on. */
uint32_t netlink_own_port(struct netlink_socket *n);
void netlink_connect_to(struct netlink_socket *n, const struct netlink_place *to,
			bool connected);
struct netlink_place netlink_own_place(struct netlink_socket *n);
struct netlink_place netlink_peer_place(struct netlink_socket *n);
uint64_t netlink_groups(struct netlink_socket *n);
void netlink_set_group(struct netlink_socket *n, unsigned group, bool member);
/* Who has @port, and hears @from, with a reference: 0 or -ECONNREFUSED. */
int netlink_find(struct netlink_socket *from, uint32_t port,
		 struct netlink_socket **out);
/* A copy of @m to all in its group, but for @from and @except. */
void netlink_broadcast(struct netlink_socket *from, const struct message *m,
		       uint32_t except);

/* ---- queues: queue.c ---- */

/* @m comes to @to, or is lost. */
void netlink_give(struct netlink_socket *to, struct message *m);
/* It waits for room, as @x says.  After an error @m is the caller's. */
int netlink_give_patiently(struct netlink_socket *to, struct message *m,
			   const struct exchange *x);
void netlink_overran(struct netlink_socket *n);
/* It comes to @to, whether there is room or not. */
void netlink_append(struct netlink_socket *to, struct message *m)
	REQUIRES(C_socket);
/* Without the lock to decide whether to sleep. */
bool netlink_has_room(const struct netlink_socket *to);

/* ---- what the kernel is asked: request.c ---- */

/* As programs lay it out, at places that are a multiple of 4. */
struct netlink_header {
	uint32_t len; /* with this */
	uint16_t type, flags;
	uint32_t seq, port;
};

/* netlink_header.type, below those of protocols */
#define NLMSG_ERROR 2
#define NLMSG_DONE 3
#define NLMSG_MIN_TYPE 0x10

/* netlink_header.flags */
#define NLM_F_REQUEST 1U
#define NLM_F_MULTI 2U
#define NLM_F_ACK 4U
#define NLM_F_DUMP_FILTERED 0x20U
#define NLM_F_DUMP 0x300U   /* either bit, of a request for what there is */
#define NLM_F_CAPPED 0x100U /* of an acknowledgement */
#define NLM_F_ACK_TLVS 0x200U

#define NETLINK_DUMPED 1

struct request {
	struct netlink_socket *from;
	uint32_t port;                     /* that it has */
	const struct netlink_header *head; /* all of it is there */
	const char *why;                   /* it is refused, in words; or NULL */
};

/* Do what is in @m, which is gone then: 0 or -errno. */
int netlink_ask(struct netlink_socket *n, struct message *m);
/* What follows the header, of at least @n bytes; NULL: there is less. */
const void *request_body(const struct request *r, size_t n);
/* The attribute of @type behind @body bytes, which has at least @n; or NULL. */
const void *request_attribute(const struct request *r, size_t body, unsigned type,
			      size_t n);
/* There is one of @type, however long it is: *@n. */
const void *request_text(const struct request *r, size_t body, unsigned type,
			 size_t *n);
/* Refuse it: @err, and @why. */
int request_refuse(struct request *r, int err, const char *why);

/* ---- what it says: answer.c ---- */

/* One datagram. */
struct answer {
	struct request *to;
	unsigned flags; /* of each message */
	char *bytes;
	size_t room, n; /* for so many, and so many there are */
	size_t begin;   /* where the last message does */
};

/* 0 or -ENOBUFS; answer_free() is due in any case. */
int answer_init(struct answer *a, struct request *to, unsigned flags);
/* For @room bytes in place of a page. */
int answer_init_long(struct answer *a, struct request *to, unsigned flags, size_t room);
void answer_free(struct answer *a);
/* A message, whose @body bytes are zero, for the caller to fill in; what is put
 * from now on is in it. */
void *answer_begin(struct answer *a, unsigned type, size_t body);
void answer_put(struct answer *a, unsigned type, const void *data, size_t n);
void answer_put_u8(struct answer *a, unsigned type, uint8_t value);
void answer_put_u32(struct answer *a, unsigned type, uint32_t value);
void answer_put_text(struct answer *a, unsigned type, const char *text);
/* The end of a dump, which is @err. */
void answer_done(struct answer *a, int err);
/* To who has asked: 0 or -ENOBUFS. */
int answer_send(struct answer *a);
/* What is to be sent; NULL: no memory. */
struct message *answer_message(struct answer *a);
/* @r was done, or is refused by @err. */
void answer_ack(struct request *r, int err);

/* ---- in parts: dump.c ---- */

/* Of @s, in at most DUMP_MOST bytes, if it is one of those that @r asks for. */
typedef void (*teller_of_one)(const struct request *r, struct socket *s,
			      struct answer *a);
#define DUMP_MOST (5 * PAGE_SIZE)

/* Of all sockets what @tell says: NETLINK_DUMPED, -EBUSY (another dump is not over),
 * -ENOBUFS. */
int dump_begin(struct request *r, teller_of_one tell);
/* Something was read: go on, if there is more to say and half of the room is free. */
void dump_go_on(struct netlink_socket *n);
/* Nobody calls for @n any more. */
void dump_end(struct netlink_socket *n);

/* ---- NETLINK_SOCK_DIAG: diag.c ---- */

int diag_ask(struct request *r);

/* One of the family that stands in @r, or all: as netlink_kind.ask. */
int inet_diag(struct request *r);
int unix_diag(struct request *r);

#define SOCK_DIAG_BY_FAMILY 20

/* A number by which a socket is known for ever; two words of all ones: any. */
struct diag_cookie {
	uint32_t word[2];
};

struct diag_cookie diag_cookie_of(const struct socket *s);
bool diag_has_cookie(const struct socket *s, const struct diag_cookie *c);
/* The SK_MEMINFO_* of @s, as attribute @type. */
void diag_put_memory(struct answer *a, unsigned type, struct socket *s,
		     const struct socket_facts *f);
/* The first that is wanted, with a reference; NULL: there is none. */
struct socket *diag_find(const struct request *r,
			 bool (*is_wanted)(const struct request *r, struct socket *s));
/* Send of @s what @tell_it says; its reference is gone. */
int diag_answer(struct request *r, struct socket *s, teller_of_one tell_it);

/* ---- NETLINK_ROUTE: route.c ---- */

int route_ask(struct request *r);

/* One that is there, into @a, or all: 0 or -errno. */
int route_get_link(struct request *r, struct answer *a);
int route_dump_links(struct request *r, struct answer *a);
int route_set_link(struct request *r);
int route_get_address(struct request *r, struct answer *a);
int route_dump_addresses(struct request *r, struct answer *a);
int route_get_route(struct request *r, struct answer *a);
int route_dump_routes(struct request *r, struct answer *a);
int route_get_neighbour(struct request *r, struct answer *a);
int route_dump_neighbours(struct request *r, struct answer *a);
