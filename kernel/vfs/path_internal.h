#pragma once

/*
 * vfs/path_internal.h - the lock of names and the path walk, shared by the
 * files that look up, change and open names.
 */

#include "vfs/path.h"

struct retry;

void names_lock_shared(void) ACQUIRES_SHARED(C_names);
void names_unlock_shared(void) RELEASES_SHARED(C_names);
void names_lock(void) ACQUIRES(C_names);
void names_unlock(void) RELEASES(C_names);

/* How often they were locked alone; and whether that has been so since, or is
 * now.  If not, what was read between the two was there at one moment. */
uint32_t names_seen(void);
bool MUST_CHECK names_have_moved(uint32_t seen);

/* The running process's root, under the lock; its current directory, with a
 * reference, without the lock. */
struct path own_root(void) REQUIRES_SHARED(C_names);
struct path own_cwd(void);
/* Both without either, if names have not moved. */
void own_places(struct path *root, struct path *cwd);

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
	struct mount *dir_mount; /* of at.dir */
	struct mount *mount;     /* of at.inode, or of at.dir if it is NULL */
	struct mount *led_to;    /* a reference, by a link of /proc */
	struct path root;    /* where "/" is, and nothing above; no reference:
			      * the process's, or the caller's start */
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
int walk(struct walk *w, const struct path *start, const char *path,
	 unsigned how) REQUIRES_SHARED(C_names);
void walk_end(struct walk *w);

/* ---- names of a path, for whoever walks it ---- */

const char *skip_slashes(const char *path);
/* The first name of *@path, which goes on to the next one; *@slash: it is the last,
 * and a slash follows.  0 or -ENAMETOOLONG. */
int next_name(const char **path, struct name *name, bool *slash);
/* It is made of @n dots: ".", "..". */
static inline bool name_is_dots(const struct name *name, size_t n)
{
	return name->text[0] == '.' && name->len == n && name->text[n - 1] == '.';
}
/* 0, -ENOTDIR, -EACCES.  NULL is no directory. */
int may_search(struct inode *dir, unsigned how);

/* ---- without a lock: vfs/peek.c ---- */

#define PEEK_LINKS 8

struct peek {
	struct dentry at;        /* as of a walk; but nobody holds it: it is there */
	struct mount *dir_mount; /* while one reads */
	struct mount *mount;
	struct path root;        /* where "/" is */
	uint32_t names;          /* how often they had moved when it began */
	unsigned how;            /* LOOKUP_* */
	struct file *from;       /* where it began, a reference, or NULL */
	unsigned links;          /* followed so far */
	unsigned depth;          /* in a link, in a link... and what is left behind */
	const char *rest[PEEK_LINKS]; /* each of them: "/" and so on */
};

/*
 * Where @path leads: p->at.inode, in p->mount, until peek_end().  0 or -errno,
 * which peek_end() has to confirm; -EAGAIN: walk() is to be asked.
 */
int peek_begin(struct peek *p, int dirfd, const char *path, unsigned how);
/* A reference for what was found, and for its mount: 0; or -EAGAIN, the last one
 * is gone, and what is in *@out is the caller's. */
int peek_hold(const struct peek *p, struct inode **out);
int peek_hold_path(const struct peek *p, struct path *out);
/* The path of what was found: as walk_path(), or -EAGAIN. */
int peek_path(const struct peek *p, char **path);
/* @err, if what was found was all there at one moment, after which whatever the
 * caller holds was held; else -EAGAIN, and he lets go of it. */
int MUST_CHECK peek_end(struct peek *p, int err);

/*
 * Where a path begins: the directory of @dirfd or the current one, with
 * references.  *@out has none when the path is absolute: walk() knows.  Called
 * before names are locked; path_put() after walk_end(), for the walk has no
 * reference to mounts: either they are attached, or @start or a link of /proc
 * keeps them.
 */
int walk_start(int dirfd, const char *path, unsigned how, struct path *out);

/*
 * The name that @w found, or found missing, is to be changed, and the entries
 * of its directory have been locked exclusively since: false when another
 * thread has changed it in between.  Whoever asks then says -ESTALE, and the
 * walk begins again.  Nothing is mounted on what @w found.
 */
bool walk_is_still_so(const struct walk *w) REQUIRES_SHARED(C_names);
/* Whether to walk again after *err; when not, -ESTALE has become -EINTR. */
bool MUST_CHECK walk_again(int *err, struct retry *r);

/* The path of the directory @at below @root (or of the root of a mount, which
 * may be a file) in a buffer of PATH_MAX: its length without the NUL; -ENOENT
 * when it is not below.  Names are locked. */
long path_from(const struct path *root, const struct path *at, char *buf)
	REQUIRES_SHARED(C_names);
/* The same for what @w found, from the root of its file system. */
long path_in_filesystem(const struct walk *w, char *buf)
	REQUIRES_SHARED(C_names);

/* The path of what a walk found, to be kfree'd; NULL where it cannot be reached
 * from the root, is too long, or has none.  0, or -ENOMEM. */
int walk_path(const struct walk *w, char **path) REQUIRES_SHARED(C_names);

/*
 * Make what @wanted says, less the umask, under the name that @w found missing,
 * owned by the running process; -errno, -ESTALE: it is there by now.
 */
int walk_create(struct walk *w, const struct inode_spec *wanted)
	REQUIRES_SHARED(C_names);

/*
 * The directory that @w found makes room for a file with @mode and no name,
 * which @w has found then; is it ever to get one?  -errno.
 */
int walk_create_nameless(struct walk *w, unsigned mode, bool linkable)
	REQUIRES_SHARED(C_names);

/* ---- mounts (vfs/mount.c) ---- */

/* The root of all; no reference is taken. */
struct path vfs_root(void);
/* What is to be known of @m, by who has come to @inode there. */
struct sight sight_of(struct mount *m, struct inode *inode, unsigned how);
/* What covers @at, or NULL.  Names are locked; or it is there for as long as one
 * reads by RCU. */
struct mount *mount_on(struct path at);
/* What is on top of @at: that, or the root of what covers it. */
struct path mount_top(struct path at) REQUIRES_SHARED(C_names);
/* What @w found is covered by a mount, or the root of one: it keeps its name. */
bool is_mount_point(const struct walk *w) REQUIRES_SHARED(C_names);
