#pragma once

/*
 * vfs/user.h - a user, and what the kernel keeps for him.
 *
 * Whatever a program makes for itself without end is charged to its real user
 * id, in one count for each kind, and refused beyond a limit.  There is one
 * struct user for each id that anybody acts for or that is still charged with
 * something; credentials hold it, and so does each thing that was charged:
 *
 *	user = user_charge(cred->user, USER_PIPE_PAGES, 16, limit);
 *	if (user == NULL)
 *		return -ENFILE;			it would be too much
 *	...
 *	user_uncharge(user, USER_PIPE_PAGES, 16);
 *
 * A thing is paid for, to its end, by who made it: whom it was given to, by
 * a descriptor or by setuid(), does not pay for what he did not choose.  The
 * exception is the thread, which is what changes its user: its charge goes
 * along (user_move()).
 *
 * The count is added to first and looked at then, so two that charge at once
 * are never both let in where there is room for one; the last places may be
 * refused to both.
 */

#include "lib/list.h"
#include "lib/types.h"
#include "sync/refcount.h"

enum user_kind {
	USER_THREADS, /* threads, and zombies: RLIMIT_NPROC */
	USER_SIGNALS, /* queued: RLIMIT_SIGPENDING */
	USER_PIPE_PAGES, /* that pipes may have: ipc/pipe/size.c */
	USER_FILE_LOCKS, /* vfs/filelock.c */
	USER_EPOLL_WATCHES, /* vfs/epoll/epoll.c */
	USER_TEXT_PAGES, /* of open texts of /proc: fs/proc/text.c */
	USER_SYSV_BYTES, /* of System V objects: ipc/sysv/object.c */
	USER_MQ_BYTES, /* that POSIX message queues may have: ipc/mqueue/names.c */
	USER_SHM_PAGES, /* that segments may have: ipc/sysv/shm.c */
	USER_SOCKET_BYTES, /* of sockets and what is in them: net/socket.c */
	USER_INOTIFY_INSTANCES, /* vfs/notify/inotify.c */
	USER_INOTIFY_WATCHES, /* the same */
	USER_NOTIFY_BYTES, /* of events that nobody has read: vfs/notify/queue.c */
	USER_FANOTIFY_GROUPS, /* vfs/notify/fanotify.c */
	USER_FANOTIFY_MARKS, /* vfs/notify/fanotify_mark.c */
	USER_DIR_WATCHES, /* vfs/notify/dnotify.c */
	USER_KEYS, /* ipc/keys/key.c */
	USER_KEY_BYTES, /* the same */
	USER_PASSED_FILES, /* on their way in messages: net/unix/rights.c */
	NR_USER_KINDS
};

struct user {
	struct refcount refs;
	unsigned uid;                  /* (c) */
	struct list link;              /* (users_lock) */
	uint64_t charged[NR_USER_KINDS]; /* (a) */
};

/* Of the kernel, of process 1, and of all who are root. */
extern struct user root_user;

/* The user @uid with a reference; NULL: no memory.  Any context. */
struct user *user_find(unsigned uid);
void user_get(struct user *user);
void user_put(struct user *user);

/* @n of @kind more, at most @limit in all: @user, with a reference that
 * belongs to what was charged; NULL: too many. */
struct user *user_charge(struct user *user, enum user_kind kind, uint64_t n,
			 uint64_t limit);
/* What was charged is gone, its reference too. */
void user_uncharge(struct user *user, enum user_kind kind, uint64_t n);
/* @n that @from pays is @to's from now on, whatever his limit. */
struct user *user_move(struct user *from, struct user *to,
		       enum user_kind kind, uint64_t n);
