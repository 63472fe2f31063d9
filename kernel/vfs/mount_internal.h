#pragma once

/*
 * vfs/mount_internal.h - the table of mounts, as its files share it.
 *
 *	filesystem.c	file systems as wholes, and their kinds
 *	mount.c		the table: what covers what
 *	mount_ops.c	mount()
 *	mount_tree.c	the same by descriptors
 *	fs_setup.c	what is mounted so, put together
 *	umount.c	umount()
 *	mount_list.c	all of them: /proc, listmount(), sync()
 */

#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

/* @source is the path of a device, if one is needed; NULL: none was said. */
int filesystem_make(const char *name, const char *source, bool readonly,
		    const char *options, struct filesystem **fs);

bool filesystem_is_known(const char *name);
/* The caller's sight is the only one. */
bool filesystem_is_seen_once(struct filesystem *fs);
/* Other @options (NULL: the same); with @says_readonly it is @readonly, or not,
 * wherever it is seen: 0, -EBUSY (it is being written to), or its own error. */
int filesystem_change(struct filesystem *fs, const char *options,
		      bool says_readonly, bool readonly);

extern struct list mounts GUARDED_BY(C_names); /* by age */

/* What /proc says of mounts is another from now on. */
void mounts_change(void) REQUIRES(C_names);

/* A mount of what is at @root, whose file system's sight is taken over also
 * when there is no memory (NULL).  It is nowhere yet, with one reference. */
struct mount *mount_create(struct filesystem *fs, struct inode *root,
			   const char *source, const char *root_path,
			   unsigned flags);
/* Cover @on, called @name in @dir (NULL: it is a root), by @m. */
int mount_attach_to(struct mount *m, struct path on, struct inode *dir,
		    const struct name *name) REQUIRES(C_names);
/* Cover what @w found by @m: 0 or -errno. */
int mount_attach(struct mount *m, const struct walk *w) REQUIRES(C_names);
/* The same of one that is new, under what @w found the root of: -EINVAL if that
 * is the root of no mount, or of all, or stands on that. */
int mount_attach_beneath(struct mount *m, const struct walk *w) REQUIRES(C_names);
/* Uncover it; the caller has the table's reference now.  The same of @m and of all
 * that stands on it, the last first, into @gone, and to put those. */
void mount_detach(struct mount *m) REQUIRES(C_names);
void mount_detach_all(struct mount *m, struct list *gone) REQUIRES(C_names);
void mount_put_all(struct list *gone);
/* Move it to what @w found: 0, or -errno and it is where it was. */
int mount_reattach(struct mount *m, const struct walk *w) REQUIRES(C_names);
/* Something is mounted on top of it, or of what is below it. */
bool mount_has_children(const struct mount *m) REQUIRES_SHARED(C_names);
/* @m stands in @top, or is it. */
bool mount_is_below(const struct mount *m, const struct mount *top)
	REQUIRES_SHARED(C_names);
/* What @w found as a mount of its own; NULL: no memory. */
struct mount *mount_copy(const struct walk *w) REQUIRES_SHARED(C_names);
/* Something is mounted in what is seen from @top on. */
bool mount_has_some_inside(const struct path *top) REQUIRES_SHARED(C_names);
/* A file that stands for @m, which nobody else has: its reference is taken over,
 * and dropped if there is no memory. */
int mount_file(struct mount *m, struct file **out);
/* What mount() does to move one. */
int mount_move_locked(const struct walk *from, const struct walk *to)
	REQUIRES(C_names);
/* Walk to @at and do @what with it under the exclusive lock; the same with two. */
int mount_with(const struct mount_place *at,
	       int (*what)(const struct walk *w, void *arg), void *arg);
int mount_with_two(const struct mount_place *from, const struct mount_place *to,
		   bool arg, int (*what)(const struct walk *from,
					 const struct walk *to, bool arg));
/* @w has found the root of what is mounted there: 0 or -EINVAL. */
int mount_is_at(const struct walk *w) REQUIRES_SHARED(C_names);
