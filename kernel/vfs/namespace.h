#pragma once

/*
 * vfs/namespace.h - names of files: walking paths, and changing the tree.
 *
 * One reader-writer lock, RANK_NAMESPACE, protects all names, parents, link
 * counts, and every process's root and current directory: shared to look up,
 * exclusive to change.  It is never held while user memory is touched: paths
 * come in before and results go out after.
 *
 * @dirfd is a descriptor of a directory or AT_FDCWD; paths are kernel memory.
 * Errors are Linux's.
 */

#include "lib/types.h"
#include "proc/task/file.h"
#include "vfs/inode.h"

void namespace_init(void);
/* The root directory of all; no reference is taken. */
struct inode *namespace_root(void);
/* Attach @root, whose reference is taken over, at /@name.  Boot only. */
void namespace_mount(const char *name, struct inode *root);

/* ---- looking up ---- */

#define LOOKUP_FOLLOW 1 /* follow a link at the end of the path, too */
#define LOOKUP_EMPTY 2  /* "" is what @dirfd stands for */

int namespace_lookup(int dirfd, const char *path, unsigned how,
		     struct inode **out);
int namespace_open(int dirfd, const char *path, unsigned flags, unsigned mode,
		   struct file **out);
/* 0 or -EACCES, for access(): real or effective ids. */
int namespace_access(int dirfd, const char *path, unsigned may, unsigned how,
		     bool effective);
/* The target of the link @path, not NUL-terminated: its length, cut to @n. */
long namespace_readlink(int dirfd, const char *path, char *buf, size_t n);

/* ---- changing; @mode is cut by the umask where Linux does ---- */

int namespace_mkdir(int dirfd, const char *path, unsigned mode);
int namespace_mknod(int dirfd, const char *path, unsigned mode,
		    unsigned major, unsigned minor);
int namespace_symlink(const char *target, int dirfd, const char *path);
int namespace_link(int old_dirfd, const char *old, int new_dirfd,
		   const char *new, unsigned how);
int namespace_unlink(int dirfd, const char *path);
int namespace_rmdir(int dirfd, const char *path);

#define RENAME_NOREPLACE 1
int namespace_rename(int old_dirfd, const char *old, int new_dirfd,
		     const char *new, unsigned flags);

/* ---- current directory, root, umask of the running process ---- */

int namespace_chdir(struct inode *dir);
int namespace_chroot(struct inode *dir);
unsigned namespace_umask(unsigned mask); /* the old one */
/* The current directory as a path in a buffer of PATH_MAX: its length with
 * the NUL, or -ENOENT, -ENAMETOOLONG. */
long namespace_getcwd(char *buf);

/*
 * The path of @dir in a buffer of PATH_MAX, as seen from the root of the tree
 * (a removed one ends in " (deleted)"): its length without the NUL.
 */
long namespace_path_locked(struct inode *dir, char *buf);

struct fs_context;
/* Root or current directory of a process, with a reference; for /proc, whose
 * links are read with the namespace locked. */
struct inode *fs_context_root_locked(struct fs_context *fs);
struct inode *fs_context_cwd_locked(struct fs_context *fs);
struct inode *fs_context_cwd(struct fs_context *fs);
unsigned fs_context_umask(const struct fs_context *fs);
