#pragma once

/*
 * net/inet/inet_internal.h - AF_INET and AF_INET6: TCP, UDP, raw sockets and those
 * that ping, between programs of this machine.
 *
 * There is one interface, lo, with 127.0.0.0/8 and ::1, and nothing goes over
 * a wire: bytes and datagrams go from queue to queue, as those of AF_UNIX do.
 *
 * An address is always one of IPv6; of IPv4 it is ::ffff:a.b.c.d.  So a socket
 * that listens at :: is found by both.
 */

#include "net/net_internal.h"

struct ip {
	uint8_t byte[16];
};

struct endpoint {
	struct ip ip;
	uint16_t port; /* 0: none */
};

#define IPPROTO_IP 0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_ICMPV6 58
#define IPPROTO_RAW 255
#define IPPROTO_MAX 263 /* there is one more, of MPTCP */

#define NR_OPTIONS 32U
#define DATAGRAM_MAX 65507U

/*
 *	(a)	one word, by whoever acts last
 */
struct inet_socket {
	struct socket socket;   /* first */

	/* Under ports_lock of port.c. */
	struct endpoint local GUARDED_BY(C_ports);
	struct endpoint remote GUARDED_BY(C_ports); /* datagrams: if it is connected */
	struct list bound GUARDED_BY(C_ports);      /* linked: it is found by its port */
	uint64_t nr_listens GUARDED_BY(C_ports);    /* go on; and it listens */
	bool named_ip GUARDED_BY(C_ports);   /* by bind(): they outlast */
	bool named_port GUARDED_BY(C_ports); /* a connection */

	/* Of a datagram what was sent already, and where it goes; or NULL. */
	struct message *held GUARDED_BY(C_socket);
	struct endpoint held_to GUARDED_BY(C_socket);

	struct list raw GUARDED_BY(C_raw); /* linked: it gets packets, raw.c */

	unsigned uid;           /* (c) for SO_REUSEPORT */
	int option[NR_OPTIONS]; /* (a) options.c */
};

static inline struct inet_socket *inet_socket_of(struct socket *s)
{
	return container_of(s, struct inet_socket, socket);
}

/* ---- addresses: address.c ---- */

extern const struct ip ip_any, ip_any4, ip_loopback, ip_loopback4;

#define V4_AT 12U /* where an address of IPv4 has its four bytes */

bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_is_v4(const struct ip *ip);
bool ip_is_any(const struct ip *ip);
/* One of this machine's. */
bool ip_is_local(const struct ip *ip);
/* What @s means by @a: 0, -EINVAL, -EAFNOSUPPORT. */
int endpoint_of_address(const struct socket *s, const struct address *a,
			struct endpoint *out);
/* As a socket of @family sees it. */
void address_of_endpoint(const struct endpoint *e, int family,
			 struct address *out);

/* ---- ports: port.c ---- */

void ports_init(void);
/* Give @s the name @e, port 0: one that is free.  0, -EINVAL (it has one),
 * -EADDRINUSE. */
int port_bind(struct inet_socket *s, const struct endpoint *e);
/* The same if it has none: of the kind of @to, to which it is about to send. */
int port_bind_for(struct inet_socket *s, const struct ip *to);
void port_leave(struct inet_socket *s);
/* @s, new, is accepted from @listener, at @at; it stands in no table. */
void port_inherit(struct inet_socket *s, struct inet_socket *listener,
		  const struct endpoint *at);
/* @s has nobody any more, and of its own name what it was bound to. */
void port_disconnect(struct inet_socket *s);
/* Who listens at @to, or gets datagrams of @from that are for it, with a
 * reference; NULL: nobody. */
struct socket *port_find_listener(const struct endpoint *to);
struct socket *port_find_receiver(const struct endpoint *to,
				  const struct endpoint *from);
/* Whose an answer to an echo request is. */
struct socket *port_find_pinger(const struct endpoint *to);
/* May @s listen where it is bound, or anywhere?  If so nobody else may from then on, until
 * it says that it does not. */
int port_begin_listen(struct inet_socket *s);
void port_give_up_listen(struct inet_socket *s);
struct endpoint port_local(struct inet_socket *s);
struct endpoint port_remote(struct inet_socket *s);
/* Its address alone. */
void port_set_ip(struct inet_socket *s, const struct ip *ip);
void port_set_remote(struct inet_socket *s, const struct endpoint *e);

/* ---- datagrams that are held back: udp_cork.c ---- */

/* Where the datagram goes of which something is held back; false: none. */
bool cork_destination(struct inet_socket *i, struct endpoint *to);
/* Hold @m back, for @to, or behind what is held.  -EMSGSIZE: both are gone. */
int cork_add(struct inet_socket *i, struct message *m, const struct endpoint *to);
/* What is held back, the caller's from now on, and where it goes; or NULL. */
struct message *cork_take(struct inet_socket *i, struct endpoint *to);
/* Send it: udp.c. */
void udp_uncork(struct inet_socket *i);

/* ---- TCP: tcp.c ---- */

/* What @s holds back its peer may read. */
void tcp_push(struct socket *s);

/* ---- life, names: inet.c ---- */

extern const struct socket_ops tcp_ops, udp_ops, ping_ops, raw_ops;

int inet_make(int family, int type, int protocol, struct socket **out);
/* What a socket may be bound to by @a: as endpoint_of_address(), -EADDRNOTAVAIL. */
int inet_own_endpoint(const struct socket *s, const struct address *a,
		      struct endpoint *out);
int inet_bind(struct socket *s, const struct address *a);
void inet_name(struct socket *s, const struct socket *asker,
	       struct address *out);
/* Where @a leads, from @s: 0, or why it does not. */
int inet_reach(struct socket *s, const struct address *a, struct endpoint *to);
void inet_close(struct socket *s);
void inet_destroy(struct socket *s);

/* ---- UDP and raw sockets: inet.c ---- */

int inet_connect_datagrams(struct socket *s, const struct address *a,
			   bool nonblock);
int inet_peer_name(struct socket *s, struct address *out);
ssize_t inet_receive_packet(struct socket *s, struct exchange *x);

/* ---- raw sockets: raw.c ---- */

void raw_init(void);
int raw_create(int protocol, struct socket **out);

/* ---- sockets that ping: ping.c ---- */

/* -EACCES: who calls is in none of the groups that may. */
int ping_create(int family, int protocol, struct socket **out);

/* ---- options: options.c ---- */

bool inet_has_header(const struct inet_socket *s); /* IP_HDRINCL */
void inet_set_header(struct inet_socket *s);
unsigned inet_icmp_filter(const struct inet_socket *s);
int inet_ttl(const struct inet_socket *s);
int inet_tos(const struct inet_socket *s);
int inet_tclass(const struct inet_socket *s);
bool inet_wants_hops(const struct inet_socket *s); /* IP_RECVTTL, IPV6_RECVHOPLIMIT */

bool inet_is_udp_corked(const struct inet_socket *s);
bool inet_is_tcp_corked(const struct inet_socket *s);
bool inet_is_v6only(const struct inet_socket *s);
void inet_set_v6only(struct inet_socket *s);
void inet_options_init(struct inet_socket *s);
/* An accepted one has those of its listener. */
void inet_inherit_options(struct inet_socket *s, const struct inet_socket *from);
/* As Linux numbers them. */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_FIN_WAIT = 5,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LISTEN = 10,
};
enum tcp_state inet_tcp_state(const struct socket *s);
/* The beginning of Linux's struct tcp_info. */
struct tcp_info {
	uint8_t state, other[7];
	uint32_t numbers[24];
};
extern const char inet_congestion[16]; /* TCP_CONGESTION */
int inet_set_option(struct socket *s, int level, int name, vaddr_t value,
		    unsigned len);
int inet_get_option(struct socket *s, int level, int name, vaddr_t value,
		    unsigned *len);
