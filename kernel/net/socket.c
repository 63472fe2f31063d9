/*
 * net/socket.c - sockets as files: life, read and write, poll.
 */
#include "net/net_internal.h"

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/signal/signal.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define BUFFER_DEFAULT 212992U

/* ---- who ---- */

struct ucred socket_own_cred(bool effective)
{
	const struct cred *cred = current_cred();

	return (struct ucred){
		.pid = current_proc()->pid,
		.uid = effective ? cred->euid : cred->uid,
		.gid = effective ? cred->egid : cred->gid,
	};
}

/* ---- life ---- */

/* As much as pipes may have: an eighth of memory. */
bool socket_charge(struct user *user, uint64_t bytes)
{
	uint64_t limit = cred_can(current_cred(), CAP_SYS_RESOURCE) ?
				 UINT64_MAX : pages_total() / 8 * PAGE_SIZE;

	return user_charge(user, USER_SOCKET_BYTES, bytes, limit) != NULL;
}

int socket_init(struct socket *s, const struct socket_ops *ops, int family,
		int type, int protocol)
{
	is_private(socket);
	is_private(held);
	is_private(census);
	s->payer = current_cred()->user;
	if (!socket_charge(s->payer, sizeof(*s)))
		return -ENOBUFS;
	s->refs = REFCOUNT_INIT(1);
	s->ops = ops;
	s->family = (uint16_t)family;
	s->type = (uint16_t)type;
	s->protocol = protocol;
	mutex_init(&s->lock, RANK_SOCKET);
	s->peer_cred = (struct ucred){ 0, UINT32_MAX, UINT32_MAX };
	list_init(&s->messages);
	list_init(&s->held);
	list_init(&s->due);
	list_init(&s->arrivals);
	list_init(&s->arrival);
	list_init(&s->census.link);
	s->send_buffer = s->receive_buffer = BUFFER_DEFAULT;
	s->low_water = 1;
	waitq_init(&s->readable);
	waitq_init(&s->writable);
	return 0;
}

void socket_get(struct socket *s)
{
	refcount_get(&s->refs);
}

void socket_put(struct socket *s)
{
	if (!refcount_put(&s->refs))
		return;
	is_private(socket);
	assert(s->peer == NULL && list_is_empty(&s->messages) &&
	       list_is_empty(&s->arrivals) && list_is_empty(&s->held) &&
	       s->sent == 0);
	user_uncharge(s->payer, USER_SOCKET_BYTES, sizeof(*s));
	s->ops->destroy(s);
}

/* No ORDER: the number is all there is to know, and one gets it. */
int socket_take_error(struct socket *s)
{
	return READ_ONCE(s->error) == 0 ? 0 :
					  -atomic_exchange_full(&s->error, 0);
}

struct socket *socket_of_file(const struct file *f)
{
	return f->ops == &socket_file_ops ? f->data : NULL;
}

static void socket_release(struct file *f)
{
	struct socket *s = f->data;

	race_point(file_going, s);
	s->ops->close(s);
	socket_put(s);
	race_point(socket_gone, s);
}

/* The file takes the reference to @s, or the socket is closed. */
static int give_file(struct socket *s, unsigned flags, struct file **out)
{
	int err = file_create(out, &socket_file_ops,
			      FMODE_READ | FMODE_WRITE | FMODE_NOWAIT,
			      O_RDWR | flags, s);

	if (err == 0) {
		mutex_lock(&s->lock);
		s->file = *out;
		s->uid = current_cred()->fsuid;
		mutex_unlock(&s->lock);
		census_enter(s);
		return 0;
	}
	s->ops->close(s);
	socket_put(s);
	return err;
}

static int create(int family, int type, int protocol, struct socket **out)
{
	switch (family) {
	case AF_UNIX:
		return unix_create(type, protocol, out);
	case AF_INET:
	case AF_INET6:
		return inet_create(family, type, protocol, out);
	case AF_NETLINK:
		return netlink_create(type, protocol, out);
	}
	return -EAFNOSUPPORT;
}

int socket_open(int family, int type, int protocol, unsigned flags,
		struct file **out)
{
	struct socket *s;
	int err = create(family, type, protocol, &s);

	return err != 0 ? err : give_file(s, flags, out);
}

static int open_second(int family, int type, int protocol, unsigned flags,
		       struct file *out[2])
{
	int err = socket_open(family, type, protocol, flags, &out[1]);

	if (err != 0)
		return err;
	err = unix_pair(out[0]->data, out[1]->data);
	if (err != 0)
		file_put(out[1]);
	return err;
}

int socket_open_pair(int family, int type, int protocol, unsigned flags,
		     struct file *out[2])
{
	int err = socket_open(family, type, protocol, flags, &out[0]);

	if (err != 0)
		return err;
	err = family == AF_UNIX ?
		      open_second(family, type, protocol, flags, out) :
		      -EOPNOTSUPP;
	if (err != 0)
		file_put(out[0]);
	return err;
}

int socket_accept(struct socket *listener, bool nonblock, unsigned flags,
		  struct file **out)
{
	struct socket *s;
	int err;

	if (listener->ops->accept == NULL)
		return -EOPNOTSUPP;
	err = listener->ops->accept(listener, nonblock, &s);
	return err != 0 ? err : give_file(s, flags, out);
}

/* ---- send and receive ---- */

static NOINLINE void send_sigpipe(void)
{
	struct siginfo info = { .si_signo = SIGPIPE, .si_code = SI_USER };

	signal_send_thread(current_proc(), current_thread(), &info);
}

ssize_t socket_send(struct socket *s, struct exchange *x)
{
	ssize_t done;

	x->given_up = READ_ONCE(s->nr_given_up);
	done = s->ops->send(s, x);
	if (done == -EPIPE && s->type == SOCK_STREAM && !(x->flags & MSG_NOSIGNAL))
		send_sigpipe();
	return done;
}

ssize_t socket_receive(struct socket *s, struct exchange *x)
{
	ssize_t done;

	x->given_up = READ_ONCE(s->nr_given_up);
	done = s->ops->receive(s, x);
	if (x->rights == NULL)
		return done;
	if (done >= 0) {
		rights_take(x->rights);
		return done;
	}
	rights_drop(x->rights);
	x->rights = NULL;
	return done;
}

static ssize_t socket_move(struct file *f, const struct user_iovec *iov,
			   unsigned nr, size_t n, bool write)
{
	struct exchange x = {
		.pieces = { .iov = iov, .nr = nr },
		.n = n,
		.flags = file_flags(f) & O_NONBLOCK ? MSG_DONTWAIT : 0,
		.cred = socket_own_cred(false),
	};
	ssize_t done;

	if (write)
		return socket_send(f->data, &x);
	if (n == 0)
		return 0;
	done = socket_receive(f->data, &x);
	if (x.rights != NULL)
		rights_drop(x.rights);
	return done;
}

static ssize_t socket_read(struct file *f, vaddr_t buf, size_t n,
			   uint64_t *pos UNUSED)
{
	struct user_iovec iov = { buf, n };

	return socket_move(f, &iov, 1, n, false);
}

static ssize_t socket_write(struct file *f, vaddr_t buf, size_t n,
			    uint64_t *pos UNUSED)
{
	struct user_iovec iov = { buf, n };

	return socket_move(f, &iov, 1, n, true);
}

/* ---- poll ---- */

/* Something is there to be read; of TCP what a read waits for (SO_RCVLOWAT). */
static bool has_enough(const struct socket *s)
{
	if (s->type == SOCK_STREAM && s->family != AF_UNIX)
		return READ_ONCE(s->bytes) >= READ_ONCE(s->low_water);
	return READ_ONCE(s->messages.next) != &s->messages;
}

static unsigned poll_reading(const struct socket *s)
{
	unsigned shut = READ_ONCE(s->shut), events = 0;

	if (READ_ONCE(s->nr_arrivals) > 0 || (shut & SHUT_READ) ||
	    has_enough(s))
		events |= POLLIN;
	if (shut & SHUT_READ)
		events |= POLLRDHUP;
	if (READ_ONCE(s->error) != 0)
		events |= POLLERR;
	if (READ_ONCE(s->urgent_waits))
		events |= POLLPRI;
	return events;
}

/* Connected, but for one whose kind needs not be. */
static bool is_in_use(const struct socket *s)
{
	return !s->ops->connects || READ_ONCE(s->state) != SOCKET_IDLE;
}

static unsigned poll_writing(const struct socket *s)
{
	unsigned events = 0;

	if (READ_ONCE(s->state) == SOCKET_LISTENING)
		return 0;
	if (s->ops->drops ||
	    READ_ONCE(s->sent) * 4 <= READ_ONCE(s->send_buffer))
		events |= POLLOUT;
	if (!is_in_use(s) ||
	    (READ_ONCE(s->shut) & (SHUT_READ | SHUT_WRITE)) ==
		    (SHUT_READ | SHUT_WRITE))
		events |= POLLHUP;
	return events;
}

static unsigned socket_poll(struct file *f, struct poll_table *pt)
{
	struct socket *s = f->data;

	if (pt != NULL) {
		pt->watch(pt, &s->readable);
		pt->watch(pt, &s->writable);
	}
	return poll_reading(s) | poll_writing(s);
}

const struct file_ops socket_file_ops = {
	.inode_mode = S_IFSOCK | 0777,
	.kind = "socket",
	.tells_owner = true,
	.read = socket_read,
	.write = socket_write,
	.move = socket_move,
	.ioctl = socket_ioctl,
	.poll = socket_poll,
	.release = socket_release,
};

void net_init(void)
{
	held_init();
	census_init();
	unix_init();
	inet_init();
	netlink_init();
}
