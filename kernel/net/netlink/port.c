/*
 * net/netlink/port.c - who has which port, and is in which group.
 *
 * All sockets stand in one list, those without a port, too: they may be in groups.
 * Its lock is held while all in a group are given their copies; who closes his
 * leaves the list first.  Ports are those of one protocol.
 */
#include "net/netlink/netlink_internal.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "proc/task/proc.h"

/* What a port is of that the kernel chooses, when the number of the process is
 * taken: no process has one of these. */
#define LAST_FREE (-4097)
#define FIRST_FREE INT32_MIN

static struct LOCK_OF(mutex, netlink) netlink_lock; /* RANK_RAW */
static struct list sockets GUARDED_BY(C_netlink) = LIST_INIT(sockets);

void netlink_ports_init(void)
{
	mutex_init(&netlink_lock, RANK_RAW);
}

void netlink_enter(struct netlink_socket *n)
{
	mutex_lock(&netlink_lock);
	list_push_back(&sockets, &n->place);
	mutex_unlock(&netlink_lock);
}

void netlink_leave(struct netlink_socket *n)
{
	mutex_lock(&netlink_lock);
	list_remove(&n->place);
	mutex_unlock(&netlink_lock);
}

/* ---- ports ---- */

static struct netlink_socket *find(int protocol, uint32_t port)
	REQUIRES(C_netlink)
{
	struct netlink_socket *n;

	list_for_each_entry(n, &sockets, place)
		if (n->socket.protocol == protocol && n->port == port)
			return n;
	return NULL;
}

/* The number of the process, or the one below the last that was given. */
static void take_any(struct netlink_socket *n) REQUIRES(C_netlink)
{
	static int next = LAST_FREE;
	uint32_t port = (uint32_t)current_proc()->pid;

	while (find(n->socket.protocol, port) != NULL) {
		port = (uint32_t)next;
		next = next > FIRST_FREE ? next - 1 : LAST_FREE;
		cond_resched();
	}
	n->port = port;
}

static int take_port(struct netlink_socket *n, uint32_t port)
	REQUIRES(C_netlink)
{
	if (n->port != 0)
		return n->port == port ? 0 : -EINVAL;
	if (port == 0)
		take_any(n);
	else if (find(n->socket.protocol, port) != NULL)
		return -EADDRINUSE;
	else
		n->port = port;
	return 0;
}

int netlink_take_place(struct netlink_socket *n, const struct netlink_place *to)
{
	int err;

	mutex_lock(&netlink_lock);
	err = take_port(n, to->port);
	if (err == 0)
		n->groups = (n->groups & GENMASK(63, 32)) |
			    (to->groups & (BIT(n->kind->nr_groups) - 1));
	mutex_unlock(&netlink_lock);
	return err;
}

uint32_t netlink_own_port(struct netlink_socket *n)
{
	uint32_t port;

	mutex_lock(&netlink_lock);
	if (n->port == 0)
		take_any(n);
	port = n->port;
	mutex_unlock(&netlink_lock);
	return port;
}

void netlink_connect_to(struct netlink_socket *n, const struct netlink_place *to,
			bool connected)
{
	mutex_lock(&netlink_lock);
	if (connected && n->port == 0)
		take_any(n);
	n->to = (struct netlink_place){ to->port, to->groups & -to->groups };
	n->connected = connected;
	mutex_unlock(&netlink_lock);
}

struct netlink_place netlink_own_place(struct netlink_socket *n)
{
	struct netlink_place at;

	mutex_lock(&netlink_lock);
	at = (struct netlink_place){ n->port, (uint32_t)n->groups };
	mutex_unlock(&netlink_lock);
	return at;
}

struct netlink_place netlink_peer_place(struct netlink_socket *n)
{
	struct netlink_place to;

	mutex_lock(&netlink_lock);
	to = n->to;
	mutex_unlock(&netlink_lock);
	return to;
}

static bool hears(const struct netlink_socket *n,
		  const struct netlink_socket *from) REQUIRES(C_netlink)
{
	return !n->connected || n->to.port == from->port;
}

int netlink_find(struct netlink_socket *from, uint32_t port,
		 struct netlink_socket **out)
{
	struct netlink_socket *n;

	mutex_lock(&netlink_lock);
	n = find(from->socket.protocol, port);
	if (n != NULL && !hears(n, from))
		n = NULL;
	if (n != NULL)
		socket_get(&n->socket);
	mutex_unlock(&netlink_lock);
	*out = n;
	return n != NULL ? 0 : -ECONNREFUSED;
}

/* ---- groups ---- */

uint64_t netlink_groups(struct netlink_socket *n)
{
	uint64_t groups;

	mutex_lock(&netlink_lock);
	groups = n->groups;
	mutex_unlock(&netlink_lock);
	return groups;
}

void netlink_set_group(struct netlink_socket *n, unsigned group, bool member)
{
	mutex_lock(&netlink_lock);
	if (member)
		n->groups |= BIT(group - 1);
	else
		n->groups &= ~BIT(group - 1);
	mutex_unlock(&netlink_lock);
}

static bool is_for(const struct netlink_socket *n,
		   const struct netlink_socket *from, const struct message *m,
		   uint32_t except) REQUIRES(C_netlink)
{
	return n != from && n->socket.protocol == from->socket.protocol &&
	       n->port != except && (n->groups & BIT(m->group - 1));
}

void netlink_broadcast(struct netlink_socket *from, const struct message *m,
		       uint32_t except)
{
	struct netlink_socket *n;

	mutex_lock(&netlink_lock);
	list_for_each_entry(n, &sockets, place) {
		struct message *copy = is_for(n, from, m, except) ?
					       message_clone(m) : NULL;

		if (copy != NULL)
			netlink_give(n, copy);
	}
	mutex_unlock(&netlink_lock);
}
