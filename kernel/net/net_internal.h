#pragma once

/*
 * net/net_internal.h - what families share: messages, queues, connections.
 */

#include "arch/clock.h"
#include "net/rights.h"
#include "net/socket.h"
#include "proc/time/timer.h"

struct chunk;

/* What one send() brought, or a piece of it; in one queue, or nobody's. */
struct message {
	struct list link;        /* (receiver's lock) */
	struct socket *sender;   /* (c) a reference: its sent counts charge */
	uint64_t charge;         /* (c) in a queue: bytes it takes */
	size_t len;              /* (c) in a queue */
	size_t at;               /* (receiver's lock) the first that was not read; of a
				  * packet: that is to be */
	struct chunk *chunks;    /* (c) the bytes */
	struct rights *rights;   /* (receiver's lock) or NULL */
	struct ucred cred;       /* (c) who sent it */
	uint32_t from, group;    /* (c) of netlink: by which port, to which group */
	bool urgent;             /* (c) one byte, the last of a send with MSG_OOB */
};

extern const struct file_ops socket_file_ops;

long socket_ioctl(struct file *f, unsigned cmd, unsigned long arg);

/* ---- life: socket.c ---- */

/* Fill in @s, which a family embeds: one reference, idle.  -ENOBUFS: its user
 * has too much. */
int socket_init(struct socket *s, const struct socket_ops *ops, int family,
		int type, int protocol);
/* SO_ERROR, which is then over: 0 or -errno. */
int socket_take_error(struct socket *s);
bool socket_has_room(const struct socket *s);
/* A new one that is accepted has what its listener was told. */
void socket_inherit_options(struct socket *s, const struct socket *from);
/* May @user be charged with @bytes more? */
bool socket_charge(struct user *user, uint64_t bytes);

/* An option's value to the program, as far as there is room. */
int option_give(const void *answer, size_t size, vaddr_t value, unsigned *len);

/* ---- all there are: census.c ---- */

/* On its way from the oldest to those that were there when it began. */
struct census_walk {
	struct census_entry mark GUARDED_BY(C_census);
	uint64_t until; /* (c) socket.serial */
};

void census_init(void);
/* @s, which is whole, has a file or waits to be accepted; again is no harm. */
void census_enter(struct socket *s);
/* It is closed; it need not be in. */
void census_leave(struct socket *s);
void census_walk_begin(struct census_walk *w);
/* With a reference; NULL: there are no more. */
struct socket *census_walk_next(struct census_walk *w);
void census_walk_end(struct census_walk *w);

/* What is true of one at a moment. */
struct socket_facts {
	bool closed;
	enum socket_state state;
	unsigned shut, nr_arrivals, backlog, uid;
	uint32_t number; /* of its file, as fstat() has it; 0: it has none */
	uint64_t bytes, charged;
};

struct socket_facts socket_facts(struct socket *s);

/* ---- bytes: message.c ---- */

/* So many were not read. */
static inline size_t message_left(const struct message *m)
{
	return m->len - m->at;
}

/* For @n bytes of @sender's; NULL: no memory, or too much of it. */
struct message *message_create(struct socket *sender, size_t n);
void message_free(struct message *m);
void messages_free(struct list *messages);
/* The bytes of @more, of the same sender and without rights, follow those of @m,
 * which is in no queue yet; @more is gone. */
void message_join(struct message *m, struct message *more);
/* Its bytes from the @at'th on, which is one of the first, from @p: 0 or -EFAULT. */
int message_fill(struct message *m, size_t at, struct pieces *p);
/* So many bytes, or all, are in one piece at the beginning; of a message that was
 * not joined.  NULL: it has none. */
#define MESSAGE_HEAD 256U
void *message_head(const struct message *m);
/* @n bytes that it has. */
void message_read(const struct message *m, size_t at, void *to, size_t n);
/* @n bytes that it has, which nobody else sees yet. */
void message_write(struct message *m, size_t at, const void *from, size_t n);
/* The same bytes from the same sender, without rights; NULL: no memory.  @m was
 * not joined. */
struct message *message_clone(const struct message *m);
/* Up to @n of them to @p, from the @at'th on: how many. */
size_t message_copy(const struct message *m, size_t at, struct pieces *p,
		    size_t n);

/* ---- queues: queue.c ---- */

/* Does @s want what @from sends?  And one more message, for who reads. */
bool socket_takes(const struct socket *s, const struct socket *from)
	REQUIRES(C_socket);
void socket_append(struct socket *to, struct message *m) REQUIRES(C_socket);
void socket_prepend(struct socket *to, struct message *m) REQUIRES(C_socket);
/* @m, of which nothing was read, is in no queue any more. */
void socket_remove(struct socket *s, struct message *m) REQUIRES(C_socket);

/* All there are go to @out. */
void socket_take_messages(struct socket *s, struct list *out) REQUIRES(C_socket);

/* Queue @m, which is the receiver's then: 0, or -EPIPE: it is closed, or does
 * not want any; -EPERM: it is connected, and not to the sender. */
int socket_deliver(struct socket *to, struct message *m);
/* The same with what @x carries; after an error @m is gone, and that is not. */
int socket_deliver_exchange(struct socket *to, struct message *m,
			    struct exchange *x);
/* A message of the next @n bytes of @x: *@out, or -errno. */
int message_of_exchange(struct socket *s, struct exchange *x, size_t n,
			struct message **out);
/* What is received with the bytes: who sent it, rights. */
void message_tell(struct message *m, struct exchange *x);
/* @sender, as @s sees it; who has no name is nobody, not somebody whose name is
 * empty. */
void socket_name_sender(const struct socket *s, struct socket *sender,
			struct address *a);
/* One message of its own, cut to what there is room for. */
ssize_t packet_receive(struct socket *s, struct exchange *x);
/* Until there may be room for one more; -EPIPE (there is an end to sending),
 * -EAGAIN, -ERESTARTSYS, ... */
int socket_wait_for_room(struct socket *s, const struct exchange *x);
int socket_wait_readable(struct socket *s, const struct exchange *x,
			 bool urgent, uint64_t deadline);
/* The connection with which @x began is no more that of @s. */
static inline bool socket_gave_up(const struct socket *s,
				  const struct exchange *x)
{
	return READ_ONCE(s->nr_given_up) != x->given_up;
}

/* What connect() is told to be connected to nobody. */
static inline bool address_is_none(const struct address *a)
{
	return a->len >= sizeof(a->family) && a->family == AF_UNSPEC;
}

/* Ticks, for a wait that may take @ns; and what its end is called. */
static inline uint64_t socket_deadline(uint64_t ns)
{
	return ns == 0 ? TIMER_NEVER : clock_monotonic_deadline(
					       clock_monotonic_ns() + ns);
}

int socket_wait_result(int err, uint64_t deadline);

/* ---- bytes that are held back: held.c ---- */

void held_init(void);
/* @m has come: @waits for more, or is there to be read, as all before it. */
void held_add(struct socket *to, struct message *m, bool waits)
	REQUIRES(C_socket);
/* All there is may be read; held_push() says so to who waits. */
void held_push_locked(struct socket *to) REQUIRES(C_socket);
void held_push(struct socket *to);
/* Nobody will read it: to @out. */
void held_take(struct socket *to, struct list *out) REQUIRES(C_socket);

/* ---- the urgent byte of a stream: urgent.c ---- */

/* In the place of socket_deliver(), and its owner is told. */
int urgent_deliver(struct socket *to, struct message *m);
/* recv() with MSG_OOB. */
ssize_t urgent_receive(struct socket *s, struct exchange *x);
/* A read that has bytes ends before @m, and goes by @m, which it does not get. */
bool urgent_ends_read(const struct socket *s, const struct message *m)
	REQUIRES(C_socket);
bool urgent_is_passed(const struct socket *s, const struct message *m)
	REQUIRES(C_socket);
/* There are bytes, but for one that MSG_OOB gets.  Without the lock to decide
 * whether to sleep. */
bool urgent_has_bytes(const struct socket *s);
/* Of @messages that were in a queue some are more than marks. */
bool urgent_is_unread(const struct list *messages) REQUIRES(C_socket);
/* A read that has bytes ends here. */
bool urgent_is_next(const struct socket *s) REQUIRES(C_socket);
/* A read begins: if it is at the mark, what is there goes to @over. */
void urgent_pass(struct socket *s, struct list *over) REQUIRES(C_socket);
/* @m was read, to its end. */
void urgent_was_read(struct socket *s, const struct message *m)
	REQUIRES(C_socket);
/* There is no mark any more: what is there goes to @over. */
void urgent_end(struct socket *s, struct list *over) REQUIRES(C_socket);
/* After what is first in the queue may have changed. */
void urgent_place(struct socket *s) REQUIRES(C_socket);
void urgent_inline_changed(struct socket *s);
bool urgent_is_at_mark(struct socket *s); /* SIOCATMARK */
/* What one read may get. */
size_t urgent_bytes_before(const struct socket *s) REQUIRES(C_socket);

/* ---- connections: connect.c ---- */

int stream_begin_connect(struct socket *s);
/* It is connected to @peer, whose reference it takes, and who is @cred; NULL:
 * it failed. */
void stream_end_connect(struct socket *s, struct socket *peer,
			const struct ucred *cred);
/*
 * Connect @client to @end, which is new and waits to be accepted from
 * @listener, as soon as there is room.  Takes the reference to @end.  0, or
 * -ECONNREFUSED, -EAGAIN, a signal's: then the caller has it still.
 */
int stream_join(struct socket *listener, struct socket *end,
		struct socket *client, bool nonblock);
void stream_pair(struct socket *a, struct socket *b);
/* *@again: it has listened before. */
int stream_listen(struct socket *s, int backlog, bool *again);
int stream_accept(struct socket *s, bool nonblock, struct socket **out);

/* ---- their ends: end.c ---- */

int stream_shutdown(struct socket *s, unsigned how);
/* @s listens no more, and who waits to be accepted is reset; false: it did not. */
bool stream_stop_listening(struct socket *s);
/* The connection of @s to @peer is gone: what it sent nobody has read, or will.
 * false: it has no such connection (any more). */
bool stream_reset(struct socket *s, const struct socket *peer);
/* @s is connected to nobody and listens no more, or -EBUSY: a thread connects it.
 * Until stream_end_connect() nobody can do so; *@listened: it did. */
int stream_begin_disconnect(struct socket *s, bool *listened);
void stream_close(struct socket *s);

/* ---- what goes over them: stream.c ---- */

ssize_t stream_send(struct socket *s, struct exchange *x);
ssize_t packet_send(struct socket *s, struct exchange *x);
ssize_t stream_receive(struct socket *s, struct exchange *x);
/* @n bytes more of @m were read: if those are all it is in no queue any more. */
void stream_consume(struct socket *s, struct message *m, size_t n)
	REQUIRES(C_socket);

/* ---- families ---- */

void unix_init(void);
void inet_init(void);
void netlink_init(void);
int inet_create(int family, int type, int protocol, struct socket **out);
int unix_create(int type, int protocol, struct socket **out);
int netlink_create(int type, int protocol, struct socket **out);
int unix_pair(struct socket *a, struct socket *b);
