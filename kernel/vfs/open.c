/*
 * vfs/open.c - opening a path.
 *
 * What a path names is decided under the lock of names, what opening it
 * means after: the inode's open operation may sleep for long (a terminal),
 * and truncation waits for writers.
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
	unsigned rights; /* of a new file */
	unsigned mode;   /* FMODE_* */
	bool exec;       /* a program to run: right to execute, not to read */
	bool created;
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
	struct inode_spec spec = { .mode = S_IFREG | o->rights };
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

/* The walk has found something. */
static int judge_found(const struct walk *w, const struct opening *o)
{
	if (w->at.inode == NULL) /* a file, by a link of /proc */
		return 0;
	if ((o->flags & O_CREAT) && (o->flags & O_EXCL))
		return -EEXIST;
	return may_open(o, w->at.inode, w->mount);
}

static int find_or_create(struct walk *w, struct opening *o)
	REQUIRES_SHARED(C_names)
{
	if (o->flags & O_NAMELESS)
		return create_nameless(w, o);
	if (w->at.inode == NULL && w->file == NULL)
		return create_file(w, o);
	return judge_found(w, o);
}

/*
 * @f is in the mount of what @w found, and counted there if it may write.
 * Under the lock under which that was judged: so nobody can make the mount
 * read-only, or take it away, between the two.
 */
static void enter_mount(struct file *f, const struct walk *w)
	REQUIRES_SHARED(C_names)
{
	struct mount *m = w->mount;

	if (m == NULL || w->at.inode == NULL)
		return;
	mount_get(m);
	f->mount = m;
	if (!(f->mode & FMODE_WRITE) || !is_kept(w->at.inode))
		return;
	f->mode |= FMODE_WRITER;
	atomic_fetch_add_relaxed(&m->writers, 1);
	atomic_fetch_add_relaxed(&m->fs->writers, 1);
}

static int try_to_open(struct walk *w, const struct path *start,
		       const char *path, struct opening *o, unsigned how,
		       struct file *f)
{
	names_lock_shared();
	int err = walk(w, start, path, how);

	if (err == 0)
		err = find_or_create(w, o);
	if (err == 0)
		enter_mount(f, w);
	names_unlock_shared();
	return err;
}

/* What was missing may be there when it is to be made. */
static int walk_to_open(struct walk *w, const struct path *start,
			const char *path, struct opening *o, unsigned how,
			struct file *f)
{
	struct retry r = { 0 };
	int err;

	for (;;) {
		err = try_to_open(w, start, path, o, how, f);
		if (!walk_again(&err, &r))
			return err;
		walk_end(w);
	}
}

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
static int truncate_opened(struct inode *inode)
{
	int err = filesystem_begin_change(inode->fs);

	if (err == 0) {
		err = truncate_to_write(inode);
		filesystem_end_change(inode->fs);
	}
	return err;
}

/* Make @f, which is of nothing so far, a file of what @w found. */
static int open_found(const struct walk *w, const struct opening *o,
		      struct file *f)
{
	struct inode *inode = w->at.inode;
	int err;

	inode_get(inode);
	f->inode = inode;
	f->mode |= o->created ? FMODE_CREATED : 0;
	names_lock_shared();
	err = walk_path(w, &f->path);
	names_unlock_shared();
	/* What was just made is opened all the same: that it is there cannot be
	 * taken back.  It has no name then for who looks into /proc. */
	if (err == 0 || o->created)
		err = break_leases(f);
	if (err == 0)
		err = open_inode(inode, f);
	f->flags &= ~(unsigned)O_NOCTTY; /* opening asked for it, nobody else */
	if (err == 0 && !(f->mode & FMODE_PATH)) {
		f->mode |= FMODE_OPENED;
		notify_inode(inode, IN_OPEN);
	}
	if (err == 0 && (o->flags & O_TRUNC) && !o->created &&
	    inode->ops->truncate != NULL)
		err = truncate_opened(inode);
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

/* Walk to what is wanted and open it as @f; or *@found is open already,
 * somewhere in /proc. */
static int walk_and_open(const struct path *start, const char *path,
			 struct opening *o, unsigned how, struct file *f,
			 struct file **found)
{
	struct walk w;
	int err = walk_to_open(&w, start, path, o, how, f);

	if (err == 0 && w.at.inode == NULL) {
		file_get(w.file);
		*found = w.file;
	} else if (err == 0) {
		err = open_found(&w, o, f);
	}
	walk_end(&w);
	return err;
}

/* The file comes first: when it cannot be had, nothing was made. */
static int open_from(const struct path *start, const char *path,
		     struct opening *o, unsigned how, struct file **out)
{
	struct file *f, *found = NULL;
	int err = file_create(&f, NULL, o->mode,
			      o->flags & ~(OPENING_FLAGS & ~(unsigned)O_NOCTTY),
			      NULL);

	if (err != 0)
		return err;
	err = walk_and_open(start, path, o, how, f, &found);
	if (err < 0 || found != NULL)
		file_put(f);
	if (err == 0)
		*out = found != NULL ? found : f;
	return err;
}

static int open_walked(int dirfd, const char *path, struct opening *o,
		       unsigned how, struct file **out)
{
	struct path start;
	int err = walk_start(dirfd, path, how, &start);

	if (err < 0)
		return err;
	err = open_from(&start, path, o, how, out);
	path_put(&start);
	return err;
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
		.rights = mode & ~own_umask() & 07777,
		.mode = file_mode(flags),
	};
	return 0;
}

int vfs_open_by(int dirfd, const char *path, unsigned flags, unsigned mode,
		unsigned how, struct file **out)
{
	struct opening o;
	int err = opening_of(flags, mode, &o);

	return err != 0 ? err : open_walked(dirfd, path, &o,
					    how | how_to_walk(o.flags), out);
}

int vfs_open_inode(const struct path *at, unsigned flags, struct file **out)
{
	struct opening o;
	int err = opening_of(flags, 0, &o);

	return err != 0 ? err : open_from(at, "", &o, LOOKUP_EMPTY, out);
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
	err = open_walked(dirfd, path, &o, how, &f);
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
	if (err != 0)
		file_put(f);
	else
		*out = f;
	return err;
}
