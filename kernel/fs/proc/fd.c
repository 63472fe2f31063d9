/*
 * fs/proc/fd.c - a process's open files: fd/, exe, cwd, root.
 *
 * These links lead to the file itself; the path they show is for people.
 */
#include "fs/proc/procfs_internal.h"

#include "arch/barrier.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/maplock.h"
#include "mm/slab.h"
#include "proc/task/proc.h"
#include "proc/task/random.h"
#include "proc/task/rights.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"
#include "vfs/notify/fanotify.h"
#include "vfs/notify/inotify.h"
#include "vfs/path.h"

/* ---- files: fd/N and exe ---- */

static long copy_path(const struct file *f, char *buf, size_t n)
{
	long len = procfs_copy_link(buf, n, f->path);

	return len + procfs_copy_link(buf + len, n - (size_t)len,
				      file_path_mark(f));
}

/* A pipe or its like has no path, but a kind.  What has neither is a file by a handle
 * that nobody knows the way to. */
static long describe(const struct file *f, char *buf, size_t n)
{
	const char *kind = f->ops->kind != NULL ? f->ops->kind : "anon";
	char name[40];

	if (f->path != NULL)
		return copy_path(f, buf, n);
	if ((f->ops->inode_mode & S_IFMT) == 0)
		return procfs_copy_link(buf, n, kind);
	ksnprintf(name, sizeof(name), "%s:[%lu]", kind, random_ino_of(f->data));
	return procfs_copy_link(buf, n, name);
}

static struct file *fd_file(const struct inode *link)
{
	const struct procfs_entry *e = procfs_entry(link);
	struct fdtable *files = proc_files_visit(e->proc);
	struct file *f;

	if (files == NULL)
		return NULL;
	f = fd_get_from(files, e->fd);
	fdtable_leave(files);
	return f;
}

static struct file *exe_file(const struct inode *link)
{
	struct mm *mm = proc_mm_get(procfs_entry(link)->proc);
	struct file *f;

	if (mm == NULL)
		return NULL;
	map_lock_shared(mm);
	f = mm->exe;
	if (f != NULL)
		file_get(f);
	map_unlock_shared(mm);
	mm_put(mm);
	return f;
}

static int may_look_into(const struct inode *inode)
{
	return proc_may_inspect(procfs_entry(inode)->proc) ? 0 : -EACCES;
}

static long read_file_link(struct inode *link, char *buf, size_t n,
			   struct file *(*get)(const struct inode *link))
{
	struct file *f = get(link);
	long len = may_look_into(link);

	if (len == 0)
		len = f != NULL ? describe(f, buf, n) : -ENOENT;
	if (f != NULL)
		file_put(f);
	return len;
}

static int follow_file_link(struct inode *link, struct file **file,
			    struct file *(*get)(const struct inode *link))
{
	struct file *f = get(link);
	int err = may_look_into(link);

	if (err == 0)
		*file = f;
	else if (f != NULL)
		file_put(f);
	return err == 0 && f == NULL ? -ENOENT : err;
}

static long fd_readlink(struct inode *link, char *buf, size_t n)
{
	return read_file_link(link, buf, n, fd_file);
}

static int fd_follow(struct inode *link, struct path *to UNUSED,
		     struct file **file)
{
	return follow_file_link(link, file, fd_file);
}

static const struct inode_ops fd_link_ops = {
	.is_fleeting = true,
	.readlink = fd_readlink,
	.follow = fd_follow,
	.release = procfs_release,
};

static long exe_readlink(struct inode *link, char *buf, size_t n)
{
	return read_file_link(link, buf, n, exe_file);
}

static int exe_follow(struct inode *link, struct path *to UNUSED,
		      struct file **file)
{
	return follow_file_link(link, file, exe_file);
}

const struct inode_ops procfs_exe_ops = {
	.readlink = exe_readlink,
	.follow = exe_follow,
	.release = procfs_release,
};

/* ---- directories: cwd and root ---- */

typedef struct path (*get_directory)(struct fs_context *fs);

static int follow_directory(struct inode *link, struct path *to,
			    get_directory get)
{
	struct proc *p = procfs_entry(link)->proc;
	int err;

	spin_lock(&p->lock);
	if (p->vfs.fs != NULL)
		*to = get(p->vfs.fs);
	else
		*to = (struct path){ NULL, NULL };
	spin_unlock(&p->lock);
	if (to->inode == NULL)
		return -ENOENT;
	err = may_look_into(link);
	if (err != 0)
		path_put(to);
	return err;
}

static long read_directory_link(struct inode *link, char *buf, size_t n,
				get_directory get) REQUIRES_SHARED(C_names)
{
	struct path dir;
	char *path;
	long len = follow_directory(link, &dir, get);

	if (len != 0)
		return len;
	path = kmalloc(PATH_MAX);
	len = path == NULL ? -ENOMEM : path_of_dir_locked(&dir, path);
	if (len >= 0)
		len = procfs_copy_link(buf, n, path);
	kfree(path);
	path_put(&dir);
	return len;
}

static long cwd_readlink(struct inode *link, char *buf, size_t n)
	REQUIRES_SHARED(C_names)
{
	return read_directory_link(link, buf, n, fs_context_cwd_locked);
}

static int cwd_follow(struct inode *link, struct path *to,
		      struct file **file UNUSED)
{
	return follow_directory(link, to, fs_context_cwd_locked);
}

const struct inode_ops procfs_cwd_ops = {
	.readlink = cwd_readlink,
	.follow = cwd_follow,
	.release = procfs_release,
};

static long root_readlink(struct inode *link, char *buf, size_t n)
	REQUIRES_SHARED(C_names)
{
	return read_directory_link(link, buf, n, fs_context_root_locked);
}

static int root_follow(struct inode *link, struct path *to,
		       struct file **file UNUSED)
{
	return follow_directory(link, to, fs_context_root_locked);
}

const struct inode_ops procfs_root_link_ops = {
	.readlink = root_readlink,
	.follow = root_follow,
	.release = procfs_release,
};

/* ---- the directory of descriptors ---- */

static const struct procfs_node fd_node = {
	.mode = S_IFLNK | 0700,
	.ops = &fd_link_ops,
};

static unsigned access_mode(const struct file *f)
{
	if (f->mode & FMODE_PATH || !(f->mode & FMODE_WRITE))
		return O_RDONLY;
	return f->mode & FMODE_READ ? O_RDWR : O_WRONLY;
}

/* Linux's numbers of devices inside the kernel. */
#define DEV_MAJOR_SHIFT 20

static unsigned linux_dev(uint64_t dev)
{
	return dev_major((unsigned)dev) << DEV_MAJOR_SHIFT |
	       dev_minor((unsigned)dev);
}

static void write_mark(struct text *t, const struct fanotify_about *m)
{
	text_printf(t, "fanotify ");
	if (m->flags & FAN_MARK_MOUNT)
		text_printf(t, "mnt_id:%x ", m->mount_id);
	else if (m->flags & FAN_MARK_FILESYSTEM)
		text_printf(t, "sdev:%x ", linux_dev(m->dev));
	else
		text_printf(t, "ino:%lx sdev:%x ", m->ino, linux_dev(m->dev));
	text_printf(t, "mflags:%x mask:%x ignored_mask:%x\n",
		    m->flags & ~(FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM), m->mask,
		    m->ignored);
}

static void write_marks(struct text *t, struct file *f)
{
	struct fanotify_about about = { .number = 0 };
	unsigned flags, event_flags;

	fanotify_flags(f, &flags, &event_flags);
	text_printf(t, "fanotify flags:%x event-flags:%x\n", flags, event_flags);
	while (!t->failed && fanotify_next(f, &about))
		write_mark(t, &about);
}

static void write_watches(struct text *t, struct file *f)
{
	struct inotify_about about = { .wd = 0 };

	while (!t->failed && inotify_next(f, &about))
		text_printf(t, "inotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0\n",
			    (unsigned)about.wd, about.ino,
			    linux_dev(about.dev), about.mask);
}

static void write_file(struct text *t, struct file *f, bool cloexec)
{
	char about[FILE_ABOUT_MAX] = "";

	text_printf(t, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%u\nino:\t%lu\n",
		    READ_ONCE(f->pos),
		    (READ_ONCE(f->flags) & ~(unsigned)O_ACCMODE) |
			    access_mode(f) | (cloexec ? O_CLOEXEC : 0),
		    f->mount != NULL ? f->mount->id : 0,
		    f->inode != NULL ? f->inode->ino : random_ino_of(f->data));
	if (f->ops->about != NULL)
		f->ops->about(f, about);
	text_printf(t, "%s", about);
	if (is_inotify(f))
		write_watches(t, f);
	if (is_fanotify(f))
		write_marks(t, f);
}

/* What is known about an open file: held first, and judged then. */
static int show_fdinfo(struct text *t, const struct procfs_entry *e)
{
	struct fdtable *files = proc_files_visit(e->proc);
	struct file *f = files != NULL ? fd_get_from(files, e->fd) : NULL;
	int err = f == NULL ? -ENOENT : proc_may_inspect(e->proc) ? 0 : -EACCES;

	if (err == 0)
		write_file(t, f, fdtable_get_cloexec(files, e->fd) == 1);
	if (f != NULL)
		file_put(f);
	if (files != NULL)
		fdtable_leave(files);
	return err;
}

/* At open: the table of descriptors has a lock above those of a read. */
static const struct procfs_node fdinfo_node = {
	.mode = S_IFREG | 0444,
	.ops = &procfs_fleeting_text_ops,
	.show = show_fdinfo,
	.at_open = true,
};

/* fd and fdinfo have the same names. */
static int lookup_fd(const struct procfs_node *node, struct inode *dir,
		     const struct name *name, struct inode **child)
{
	struct procfs_entry about = *procfs_entry(dir);
	struct fdtable *files = proc_files_visit(about.proc);
	int err = -ENOENT;

	if (files == NULL)
		return -ENOENT;
	about.fd = procfs_parse_number(name);
	if (about.fd >= 0 && fdtable_next(files, about.fd) == about.fd)
		err = procfs_found(node, &about, dir, child);
	fdtable_leave(files);
	return err;
}

static long read_fds(const struct procfs_node *node, struct inode *dir,
		     uint64_t cookie, struct dir_sink *sink)
{
	struct procfs_entry about = *procfs_entry(dir);
	struct fdtable *files = proc_files_visit(about.proc);
	int fd = (int)(cookie - DIR_COOKIE_FIRST);
	bool more = true;

	if (files == NULL)
		return 0;
	while (more && (fd = fdtable_next(files, fd)) >= 0) {
		about.fd = fd;
		fd++;
		more = procfs_emit_number(sink, about.fd,
					  procfs_ino(node, &about), node->mode,
					  (uint64_t)fd + DIR_COOKIE_FIRST);
	}
	fdtable_leave(files);
	return 0;
}

static int fd_dir_lookup(struct inode *dir, const struct name *name,
			 struct inode **child)
{
	return lookup_fd(&fd_node, dir, name, child);
}

static long fd_dir_readdir(struct inode *dir, uint64_t cookie,
			   struct dir_sink *sink)
{
	return read_fds(&fd_node, dir, cookie, sink);
}

const struct inode_ops procfs_fd_dir_ops = {
	.lookup = fd_dir_lookup,
	.readdir = fd_dir_readdir,
	.release = procfs_release,
};

/* Which there are, and where they stand, is for who may look into the process;
 * fd has its rights for that, which are its user's alone. */
static int fdinfo_lookup(struct inode *dir, const struct name *name,
			 struct inode **child)
{
	int err = may_look_into(dir);

	return err != 0 ? err : lookup_fd(&fdinfo_node, dir, name, child);
}

static long fdinfo_readdir(struct inode *dir, uint64_t cookie,
			   struct dir_sink *sink)
{
	int err = may_look_into(dir);

	return err != 0 ? err : read_fds(&fdinfo_node, dir, cookie, sink);
}

const struct inode_ops procfs_fdinfo_dir_ops = {
	.lookup = fdinfo_lookup,
	.readdir = fdinfo_readdir,
	.release = procfs_release,
};
