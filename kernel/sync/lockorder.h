#pragma once

/*
 * sync/lockorder.h - THE table of locks, outermost first.
 *
 * A thread may only take a lock that stands below every lock it holds;
 * docs/locking.md has a paragraph for each.  The lab build checks every
 * acquire and panics on the first violation, of this table or of the orders
 * that it has seen (debug/lockdep/lockdep.h); the release build does not.
 * Sleeping locks stand first, so sleeping under a spinlock is a violation, too.
 * PAGE_TABLE (fork, mremap) and FUTEX come in pairs: sync/spin_pair.h.  EPOLLs
 * are taken from the outer to the inner: vfs/epoll/epoll_internal.h.
 *
 *	rank		sleeps	irq	protects
 */
#define LOCK_RANKS(X)							   \
	X(NAMES,	true,	false,	"the tree of directories")	   \
	X(ENTRIES,	true,	false,	"names in one directory")	   \
	X(FD_TABLE,	true,	false,	"a process's descriptors")	   \
	X(FILE_POS,	true,	false,	"the offset of one open file")	   \
	X(EPOLL_NEST,	true,	false,	"which epoll watches which")	   \
	X(EPOLL,	true,	false,	"the files that one epoll watches") \
	X(TTY,		true,	false,	"a terminal's line discipline")	   \
	X(PIPE,		true,	false,	"one pipe's ring")		   \
	X(SOCKET,	true,	false,	"one socket's state and messages")  \
	X(INODE,	true,	false,	"one file's size and contents")	   \
	X(MAP_SEM,	true,	false,	"an address space's VMAs")	   \
	X(MAP_CLAIM,	true,	false,	"a range of an address space")	   \
	X(FS_SYNC,	true,	false,	"writing all of a disk's cache back") \
	X(WRITEBACK,	true,	false,	"writing one page cache's pages back") \
	X(MAPPERS,	true,	false,	"who maps one page cache")	   \
	X(FS_MAP,	true,	false,	"which blocks a file has")	   \
	X(FS,		true,	false,	"what is free in a file system")   \
	X(SYSV_IDS,	true,	false,	"System V keys and ids")	   \
	X(SYSV,		true,	false,	"one System V object")		   \
	X(MISC_SLEEP,	true,	false,	"leaf sleeping locks")		   \
	X(PROC_TREE,	false,	false,	"parent and child, groups, sessions") \
	X(PROC,		false,	false,	"one process, and its children")   \
	X(PGROUP,	false,	false,	"the members of one process group") \
	X(ATTR,		false,	false,	"one inode's mode and owner")	   \
	X(NOTIFY,	false,	false,	"who watches which inode, events")  \
	X(PAGE_TABLE,	false,	false,	"512 entries of a leaf table")	   \
	X(STORES,	false,	false,	"which page caches have a store")   \
	X(NODES,	false,	false,	"which inodes of disks there are") \
	X(PAGE_CACHE,	false,	false,	"index of one page cache")	   \
	X(FUTEX,	false,	false,	"waiters on user words")	   \
	X(SIGNAL,	false,	true,	"a process's pending signals")	   \
	X(WAITQ,	false,	true,	"one queue's sleepers")		   \
	X(READY,	false,	true,	"an epoll's ready files, sleepers") \
	X(TIMER,	false,	true,	"one hart's timers")		   \
	X(RUNQ,		false,	true,	"one hart's ready threads")	   \
	X(USERS,	false,	true,	"which users there are")	   \
	X(KEYS,		false,	true,	"which keys there are")		   \
	X(DEVICE,	false,	true,	"a device's registers")		   \
	X(SLAB,		false,	true,	"one slab cache")		   \
	X(PAGE_FREE,	false,	true,	"the free page lists")		   \
	X(CONSOLE,	false,	true,	"console output")

#include "lib/types.h"

enum lock_rank {
#define X(rank, sleeps, irq, what) RANK_##rank,
	LOCK_RANKS(X)
#undef X
	NR_LOCK_RANKS
};

const char *lock_rank_name(enum lock_rank rank);

/*
 * What one thread holds.  It travels with the thread, since sleeping locks
 * do; interrupts on top of the thread use it too, and leave it as they found
 * it.  Only its owner touches it, with interrupts off.
 */
#define MAX_HELD_LOCKS 24

struct held_locks {
	unsigned nr;
	unsigned irq_base; /* those from here on an interrupt holds, */
	bool in_irq;       /* if there is one */
	struct held_lock {
		const void *lock;
		enum lock_rank rank;
		bool tried;  /* without waiting */
		uint64_t pc; /* where it was taken */
		uint64_t since; /* ticks */
	} entry[MAX_HELD_LOCKS];
};

#if LAB
/*
 * @lock is about to be taken, or was released, by the running thread (or by
 * an interrupt on this hart).  lockorder_nest() is for the second lock of a
 * rank that may nest, at a higher address; lockorder_below() for one of a
 * rank whose users know an order; lockorder_try() for one that was taken
 * without waiting, which may be done in any order.
 */
void lockorder_acquire(const void *lock, enum lock_rank rank);
void lockorder_nest(const void *lock, enum lock_rank rank);
void lockorder_below(const void *lock, enum lock_rank rank);
void lockorder_try(const void *lock, enum lock_rank rank);
void lockorder_release(const void *lock, enum lock_rank rank);
/* A function that takes a lock of @rank only now and then is called. */
void lockorder_might_take(enum lock_rank rank);
/* The running thread's hart begins, ends to serve an interrupt. */
void lockorder_irq_begins(void);
void lockorder_irq_ends(void);
/* The running thread goes to sleep or to user mode: it may hold no spinlock,
 * no lock at all. */
void lockorder_assert_may_sleep(void);
void lockorder_assert_none_held(void);
/* What the running thread holds; and that, printed for a panic. */
struct held_locks *lockorder_held(void);
void lockorder_print(void);
/* @lock was not free, and has been got after all. */
void lockorder_waits(const void *lock, enum lock_rank rank);
void lockorder_got(const void *lock, enum lock_rank rank);
/* Acquisitions, and those that waited, on one hart. */
uint64_t lockorder_acquired(enum lock_rank rank, unsigned hart);
uint64_t lockorder_contended(enum lock_rank rank, unsigned hart);
#else
#define lockorder_acquire(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_nest(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_below(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_try(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_release(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_waits(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_got(lock, rank) ((void)(lock), (void)(rank))
#define lockorder_might_take(rank) ((void)0)
#define lockorder_assert_may_sleep() ((void)0)
#define lockorder_assert_none_held() ((void)0)
#define lockorder_print() ((void)0)
#endif
