/*
 * net/options.c - setsockopt() and getsockopt() of SOL_SOCKET.
 *
 * Some options change nothing here (SO_KEEPALIVE, SO_PRIORITY): there is no
 * wire on which they could.  They are kept and told again, as programs expect.
 */
#include "net/net_internal.h"

#include "arch/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/time.h"
#include "mm/uaccess.h"
#include "vfs/cred.h"

#define SOL_SOCKET 1

enum {
	SO_DEBUG = 1, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE,
	SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_OOBINLINE,
	SO_NO_CHECK, SO_PRIORITY, SO_LINGER, SO_BSDCOMPAT, SO_REUSEPORT,
	SO_PASSCRED, SO_PEERCRED, SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO,
	SO_SNDTIMEO,
	SO_TIMESTAMP = 29, SO_ACCEPTCONN = 30,
	SO_SNDBUFFORCE = 32, SO_RCVBUFFORCE = 33,
	SO_PROTOCOL = 38, SO_DOMAIN = 39,
};

/* Options that are a bit of socket.flags. */
static const struct {
	int name;
	unsigned bit;
} bits[] = {
	{ SO_PASSCRED, SOCKET_PASSCRED },
	{ SO_REUSEADDR, SOCKET_REUSEADDR },
	{ SO_REUSEPORT, SOCKET_REUSEPORT },
	{ SO_BROADCAST, SOCKET_BROADCAST },
	{ SO_KEEPALIVE, 16 },
	{ SO_OOBINLINE, SOCKET_OOBINLINE },
	{ SO_DONTROUTE, 64 },
	{ SO_NO_CHECK, 128 },
	{ SO_TIMESTAMP, 256 },
	{ SO_DEBUG, 1024 },
};

static unsigned bit_of(int name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
		if (bits[i].name == name)
			return bits[i].bit;
	return 0;
}

/* ---- setting ---- */

#define BUFFER_MAX 212992U /* net.core.wmem_max, rmem_max */
#define SEND_BUFFER_MIN 4608U
#define RECEIVE_BUFFER_MIN 2304U
#define LOW_WATER_MAX (BUFFER_MAX / 2) /* what a stream of TCP surely holds */

/* Twice what was asked for: what keeps the bytes is counted, too.  Less than
 * nothing is as much as there may be; to who may have any, nothing. */
static unsigned buffer_size(int wanted, unsigned least, bool force)
{
	unsigned n = (unsigned)(force ? max(wanted, 0) : wanted);

	return max(min(n, force ? INT32_MAX / 2U : BUFFER_MAX) * 2, least);
}

static int set_send_buffer(struct socket *s, int value, bool force)
{
	if (force && !cred_can(current_cred(), CAP_NET_ADMIN))
		return -EPERM;
	WRITE_ONCE(s->send_buffer,
		   buffer_size(value, SEND_BUFFER_MIN, force));
	waitq_wake_all(&s->writable);
	return 0;
}

static int set_receive_buffer(struct socket *s, int value, bool force)
{
	if (force && !cred_can(current_cred(), CAP_NET_ADMIN))
		return -EPERM;
	WRITE_ONCE(s->receive_buffer,
		   buffer_size(value, RECEIVE_BUFFER_MIN, force));
	waitq_wake_all(&s->writable); /* of netlink: who waits to send to it */
	return 0;
}

static int set_flag(struct socket *s, unsigned bit, bool on)
{
	if (on)
		atomic_fetch_or_relaxed(&s->flags, bit);
	else
		atomic_fetch_and_relaxed(&s->flags, ~bit);
	if (bit == SOCKET_OOBINLINE)
		urgent_inline_changed(s);
	return 0;
}

#define PRIORITY_MAX 6 /* of who may not choose any */

static int set_priority(struct socket *s, int value)
{
	if ((value < 0 || value > PRIORITY_MAX) &&
	    !cred_can(current_cred(), CAP_NET_ADMIN))
		return -EPERM;
	WRITE_ONCE(s->priority, value);
	return 0;
}

/* None is one byte, less than nothing as many as can be. */
static int set_low_water(struct socket *s, int value)
{
	unsigned most = s->family == AF_UNIX ? INT32_MAX : LOW_WATER_MAX;

	WRITE_ONCE(s->low_water, min(max((unsigned)value, 1U), most));
	return 0;
}

/* Those that are an int. */
static int set_number(struct socket *s, int name, int value)
{
	switch (name) {
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		return set_send_buffer(s, value, name == SO_SNDBUFFORCE);
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		return set_receive_buffer(s, value, name == SO_RCVBUFFORCE);
	case SO_RCVLOWAT:
		return set_low_water(s, value);
	case SO_PRIORITY:
		return set_priority(s, value);
	case SO_BSDCOMPAT:
		return 0;
	case SO_DEBUG:
		if (value != 0 && !cred_can(current_cred(), CAP_NET_ADMIN))
			return -EACCES;
	}
	return bit_of(name) != 0 ? set_flag(s, bit_of(name), value != 0) :
				   -ENOPROTOOPT;
}

/* A century is for ever; before now is as soon as can be. */
#define MAX_SECONDS 3155760000L

static uint64_t ns_of(const struct timeval *tv)
{
	if (tv->sec < 0)
		return 1;
	return (uint64_t)min(tv->sec, MAX_SECONDS) * NS_PER_SECOND +
	       (uint64_t)tv->usec * NS_PER_MICROSECOND;
}

static int set_timeout(uint64_t *timeout, vaddr_t value, unsigned len)
{
	struct timeval tv;

	if (len < sizeof(tv))
		return -EINVAL;
	if (copy_from_user(&tv, value, sizeof(tv)) != 0)
		return -EFAULT;
	if ((uint64_t)tv.usec >= NS_PER_SECOND / NS_PER_MICROSECOND)
		return -EDOM;
	WRITE_ONCE(*timeout, ns_of(&tv));
	return 0;
}

/* As programs write it. */
struct linger {
	int on, seconds;
};

/* Off, the time stays what it was. */
static int set_linger(struct socket *s, vaddr_t value, unsigned len)
{
	struct linger linger;

	if (len < sizeof(linger))
		return -EINVAL;
	if (copy_from_user(&linger, value, sizeof(linger)) != 0)
		return -EFAULT;
	if (linger.on)
		WRITE_ONCE(s->linger, (unsigned)linger.seconds);
	return set_flag(s, SOCKET_LINGERS, linger.on);
}

static int set_by_number(struct socket *s, int name, vaddr_t value,
			 unsigned len)
{
	uint32_t number;

	if (len < sizeof(number))
		return -EINVAL;
	if (get_user_u32(&number, value) != 0)
		return -EFAULT;
	return set_number(s, name, (int)number);
}

static int set_common(struct socket *s, int name, vaddr_t value, unsigned len)
{
	switch (name) {
	case SO_RCVTIMEO:
		return set_timeout(&s->receive_timeout, value, len);
	case SO_SNDTIMEO:
		return set_timeout(&s->send_timeout, value, len);
	case SO_LINGER:
		return set_linger(s, value, len);
	}
	return set_by_number(s, name, value, len);
}

int socket_set_option(struct socket *s, int level, int name, vaddr_t value,
		      unsigned len)
{
	if (level == SOL_SOCKET)
		return set_common(s, name, value, len);
	if (s->ops->set_option == NULL)
		return s->family == AF_UNIX ? -EOPNOTSUPP : -ENOPROTOOPT;
	return s->ops->set_option(s, level, name, value, len);
}

/* All but SO_PRIORITY. */
void socket_inherit_options(struct socket *s, const struct socket *from)
{
	s->flags = READ_ONCE(from->flags);
	s->send_buffer = READ_ONCE(from->send_buffer);
	s->receive_buffer = READ_ONCE(from->receive_buffer);
	s->send_timeout = READ_ONCE(from->send_timeout);
	s->receive_timeout = READ_ONCE(from->receive_timeout);
	s->low_water = READ_ONCE(from->low_water);
	s->linger = READ_ONCE(from->linger);
}

/* ---- getting ---- */

int option_give(const void *answer, size_t size, vaddr_t value, unsigned *len)
{
	*len = (unsigned)min((size_t)*len, size);
	return copy_to_user(value, answer, *len);
}

static int give_timeout(uint64_t ns, vaddr_t value, unsigned *len)
{
	struct timeval tv = timeval_of_ns(ns);

	return option_give(&tv, sizeof(tv), value, len);
}

static int give_linger(struct socket *s, vaddr_t value, unsigned *len)
{
	struct linger linger = {
		.on = (READ_ONCE(s->flags) & SOCKET_LINGERS) != 0,
		.seconds = (int)READ_ONCE(s->linger),
	};

	return option_give(&linger, sizeof(linger), value, len);
}

static int give_peer(struct socket *s, vaddr_t value, unsigned *len)
{
	struct ucred cred;

	mutex_lock(&s->lock);
	cred = s->peer_cred;
	mutex_unlock(&s->lock);
	return option_give(&cred, sizeof(cred), value, len);
}

/* Those that are an int: it, or -ENOPROTOOPT. */
static int get_number(struct socket *s, int name, int *number)
{
	unsigned bit = bit_of(name);

	*number = 0;
	switch (name) {
	case SO_TYPE:
		*number = s->type;
		return 0;
	case SO_DOMAIN:
		*number = s->family;
		return 0;
	case SO_PROTOCOL:
		*number = s->protocol;
		return 0;
	case SO_ERROR:
		*number = -socket_take_error(s);
		return 0;
	case SO_SNDBUF:
		*number = (int)READ_ONCE(s->send_buffer);
		return 0;
	case SO_RCVBUF:
		*number = (int)READ_ONCE(s->receive_buffer);
		return 0;
	case SO_RCVLOWAT:
		*number = (int)READ_ONCE(s->low_water);
		return 0;
	case SO_SNDLOWAT:
		*number = 1;
		return 0;
	case SO_ACCEPTCONN:
		*number = READ_ONCE(s->state) == SOCKET_LISTENING;
		return 0;
	case SO_PRIORITY:
		*number = READ_ONCE(s->priority);
		return 0;
	case SO_BSDCOMPAT:
		return 0;
	}
	*number = (READ_ONCE(s->flags) & bit) != 0;
	return bit != 0 ? 0 : -ENOPROTOOPT;
}

static int get_common(struct socket *s, int name, vaddr_t value, unsigned *len)
{
	int number, err;

	switch (name) {
	case SO_RCVTIMEO:
		return give_timeout(READ_ONCE(s->receive_timeout), value, len);
	case SO_SNDTIMEO:
		return give_timeout(READ_ONCE(s->send_timeout), value, len);
	case SO_LINGER:
		return give_linger(s, value, len);
	case SO_PEERCRED:
		return give_peer(s, value, len);
	}
	err = get_number(s, name, &number);
	return err != 0 ? err :
			  option_give(&number, sizeof(number), value, len);
}

int socket_get_option(struct socket *s, int level, int name, vaddr_t value,
		      unsigned *len)
{
	if (level == SOL_SOCKET)
		return get_common(s, name, value, len);
	if (s->ops->get_option == NULL)
		return s->family == AF_UNIX ? -EOPNOTSUPP : -ENOPROTOOPT;
	return s->ops->get_option(s, level, name, value, len);
}
