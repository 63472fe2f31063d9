#pragma once

/*
 * sync/lockclass.h - locks that stand in objects, as the checker knows them.
 *
 * A contract in C can name a global, not the lock beside a field (clang 14
 * and 19).  So each kind of lock that guards fields has a token, and a type:
 *
 *	struct LOCK_OF(spinlock, runq) lock;
 *	struct list ready GUARDED_BY(C_runq);
 *
 * gcc sees struct spinlock, and nothing of the rest.  For clang, called with
 * LOCK_ANALYSIS (tests/suites/lint.t), the type chooses functions that take
 * the lock and its token; they are declared, and nobody defines them.  That
 * it is the lock of the right object is for assert_spin_held() to find.
 *
 * is_private(runq) says that nobody else can reach the object, not yet or no
 * longer: in the rest of the function its fields need no lock.
 */

#include "lib/compiler.h"

#define SPINLOCK_CLASSES(X)						     \
	X(runq)    /* struct runq */					     \
	X(slab)    /* struct slab_cache */				     \
	X(futex)   /* struct bucket of ipc/futex/futex.c */			     \
	X(attr)    /* struct inode: attr_lock */			     \
	X(epollready) /* struct epoll: its ready list */		     \
	X(leaf)    /* struct page of a leaf table: its entries */		     \
	X(pagecache) /* struct pagecache: index and size */		     \
	X(pgroup)  /* struct pgroup: its heads */			     \
	X(proc)    /* struct proc: itself, and its children */		     \
	X(signals) /* struct signals: all that decides who gets a signal */   \
	X(timer)   /* struct hart_timers */

#define MUTEX_CLASSES(X)						     \
	X(aio)     /* struct aio */					     \
	X(census)  /* which sockets there are: net/census.c */		     \
	X(epoll)   /* struct epoll: its items */			     \
	X(eventfd) /* struct eventfd */					     \
	X(fdtable) /* struct fdtable */					     \
	X(held) /* sockets that have bytes which are held back: net/held.c */  \
	X(inflight) /* rights and sockets of AF_UNIX: net/unix/rights.c */     \
	X(inode)   /* struct inode: contents */				     \
	X(keys)    /* keys and keyrings: ipc/keys */			     \
	X(mappers) /* struct pagecache: who maps it */			     \
	X(mqueue)  /* struct mqueue */					     \
	X(netlink) /* sockets of net/netlink: port.c */			     \
	X(pipe)    /* struct pipe */					     \
	X(ports)   /* where sockets of net/inet are bound: port.c */	     \
	X(pos)     /* struct file: pos_lock */				     \
	X(raw)     /* raw sockets of net/inet: raw.c */		     \
	X(setup)   /* struct fs_setup */				     \
	X(ruleset) /* struct landlock_ruleset */				     \
	X(sysv)    /* struct sysv_object, and what embeds it */		     \
	X(socket)  /* struct socket */					     \
	X(text)    /* struct open_text of fs/proc */			     \
	X(timerfd) /* struct timerfd */					     \
	X(timers)  /* struct proc: timer_lock */			     \
	X(tty)     /* struct tty */					     \
	X(undo)    /* struct sem_undo_list */				     \
	X(unixnames) /* where sockets of net/unix are bound: name.c */

#define RWSEM_CLASSES(X)						     \
	X(map)     /* struct mm: map_sem */				     \
	X(names)   /* the names of files: vfs/path_internal.h */	     \
	X(sysvids) /* struct sysv_table: keys and ids */

#ifdef LOCK_ANALYSIS
#define LOCK_OF(kind, class) kind##_##class
#define is_private(class) is_private_##class()
#define X(class)							     \
	extern struct lock_class_token C_##class;			     \
	void is_private_##class(void) ASSERTS_HELD(C_##class);
SPINLOCK_CLASSES(X)
MUTEX_CLASSES(X)
RWSEM_CLASSES(X)
#undef X
#else
#define LOCK_OF(kind, class) kind
#define is_private(class) ((void)0)
#endif
