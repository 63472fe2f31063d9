#pragma once

/*
 * net/socket.h - a socket: an end of a conversation, as an open file.
 *
 * What is common to all families is here: states, a queue of messages that
 * came, the account of those that are on their way, waiting, options.  What
 * an address is, and who answers to it, is a family's business (net/unix/).
 *
 * Everything stays in the kernel: who sends puts a message into the queue of
 * who receives.  The sender pays for it until it was read or its receiver is
 * gone, so SO_SNDBUF is what bounds a queue, and struct user what bounds the
 * sum (docs/limits.md).
 *
 * A socket lives as long as its file, and is then known to be closed; the
 * memory lives as long as anybody holds it: its peer, its messages in other
 * queues, who found it by its name.
 *
 * No two sockets are ever locked at once.  Who has to change both takes one
 * lock, drops it, and takes the other; what must not come between is decided
 * by the one where it matters:
 *
 *	connect, close of	joins the listener's arrivals under its lock,
 *	the listener		where it also sees that it still listens; the
 *				close takes all of them away under the same
 *	send, close of		the message is queued under the receiver's
 *	the receiver		lock, where closed is looked at; whatever the
 *				close found there it frees, later ones fail
 *	accept, shutdown	both under the listener's lock
 *	send of TCP, close	the message finds the receiver closed, and resets
 *	of the receiver		its sender, under whose lock the end is told, too:
 *				what comes first counts.  A reset that was first
 *				is that of bytes that came just before the close
 *	connect to nobody, and	bytes, an end or a reset of the connection that was
 *	what its peer is about	given up find under the lock that their sender is
 *				no more the peer (and never are another connection's)
 *	connect to nobody, and	the call knows which connection it began with, by a
 *	a call that waits	count, and looks at that wherever it looks
 */

#include "lib/list.h"
#include "lib/types.h"
#include "mm/pieces.h"
#include "sync/mutex.h"
#include "sync/refcount.h"
#include "sync/waitq.h"

struct exchange;
struct file;
struct message;
struct poll_table;
struct rights;
struct socket;
struct user;
struct user_iovec;

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5

#define MSG_PEEK 2U
#define MSG_CTRUNC 8U
#define MSG_TRUNC 0x20U
#define MSG_DONTWAIT 0x40U
#define MSG_EOR 0x80U
#define MSG_WAITALL 0x100U
#define MSG_OOB 1U
#define MSG_ERRQUEUE 0x2000U
#define MSG_NOSIGNAL 0x4000U
#define MSG_MORE 0x8000U
#define MSG_CMSG_CLOEXEC 0x40000000U

/* Bits of socket.shut. */
#define SHUT_READ 1U
#define SHUT_WRITE 2U
#define SHUT_CAME 4U /* the peer has ended what it sends, in order: a FIN of TCP */

/* As programs lay it out; the longest of any family. */
#define ADDRESS_MAX 128U

/* A NUL follows what a program has given, where there is room for it: in each
 * that may be a path. */
struct address {
	unsigned len; /* 0: none */
	union {
		uint16_t family;
		char bytes[ADDRESS_MAX];
	};
};

/* Who somebody is, or was when it mattered. */
struct ucred {
	int pid;
	unsigned uid, gid;
};

enum socket_state {
	SOCKET_IDLE,
	SOCKET_CONNECTING, /* one thread is about it */
	SOCKET_LISTENING,
	SOCKET_CONNECTED,
	SOCKET_RESET, /* was connected */
};

/* What a family and type do.  All may sleep; no lock is held. */
struct socket_ops {
	/* What its end means for its peer: SHUT_*. */
	unsigned end_shuts;
	bool connects;        /* it has a peer before it sends */
	bool shut_needs_peer; /* shutdown() before is an error */
	int not_connected;    /* what receiving says before, */
	int send_unconnected; /* and sending */
	bool drops;           /* what its queue has no room for is lost */
	int (*bind)(struct socket *s, const struct address *a);
	int (*connect)(struct socket *s, const struct address *a, bool nonblock);
	int (*listen)(struct socket *s, int backlog);
	/* *@out: a connected socket without a file. */
	int (*accept)(struct socket *s, bool nonblock, struct socket **out);
	/* It has left the arrivals of its listener. */
	void (*arrived)(struct socket *s);
	/* As @asker, of the same kind, sees it. */
	void (*name)(struct socket *s, const struct socket *asker,
		     struct address *out);
	/* For getpeername(); NULL: the peer's.  0 or -ENOTCONN. */
	int (*peer_name)(struct socket *s, struct address *out);
	/* From where @m came, which @s receives; NULL: its sender's name. */
	void (*origin)(struct socket *s, const struct message *m,
		       struct address *out);
	/* What else of @m it wants to know; NULL: nothing. */
	void (*tell)(struct socket *s, const struct message *m,
		     struct exchange *x);
	ssize_t (*send)(struct socket *s, struct exchange *x);
	/* @m of a stream to its peer, with what @x carries: 0, or -EPIPE and @m
	 * is gone. */
	int (*deliver)(struct socket *to, struct message *m, struct exchange *x);
	ssize_t (*receive)(struct socket *s, struct exchange *x);
	int (*shutdown)(struct socket *s, unsigned how);
	/* Of other levels than SOL_SOCKET; NULL: there are none. */
	int (*set_option)(struct socket *s, int level, int name, vaddr_t value,
			  unsigned len);
	int (*get_option)(struct socket *s, int level, int name, vaddr_t value,
			  unsigned *len);
	/* Its file is gone. */
	void (*close)(struct socket *s);
	/* Nobody holds it. */
	void (*destroy)(struct socket *s);
};

/* A place in the list of all sockets: census.c. */
struct census_entry {
	struct list link;
	struct socket *socket; /* NULL: it is no socket's, or not in the list yet */
};

/*
 *	(c)	constant once others can see it
 *	(a)	one word, written by whoever acts last; counts are atomic
 *	(*)	read without the lock to decide whether to sleep, or what poll
 *		says, and where it matters again with it
 */
struct socket {
	struct refcount refs;
	const struct socket_ops *ops; /* (c) */
	uint16_t family, type;        /* (c) */
	int protocol;                 /* (c) */
	struct user *payer;           /* (c) for USER_SOCKET_BYTES */
	struct file *file;            /* (lock) to set, then (c): the one it has;
				       * NULL: not accepted yet */
	struct census_entry census GUARDED_BY(C_census);
	uint64_t serial;              /* (c) once it is in the census: nobody else's, ever */
	struct LOCK_OF(mutex, socket) lock; /* RANK_SOCKET */
	unsigned uid GUARDED_BY(C_socket); /* who made its file; 0: it has none */
	enum socket_state state GUARDED_BY(C_socket); /* (*) */
	unsigned nr_given_up GUARDED_BY(C_socket); /* (*) connections, by connect() to nobody */
	unsigned shut GUARDED_BY(C_socket);  /* (*) SHUT_* */
	bool closed GUARDED_BY(C_socket);    /* (*) its file is gone */
	struct socket *peer GUARDED_BY(C_socket); /* a reference; of one that connects
						   * whom it may hear already: none */
	struct ucred peer_cred GUARDED_BY(C_socket); /* SO_PEERCRED */

	struct list messages GUARDED_BY(C_socket); /* struct message.link */
	size_t bytes GUARDED_BY(C_socket);   /* (*) in them */
	uint64_t charged GUARDED_BY(C_socket); /* (*) for them, to their senders */
	struct list held GUARDED_BY(C_socket); /* came later: not to be read yet */
	size_t held_bytes GUARDED_BY(C_socket);
	struct message *urgent GUARDED_BY(C_socket); /* urgent.c; NULL: none */
	bool urgent_waits GUARDED_BY(C_socket); /* (*) nobody has read it */
	struct list due GUARDED_BY(C_held);    /* linked: something is held */
	uint64_t due_at GUARDED_BY(C_held);    /* a deadline */

	struct list arrivals GUARDED_BY(C_socket); /* of a listener: who connected */
	struct list arrival;                 /* (listener's lock) */
	unsigned nr_arrivals GUARDED_BY(C_socket); /* (*) */
	unsigned backlog GUARDED_BY(C_socket);     /* (*) */

	uint64_t sent;                /* (a) bytes on their way to others */
	int error;                    /* (a) SO_ERROR, positive */
	unsigned send_buffer, receive_buffer; /* (a) SO_SNDBUF, SO_RCVBUF */
	uint64_t send_timeout, receive_timeout; /* (a) ns; 0: none */
	unsigned low_water;           /* (a) SO_RCVLOWAT */
	unsigned flags;               /* (a) options.c */
	unsigned linger;              /* (a) SO_LINGER: seconds, with its flag */
	int priority;                 /* (a) SO_PRIORITY */

	struct waitq readable;        /* messages or arrivals came, or an end */
	struct waitq writable;        /* messages were read, arrivals accepted, or an end */
};

/* Bits of socket.flags that more than options.c knows. */
#define SOCKET_PASSCRED 1U
#define SOCKET_REUSEADDR 2U
#define SOCKET_REUSEPORT 4U
#define SOCKET_BROADCAST 8U
#define SOCKET_OOBINLINE 32U
#define SOCKET_LINGERS 512U

/* One send or receive. */
struct exchange {
	struct pieces pieces;
	size_t n;             /* bytes in all */
	size_t done;          /* of a stream: received before, in the same call */
	unsigned flags;       /* MSG_* */
	unsigned told;        /* MSG_* of what was received */
	uint8_t hops;         /* told: so many more it could have gone; 0: unasked */
	unsigned given_up;    /* socket.nr_given_up when it began */
	struct address *name; /* to whom, from whom; NULL: nobody asks */
	struct rights *rights; /* a reference, or NULL */
	struct ucred cred;
};

void net_init(void); /* boot */

/* ---- for system calls ---- */

/* A new socket with its file: @flags are O_NONBLOCK. */
int socket_open(int family, int type, int protocol, unsigned flags,
		struct file **out);
int socket_open_pair(int family, int type, int protocol, unsigned flags,
		     struct file *out[2]);
/* The next arrival of @listener, as a file. */
int socket_accept(struct socket *listener, bool nonblock, unsigned flags,
		  struct file **out);
void socket_get(struct socket *s);
void socket_put(struct socket *s);
/* The peer, with a reference, or NULL. */
struct socket *socket_peer_get(struct socket *s);
/* NULL: @f is none. */
struct socket *socket_of_file(const struct file *f);
/* By ops, with what all families have in common. */
ssize_t socket_send(struct socket *s, struct exchange *x);
ssize_t socket_receive(struct socket *s, struct exchange *x);

/* setsockopt() and getsockopt(); *@len is what there is room for, and what
 * was stored. */
int socket_set_option(struct socket *s, int level, int name, vaddr_t value,
		      unsigned len);
int socket_get_option(struct socket *s, int level, int name, vaddr_t value,
		      unsigned *len);

/* The running process, by its real or effective ids. */
struct ucred socket_own_cred(bool effective);
