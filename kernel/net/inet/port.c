/*
 * net/inet/port.c - who has which port.
 *
 * Bound sockets stand in one table, by their port; those of the two protocols
 * have nothing to do with each other.  A socket that was accepted has its
 * listener's port and stands in none.
 *
 * Two may have one port where their addresses do not meet, or where both say
 * that they may (SO_REUSEADDR, and none of them listens; SO_REUSEPORT, and it
 * is the same user).  Of many that answer to an address, who named it is found
 * before who named any, and of equals one after the other in turn.
 */
#include "net/inet/inet_internal.h"

#include "lib/errno.h"

#define NR_LISTS 256U
#define FIRST_FREE 32768U /* net.ipv4.ip_local_port_range */
#define LAST_FREE 60999U

static struct LOCK_OF(mutex, ports) ports_lock; /* RANK_MISC_SLEEP */
static struct list lists[NR_LISTS] GUARDED_BY(C_ports);

void ports_init(void)
{
	mutex_init(&ports_lock, RANK_MISC_SLEEP);
}

static struct list *list_of(unsigned port) REQUIRES(C_ports)
{
	struct list *list = &lists[port % NR_LISTS];

	if (list->next == NULL)
		list_init(list);
	return list;
}

/* ---- binding ---- */

/* Would anything for the one be for the other, too? */
static bool do_meet(const struct inet_socket *a, const struct ip *ip,
		    bool v6only) REQUIRES(C_ports)
{
	if (ip_equal(&a->local.ip, ip))
		return true;
	if (ip_is_v4(&a->local.ip) == ip_is_v4(ip))
		return ip_is_any(&a->local.ip) || ip_is_any(ip);
	return (ip_equal(ip, &ip_any) && !v6only) ||
	       (ip_equal(&a->local.ip, &ip_any) && !inet_is_v6only(a));
}

static bool both_have(const struct inet_socket *a, const struct inet_socket *b,
		      unsigned flag)
{
	return READ_ONCE(a->socket.flags) & READ_ONCE(b->socket.flags) & flag;
}

static bool may_share(const struct inet_socket *a, const struct inet_socket *b)
	REQUIRES(C_ports)
{
	bool listens = a->nr_listens > 0 || b->nr_listens > 0;

	if (both_have(a, b, SOCKET_REUSEPORT) && a->uid == b->uid)
		return true;
	return both_have(a, b, SOCKET_REUSEADDR) && !listens;
}

/* @alone: nobody is to share it. */
static bool is_taken(const struct inet_socket *s, const struct endpoint *e,
		     bool alone) REQUIRES(C_ports)
{
	const struct inet_socket *other;

	list_for_each_entry(other, list_of(e->port), bound)
		if (other != s && other->local.port == e->port &&
		    other->socket.ops == s->socket.ops &&
		    do_meet(other, &e->ip, inet_is_v6only(s)) &&
		    (alone || !may_share(other, s)))
			return true;
	return false;
}

/* Any that is free, from the one after the last on; of those that ping one that has
 * nobody, for each would get answers to what the other has asked. */
static int choose_port(const struct inet_socket *s, struct endpoint *e)
	REQUIRES(C_ports)
{
	static unsigned last;
	unsigned n = LAST_FREE - FIRST_FREE + 1;

	for (unsigned i = 0; i < n; i++) {
		last = (last + 1) % n;
		e->port = (uint16_t)(FIRST_FREE + last);
		if (!is_taken(s, e, s->socket.ops == &ping_ops))
			return 0;
		cond_resched();
	}
	return -EADDRINUSE;
}

static int bind_locked(struct inet_socket *s, struct endpoint e)
	REQUIRES(C_ports)
{
	int err = 0;

	if (e.port == 0)
		err = choose_port(s, &e);
	else if (is_taken(s, &e, false))
		err = -EADDRINUSE;
	if (err == 0) {
		s->local = e;
		list_push_back(list_of(e.port), &s->bound);
	}
	return err;
}

int port_bind(struct inet_socket *s, const struct endpoint *e)
{
	int err = -EINVAL;

	mutex_lock(&ports_lock);
	if (s->local.port == 0)
		err = bind_locked(s, *e);
	if (err == 0) {
		s->named_ip = !ip_is_any(&e->ip);
		s->named_port = e->port != 0;
	}
	mutex_unlock(&ports_lock);
	return err;
}

/* If it has none. */
static int bind_anywhere(struct inet_socket *s, struct ip ip) REQUIRES(C_ports)
{
	struct endpoint e = { .ip = ip };

	return s->local.port == 0 ? bind_locked(s, e) : 0;
}

int port_bind_for(struct inet_socket *s, const struct ip *to)
{
	int err;

	mutex_lock(&ports_lock);
	err = bind_anywhere(s, ip_is_v4(to) ? ip_any4 : ip_any);
	mutex_unlock(&ports_lock);
	return err == -EADDRINUSE ? -EADDRNOTAVAIL : err;
}

void port_inherit(struct inet_socket *s, struct inet_socket *listener,
		  const struct endpoint *at)
{
	mutex_lock(&ports_lock);
	s->local = *at;
	s->named_ip = listener->named_ip;
	mutex_unlock(&ports_lock);
}

/* One who listens, which is decided under the same lock, keeps his port. */
void port_disconnect(struct inet_socket *s)
{
	mutex_lock(&ports_lock);
	s->remote = (struct endpoint){ .port = 0 };
	if (!s->named_ip)
		s->local.ip = s->socket.family == AF_INET ? ip_any4 : ip_any;
	if (!s->named_port && s->nr_listens == 0) {
		list_remove(&s->bound);
		s->local.port = 0;
	}
	mutex_unlock(&ports_lock);
}

void port_leave(struct inet_socket *s)
{
	mutex_lock(&ports_lock);
	list_remove(&s->bound);
	mutex_unlock(&ports_lock);
}

/* Another one listens, or is about to, whom it would be for, too. */
static bool is_listened_at(const struct inet_socket *s) REQUIRES(C_ports)
{
	const struct inet_socket *other;

	list_for_each_entry(other, list_of(s->local.port), bound)
		if (other != s && other->local.port == s->local.port &&
		    other->socket.ops == s->socket.ops &&
		    other->nr_listens > 0 &&
		    do_meet(other, &s->local.ip, inet_is_v6only(s)) &&
		    !may_share(other, s))
			return true;
	return false;
}

int port_begin_listen(struct inet_socket *s)
{
	int err;

	mutex_lock(&ports_lock);
	err = bind_anywhere(s, s->local.ip);
	if (err == 0 && is_listened_at(s))
		err = -EADDRINUSE;
	if (err == 0)
		s->nr_listens++;
	mutex_unlock(&ports_lock);
	return err;
}

void port_give_up_listen(struct inet_socket *s)
{
	mutex_lock(&ports_lock);
	s->nr_listens--;
	mutex_unlock(&ports_lock);
}

/* ---- finding ---- */

/* How well @s, which has the port, answers to @ip; 0: not at all. */
static unsigned fit(const struct inet_socket *s, const struct ip *ip)
	REQUIRES(C_ports)
{
	if (ip_equal(&s->local.ip, ip))
		return 3;
	if (ip_is_any(&s->local.ip) && ip_is_v4(&s->local.ip) == ip_is_v4(ip))
		return 2;
	return ip_equal(&s->local.ip, &ip_any) && ip_is_v4(ip) &&
	       !inet_is_v6only(s);
}

static bool is_from(const struct inet_socket *s, const struct endpoint *from)
	REQUIRES(C_ports)
{
	return s->remote.port == from->port &&
	       ip_equal(&s->remote.ip, &from->ip);
}

/* For datagrams: who is connected gets those of his peer, before others. */
static unsigned fit_datagram(const struct inet_socket *s, const struct ip *ip,
			     const struct endpoint *from) REQUIRES(C_ports)
{
	unsigned good = fit(s, ip);

	if (good == 0 || s->remote.port == 0)
		return good;
	return is_from(s, from) ? good + 3 : 0;
}

static unsigned fit_listener(const struct inet_socket *s, const struct ip *ip)
	REQUIRES(C_ports)
{
	return READ_ONCE(s->socket.state) == SOCKET_LISTENING ? fit(s, ip) : 0;
}

static unsigned fit_kind(const struct inet_socket *s, const struct ip *ip,
			 const struct endpoint *from) REQUIRES(C_ports)
{
	if (from != NULL)
		return fit_datagram(s, ip, from);
	return s->socket.ops->listen != NULL ? fit_listener(s, ip) : fit(s, ip);
}

/* The best; @from NULL: who listens, or whoever it is from.  Its place is the last from now on, so
 * that of equals each has its turn. */
static struct inet_socket *find_best(const struct socket_ops *ops, const struct endpoint *to,
				     const struct endpoint *from)
	REQUIRES(C_ports)
{
	struct inet_socket *s, *best = NULL;
	unsigned most = 0, good;

	list_for_each_entry(s, list_of(to->port), bound) {
		if (s->local.port != to->port || s->socket.ops != ops)
			continue;
		good = fit_kind(s, &to->ip, from);
		if (good > most) {
			most = good;
			best = s;
		}
	}
	if (best != NULL)
		list_move_back(list_of(to->port), &best->bound);
	return best;
}

static struct socket *find(const struct socket_ops *ops, const struct endpoint *to,
			   const struct endpoint *from)
{
	struct inet_socket *s;

	mutex_lock(&ports_lock);
	s = find_best(ops, to, from);
	if (s != NULL && !refcount_try_get(&s->socket.refs))
		s = NULL;
	mutex_unlock(&ports_lock);
	return s != NULL ? &s->socket : NULL;
}

struct socket *port_find_listener(const struct endpoint *to)
{
	return find(&tcp_ops, to, NULL);
}

struct socket *port_find_receiver(const struct endpoint *to,
				  const struct endpoint *from)
{
	return find(&udp_ops, to, from);
}

struct socket *port_find_pinger(const struct endpoint *to)
{
	return find(&ping_ops, to, NULL);
}

/* ---- names ---- */

struct endpoint port_local(struct inet_socket *s)
{
	struct endpoint e;

	mutex_lock(&ports_lock);
	e = s->local;
	mutex_unlock(&ports_lock);
	return e;
}

struct endpoint port_remote(struct inet_socket *s)
{
	struct endpoint e;

	mutex_lock(&ports_lock);
	e = s->remote;
	mutex_unlock(&ports_lock);
	return e;
}

void port_set_ip(struct inet_socket *s, const struct ip *ip)
{
	mutex_lock(&ports_lock);
	s->local.ip = *ip;
	s->named_ip = !ip_is_any(ip);
	mutex_unlock(&ports_lock);
}

void port_set_remote(struct inet_socket *s, const struct endpoint *e)
{
	mutex_lock(&ports_lock);
	s->remote = *e;
	if (!ip_is_any(&e->ip) && ip_is_any(&s->local.ip))
		s->local.ip = ip_is_v4(&e->ip) ? ip_loopback4 : ip_loopback;
	mutex_unlock(&ports_lock);
}
