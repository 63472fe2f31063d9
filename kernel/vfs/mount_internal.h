#pragma once

/*
 * vfs/mount_internal.h - the table of mounts, as its files share it.
 *
 *	filesystem.c	file systems as wholes, and their kinds
 *	mount.c		the table: what covers what
 *	mount_ops.c	mount()
 *	umount.c	umount()
 *	mount_list.c	all of them: /proc, sync()
 */

#include "lib/string.h"
#include "vfs/mount.h"
#include "vfs/path_internal.h"

/* @source is the path of a device, if one is needed. */
int filesystem_make(const char *name, const char *source, bool readonly,
		    const char *options, struct filesystem **fs);

extern struct list mounts GUARDED_BY(C_names); /* by age */

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
/* Uncover it; the caller has the table's reference now. */
void mount_detach(struct mount *m) REQUIRES(C_names);
/* Move it to what @w found: 0, or -errno and it is where it was. */
int mount_reattach(struct mount *m, const struct walk *w) REQUIRES(C_names);
/* Something is mounted on top of it, or of what is below it. */
bool mount_has_children(const struct mount *m) REQUIRES_SHARED(C_names);
/* @m stands in @top, or is it. */
bool mount_is_below(const struct mount *m, const struct mount *top)
	REQUIRES_SHARED(C_names);
/* @w has found the root of what is mounted there: 0 or -EINVAL. */
int mount_is_at(const struct walk *w) REQUIRES_SHARED(C_names);
