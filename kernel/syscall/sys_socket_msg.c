/*
 * syscall/sys_socket_msg.c - send and receive in all their forms.
 *
 * What one call needs is one object, not on the stack: below it pages may be
 * faulted in, which takes stack enough.
 */
#include "syscall/syscall.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "syscall/socket_args.h"
#include "syscall/socket_control.h"
#include "syscall/user_time.h"

#define MAX_TRANSFER 0x7ffff000UL
#define MAX_SEGMENTS 1024UL
#define FAST_SEGMENTS 8U

/* As programs lay them out. */
struct user_msghdr {
	uint64_t name;
	uint32_t name_len, pad;
	uint64_t iov, nr_iov;
	uint64_t control, control_len;
	uint32_t flags, pad2;
};

struct user_mmsghdr {
	struct user_msghdr hdr;
	uint32_t len, pad;
};

_Static_assert(sizeof(struct user_mmsghdr) == 64, "Linux's mmsghdr");

/* What a program passed: a buffer and perhaps a name, or a message header. */
struct asked {
	vaddr_t buf, name, len;
	size_t n;
	vaddr_t message;
};

struct call {
	const struct asked *asked;
	struct user_msghdr hdr;
	struct address name;
	struct exchange x;
	struct user_iovec fast[FAST_SEGMENTS], *iov;
};

typedef ssize_t (*act)(struct socket *s, struct call *c);

/* ---- one call ---- */

static void call_end(struct call *c)
{
	control_drop(&c->x);
	if (c->iov != c->fast)
		kfree(c->iov);
	kfree(c);
}

static struct call *call_begin(const struct file *f, unsigned long flags)
{
	struct call *c = kzalloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	c->iov = c->fast;
	c->x.flags = (unsigned)flags | nonblock_flag(f);
	c->x.cred = socket_own_cred(false);
	return c;
}

/* @act, of what was @asked, on an open file that is @s. */
static ssize_t act_once(struct file *f, struct socket *s, unsigned long flags,
			act act, const struct asked *asked)
{
	struct call *c = call_begin(f, flags);
	ssize_t result;

	if (c == NULL)
		return -ENOMEM;
	c->asked = asked;
	result = act(s, c);
	call_end(c);
	return result;
}

static long act_on_fd(unsigned long fd, unsigned long flags, act act,
		      const struct asked *asked)
{
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = act_once(f, s, flags, act, asked);
	file_put(f);
	return result;
}

/* The vector is in c->iov: its sum, and where it begins. */
static int sum_pieces(struct call *c, unsigned nr)
{
	size_t n = 0;

	for (unsigned i = 0; i < nr; i++) {
		if ((int64_t)c->iov[i].length < 0)
			return -EINVAL;
		if (!is_user_range(c->iov[i].base, c->iov[i].length))
			return -EFAULT;
		c->iov[i].length = min(c->iov[i].length, MAX_TRANSFER - n);
		n += c->iov[i].length;
	}
	c->x.n = n;
	c->x.pieces = (struct pieces){ .iov = c->iov, .nr = nr };
	return 0;
}

static int use_buffer(struct call *c)
{
	c->fast[0].base = c->asked->buf;
	c->fast[0].length = min(c->asked->n, MAX_TRANSFER);
	return sum_pieces(c, 1);
}

static int use_vector(struct call *c)
{
	size_t bytes = c->hdr.nr_iov * sizeof(c->iov[0]);

	if (c->hdr.nr_iov > MAX_SEGMENTS)
		return -EMSGSIZE;
	if (c->hdr.nr_iov > FAST_SEGMENTS) {
		struct user_iovec *iov = kmalloc(bytes);

		if (iov == NULL)
			return -ENOMEM;
		c->iov = iov;
	}
	if (copy_from_user(c->iov, c->hdr.iov, bytes) != 0)
		return -EFAULT;
	return sum_pieces(c, (unsigned)c->hdr.nr_iov);
}

static int use_header(struct call *c)
{
	if (copy_from_user(&c->hdr, c->asked->message, sizeof(c->hdr)) != 0)
		return -EFAULT;
	if (c->hdr.name == 0)
		c->hdr.name_len = 0;
	if ((int)c->hdr.name_len < 0)
		return -EINVAL;
	return use_vector(c);
}

static int use_name(struct call *c, vaddr_t from, unsigned len)
{
	c->x.name = &c->name;
	return address_from_user(&c->name, from, len);
}

/* ---- sending ---- */

static ssize_t send_buffer(struct socket *s, struct call *c)
{
	int err = use_buffer(c);

	if (err == 0 && c->asked->name != 0)
		err = use_name(c, c->asked->name, (unsigned)c->asked->len);
	return err != 0 ? err : socket_send(s, &c->x);
}

/*
 * LACKS sendto, sendmsg, sendmmsg: `MSG_ZEROCOPY`, `MSG_CONFIRM` and
 * `MSG_FASTOPEN` are passed over; of control messages there are `SCM_RIGHTS` and
 * `SCM_CREDENTIALS`.
 */
SYSCALL_6(sendto, fd, buf, n, flags, name, len)
{
	return act_on_fd(fd, flags, send_buffer,
			 &(struct asked){ .buf = buf, .n = n, .name = name, .len = len });
}

static ssize_t send_message(struct socket *s, struct call *c)
{
	int err = use_header(c);

	if (err == 0)
		err = use_name(c, c->hdr.name,
			       min(c->hdr.name_len, ADDRESS_MAX));
	if (err == 0)
		err = control_from_user(s, &c->x, c->hdr.control,
					c->hdr.control_len);
	return err != 0 ? err : socket_send(s, &c->x);
}

SYSCALL_3(sendmsg, fd, msg, flags)
{
	return act_on_fd(fd, flags, send_message,
			 &(struct asked){ .message = msg });
}

/* ---- receiving ---- */

static ssize_t receive_buffer(struct socket *s, struct call *c)
{
	const struct asked *asked = c->asked;
	ssize_t done = use_buffer(c);

	if (done == 0) {
		c->x.name = asked->name != 0 ? &c->name : NULL;
		done = socket_receive(s, &c->x);
	}
	if (done >= 0 && asked->name != 0) {
		int err = address_to_user(&c->name, asked->name, asked->len);

		if (err != 0)
			return err;
	}
	return done;
}

/*
 * LACKS recvfrom, recvmsg, recvmmsg: nothing is ever in the queue of errors
 * (`MSG_ERRQUEUE`), and no timestamps are told.
 */
SYSCALL_6(recvfrom, fd, buf, n, flags, name, len)
{
	return act_on_fd(fd, flags, receive_buffer,
			 &(struct asked){ .buf = buf, .n = n, .name = name, .len = len });
}

/* What belongs to the program besides the bytes. */
static int tell_message(struct socket *s, struct call *c)
{
	vaddr_t user = c->asked->message;
	ssize_t control;

	if (c->hdr.name != 0 &&
	    address_to_user(&c->name, c->hdr.name,
			    user + offsetof(struct user_msghdr, name_len)) != 0)
		return -EFAULT;
	control = control_to_user(s, &c->x, c->hdr.control, c->hdr.control_len);
	if (control < 0)
		return -EFAULT;
	if (put_user_u64(user + offsetof(struct user_msghdr, control_len),
			 (uint64_t)control) != 0)
		return -EFAULT;
	return put_user_u32(user + offsetof(struct user_msghdr, flags),
			    c->x.told | (c->x.flags & MSG_CMSG_CLOEXEC));
}

static ssize_t receive_message(struct socket *s, struct call *c)
{
	ssize_t done = use_header(c);

	if (done != 0)
		return done;
	c->x.name = c->hdr.name != 0 ? &c->name : NULL;
	done = socket_receive(s, &c->x);
	if (done >= 0 && tell_message(s, c) != 0)
		return -EFAULT;
	return done;
}

SYSCALL_3(recvmsg, fd, msg, flags)
{
	return act_on_fd(fd, flags, receive_message,
			 &(struct asked){ .message = msg });
}

/* ---- many ---- */

#define MSG_WAITFORONE 0x10000U

/* Until one fails: how many, or why there is none. */
static long each(struct file *f, struct socket *s, vaddr_t user, unsigned n,
		 unsigned long flags, uint64_t deadline, act act)
{
	ssize_t done = 0;
	unsigned i = 0;

	for (; i < n && block_go_on(); i++) {
		vaddr_t at = user + i * sizeof(struct user_mmsghdr);

		done = act_once(f, s, flags & ~(unsigned long)MSG_WAITFORONE,
				act, &(struct asked){ .message = at });
		if (done >= 0)
			done = put_user_u32(
				at + offsetof(struct user_mmsghdr, len),
				(uint32_t)done);
		if (done < 0)
			break;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (clock_ticks() >= deadline)
			return i + 1;
	}
	return i > 0 ? (long)i : done;
}

static long messages_of_fd(unsigned long fd, vaddr_t messages, unsigned n,
			   unsigned long flags, uint64_t deadline, act act)
{
	struct socket *s;
	struct file *f;
	long result = socket_of_fd(fd, &f, &s);

	if (result != 0)
		return result;
	result = each(f, s, messages, n, flags, deadline, act);
	file_put(f);
	return result;
}

SYSCALL_4(sendmmsg, fd, messages, n, flags)
{
	return messages_of_fd(fd, messages, min((unsigned)n, 1024U), flags,
			      TIMER_NEVER, send_message);
}

static int put_time_left(vaddr_t to, uint64_t deadline)
{
	uint64_t now = clock_ticks();

	return put_user_timespec(to, now < deadline ?
					     ticks_to_ns(deadline - now) : 0);
}

SYSCALL_5(recvmmsg, fd, messages, n, flags, timeout)
{
	uint64_t deadline;
	long done = get_user_deadline(&deadline, timeout);

	if (done != 0)
		return done;
	done = messages_of_fd(fd, messages, (unsigned)n, flags, deadline,
			      receive_message);
	if (done > 0 && timeout != 0 && put_time_left(timeout, deadline) != 0)
		return -EFAULT;
	return done;
}
