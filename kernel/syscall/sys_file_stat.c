/*
 * syscall/sys_file_stat.c - what is known about a file: stat in its forms.
 *
 * All start from one struct stat_facts; the calls differ in how they lay it
 * out for the program.
 */

#include "arch/barrier.h"
#include "fs/tmp/tmpfs.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/time/clock.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"

struct stat_facts {
	uint64_t ino, size, blocks;
	unsigned dev, mode, nlink, uid, gid, major, minor;
	uint64_t atime, mtime, ctime;
};

/* Linux's struct stat of riscv64 (asm-generic/stat.h). */
struct user_stat {
	uint64_t dev, ino;
	uint32_t mode, nlink, uid, gid;
	uint64_t rdev, pad1;
	int64_t size;
	int32_t blksize, pad2;
	int64_t blocks;
	struct timespec atime, mtime, ctime;
	uint32_t unused[2];
};

_Static_assert(sizeof(struct user_stat) == 128, "Linux's stat");

struct statx_time {
	int64_t sec;
	uint32_t nsec, pad;
};

/* Linux's struct statx (linux/stat.h). */
struct user_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad0;
	uint64_t ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t pad[14];
};

_Static_assert(sizeof(struct user_statx) == 256, "Linux's statx");

#define STATX_BASIC_STATS 0x7ff
#define STATX_RESERVED 0x80000000UL
#define AT_STATX_SYNC_TYPE 0x6000

#define BLOCK 512

/* ---- the facts ---- */

static void size_facts(struct inode *inode, struct stat_facts *s)
{
	if (inode_is(inode, S_IFREG)) {
		s->size = READ_ONCE(inode->mapping.size);
		s->blocks = tmpfs_bytes_used(inode) / BLOCK;
	} else if (inode_is(inode, S_IFLNK) && inode->target != NULL) {
		s->size = strlen(inode->target);
	}
}

static void inode_facts(struct inode *inode, struct stat_facts *s)
{
	*s = (struct stat_facts){
		.ino = inode->ino,
		.dev = inode->dev,
		.mode = READ_ONCE(inode->mode),
		.nlink = READ_ONCE(inode->nlink),
		.uid = READ_ONCE(inode->uid),
		.gid = READ_ONCE(inode->gid),
		.major = inode->major,
		.minor = inode->minor,
		.atime = READ_ONCE(inode->atime),
		.mtime = READ_ONCE(inode->mtime),
		.ctime = READ_ONCE(inode->ctime),
	};
	size_facts(inode, s);
}

/* A pipe, which has no inode: both ends share the data, so it is the number
 * (hashed: programs need not learn addresses of the kernel). */
static void pipe_facts(const struct file *f, struct stat_facts *s)
{
	uint64_t hash = (uint64_t)(uintptr_t)f->data * 0x9e3779b97f4a7c15UL;

	*s = (struct stat_facts){
		.ino = (hash >> 32) | 1,
		.dev = DEV_PIPE,
		.mode = S_IFIFO | 0600,
		.nlink = 1,
	};
}

static void file_facts(const struct file *f, struct stat_facts *s)
{
	if (f->inode != NULL)
		inode_facts(f->inode, s);
	else
		pipe_facts(f, s);
}

static int fd_facts(unsigned long fd, struct stat_facts *s)
{
	struct file *f = fd_get((int)fd);

	if (f == NULL)
		return -EBADF;
	file_facts(f, s);
	file_put(f);
	return 0;
}

/* What has no inode has a path all the same: /proc/PID/fd/N of a pipe. */
static int nameless_facts(unsigned long dirfd, vaddr_t user_path,
			  struct stat_facts *s)
{
	struct file *f = NULL;
	char *path;
	int err = path_from_user(user_path, &path);

	if (err == 0)
		err = vfs_open((int)dirfd, path, O_PATH, 0, &f);
	kfree(path);
	if (err < 0)
		return err;
	file_facts(f, s);
	file_put(f);
	return 0;
}

static bool is_empty_string(vaddr_t addr)
{
	char c;

	return copy_from_user(&c, addr, 1) == 0 && c == '\0';
}

static int path_facts(unsigned long dirfd, vaddr_t path, unsigned long flags,
		      struct stat_facts *s)
{
	struct inode *inode = NULL;
	int err;

	if ((flags & AT_EMPTY_PATH) && (int)dirfd != AT_FDCWD &&
	    (path == 0 || is_empty_string(path)))
		return fd_facts(dirfd, s);
	err = inode_at(dirfd, path, lookup_flags(flags), &inode);
	if (err == -ENXIO)
		return nameless_facts(dirfd, path, s);
	if (err < 0)
		return err;
	inode_facts(inode, s);
	inode_put(inode);
	return 0;
}

/* ---- stat ---- */

static uint64_t device_number(uint64_t major, uint64_t minor)
{
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffUL) << 12);
}

static long put_stat(vaddr_t to, const struct stat_facts *s)
{
	struct user_stat st = {
		.dev = s->dev,
		.ino = s->ino,
		.mode = s->mode,
		.nlink = s->nlink,
		.uid = s->uid,
		.gid = s->gid,
		.rdev = device_number(s->major, s->minor),
		.size = (int64_t)s->size,
		.blksize = PAGE_SIZE,
		.blocks = (int64_t)s->blocks,
		.atime = timespec_of_ns(s->atime),
		.mtime = timespec_of_ns(s->mtime),
		.ctime = timespec_of_ns(s->ctime),
	};

	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_2(fstat, fd, buf)
{
	struct stat_facts s;
	int err = fd_facts(fd, &s);

	return err < 0 ? err : put_stat(buf, &s);
}

SYSCALL_4(newfstatat, dirfd, path, buf, flags)
{
	struct stat_facts s;
	int err;

	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
				     AT_EMPTY_PATH))
		return -EINVAL;
	err = path_facts(dirfd, path, flags, &s);
	return err < 0 ? err : put_stat(buf, &s);
}

/* ---- statx ---- */

static struct statx_time statx_time(uint64_t ns)
{
	struct timespec t = timespec_of_ns(ns);

	return (struct statx_time){ t.sec, (uint32_t)t.nsec, 0 };
}

static long put_statx(vaddr_t to, const struct stat_facts *s)
{
	struct user_statx st = {
		.mask = STATX_BASIC_STATS,
		.blksize = PAGE_SIZE,
		.nlink = s->nlink,
		.uid = s->uid,
		.gid = s->gid,
		.mode = (uint16_t)s->mode,
		.ino = s->ino,
		.size = s->size,
		.blocks = s->blocks,
		.atime = statx_time(s->atime),
		.ctime = statx_time(s->ctime),
		.mtime = statx_time(s->mtime),
		.rdev_major = s->major,
		.rdev_minor = s->minor,
		.dev_minor = s->dev,
	};

	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_5(statx, dirfd, path, flags, mask, buf)
{
	struct stat_facts s;
	int err;

	if ((flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
				      AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    (mask & STATX_RESERVED))
		return -EINVAL;
	err = path_facts(dirfd, path, flags, &s);
	return err < 0 ? err : put_statx(buf, &s);
}

/* ---- file systems ---- */

/* Linux's struct statfs of 64-bit machines (asm-generic/statfs.h). */
struct user_statfs {
	int64_t type, bsize;
	uint64_t blocks, bfree, bavail, files, ffree;
	uint32_t fsid[2];
	int64_t namelen, frsize, flags, spare[4];
};

_Static_assert(sizeof(struct user_statfs) == 120, "Linux's statfs");

#define TMPFS_MAGIC 0x01021994
#define PROC_MAGIC 0x9fa0
#define PIPE_MAGIC 0x50495045

static long put_statfs(vaddr_t to, unsigned dev)
{
	struct user_statfs st = {
		.type = TMPFS_MAGIC,
		.bsize = PAGE_SIZE,
		.namelen = NAME_MAX,
		.frsize = PAGE_SIZE,
	};

	if (dev == DEV_PROCFS)
		st.type = PROC_MAGIC;
	if (dev == DEV_PIPE)
		st.type = PIPE_MAGIC;
	if (dev == DEV_TMPFS) {
		st.blocks = pages_total();
		st.bfree = st.bavail = pages_free();
	}
	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_2(statfs, path, buf)
{
	struct stat_facts s;
	int err = path_facts((unsigned long)AT_FDCWD, path, 0, &s);

	return err < 0 ? err : put_statfs(buf, s.dev);
}

SYSCALL_2(fstatfs, fd, buf)
{
	struct stat_facts s;
	int err = fd_facts(fd, &s);

	return err < 0 ? err : put_statfs(buf, s.dev);
}
