#pragma once

/*
 * vfs/change_internal.h - what making, removing and renaming share.
 */

#include "vfs/path_internal.h"

/* Where @w found no name, may the running process make one? */
int may_create(const struct walk *w) REQUIRES_SHARED(C_names);
/* May the name that @w found be taken out of its directory? */
int may_remove(const struct walk *w) REQUIRES_SHARED(C_names);

/* @dir has gained or lost a directory, whose ".." is a link to it. */
void count_subdir(struct inode *dir, int change);
/* @dentry->inode has lost the name @dentry. */
void count_removed(const struct dentry *dentry) REQUIRES_SHARED(C_names);
