/*
 * net/ioctl.c - ioctl() of sockets, whatever their family.
 */
#include "net/net_internal.h"

#include "lib/errno.h"
#include "mm/uaccess.h"
#include "net/interface.h"
#include "proc/signal/async.h"

#define TIOCOUTQ 0x5411
#define FIONREAD 0x541b
#define FIOSETOWN 0x8901
#define SIOCSPGRP 0x8902
#define FIOGETOWN 0x8903
#define SIOCGPGRP 0x8904
#define SIOCATMARK 0x8905

/* A packet has an end, and a stream may have a mark: what the next read would
 * get. */
static size_t next_bytes(struct socket *s)
{
	size_t n;

	mutex_lock(&s->lock);
	if (s->type == SOCK_STREAM)
		n = urgent_bytes_before(s);
	else if (list_is_empty(&s->messages))
		n = 0;
	else
		n = message_left(list_entry(s->messages.next, struct message, link));
	mutex_unlock(&s->lock);
	return n;
}

/* As F_SETOWN: a group is what is below 0. */
static long set_owner(struct file *f, vaddr_t arg)
{
	uint32_t value;
	int number;

	if (get_user_u32(&value, arg) != 0)
		return -EFAULT;
	number = (int)value;
	if (number == INT32_MIN)
		return -EINVAL;
	return number < 0 ? async_set_owner(f, OWNER_GROUP, -number) :
			    async_set_owner(f, OWNER_PROCESS, number);
}

static long get_owner(struct file *f, vaddr_t arg)
{
	const struct file_owner owner = async_owner(f);
	int number = owner.type == OWNER_GROUP ? -owner.number : owner.number;

	return put_user_u32(arg, (uint32_t)number);
}

long socket_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct socket *s = f->data;

	switch (cmd) {
	case FIONREAD:
		if (READ_ONCE(s->state) == SOCKET_LISTENING)
			return -EINVAL;
		return put_user_u32(arg, (uint32_t)next_bytes(s));
	case TIOCOUTQ:
		return put_user_u32(arg, (uint32_t)READ_ONCE(s->sent));
	case FIOSETOWN:
	case SIOCSPGRP:
		return set_owner(f, arg);
	case FIOGETOWN:
	case SIOCGPGRP:
		return get_owner(f, arg);
	case SIOCATMARK:
		if (s->type == SOCK_STREAM)
			return put_user_u32(arg, urgent_is_at_mark(s));
		if (s->family == AF_UNIX)
			return -EOPNOTSUPP;
	}
	return interface_ioctl(s->family, cmd, arg);
}
