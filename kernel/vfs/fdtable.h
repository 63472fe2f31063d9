#pragma once

/*
 * vfs/fdtable.h - descriptors, and the tables in which they name open files.
 *
 * A table belongs to a process, or to several that share it (CLONE_FILES).
 */

#include "lib/types.h"

struct fdtable;
struct file;

/* ---- tables ---- */

struct fdtable *fdtable_create(void);
/* fork; NULL: no memory */
struct fdtable *fdtable_copy(struct fdtable *from);
void fdtable_get(struct fdtable *t);
void fdtable_put(struct fdtable *t); /* closes all with the last */
/* Who looks into the table of another process keeps its memory by this, and
 * nothing else: what is open there is closed without him, and to exec the table
 * is the process's own. */
void fdtable_visit(struct fdtable *t);
void fdtable_leave(struct fdtable *t);
/* Another process uses it too (CLONE_FILES). */
bool fdtable_is_shared(const struct fdtable *t);
/* What the running process needs to share its table with no other: *@copy, or
 * NULL if it does not.  0; -EINVAL: its threads share it; -ENOMEM. */
int fdtable_of_own(struct fdtable **copy);
void fdtable_close_on_exec(struct fdtable *t);

/* ---- descriptors of the running process ---- */

struct file *fd_get(int fd);                        /* a reference, or NULL */
struct file *fd_get_from(struct fdtable *t, int fd);
/*
 * A descriptor for what is yet to be opened, the lowest free, or -errno.
 * fd_fill() takes the reference to @f; fd_unreserve() gives the number back.
 */
int fd_reserve(bool cloexec);
void fd_fill(int fd, struct file *f);
void fd_unreserve(int fd);
/* The same at once, for what costs nothing to close again: the lowest free
 * descriptor (from @lowest on), or -errno; the reference to @f is taken, or
 * dropped. */
int fd_install(struct file *f, bool cloexec);
int fd_install_from(struct file *f, int lowest, bool cloexec);
/* dup2() and dup3(): the same, at @fd, in place of what is there. */
int fd_dup_to(struct file *f, int fd, bool cloexec);
int fd_close(int fd);
int fd_get_cloexec(int fd);                         /* 0, 1, -EBADF */
int fdtable_get_cloexec(struct fdtable *t, int fd); /* the same of any table */
int fd_set_cloexec(int fd, bool cloexec);
/* The next open descriptor at or after @fd, or -1: for /proc/PID/fd. */
int fdtable_next(struct fdtable *t, int fd);

/* F_NOTIFY (vfs/notify/dnotify.h), of @f that @fd named when it was looked for: 0,
 * also if it was closed since, -ENOSPC, -ENOMEM. */
int fd_watch_dir(int fd, struct file *f, uint32_t asked);
void fd_unwatch_dir(struct file *f);

/* From now on, what is closed in @t loses the locks that @t owns
 * (vfs/filelock.h). */
void fdtable_note_locks(struct fdtable *t);
