#pragma once

/*
 * net/unix/unix_internal.h - AF_UNIX: sockets with names in the file system,
 * abstract ones, or none, that pass descriptors.
 */

#include "net/net_internal.h"

struct inode;

/*
 *	(i)	inflight_lock of rights.c
 *	(n)	names_lock of name.c
 */
struct unix_socket {
	struct socket socket; /* first */
	/* Where it is bound, once. */
	struct address *name; /* (n) kfree'd; NULL: unnamed */
	struct inode *inode;  /* (n) a reference, until it is closed; NULL: no path */
	bool binding;         /* (n) a thread is about it */
	struct list bound;    /* (n) */

	unsigned inflight;    /* (i) messages that have its file */
	struct list in_air;   /* (i) on the list of those with any */
	struct list held;     /* (i) rights that only it, or its arrivals, can get */
	struct unix_socket *listener; /* (i) of an arrival */
	unsigned left;        /* (i) the collector's, as the next two */
	bool suspect, reached; /* (i) */
};

static inline struct unix_socket *unix_socket_of(struct socket *s)
{
	return container_of(s, struct unix_socket, socket);
}

/* ---- names: name.c ---- */

void unix_names_init(void);
int unix_bind(struct socket *s, const struct address *a);
/* A name of its own choice, if it has none. */
int unix_autobind(struct socket *s);
/* ... where its messages are to say who sent them (SO_PASSCRED). */
int unix_autobind_if_asked(struct socket *s);
bool unix_is_bound(struct socket *s);
/* @end, new, has the listener's name, too, but does not answer to it. */
int unix_inherit_name(struct socket *end, struct socket *listener);
/* The socket of @type bound to @a that the running process may write to, with
 * a reference: 0, -ECONNREFUSED, -EPROTOTYPE, ... */
int unix_find(const struct address *a, int type, struct socket **out);
void unix_tell_name(struct socket *s, const struct socket *asker,
		    struct address *out);
/* Nobody finds it any more. */
void unix_unbind(struct unix_socket *u);

/* ---- rights: rights.c ---- */

void rights_init(void);
/* @end, new, is about to be an arrival of @listener. */
void unix_set_listener(struct socket *end, struct socket *listener);
/* What its arrivals can get is the listener's no more, but theirs. */
void unix_arrived(struct socket *s);
/* A socket is closed: look for circles of those that only messages hold. */
void rights_collect_soon(void);
