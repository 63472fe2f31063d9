/*
 * syscall/sys_socket.c - sockets: making, naming, connecting, options.
 */
#include "syscall/syscall.h"

#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/socket_args.h"
#include "vfs/fdtable.h"
#include "vfs/landlock/landlock.h"

#define TYPE_MASK 15
#define TYPE_FLAGS (O_NONBLOCK | O_CLOEXEC) /* SOCK_NONBLOCK, SOCK_CLOEXEC */

static bool is_good_type(unsigned long type)
{
	return !(type & ~(unsigned long)(TYPE_MASK | TYPE_FLAGS));
}

/*
 * LACKS socket, socketpair: families are `AF_UNIX`, `AF_INET` and `AF_INET6`,
 * the last two without a network, and `AF_NETLINK`; others (`AF_PACKET`) are
 * `EAFNOSUPPORT`. Of netlink there are `NETLINK_ROUTE`, which tells of interfaces,
 * addresses, routes and neighbours, and changes nothing (`EOPNOTSUPP`; rules and
 * numbers of packets are not told either), `NETLINK_SOCK_DIAG`, which tells of TCP,
 * UDP and `AF_UNIX` (others are `ENOENT`, `SOCK_DESTROY` is `EOPNOTSUPP`; a filter
 * that asks for a control group is `EINVAL`; bytes that nobody has read never count as
 * unsent, and of `TCP_INFO` the state is told), and `NETLINK_USERSOCK`. Raw sockets are
 * of IPv4 (of IPv6: `EPROTONOSUPPORT`), and get what raw sockets send and echo
 * replies, no packets of TCP and UDP. Of these two nobody is told how far they
 * have come (`IP_RECVTTL`).
 */
SYSCALL_3(socket, family, type, protocol)
{
	struct file *f;
	int err;

	if (!is_good_type(type))
		return -EINVAL;
	err = socket_open((int)family, type & TYPE_MASK, (int)protocol,
			  type & O_NONBLOCK, &f);
	return err != 0 ? err : fd_install(f, type & O_CLOEXEC);
}

/* Reserved first: nobody finds them before the program was told. */
static int reserve_pair(int fds[2], bool cloexec)
{
	fds[0] = fd_reserve(cloexec);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_reserve(cloexec);
	if (fds[1] >= 0)
		return 0;
	fd_unreserve(fds[0]);
	return fds[1];
}

static int fill_pair(const int fds[2], struct file *files[2], vaddr_t user)
{
	if (copy_to_user(user, fds, 2 * sizeof(fds[0])) != 0) {
		file_put(files[0]);
		file_put(files[1]);
		return -EFAULT;
	}
	fd_fill(fds[0], files[0]);
	fd_fill(fds[1], files[1]);
	return 0;
}

SYSCALL_4(socketpair, family, type, protocol, user)
{
	struct file *files[2];
	int fds[2], err;

	if (!is_good_type(type))
		return -EINVAL;
	err = reserve_pair(fds, type & O_CLOEXEC);
	if (err != 0)
		return err;
	err = socket_open_pair((int)family, type & TYPE_MASK, (int)protocol,
			       type & O_NONBLOCK, files);
	if (err == 0)
		err = fill_pair(fds, files, user);
	if (err != 0) {
		fd_unreserve(fds[0]);
		fd_unreserve(fds[1]);
	}
	return err;
}

/* ---- with an address: bind, connect ---- */

#define ADDRESS4_BYTES 16U
#define ADDRESS6_BYTES 24U /* the shortest that there ever was */

static int check_length(const struct address *a)
{
	switch (a->family) {
	case AF_UNSPEC:
	case AF_INET:
		return a->len < ADDRESS4_BYTES ? -EINVAL : 0;
	case AF_INET6:
		return a->len < ADDRESS6_BYTES ? -EINVAL : 0;
	}
	return 0;
}

static bool is_any4(const struct address *a)
{
	return a->bytes[4] == 0 && a->bytes[5] == 0 && a->bytes[6] == 0 && a->bytes[7] == 0;
}

/* Is the running thread's domain content that a port of TCP is used?  What is wrong
 * with an address is found in Linux's order. */
static int may_use_port(const struct socket *s, const struct address *a, uint32_t right)
{
	const struct landlock_domain *d = landlock_own();
	int err;

	if (likely(d == NULL) || d->any.net == 0 || s->type != SOCK_STREAM)
		return 0;
	err = a->len < sizeof(a->family) ? -EINVAL : check_length(a);
	if (err != 0)
		return err;
	if (a->family == AF_UNSPEC) {
		if (right == LANDLOCK_NET_CONNECT_TCP) /* to be apart */
			return 0;
		if (!is_any4(a))
			return -EAFNOSUPPORT;
	} else if (a->family != AF_INET && a->family != AF_INET6) {
		return 0;
	} else if (a->family != s->family) {
		return -EINVAL;
	}
	return landlock_judge_port(d, (uint16_t)((uint8_t)a->bytes[2] << 8 |
						 (uint8_t)a->bytes[3]), right);
}

static int bind_to(struct file *f, struct socket *s, const struct address *a)
{
	int err = may_use_port(s, a, LANDLOCK_NET_BIND_TCP);

	(void)f;
	return err != 0 ? err : s->ops->bind(s, a);
}

static int connect_to(struct file *f, struct socket *s, const struct address *a)
{
	int err = may_use_port(s, a, LANDLOCK_NET_CONNECT_TCP);

	return err != 0 ? err :
		s->ops->connect(s, a, READ_ONCE(f->flags) & O_NONBLOCK);
}

static long use_address(unsigned long fd, vaddr_t user, unsigned long len,
			int (*use)(struct file *f, struct socket *s,
				   const struct address *a))
{
	struct address *a;
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	a = kmalloc(sizeof(*a));
	result = a != NULL ? address_from_user(a, user, (unsigned)len) :
			     -ENOMEM;
	if (result == 0)
		result = use(f, s, a);
	kfree(a);
	file_put(f);
	return result;
}

SYSCALL_3(bind, fd, address, len)
{
	return use_address(fd, address, len, bind_to);
}

/*
 * LACKS connect: of TCP it is over at once: there is no `EINPROGRESS`; what the peer
 * of a connection that `AF_UNSPEC` gave up has not read counts against `SO_SNDBUF`
 * until it has.
 */
SYSCALL_3(connect, fd, address, len)
{
	return use_address(fd, address, len, connect_to);
}

SYSCALL_2(listen, fd, backlog)
{
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = s->ops->listen != NULL ? s->ops->listen(s, (int)backlog) :
					  -EOPNOTSUPP;
	file_put(f);
	return result;
}

/* ---- names ---- */

/* 0 or -ENOTCONN. */
typedef int (*name_of)(struct socket *s, struct address *a);

static int own_name(struct socket *s, struct address *a)
{
	s->ops->name(s, s, a);
	return 0;
}

/* Of who has connected, though it may be over by now. */
static int name_of_other_end(struct socket *s, struct address *a)
{
	struct socket *of = socket_peer_get(s);

	if (of == NULL)
		return -ENOTCONN;
	of->ops->name(of, s, a);
	socket_put(of);
	return 0;
}

static int peer_name(struct socket *s, struct address *a)
{
	return s->ops->peer_name != NULL ? s->ops->peer_name(s, a) :
					   name_of_other_end(s, a);
}

static int tell_name(struct socket *s, name_of name, vaddr_t to, vaddr_t len)
{
	struct address *a = kmalloc(sizeof(*a));
	int err = a != NULL ? name(s, a) : -ENOMEM;

	if (err == 0)
		err = address_to_user(a, to, len);
	kfree(a);
	return err;
}

static long tell_name_of_fd(unsigned long fd, name_of name, vaddr_t to,
			    vaddr_t len)
{
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = tell_name(s, name, to, len);
	file_put(f);
	return result;
}

SYSCALL_3(getsockname, fd, address, len)
{
	return tell_name_of_fd(fd, own_name, address, len);
}

SYSCALL_3(getpeername, fd, address, len)
{
	return tell_name_of_fd(fd, peer_name, address, len);
}

/* ---- accept ---- */

/* Who it is with may be gone again: then it has no name. */
static int tell_who(struct file *f, vaddr_t to, vaddr_t len)
{
	int err;

	if (to == 0)
		return 0;
	err = tell_name(socket_of_file(f), name_of_other_end, to, len);
	return err == -ENOTCONN ? -ECONNABORTED : err;
}

static long accept_from(struct file *listener, struct socket *s, vaddr_t to,
			vaddr_t len, unsigned flags)
{
	struct file *f;
	int fd = fd_reserve(flags & O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	err = socket_accept(s, READ_ONCE(listener->flags) & O_NONBLOCK,
			    flags & O_NONBLOCK, &f);
	if (err == 0) {
		err = tell_who(f, to, len);
		if (err != 0)
			file_put(f);
	}
	if (err != 0) {
		fd_unreserve(fd);
		return err;
	}
	fd_fill(fd, f);
	return fd;
}

static long accept_on(unsigned long fd, vaddr_t to, vaddr_t len,
		      unsigned long flags)
{
	struct socket *s;
	struct file *f;
	long result;

	if (flags & ~(unsigned long)TYPE_FLAGS)
		return -EINVAL;
	result = socket_of_fd(fd, &f, &s);
	if (result != 0)
		return result;
	result = accept_from(f, s, to, len, (unsigned)flags);
	file_put(f);
	return result;
}

SYSCALL_3(accept, fd, address, len)
{
	return accept_on(fd, address, len, 0);
}

SYSCALL_4(accept4, fd, address, len, flags)
{
	return accept_on(fd, address, len, flags);
}

/* ---- shutdown and options ---- */

SYSCALL_2(shutdown, fd, how)
{
	static const unsigned shut[] = { SHUT_READ, SHUT_WRITE,
					 SHUT_READ | SHUT_WRITE };
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = how < ARRAY_SIZE(shut) ? s->ops->shutdown(s, shut[how]) :
					  -EINVAL;
	file_put(f);
	return result;
}

/*
 * LACKS setsockopt, getsockopt: most options are kept and told again, and
 * change nothing; filters (`SO_ATTACH_FILTER`), `SO_BINDTODEVICE`, `SO_MARK`,
 * `SO_PEEK_OFF`, `SO_PEERSEC`, `SO_PEERGROUPS`, `SO_PASSPIDFD`,
 * `SO_PEERPIDFD`, `SO_TIMESTAMPNS`, multicast, and of netlink `NETLINK_PKTINFO`,
 * `NETLINK_BROADCAST_ERROR` and `NETLINK_LISTEN_ALL_NSID` are `ENOPROTOOPT`.
 */
SYSCALL_5(setsockopt, fd, level, name, value, len)
{
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = (int)len < 0 ? -EINVAL :
				socket_set_option(s, (int)level, (int)name,
						  value, (unsigned)len);
	file_put(f);
	return result;
}

static int get_option(struct socket *s, int level, int name, vaddr_t value,
		      vaddr_t user_len)
{
	uint32_t len;
	int err;

	if (get_user_u32(&len, user_len) != 0)
		return -EFAULT;
	if ((int)len < 0)
		return -EINVAL;
	err = socket_get_option(s, level, name, value, &len);
	return err != 0 ? err : put_user_u32(user_len, len);
}

SYSCALL_5(getsockopt, fd, level, name, value, len)
{
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = get_option(s, (int)level, (int)name, value, len);
	file_put(f);
	return result;
}
