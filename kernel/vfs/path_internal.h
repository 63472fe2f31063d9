#pragma once

/*
 * vfs/path_internal.h - the lock of names and the path walk, shared by the
 * files that look up, change and open names.
 */

#include "vfs/path.h"

void names_lock_shared(void) ACQUIRES_SHARED(C_names);
void names_unlock_shared(void) RELEASES_SHARED(C_names);
void names_lock(void) ACQUIRES(C_names);
void names_unlock(void) RELEASES(C_names);

/* The running process's root, under the lock; its current directory, with a
 * reference, without the lock. */
struct inode *own_root(void) REQUIRES_SHARED(C_names);
struct inode *own_cwd(void);
unsigned own_umask(void);

/* Besides LOOKUP_FOLLOW and LOOKUP_EMPTY: */
#define LOOKUP_PARENT 4 /* the last name need not exist; links at the end
			 * are not followed unless LOOKUP_FOLLOW says so */

/* What the last component of a path was. */
enum last_kind {
	LAST_NAME,   /* a name: walk.at says which */
	LAST_DOT,    /* "." or the whole path was slashes */
	LAST_DOTDOT,
	LAST_MAGIC,  /* a link that led without a path */
};

struct walk {
	struct dentry at;    /* the last name (in buf or in the path), where it
			      * is and what it names: references, or NULL */
	struct file *file;   /* instead of an inode, from a link of /proc */
	enum last_kind kind;
	bool slash;          /* the path ended in a slash */
	unsigned links;      /* followed so far */
	unsigned how;        /* LOOKUP_* */
	char *buf;           /* the path that is left, after a link */
};

/*
 * Walk @path.  Names are locked, in either way.  Whatever the result,
 * walk_end() drops what *@w holds (not under spinlocks).
 */
int walk(struct walk *w, struct inode *start, const char *path, unsigned how)
	REQUIRES_SHARED(C_names);
void walk_end(struct walk *w);

/*
 * Where a path begins: the directory of @dirfd or the current one, with a
 * reference.  *@out is NULL when the path is absolute: walk() knows.  Called
 * before names are locked.
 */
int walk_start(int dirfd, const char *path, unsigned how, struct inode **out);

/* The path of @dir below @root in a buffer of PATH_MAX: its length without
 * the NUL; -ENOENT when it is not below.  Names are locked. */
long path_from(const struct inode *root, const struct inode *dir, char *buf)
	REQUIRES_SHARED(C_names);

/* The path of what a walk found, to be kfree'd; NULL: no memory, too long. */
char *walk_path(const struct walk *w) REQUIRES_SHARED(C_names);

/*
 * Make what @spec says under the name that @w found missing, owned by the
 * running process; -errno.  Exclusive lock.
 */
int walk_create(struct walk *w, struct inode_spec *spec) REQUIRES(C_names);

/* A file system is attached here, or this is the root of all. */
bool is_mount_root(const struct inode *dir);
