#pragma once

/*
 * vfs/path.h - names of files: walking paths, and changing the tree.
 *
 * One reader-writer lock, RANK_NAMES, protects the tree of directories: which
 * is in which, mounts, and every process's root and current directory.  It is
 * shared to look up, and to make names and take away those of files; exclusive
 * to remove, rename and cover directories.  What names a directory has is under
 * a lock of its own, RANK_ENTRIES: so those who work in different directories
 * wait for nobody.  Neither is held while user memory is touched: paths
 * come in before and results go out after.
 *
 * @dirfd is a descriptor of a directory or AT_FDCWD; paths are kernel memory.
 * Errors are Linux's.
 */

#include "lib/types.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* Where somebody is: an inode, and the mount in which he sees it. */
struct path {
	struct mount *mount; /* NULL: of what has no name */
	struct inode *inode;
};

static inline bool path_is_same(struct path a, struct path b)
{
	return a.mount == b.mount && a.inode == b.inode;
}

void path_get(const struct path *path); /* a reference for both */
void path_put(const struct path *path);

/* ---- looking up ---- */

#define LOOKUP_FOLLOW 1 /* follow a link at the end of the path, too */
#define LOOKUP_EMPTY 2  /* "" is what @dirfd stands for */
#define LOOKUP_CHANGE 8 /* -EROFS if what is found may not be changed there */

/* For access(): directories are searched as the real user may. */
#define LOOKUP_AS_REAL 0x400
#define LOOKUP_TRUNCATE 0x800 /* who found it wants to: sight.no_truncate */
#define LOOKUP_TO_UMOUNT 0x200 /* the mount is not used by this: UMOUNT_EXPIRE */

/* For openat2(): which ways are not to be gone. */
#define LOOKUP_NO_LINKS 0x10       /* -ELOOP at any link, */
#define LOOKUP_NO_MAGIC_LINKS 0x20 /* at one of /proc that leads without a path */
#define LOOKUP_NO_MOUNTS 0x40      /* -EXDEV where it would go to another mount, */
#define LOOKUP_BENEATH 0x80        /* out of the directory where it begins */
#define LOOKUP_IN_ROOT 0x100       /* which is the root meanwhile */

int vfs_lookup(int dirfd, const char *path, unsigned how,
	       struct inode **out);
/* The same, and what is to be known of the mount, which may go. */
struct sight {
	struct inode *inode;  /* a reference */
	unsigned mount_id;    /* 0: it is in none */
	unsigned mount_flags; /* MOUNT_* */
	bool is_mount_root;
	bool no_truncate;     /* with LOOKUP_TRUNCATE: the running thread's domain does
			       * not allow that */
};

int vfs_look(int dirfd, const char *path, unsigned how, struct sight *out);
/* The same, and in which mount: both with a reference. */
int vfs_lookup_path(int dirfd, const char *path, unsigned how,
		    struct path *out);
/* The same, and in which directory its name is: no inode, if no name has led there,
 * or the running thread is in no domain that asks for it (vfs/landlock/). */
struct entry {
	struct path at, dir;
};

int vfs_lookup_entry(int dirfd, const char *path, unsigned how, struct entry *out);
void entry_put(const struct entry *e);
int vfs_open(int dirfd, const char *path, unsigned flags, unsigned mode,
	     struct file **out);
/* The same by the ways that @how, LOOKUP_NO_LINKS and so on, leaves. */
int vfs_open_by(int dirfd, const char *path, unsigned flags, unsigned mode,
		unsigned how, struct file **out);
/* What @fs finds by its number, and @generation: with a reference; 0, -ESTALE. */
int vfs_find_inode(struct filesystem *fs, uint64_t ino, uint32_t generation,
		   struct inode **out);
/* Open what is at @at, which no path has led to. */
int vfs_open_inode(const struct path *at, unsigned flags, struct file **out);
/* The same for who watches it: nobody is told. */
int vfs_open_quietly(const struct path *at, unsigned flags, struct file **out);
/* Open @path for execution: a regular file that the running process may
 * execute; @flags are AT_*. */
int vfs_open_exec(int dirfd, const char *path, int flags, struct file **out);
/* 0 or -EACCES, for access(): real or effective ids. */
int vfs_access(int dirfd, const char *path, unsigned may, unsigned how,
	       bool effective);
/* The target of the link @path, not NUL-terminated: its length, cut to @n. */
long vfs_readlink(int dirfd, const char *path, char *buf, size_t n);

/* ---- changing; @mode is cut by the umask where Linux does ---- */

int vfs_mkdir(int dirfd, const char *path, unsigned mode);
int vfs_mknod(int dirfd, const char *path, unsigned mode,
	      unsigned major, unsigned minor);
/* The name of a socket; *@made is what it names, with a reference. */
int vfs_make_socket(const char *path, struct inode **made);
int vfs_symlink(const char *target, int dirfd, const char *path);
int vfs_link(int old_dirfd, const char *old, int new_dirfd,
	     const char *new, unsigned how);
int vfs_unlink(int dirfd, const char *path);
int vfs_rmdir(int dirfd, const char *path);

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
int vfs_rename(int old_dirfd, const char *old, int new_dirfd,
	       const char *new, unsigned flags);

/* ---- current directory, root, umask of the running process ---- */

int vfs_chdir(const struct path *dir);
int vfs_chroot(const struct path *dir);
unsigned vfs_umask(unsigned mask); /* the old one */
unsigned own_umask(void); /* as it is */
/* The current directory as a path in a buffer of PATH_MAX: its length with
 * the NUL, or -ENOENT, -ENAMETOOLONG. */
long vfs_getcwd(char *buf);

#define PATH_DELETED " (deleted)" /* behind the path of what has lost its name */

/*
 * The path of @dir in a buffer of PATH_MAX, as seen from the root of the tree
 * (a removed one ends in PATH_DELETED): its length without the NUL.
 */
long path_of_dir_locked(const struct path *dir, char *buf)
	REQUIRES_SHARED(C_names);
