#pragma once

/*
 * sync/ranks.h - THE table of locks, outermost first.
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
	X(TELLING,	true,	false,	"whose owner is being told by a signal") \
	X(TTY,		true,	false,	"a terminal's line discipline")	   \
	X(PIPE,		true,	false,	"one pipe's ring")		   \
	X(RAW,		true,	false,	"the raw sockets there are, or netlink's") \
	X(SOCKET,	true,	false,	"one socket's state and messages")  \
	X(INODE,	true,	false,	"one file's size and contents")	   \
	X(MAP_SEM,	true,	false,	"an address space's VMAs")	   \
	X(MAP_WINDOW,	true,	false,	"the VMAs of a window of one")	   \
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
	X(PGROUP,	false,	false,	"the heads of one process group") \
	X(ATTR,		false,	false,	"one inode's mode and owner")	   \
	X(NOTIFY,	false,	false,	"who watches which inode, events")  \
	X(PAGE_TABLE,	false,	false,	"512 entries of a leaf table")	   \
	X(STORES,	false,	false,	"which page caches have a store")   \
	X(NODES,	false,	false,	"which inodes have which numbers")   \
	X(PAGE_CACHE,	false,	false,	"index of one page cache")	   \
	X(FUTEX,	false,	false,	"waiters on user words")	   \
	X(MISSING,	false,	false,	"who waits for pages that a program brings") \
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
