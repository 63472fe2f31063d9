/*
 * syscall/sys_file_lock.c - flock(), and fcntl() with F_SETLK and its kin.
 */

#include "syscall/sys_file_lock.h"

#include "lib/compiler.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "proc/task/proc.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/filelock.h"
#include "vfs/process.h"

/* ---- flock ---- */

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#define LOCK_MAND 32 /* asked for nothing that Linux ever did */

static long lock_file(struct file *f, unsigned what, bool wait)
{
	const struct file_lock all = {
		.object = file_lock_object(f),
		.owner = f,
		.kind = LOCK_OF_FILE,
		.exclusive = what == LOCK_EX,
		.last = FILE_LOCK_END,
	};

	if (what == LOCK_UN)
		return file_unlock(&all);
	WRITE_ONCE(f->has_lock, true);
	return file_lock(&all, wait);
}

SYSCALL_2(flock, fd, operation)
{
	unsigned what = (unsigned)operation & ~(unsigned)LOCK_NB;
	struct file *f;
	long result;

	if (what & LOCK_MAND)
		return 0;
	if (what != LOCK_SH && what != LOCK_EX && what != LOCK_UN)
		return -EINVAL;
	f = file_of_fd(fd);
	if (f == NULL)
		return -EBADF;
	result = lock_file(f, what, !(operation & LOCK_NB));
	file_put(f);
	return result;
}

/* ---- fcntl ---- */

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

/* Linux's struct flock of 64-bit machines. */
struct user_flock {
	int16_t type, whence;
	uint32_t pad;
	int64_t start, len;
	int32_t pid;
	uint32_t pad2;
};

_Static_assert(sizeof(struct user_flock) == 32, "Linux's flock");

static int64_t base_of(const struct file *f, int whence)
{
	switch (whence) {
	case 0:
		return 0;
	case 1:
		return (int64_t)READ_ONCE(f->pos);
	case 2:
		return f->inode != NULL ? (int64_t)inode_size(f->inode) : 0;
	}
	return -1;
}

/* A length below zero reaches back, one of zero to the end of all files. */
static int set_range(struct file_lock *lock, const struct file *f,
		     const struct user_flock *u)
{
	int64_t base = base_of(f, u->whence), first, last;

	if (base < 0)
		return -EINVAL;
	if (__builtin_add_overflow(base, u->start, &first))
		return -EOVERFLOW;
	last = INT64_MAX;
	if (u->len > 0 && __builtin_add_overflow(first, u->len - 1, &last))
		return -EOVERFLOW;
	if (u->len < 0) {
		last = first - 1;
		if (__builtin_add_overflow(first, u->len, &first))
			return -EINVAL;
	}
	if (first < 0)
		return -EINVAL;
	lock->first = (uint64_t)first;
	lock->last = (uint64_t)last;
	return 0;
}

/* The owner is the process, or (@ofd) the open file. */
static int get_lock(struct file_lock *lock, const struct file *f, bool ofd,
		    const struct user_flock *u)
{
	*lock = (struct file_lock){
		.object = file_lock_object(f),
		.owner = ofd ? (const void *)f : vfs_self()->files,
		.kind = LOCK_OF_PROCESS,
		.exclusive = u->type == F_WRLCK,
		.pid = ofd ? FILE_LOCK_NOBODY : current_proc()->pid,
	};
	if (ofd && u->pid != 0)
		return -EINVAL;
	if (u->type != F_RDLCK && u->type != F_WRLCK && u->type != F_UNLCK)
		return -EINVAL;
	return set_range(lock, f, u);
}

static long tell_conflict(const struct file_lock *lock, struct user_flock *u,
			  vaddr_t arg)
{
	struct file_lock other;

	if (u->type == F_UNLCK)
		return -EINVAL;
	if (file_lock_find(lock, &other)) {
		u->type = other.exclusive ? F_WRLCK : F_RDLCK;
		u->whence = 0;
		u->start = (int64_t)other.first;
		u->len = other.last == FILE_LOCK_END ? 0 :
			 (int64_t)(other.last - other.first + 1);
		u->pid = other.pid;
	} else {
		u->type = F_UNLCK;
	}
	return copy_to_user(arg, u, sizeof(*u));
}

static bool may_lock(const struct file *f, int type)
{
	return f->mode & (type == F_WRLCK ? FMODE_WRITE : FMODE_READ);
}

/* @fd may have been closed by another thread while we waited: then nobody
 * would give the lock back. */
static long keep_if_open(const struct file_lock *lock, struct file *f, int fd)
{
	struct file *now = fd_get(fd);
	bool open = now == f;

	if (now != NULL)
		file_put(now);
	if (open)
		return 0;
	return file_unlock(lock) == 0 ? -EBADF : -ENOLCK;
}

static long set_lock(const struct file_lock *lock, int type, struct file *f,
		     int fd, bool wait)
{
	long err;

	if (type == F_UNLCK)
		return file_unlock(lock);
	if (!may_lock(f, type))
		return -EBADF;
	if (lock->owner == f) {
		WRITE_ONCE(f->has_lock, true);
		return file_lock(lock, wait);
	}
	fdtable_note_locks(vfs_self()->files);
	err = file_lock(lock, wait);
	return err != 0 ? err : keep_if_open(lock, f, fd);
}

long fcntl_lock(struct file *f, int fd, unsigned cmd, vaddr_t arg)
{
	struct user_flock u;
	struct file_lock lock;
	int err;

	if (f->mode & FMODE_PATH)
		return -EBADF;
	if (copy_from_user(&u, arg, sizeof(u)) != 0)
		return -EFAULT;
	err = get_lock(&lock, f, cmd >= F_OFD_GETLK, &u);
	if (err != 0)
		return err;
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		return tell_conflict(&lock, &u, arg);
	return set_lock(&lock, u.type, f, fd,
			cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}
