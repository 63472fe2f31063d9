#pragma once

/*
 * net/unix/unix_internal.h - AF_UNIX: sockets with names in the file system,
 * abstract ones, or none, that pass descriptors.
 */

#include "net/net_internal.h"

struct inode;
struct landlock_domain;

struct unix_socket {
	struct socket socket; /* first */
	const struct landlock_domain *domain; /* (c) a reference, or NULL: of who has made it */

	/* Where it is bound, once: names_lock of name.c. */
	struct address *name GUARDED_BY(C_unixnames); /* kfree'd; NULL: unnamed */
	struct inode *inode GUARDED_BY(C_unixnames); /* a reference; NULL: no path, or closed */
	bool binding GUARDED_BY(C_unixnames); /* a thread is about it */
	struct list bound GUARDED_BY(C_unixnames);

	/* Whose file is on its way: inflight_lock of rights.c. */
	unsigned inflight GUARDED_BY(C_inflight); /* messages that have its file */
	struct list in_air GUARDED_BY(C_inflight); /* on the list of those with any */
	struct list held GUARDED_BY(C_inflight); /* rights that only it, or its arrivals, get */
	struct unix_socket *listener GUARDED_BY(C_inflight); /* of an arrival */
	unsigned left GUARDED_BY(C_inflight); /* the collector's, as the next two */
	bool suspect GUARDED_BY(C_inflight);
	bool reached GUARDED_BY(C_inflight);
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
/* @s has an abstract name. */
bool unix_is_abstract(struct socket *s);
void unix_tell_name(struct socket *s, const struct socket *asker,
		    struct address *out);
/* What it is called, and the inode and device of its path, as NETLINK_SOCK_DIAG has
 * them. */
struct unix_place {
	bool has_name, has_inode;
	struct address name;
	uint32_t inode[2];
};

void unix_tell_place(struct socket *s, struct unix_place *out);
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
