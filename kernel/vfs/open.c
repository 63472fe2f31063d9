/*
 * vfs/open.c - opening a path.
 *
 * What a path names, and whether it may be opened, is decided under the lock of
 * names, or as at a moment when nobody had names alone (vfs/peek.c).  What opening
 * it means comes after: the inode's open operation may sleep for long (a
 * terminal), and truncation waits for writers.
 */

#include "arch/barrier.h"
#include "debug/race.h"
#include "lib/errno.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "sync/retry.h"
#include "vfs/attr.h"
#include "vfs/busy.h"
#include "vfs/device.h"
#include "vfs/dir.h"
#include "vfs/fdtable.h"
#include "vfs/fifo.h"
#include "vfs/flags.h"
#include "vfs/landlock/landlock.h"
#include "vfs/lease.h"
#include "vfs/mount.h"
#include "vfs/notify/notify.h"
#include "vfs/path_internal.h"
#include "vfs/regular.h"

/* Flags that say how to open; the others say how the file behaves. */
#define OPENING_FLAGS (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)
#define O_NAMELESS 020000000 /* with O_DIRECTORY it is O_TMPFILE */

#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EMPTY_PATH 0x1000

struct opening {
	unsigned flags;  /* O_* */
	unsigned rights; /* of a new file, before the umask */
	unsigned mode;   /* FMODE_* */
	bool exec;       /* a program to run: right to execute, not to read */
	bool created;
	struct file *file;  /* what it becomes */
	struct file *found; /* or what is open already, somewhere in /proc */
};

static unsigned file_mode(unsigned flags)
{
	static const unsigned mode[] = {
		[O_RDONLY] = FMODE_READ,
		[O_WRONLY] = FMODE_WRITE,
		[O_RDWR] = FMODE_READ | FMODE_WRITE,
		[O_ACCMODE] = FMODE_READ | FMODE_WRITE,
	};

	return flags & O_PATH ? FMODE_PATH : mode[flags & O_ACCMODE];
}

static unsigned rights_needed(const struct opening *o)
{
	unsigned may = 0;

	if (o->exec)
		return MAY_EXEC;
	if (o->mode & FMODE_READ)
		may |= MAY_READ;
	if ((o->mode & FMODE_WRITE) || (o->flags & O_TRUNC))
		may |= MAY_WRITE;
	return may;
}

/* To read without a trace is the owner's to do. */
static bool is_own_inode(struct inode *inode)
{
	const struct inode_owner owner = inode_owner(inode);

	return is_own(&owner);
}

/* What its mount has to say about it. */
static int mount_allows(const struct opening *o, struct inode *inode,
			const struct mount *m)
{
	unsigned flags = READ_ONCE(m->flags);

	if (o->exec && (flags & MOUNT_NOEXEC))
		return -EACCES;
	if (inode_is(inode, S_IFCHR) || inode_is(inode, S_IFBLK))
		return flags & MOUNT_NODEV ? -EACCES : 0;
	if ((rights_needed(o) & MAY_WRITE) && is_kept(inode) &&
	    mount_is_readonly(m))
		return -EROFS;
	return 0;
}

/* It can be read, or bytes be added at its end. */
static bool only_adds(const struct opening *o)
{
	return !(o->flags & O_TRUNC) &&
	       (!(o->mode & FMODE_WRITE) || (o->flags & O_APPEND));
}

/* The inode exists: may it be opened like this? */
static int may_open(const struct opening *o, struct inode *inode,
		    const struct mount *m)
{
	bool is_dir = inode_is(inode, S_IFDIR);

	if ((o->flags & O_DIRECTORY) && !is_dir)
		return -ENOTDIR;
	if (o->mode & FMODE_PATH)
		return 0;
	if (inode_is(inode, S_IFLNK))
		return -ELOOP;
	if (o->exec && !inode_is(inode, S_IFREG))
		return -EACCES;
	if (is_dir && ((o->mode & FMODE_WRITE) ||
		       (o->flags & (O_CREAT | O_TRUNC))))
		return -EISDIR;

	int err = inode_permission(inode, rights_needed(o));

	if (err == 0 && m != NULL)
		err = mount_allows(o, inode, m);
	if (err == 0 && inode_has(inode, INODE_APPEND) && !only_adds(o))
		err = -EPERM;
	if (err == 0 && (o->flags & O_NOATIME) && !is_own_inode(inode))
		err = -EPERM;
	return err;
}

static int create_file(struct walk *w, struct opening *o)
	REQUIRES_SHARED(C_names)
{
	const struct inode_spec spec = { .mode = S_IFREG | o->rights };
	int err = w->slash ? -EISDIR : walk_create(w, &spec);

	o->created = err == 0;
	return err;
}

/* A new file in the directory that is found, without a name. */
static int create_nameless(struct walk *w, struct opening *o)
	REQUIRES_SHARED(C_names)
{
	int err = walk_create_nameless(w, o->rights, !(o->flags & O_EXCL));

	o->created = err == 0;
	return err;
}

/* Something was found. */
static int judge_found(struct inode *inode, const struct mount *m,
		       const struct opening *o)
{
	if (inode == NULL) /* a file, by a link of /proc */
		return 0;
	if ((o->flags & O_CREAT) && (o->flags & O_EXCL))
		return -EEXIST;
	return may_open(o, inode, m);
}

static int find_or_create(struct walk *w, struct opening *o)
	REQUIRES_SHARED(C_names)
{
	if (o->flags & O_NAMELESS)
		return create_nameless(w, o);
	if (w->at.inode == NULL && w->file == NULL)
		return create_file(w, o);
	return judge_found(w->at.inode, w->mount, o);
}

/* ---- where the file will be ---- */

/*
 * @f is a file of f->inode in f->mount, and counted there if it may write. Under
 * the lock under which that was judged, or before it is looked whether somebody
 * had it alone: so nobody can make the mount read-only, or take it away, between
 * the two.
 */
static void be_writer(struct file *f)
{
	struct mount *m = f->mount;

	if (m == NULL || !(f->mode & FMODE_WRITE) || !is_kept(f->inode))
		return;
	f->mode |= FMODE_WRITER;
	atomic_fetch_add_relaxed(&m->writers, 1);
	atomic_fetch_add_relaxed(&m->fs->writers, 1);
}

/* What was just made is opened all the same if there is no memory for its path:
 * that it is there cannot be taken back.  It has no name then for who looks into
 * /proc. */
static int enter_found(const struct walk *w, struct opening *o)
	REQUIRES_SHARED(C_names)
{
	const struct path at = { w->mount, w->at.inode };
	const struct path dir = { w->dir_mount, w->at.dir };
	struct file *f = o->file;
	int err;

	path_get(&at);
	f->mount = at.mount;
	f->inode = at.inode;
	be_writer(f);
	err = landlock_may_open(f, &dir, o->exec, false);
	if (err != 0)
		return err;
	err = walk_path(w, &f->path);
	return o->created ? 0 : err;
}

static int try_to_enter(struct walk *w, const struct path *start,
			const char *path, struct opening *o, unsigned how)
{
	names_lock_shared();
	int err = walk(w, start, path, how);

	if (err == 0)
		err = find_or_create(w, o);
	if (err == 0 && w->at.inode != NULL)
		err = enter_found(w, o);
	names_unlock_shared();
	return err;
}

/* A link has led to what has no inode. */
static int open_found(struct file *f, struct opening *o)
{
	if (!(o->flags & O_PATH) && !f->ops->opens_again)
		return -ENXIO;
	file_get(f);
	o->found = f;
	return 0;
}

/* What was missing may be there when it is to be made. */
static int enter_by_walk(const struct path *start, const char *path,
			 struct opening *o, unsigned how)
{
	struct retry r = { 0 };
	struct walk w;
	int err;

	for (;;) {
		err = try_to_enter(&w, start, path, o, how);
		if (!walk_again(&err, &r))
			break;
		walk_end(&w);
	}
	if (err == 0 && w.at.inode == NULL)
		err = open_found(w.file, o);
	walk_end(&w);
	return err;
}

static int enter_peeked(const struct peek *p, struct opening *o)
{
	const struct path dir = { p->dir_mount, p->at.dir };
	struct path at = { NULL, NULL };
	struct file *f = o->file;
	int err = peek_hold_path(p, &at);

	f->mount = at.mount;
	f->inode = at.inode;
	if (err == 0)
		err = judge_found(p->at.inode, p->mount, o);
	if (err < 0)
		return err;
	be_writer(f);
	err = landlock_may_open(f, &dir, o->exec, true);
	return err != 0 ? err : peek_path(p, &f->path);
}

/* What is not there may have to be made: that is for who walks to say. */
static int enter_by_peek(int dirfd, const char *path, struct opening *o,
			 unsigned how)
{
	struct peek p;
	int err = peek_begin(&p, dirfd, path, how & ~(unsigned)LOOKUP_PARENT);

	if (err == -ENOENT && (how & LOOKUP_PARENT))
		err = -EAGAIN;
	if (err == 0)
		err = enter_peeked(&p, o);
	err = peek_end(&p, err);
	if (err == -EAGAIN)
		file_leave(o->file);
	return err;
}

static int enter(int dirfd, const char *path, struct opening *o, unsigned how)
{
	const bool follows = how & LOOKUP_FOLLOW;
	struct path start;
	int err = -EAGAIN;

	if (!(o->flags & O_NAMELESS) && (follows || !(o->flags & O_CREAT)))
		err = enter_by_peek(dirfd, path, o, how);
	if (err != -EAGAIN)
		return err;
	err = walk_start(dirfd, path, how, &start);
	if (err < 0)
		return err;
	err = enter_by_walk(&start, path, o, how);
	path_put(&start);
	return err;
}

/* ---- what it can do ---- */

static int open_device(struct inode *inode, struct file *f)
{
	f->ops = device_find(inode_type(inode), inode->major, inode->minor);
	if (f->ops == NULL)
		return -ENXIO;
	return f->ops->open != NULL ? f->ops->open(f) : 0;
}

/* The inode of a FIFO keeps its pipe, from the first open() on. */
static int open_fifo(struct inode *inode, struct file *f)
{
	mutex_lock(&inode->lock);
	if (inode->pipe == NULL) {
		race_point(fifo_missing, inode);
		inode->pipe = fifo_create();
	}
	struct pipe *pipe = inode->pipe;
	mutex_unlock(&inode->lock);
	return pipe != NULL ? fifo_open(pipe, f) : -ENOMEM;
}

/* As every inode of its type is opened. */
static int open_by_type(struct inode *inode, struct file *f)
{
	switch (inode_type(inode)) {
	case S_IFREG:
		f->ops = &regular_file_ops;
		f->mode |= FMODE_POS;
		return 0;
	case S_IFDIR:
		f->ops = &dir_file_ops;
		return 0;
	case S_IFCHR:
	case S_IFBLK:
		return open_device(inode, f);
	case S_IFIFO:
		return open_fifo(inode, f);
	}
	return -ENXIO;
}

static int open_inode(struct inode *inode, struct file *f)
{
	static const struct file_ops path_ops;

	if (f->mode & FMODE_PATH) {
		f->ops = &path_ops;
		return 0;
	}
	return inode->ops->open != NULL ? inode->ops->open(inode, f) :
					  open_by_type(inode, f);
}

/* Only what has bytes has leases. */
static int break_leases(struct file *f)
{
	if ((f->mode & FMODE_PATH) || !inode_is(f->inode, S_IFREG))
		return 0;
	return lease_open(f);
}

/* Who watches it may have to allow it. */
static int ask_to_open(const struct opening *o)
{
	int err = 0;

	if (o->file->mode & FMODE_PATH)
		return 0;
	if (o->exec)
		err = notify_ask(o->file, FAN_OPEN_EXEC_PERM);
	return err != 0 ? err : notify_ask(o->file, FAN_OPEN_PERM);
}

static int truncate_to_write(struct inode *inode)
{
	int err = inode_begin_writing(inode);

	if (err == 0) {
		err = inode_truncate(inode, 0);
		inode_end_writing(inode);
	}
	return err;
}

/* Also where it is opened to be read. */
static int truncate_opened(struct file *f)
{
	struct inode *inode = f->inode;

	if (f->mode & FMODE_NO_TRUNCATE)
		return -EACCES;
	if (f->mode & FMODE_WRITER)
		return truncate_to_write(inode);

	int err = filesystem_begin_change(inode->fs);

	if (err == 0) {
		err = truncate_to_write(inode);
		filesystem_end_change(inode->fs);
	}
	return err;
}

/* What was found is what the file is of. */
static int open_entered(const struct opening *o)
{
	struct file *f = o->file;
	struct inode *inode = f->inode;
	int err;

	f->mode |= o->created ? FMODE_CREATED : 0;
	err = ask_to_open(o);
	if (err == 0)
		err = break_leases(f);
	if (err == 0)
		err = open_inode(inode, f);
	f->flags &= ~(unsigned)O_NOCTTY; /* opening asked for it, nobody else */
	if (err == 0 && !(f->mode & (FMODE_PATH | FMODE_QUIET))) {
		f->mode |= FMODE_OPENED;
		notify_file(f, IN_OPEN | (o->exec ? FAN_OPEN_EXEC : 0));
	}
	if (err == 0 && (o->flags & O_TRUNC) && !o->created &&
	    inode->ops->truncate != NULL)
		err = truncate_opened(f);
	return err;
}

static unsigned how_to_walk(unsigned flags)
{
	unsigned how = 0;

	if (flags & O_CREAT)
		how |= LOOKUP_PARENT;
	if (!(flags & O_NOFOLLOW) &&
	    (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		how |= LOOKUP_FOLLOW;
	return how;
}

/* ---- from a path to a file ---- */

/* The file comes first: when it cannot be had, nothing was made. */
static int opening_begin(struct opening *o)
{
	return file_create(&o->file, NULL, o->mode,
			   o->flags & ~(OPENING_FLAGS & ~(unsigned)O_NOCTTY),
			   NULL);
}

/* It has entered where it is to be, or @err says why not. */
static int opening_end(struct opening *o, int err, struct file **out)
{
	if (err == 0 && o->found == NULL)
		err = open_entered(o);
	if (err < 0 || o->found != NULL)
		file_put(o->file);
	if (err == 0)
		*out = o->found != NULL ? o->found : o->file;
	return err;
}

static int open_at(int dirfd, const char *path, struct opening *o,
		   unsigned how, struct file **out)
{
	int err = opening_begin(o);

	return err != 0 ? err : opening_end(o, enter(dirfd, path, o, how), out);
}

/* What @flags and the @mode of a new file ask for: 0 or -EINVAL. */
static int opening_of(unsigned flags, unsigned mode, struct opening *o)
{
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & O_NAMELESS) && (!(flags & O_DIRECTORY) ||
				     !(file_mode(flags) & FMODE_WRITE)))
		return -EINVAL;
	if ((flags & O_CREAT) && (flags & O_DIRECTORY))
		return -EINVAL;
	*o = (struct opening){
		.flags = flags,
		.rights = mode & 07777,
		.mode = file_mode(flags),
	};
	return 0;
}

int vfs_open_by(int dirfd, const char *path, unsigned flags, unsigned mode,
		unsigned how, struct file **out)
{
	struct opening o;
	int err = opening_of(flags, mode, &o);

	return err != 0 ? err : open_at(dirfd, path, &o,
					how | how_to_walk(o.flags), out);
}

/* @mode is in its FMODE_*, too. */
static int open_inode_as(const struct path *at, unsigned flags, unsigned mode,
			 struct file **out)
{
	struct opening o;
	int err = opening_of(flags, 0, &o);

	o.mode |= mode;
	if (err == 0)
		err = opening_begin(&o);
	return err != 0 ? err :
		opening_end(&o, enter_by_walk(at, "", &o, LOOKUP_EMPTY), out);
}

int vfs_open_inode(const struct path *at, unsigned flags, struct file **out)
{
	return open_inode_as(at, flags, 0, out);
}

int vfs_open_quietly(const struct path *at, unsigned flags, struct file **out)
{
	return open_inode_as(at, flags, FMODE_QUIET, out);
}

int vfs_open(int dirfd, const char *path, unsigned flags, unsigned mode,
	     struct file **out)
{
	return vfs_open_by(dirfd, path, flags, mode, 0, out);
}

/* ---- what exec needs ---- */

/* @f was found without a name, as what descriptor @fd is open of: it is called as
 * that was. */
static int name_as_descriptor(struct file *f, int fd)
{
	struct file *of = fd_get(fd);
	int err = 0;

	if (of != NULL && of->inode == f->inode && of->path != NULL) {
		f->path = kstrdup(of->path);
		err = f->path == NULL ? -ENOMEM : 0;
	}
	if (of != NULL)
		file_put(of);
	return err;
}

int vfs_open_exec(int dirfd, const char *path, int flags, struct file **out)
{
	struct opening o = { .mode = FMODE_READ, .exec = true };
	unsigned how = 0;
	struct file *f;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= LOOKUP_EMPTY;
	if (!(flags & AT_SYMLINK_NOFOLLOW))
		how |= LOOKUP_FOLLOW;
	err = open_at(dirfd, path, &o, how, &f);
	if (err != 0)
		return err;
	if (f->inode == NULL) { /* a pipe, by its link in /proc */
		file_put(f);
		return -EACCES;
	}
	if (f->path == NULL && *path == '\0')
		err = name_as_descriptor(f, dirfd);
	if (err == 0)
		err = file_is_program(f);
	if (err == 0)
		err = notify_ask(f, FAN_ACCESS_PERM); /* it is read from now on */
	if (err != 0)
		file_put(f);
	else
		*out = f;
	return err;
}
