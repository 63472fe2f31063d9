/*
 * syscall/sys_file_stat.c - what is known about a file: stat in its forms.
 *
 * All start from one struct status; the calls differ in how they lay it out for
 * the program.
 */

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/time.h"
#include "mm/mm.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "net/socket.h"
#include "proc/task/random.h"
#include "syscall/file_args.h"
#include "syscall/syscall.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/flags.h"
#include "vfs/mount.h"

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
	uint64_t mount_id;
	uint64_t pad[13];
};

_Static_assert(sizeof(struct user_statx) == 256, "Linux's statx");

/* Of the mask: what is told whoever asks, and what only who asks for it. */
#define STATX_BASIC_STATS 0x7ffU
#define STATX_MNT_ID 0x1000U
#define STATX_BTIME 0x800U
#define STATX_MNT_ID_UNIQUE 0x4000U /* in place of STATX_MNT_ID */
#define STATX_RESERVED 0x80000000UL

#define STATX_ATTR_MOUNT_ROOT 0x2000U
#define STATX_ATTR_FLAGS (INODE_FIXED | INODE_NODUMP)

/* How much may be asked of another machine: all files are here. */
#define AT_STATX_SYNC_TYPE 0x6000U

#define STAT_FLAGS                                                     \
	((unsigned long)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |       \
			 AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))

#define BLOCK 512

/* ---- what is known ---- */

/* Of a pipe both ends share the data, so the number is that of this. */
static void get_attr_without_inode(const struct file *f, struct inode_attr *a)
{
	*a = (struct inode_attr){
		.owner.mode = f->ops->inode_mode,
		.ino = random_ino_of(f->data),
		.dev = DEV_NAMELESS,
		.nlink = 1,
	};
}

struct status {
	struct inode_attr attr;
	unsigned mount_id; /* 0: it is in none */
	bool is_mount_root;
};

static void get_status(struct inode *inode, const struct mount *m,
		       struct status *st)
{
	*st = (struct status){ .mount_id = m != NULL ? m->id : 0 };
	inode_get_attr(inode, &st->attr);
	st->is_mount_root = m != NULL && inode == m->root;
}

static void get_file_status(const struct file *f, struct status *st)
{
	if (f->inode != NULL) {
		get_status(f->inode, f->mount, st);
		return;
	}
	*st = (struct status){ .mount_id = 0 };
	get_attr_without_inode(f, &st->attr);
}

static int get_fd_status(unsigned long fd, struct status *st)
{
	struct file *f = fd_get((int)fd);

	if (f == NULL)
		return -EBADF;
	get_file_status(f, st);
	file_put(f);
	return 0;
}

/* What has no inode has a path all the same: /proc/PID/fd/N of a pipe. */
static int get_nameless_status(unsigned long dirfd, vaddr_t user_path,
			       struct status *st)
{
	struct file *f = NULL;
	char *path;
	int err = path_from_user(user_path, &path);

	if (err == 0)
		err = vfs_open((int)dirfd, path, O_PATH, 0, &f);
	kfree(path);
	if (err != 0)
		return err;
	get_file_status(f, st);
	file_put(f);
	return 0;
}

static bool is_empty_string(vaddr_t addr)
{
	char c;

	return copy_from_user(&c, addr, 1) == 0 && c == '\0';
}

/* Then no path at all will do, too. */
static bool is_of_fd(unsigned long dirfd, vaddr_t path, unsigned long flags)
{
	return (flags & AT_EMPTY_PATH) && (int)dirfd >= 0 &&
	       (path == 0 || is_empty_string(path));
}

static int get_path_status(unsigned long dirfd, vaddr_t path,
			   unsigned long flags, struct status *st)
{
	struct sight s;
	int err;

	if (is_of_fd(dirfd, path, flags))
		return get_fd_status(dirfd, st);
	err = sight_at(dirfd, path, lookup_flags(flags), &s);
	if (err == -ENXIO)
		return get_nameless_status(dirfd, path, st);
	if (err < 0)
		return err;
	*st = (struct status){ .mount_id = s.mount_id,
			       .is_mount_root = s.is_mount_root };
	inode_get_attr(s.inode, &st->attr);
	inode_put(s.inode);
	return 0;
}

/* ---- stat ---- */

static uint64_t device_number(uint64_t major, uint64_t minor)
{
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffUL) << 12);
}

static long put_stat(vaddr_t to, const struct inode_attr *a)
{
	struct user_stat st = {
		.dev = device_number(dev_major(a->dev), dev_minor(a->dev)),
		.ino = a->ino,
		.mode = a->owner.mode,
		.nlink = a->nlink,
		.uid = a->owner.uid,
		.gid = a->owner.gid,
		.rdev = device_number(a->major, a->minor),
		.size = (int64_t)a->size,
		.blksize = PAGE_SIZE,
		.blocks = (int64_t)a->bytes_used / BLOCK,
		.atime = timespec_of_ns(a->atime),
		.mtime = timespec_of_ns(a->mtime),
		.ctime = timespec_of_ns(a->ctime),
	};

	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_2(fstat, fd, buf)
{
	struct status st;
	int err = get_fd_status(fd, &st);

	return err < 0 ? err : put_stat(buf, &st.attr);
}

SYSCALL_4(newfstatat, dirfd, path, buf, flags)
{
	struct status st;
	int err;

	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	err = get_path_status(dirfd, path, flags, &st);
	return err < 0 ? err : put_stat(buf, &st.attr);
}

/* ---- statx ---- */

static struct statx_time statx_time(uint64_t ns)
{
	struct timespec t = timespec_of_ns(ns);

	return (struct statx_time){ t.sec, (uint32_t)t.nsec, 0 };
}

/* What is told beside the basic part, of what @mask asks for. */
static void add_more(struct user_statx *to, const struct status *st,
		     unsigned long mask)
{
	if ((mask & STATX_BTIME) && st->attr.btime != 0) {
		to->mask |= STATX_BTIME;
		to->btime = statx_time(st->attr.btime);
	}
	if (st->mount_id == 0)
		return;
	to->mount_id = st->mount_id;
	if (mask & STATX_MNT_ID_UNIQUE) {
		to->mask |= STATX_MNT_ID_UNIQUE;
		to->mount_id = unique_mount_id(st->mount_id);
	} else {
		to->mask |= STATX_MNT_ID;
	}
}

static long put_statx(vaddr_t to, const struct status *st, unsigned long mask)
{
	const struct inode_attr *a = &st->attr;
	struct user_statx out = {
		.mask = STATX_BASIC_STATS,
		.blksize = PAGE_SIZE,
		.attributes = (st->is_mount_root ? STATX_ATTR_MOUNT_ROOT : 0) |
			      (a->flags & STATX_ATTR_FLAGS),
		.attributes_mask = STATX_ATTR_MOUNT_ROOT |
				   (a->flags_kept & STATX_ATTR_FLAGS),
		.nlink = a->nlink,
		.uid = a->owner.uid,
		.gid = a->owner.gid,
		.mode = (uint16_t)a->owner.mode,
		.ino = a->ino,
		.size = a->size,
		.blocks = a->bytes_used / BLOCK,
		.atime = statx_time(a->atime),
		.ctime = statx_time(a->ctime),
		.mtime = statx_time(a->mtime),
		.rdev_major = a->major,
		.rdev_minor = a->minor,
		.dev_major = dev_major(a->dev),
		.dev_minor = dev_minor(a->dev),
	};

	add_more(&out, st, mask);
	return copy_to_user(to, &out, sizeof(out));
}

/*
 * LACKS statx: `STATX_DIOALIGN`, `STATX_SUBVOL` and `STATX_WRITE_ATOMIC` are
 * not told, and of attributes only `STATX_ATTR_MOUNT_ROOT`, `IMMUTABLE`, `APPEND`
 * and `NODUMP`.
 */
SYSCALL_5(statx, dirfd, path, flags, mask, buf)
{
	struct status st;
	int err;

	if ((flags & ~STAT_FLAGS) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    (mask & STATX_RESERVED))
		return -EINVAL;
	err = get_path_status(dirfd, path, flags, &st);
	return err < 0 ? err : put_statx(buf, &st, mask);
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

#define PIPE_MAGIC 0x50495045

/* Of a file that has no inode. */
static const struct fs_stats pipe_stats = { .magic = PIPE_MAGIC };

static struct fs_stats stats_of(const struct inode *inode)
{
	struct fs_stats stats;

	inode->fs->ops->statfs(inode->fs, &stats);
	return stats;
}

#define ST_VALID 0x20
#define ST_RELATIME 0x1000
#define ST_NOSYMFOLLOW 0x2000

/* The rest are the numbers of mount(). */
static int64_t statfs_flags(const struct mount *m)
{
	unsigned flags = READ_ONCE(m->flags);

	return ST_VALID |
	       (flags & (MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC |
			 MOUNT_NOATIME | MOUNT_NODIRATIME)) |
	       (flags & MOUNT_RELATIME ? ST_RELATIME : 0) |
	       (flags & MOUNT_NOSYMFOLLOW ? ST_NOSYMFOLLOW : 0) |
	       (mount_is_readonly(m) ? MOUNT_RDONLY : 0);
}

static long put_statfs(vaddr_t to, const struct fs_stats *stats,
		       const struct mount *m)
{
	uint64_t kept = min(stats->free, stats->kept);
	int64_t size = stats->block_size != 0 ? stats->block_size : PAGE_SIZE;
	struct user_statfs st = {
		.type = (int64_t)stats->magic,
		.bsize = size,
		.blocks = stats->blocks,
		.bfree = stats->free,
		.bavail = stats->free - kept,
		.files = stats->files,
		.ffree = stats->files_free,
		.namelen = NAME_MAX,
		.frsize = size,
		.flags = ST_VALID,
	};

	if (m != NULL) {
		st.fsid[0] = m->fs->dev;
		st.flags = statfs_flags(m);
	}
	return copy_to_user(to, &st, sizeof(st));
}

SYSCALL_2(statfs, path, buf)
{
	struct fs_stats stats = pipe_stats;
	struct path at;
	long err = path_at((unsigned long)AT_FDCWD, path, LOOKUP_FOLLOW, &at);

	if (err == 0)
		stats = stats_of(at.inode);
	if (err == 0 || err == -ENXIO)
		err = put_statfs(buf, &stats, at.mount);
	path_put(&at);
	return err;
}

SYSCALL_2(fstatfs, fd, buf)
{
	struct file *f = fd_get((int)fd);
	struct fs_stats stats = pipe_stats;

	if (f == NULL)
		return -EBADF;
	if (f->inode != NULL)
		stats = stats_of(f->inode);

	long err = put_statfs(buf, &stats, f->mount);

	file_put(f);
	return err;
}
