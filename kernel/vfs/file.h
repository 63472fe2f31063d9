#pragma once

/*
 * vfs/file.h - an open file, and what any kind of file must be able to do.
 * Files of file systems, pipes, terminals and devices all come as a struct
 * file with their own operations.
 */

#include "arch/hart.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/types.h"
#include "sync/mutex.h"
#include "sync/rcu.h"
#include "sync/refcount.h"
#include "sync/waitq.h"

struct inode;
struct async;
struct file;
struct mount;
struct pagecache;
struct pieces;
struct user_iovec;

#define O_ACCMODE 3
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_ASYNC 020000
#define O_DSYNC 010000 /* each write is safe when it returns */
#define O_DIRECT 040000 /* of a pipe: packets */
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define O_NOATIME 01000000
#define O_CLOEXEC 02000000
#define O_PATH 010000000

/* Instead of a descriptor: relative to the current directory. */
#define AT_FDCWD (-100)

#define POLLIN 1
#define POLLPRI 2
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 16
#define POLLNVAL 32
/* "Normal" data is the only kind we have: file_poll() adds these. */
#define POLLRDNORM 0x40
#define POLLWRNORM 0x100
#define POLLRDHUP 0x2000

/* What poll hands to a file: it watches every queue the file names. */
struct poll_table {
	/* Watch @q; that there is no memory, the table remembers. */
	void (*watch)(struct poll_table *pt, struct waitq *q);
	struct file *file; /* being asked now: @q is part of it */
	bool again;        /* set by a file whose queues may be others next time */
};

/*
 * Operations; NULL means what the comment says.  All may sleep; none is
 * called with a lock held but pos_lock.  User addresses are raw.  Errors are
 * negative errnos.
 */
struct file_ops {
	/* A device node was opened as @f; on failure @f is put.  NULL: 0. */
	int (*open)(struct file *f);
	/* NULL: -EINVAL.  @pos points to the offset to use and update. */
	ssize_t (*read)(struct file *f, vaddr_t buf, size_t n, uint64_t *pos);
	ssize_t (*write)(struct file *f, vaddr_t buf, size_t n, uint64_t *pos);
	/* All @n bytes of a vector in one, where it matters that they belong
	 * together.  NULL: piece by piece. */
	ssize_t (*move)(struct file *f, const struct user_iovec *iov,
			unsigned nr, size_t n, bool write);
	/* What a read() gets is one thing, wherever the pieces of @to, @n bytes
	 * together, end.  NULL: piece by piece. */
	ssize_t (*read_vector)(struct file *f, struct pieces *to, size_t n);
	/* Around the pieces of one write(), which nobody else's may part;
	 * *@pos is where the first one goes.  NULL: each piece is alone. */
	void (*begin_write)(struct file *f, uint64_t *pos);
	void (*end_write)(struct file *f);
	/* NULL: -ESPIPE. */
	long (*lseek)(struct file *f, long offset, int whence);
	/* NULL: -ENOTTY. */
	long (*ioctl)(struct file *f, unsigned cmd, unsigned long arg);
	/* Ready events; @pt may be NULL (do not watch).  NULL: always ready. */
	unsigned (*poll)(struct file *f, struct poll_table *pt);
	/* The page cache a mapping shares; NULL op: -ENODEV.  An op that
	 * answers NULL gives anonymous memory. */
	struct pagecache *(*pagecache)(struct file *f);
	/* Nothing is to be written there, though it is open to: no shared mapping
	 * of such a file.  NULL: it may be. */
	bool (*is_protected)(struct file *f);
	/* All that was written is safe: fsync().  NULL: the inode's business. */
	int (*sync)(struct file *f);
	/* The running process has closed a descriptor of it, or lost it by its
	 * end.  NULL: nothing. */
	void (*closed)(struct file *f);
	void (*release)(struct file *f); /* the last reference is gone */
	/* What fstat() says of one without an inode: type and rights.  What is neither
	 * a pipe nor a socket is of no type. */
	unsigned inode_mode;
	/* What links to one without a path say that it is, with the number that fstat()
	 * has behind it if it is of a type.  NULL: "anon". */
	const char *kind;
	/* One without an inode that can be opened anew by such a link, as the same
	 * open file.  Others: -ENXIO. */
	bool opens_again;
	/* What fdinfo says of it beside what it says of any file: whole lines, in
	 * @text of FILE_ABOUT_MAX bytes.  It may not sleep.  NULL: nothing. */
	void (*about)(const struct file *f, char *text);
	/* Whoever wakes those who poll it tells its owner, too: O_ASYNC. */
	bool tells_owner;
	/* NULL: -ENOTDIR. */
	long (*getdents)(struct file *f, vaddr_t buf, size_t n);
};

#define FILE_ABOUT_MAX 64

struct file {
	struct refcount refs;
	const struct file_ops *ops; /* (c) */
	struct inode *inode;        /* (c) a reference; NULL for none */
	struct mount *mount;        /* (c) a reference; NULL: it has no name */
	unsigned mode;              /* (c) FMODE_* */
	unsigned flags;             /* (a) O_APPEND, O_NONBLOCK, O_NOATIME: by fcntl */
	struct LOCK_OF(mutex, pos) pos_lock; /* RANK_FILE_POS */
	uint64_t pos GUARDED_BY(C_pos); /* file_pos(), file_pos_without_turn() */
	void *data;                 /* (c) of the kind */
	char *path;                 /* (c) as opened, absolute; or NULL */
	bool has_lock;              /* (a) flock() was called; stays set */
	bool is_watched;            /* (a) an epoll had it; stays set */
	struct list watches;        /* (watches_lock) of vfs/epoll/: its items */
	struct async *async;        /* (pos_lock) to make, then (c), ORDER async-made:
				     * its owner; NULL: nobody ever spoke of one */
	unsigned writers_before;    /* (c) ipc/pipe/fifo.c: of its FIFO */
	bool free_late;             /* (a) who looks it up may read it still; stays set */
	struct rcu_head rcu;        /* (its last user) by which it is freed then */
};

#define FMODE_READ 1
#define FMODE_WRITE 2
#define FMODE_PATH 4
#define FMODE_POS 8 /* read() and write() of two threads take turns at pos */
#define FMODE_WRITER 16 /* counted as one in its mount and file system */
#define FMODE_NOWAIT 64 /* its operations ask file_flags() whether to wait */
#define FMODE_CREATED 256 /* whoever opened it has made it: F_CREATED_QUERY */
#define FMODE_COUNTED 128 /* as open, in its inode: vfs/lease.h */
#define FMODE_PROGRAM 512 /* nobody writes to it: vfs/busy.h */
#define FMODE_QUIET 1024 /* who watches is told nothing of it: it was opened for one */
#define FMODE_NO_TRUNCATE 2048 /* to be truncated, or, a device, to be controlled, who */
#define FMODE_NO_IOCTL 4096 /* opened it was not allowed by his domain: vfs/landlock/ */
#define FMODE_OPENED 32 /* who watches it was told so, and will be of its end */

/*
 * Its flags, as they are for the call that the running thread is in: preadv2()
 * and pwritev2() may have lent it some.
 */
static inline unsigned file_flags(const struct file *f)
{
	const struct arch_thread *self = hart_self()->current;

	return (READ_ONCE(f->flags) | self->flags_lent) & ~self->flags_hidden;
}

/* Its position, for one read or write of all that move it. */
static inline uint64_t *file_pos(struct file *f) REQUIRES(C_pos)
{
	return &f->pos;
}

/*
 * The same for who takes no turn: any file without FMODE_POS, and, as on Linux,
 * sendfile(), splice() and copy_file_range(), of which two at once may move the
 * same bytes.  Whatever must not change while it is used is read once.
 */
static inline uint64_t *file_pos_without_turn(struct file *f)
{
	return &f->pos;
}

/* How many are open, and how many may be but for root's (fs.file-max; root
 * may change it).  Both (a). */
extern uint32_t nr_files, max_files;

void file_init(void); /* boot */

/* A new file with one reference, and no inode or path yet.  0, -ENFILE (there
 * are too many) or -ENOMEM. */
int file_create(struct file **out, const struct file_ops *ops, unsigned mode,
		unsigned flags, void *data);
/* It is of no inode any more, and in no mount: nobody has used it, or it goes. */
void file_leave(struct file *f);
/* The last reference to @f has gone, and so does f->async: before the release,
 * which may give up queues that it stands in, and after, until which a socket
 * that gets an urgent byte may look for the owner. */
void file_leave_queues(struct file *f); /* upcall */
void file_forget_owner(struct file *f); /* upcall */
/* Its lease is broken: its owner is told.  Sleeping locks may be held. */
void file_tell_broken(struct file *f); /* upcall */
/* file_get() and file_put() are declared in mm/mm.h, which needs them. */

/* Its atime is now, unless it was opened to leave no trace. */
void file_was_read(struct file *f);

/* All that was written to it is safe: 0 or -errno; -EINVAL: nobody keeps it. */
int file_sync(struct file *f);
/* After a write: the same; what a pipe or a socket was given is never safe: 0. */
int file_make_safe(struct file *f);

/* Where lseek() of @offset leads, from @pos in what has @end bytes; -EINVAL: out of
 * it in front, or @whence is none of 0, 1 and 2, its beginning, @pos and its end. */
static inline long file_seek(long offset, int whence, long pos, long end)
{
	const long bases[] = { 0, pos, end };

	if (whence < 0 || whence >= (int)ARRAY_SIZE(bases) ||
	    __builtin_add_overflow(bases[whence], offset, &offset) || offset < 0)
		return -EINVAL;
	return offset;
}

/* Behind its path, which it has: that its last name is gone, if it was opened by one
 * and is gone; or "". */
const char *file_path_mark(const struct file *f);

/* ---- contents, as the kernel wants them ---- */

/* The running process may read it too. */
bool file_is_readable(struct file *f);
/* Bytes read, fewer at the end; -EINVAL: it has no page cache. */
ssize_t file_read_kernel(struct file *f, uint64_t offset, void *buf, size_t n);
uint64_t file_size(struct file *f);
/* NULL: it cannot be mapped. */
struct pagecache *file_pagecache(struct file *f);
/* file_ops.read of a file with a read_vector: a vector of one piece. */
ssize_t file_read_as_vector(struct file *f, vaddr_t buf, size_t n, uint64_t *pos);
/* Its mount lets set-ID bits count; lets it be executed. */
bool file_may_set_ids(const struct file *f);
bool file_may_be_run(const struct file *f);
/* Owner of a program with the set-ID bits, else the ids unchanged. */
void file_exec_ids(struct file *f, unsigned *euid, unsigned *egid);
